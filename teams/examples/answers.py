"""Questions that wait: a function takes them from a queue, asks the team's own API, and puts the answers in another."""

from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets

from stacks.extension import TeamExtension

_LONGEST = Duration.minutes(5)


class Answers(TeamExtension):
    """Both queues, the function between them, and an alarm on what could not be answered."""

    def extend(self) -> None:
        """Add them to the team's stack."""
        questions = self.queue("acme-questions", hidden=_LONGEST)
        answers = self.queue("acme-answers", hidden=Duration.minutes(1))
        function = self.function(
            "Answering",
            code=str(Path(__file__).parent / "answers"),
            handler="answering.handler",
            rights=[self.api.calling(), *questions.receiving(), *answers.sending()],
            environment={
                "BASE_URL": self.api.base_url,
                "MODEL": self.team.models[0],
                "SQS": questions.endpoint,
                "QUESTIONS": questions.url,
                "ANSWERS": answers.url,
            },
            timeout=_LONGEST,
        )
        events.Rule(
            self,
            "EveryFiveMinutes",
            description=f"Answers the questions that wait for team {self.team.name}",
            schedule=events.Schedule.rate(_LONGEST),
            targets=[targets.LambdaFunction(function)],
        )
        alarm = questions.aside.metric_approximate_number_of_messages_visible().create_alarm(
            self,
            "Unanswered",
            alarm_description=f"Questions of team {self.team.name} could not be answered; tell {self.team.contact}",
            threshold=1,
            evaluation_periods=1,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
