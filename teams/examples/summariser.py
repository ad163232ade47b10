"""A nightly summariser: a function in the isolated subnets that reads a bucket and asks the team's own API."""

from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets

from stacks.extension import TeamExtension

_BUCKET = "acme-minutes"


class Summariser(TeamExtension):
    """The function, what it may do, and when it runs."""

    def extend(self) -> None:
        """Add them to the team's stack."""
        bucket = self.service("s3", bucket=_BUCKET)
        function = self.function(
            "Nightly",
            code=str(Path(__file__).parent / "summariser"),
            handler="index.handler",
            rights=[
                self.api.calling(),
                *bucket.reading("incoming/"),
                *bucket.listing("summaries/"),
                *bucket.writing("summaries/"),
            ],
            environment={"BASE_URL": self.api.base_url, "BUCKET": bucket.name, "MODEL": self.team.models[0]},
            timeout=Duration.minutes(15),
        )
        events.Rule(
            self,
            "EveryNight",
            description=f"Summarises the documents of team {self.team.name}",
            schedule=events.Schedule.cron(hour="2", minute="30"),
            targets=[targets.LambdaFunction(function)],
        )
