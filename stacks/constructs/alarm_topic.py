"""Where alarms go, and who is told."""

from collections.abc import Mapping, Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.constructs.key import CustomerKey


class AlarmTopic(Construct):
    """An encrypted SNS topic that this account's CloudWatch alarms and EventBridge rules publish to, and nobody else.

    The topic's policy binds both services to sources of this account; the key's policy lets them use the key for this
    topic alone. Only TLS is taken. Amazon SNS decrypts a message to deliver it: e-mail leaves AWS readable, so what
    is published here names resources and people, and never a prompt.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    name
        Name of the topic, unique in the account and Region. Fixed, so that the key's policy can name the topic before
        it exists.
    key
        Key of the messages; it gets the statements that publishing takes.
    emails
        Addresses that are told. Each gets a message from AWS, and hears nothing before it has confirmed.

    Example
    -------
    >>> key = CustomerKey(stack, "AlarmsKey", alias="cloister/alarms", description="Alarms of Cloister")
    >>> topic = AlarmTopic(stack, "Alarms", name="Cloister-alarms", key=key, emails=["platform@example.com"])
    >>> topic.arn.endswith(":Cloister-alarms")
    True
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, key: CustomerKey, emails: Sequence[str] = ()
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        #: ARN of the topic, written out: no export is needed to name it in another stack.
        self.arn = stack.format_arn(service="sns", resource=name, arn_format=ArnFormat.NO_RESOURCE_NAME)
        key.allow_publishing(self.arn)
        self.topic = sns.Topic(self, "Topic", topic_name=name, master_key=key.key, enforce_ssl=True)
        # For EventBridge the source's ARN, which holds the account, is the condition that AWS documents
        # (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions).
        self._allow("events", "RulesOfThisAccount", "rule/*")
        # https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
        self._allow("cloudwatch", "AlarmsOfThisAccount", "alarm:*", {"aws:SourceAccount": stack.account})
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
        #: The topic as other stacks name it, by its ARN. One for all of them: each of its own was a message to CDK.
        self.named = sns.Topic.from_topic_arn(self, "Named", self.arn)
        self._action = actions.SnsAction(self.named)

    def tell(self, alarm: cloudwatch.AlarmBase) -> None:
        """Have an alarm publish here when it is raised, and when it is over.

        Parameters
        ----------
        alarm
            The alarm, of this account and Region.
        """
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)

    def _allow(self, service: str, sid: str, sources: str, account: Mapping[str, str] | None = None) -> None:
        stack = Stack.of(self)
        source = {"aws:SourceArn": f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{sources}"}
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"ArnLike": source, **({"StringEquals": dict(account)} if account else {})},
            )
        )
