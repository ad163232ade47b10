"""A team's own alarm and dashboard: it is told when its requests fail or wait, and sees how they go."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions

from stacks.extension import TeamExtension

_PATIENCE = Duration.seconds(20)


class Watched(TeamExtension):
    """Two alarms, and a dashboard with what they watch."""

    def extend(self) -> None:
        """Add them to the team's stack."""
        failing = self.metrics.metric_errors("proxy").create_alarm(
            self,
            "Failing",
            alarm_description=f"Requests of team {self.team.name} fail in the proxy; tell {self.team.contact}",
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        slow = self.metrics.metric_time_to_first_token("p90").create_alarm(
            self,
            "Slow",
            alarm_description=f"One in ten requests of team {self.team.name} waits over {_PATIENCE.to_seconds():g} s",
            threshold=_PATIENCE.to_milliseconds(),
            evaluation_periods=3,
            datapoints_to_alarm=2,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        for alarm in (failing, slow):
            alarm.add_alarm_action(actions.SnsAction(self.topic))
            alarm.add_ok_action(actions.SnsAction(self.topic))
        dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.days(1))
        dashboard.add_widgets(
            cloudwatch.AlarmStatusWidget(title=f"Team {self.team.name}", alarms=[failing, slow], width=24, height=3)
        )
        dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title="Requests",
                left=[
                    self.metrics.metric_requests(),
                    self.metrics.metric_guardrail("blocked"),
                    self.metrics.metric_throttles(),
                ],
                width=12,
            ),
            cloudwatch.GraphWidget(
                title="Milliseconds to the first text and to the end",
                left=[
                    self.metrics.metric_time_to_first_token("p90"),
                    *(self.metrics.metric_duration(model, "p90") for model in self.team.models),
                ],
                width=12,
            ),
        )
