"""A queue for functions of a team's own."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

# The longest that SQS keeps a message
# (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html).
# One that is moved aside keeps the time at which it was sent, so that is all it has, in both queues together
# (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html).
_LONGEST = Duration.days(14)


class TeamQueue(Construct):
    """A queue of this account alone, encrypted, over TLS alone, beside which what nobody could handle is kept.

    It is encrypted with keys of SQS's own, so that no right on a key is needed to use it. Its policy allows nothing to
    anybody: roles of this account need a right in IAM. It denies what comes in the clear, and principals of other
    accounts, whatever another policy comes to allow them. Services of AWS, such as the one that moves messages aside,
    have no account
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalisawsservice).

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    name
        The queue's name: policies elsewhere know it by that.
    hidden
        For how long a message that somebody has received is not given to anybody else: as long as handling it takes.
    tries
        How often a message is received before it is moved aside. 14 days after it was sent it is gone, aside or not.

    Example
    -------
    >>> jobs = TeamQueue(stack, "Jobs", name="legal-jobs", hidden=Duration.minutes(15))
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, hidden: Duration, tries: int = 5) -> None:
        super().__init__(scope, construct_id)
        self.aside = self._made("Aside")
        self.queue = self._made("Queue", name, hidden, sqs.DeadLetterQueue(max_receive_count=tries, queue=self.aside))

    def _made(
        self,
        construct_id: str,
        name: str | None = None,
        hidden: Duration | None = None,
        aside: sqs.DeadLetterQueue | None = None,
    ) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            construct_id,
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_LONGEST,
            visibility_timeout=hidden,
            dead_letter_queue=aside,
        )
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                sid="NobodyOfAnotherAccount",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["sqs:*"],
                resources=[queue.queue_arn],
                conditions={
                    "StringNotEquals": {"aws:PrincipalAccount": Stack.of(self).account},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            )
        )
        return queue
