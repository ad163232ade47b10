"""The stack that says what a prompt and an answer may hold."""

from aws_cdk import CfnOutput, Fn
from constructs import Construct

from stacks import changes
from stacks.base import CloisterStack
from stacks.constructs import (
    AlarmTopic,
    BaselineGuardrail,
    BypassDenial,
    CustomerKey,
    PinnedGuardrail,
    endpoint_policies,
)
from stacks.guardrail_quotas import allowances
from stacks.regions import IMAGE_FILTERS
from stacks.settings import Deployment


class GuardrailsStack(CloisterStack):
    """The baseline guardrail of all teams, with a pinned version, and the denial of ways round it.

    Parameters
    ----------
    scope
        The app.
    deployment
        The settings of the deployment.
    alarms
        Who is told when the guardrail is changed; nobody if left out.
    """

    def __init__(self, scope: Construct, *, deployment: Deployment, alarms: AlarmTopic | None = None) -> None:
        super().__init__(
            scope, "Guardrails", deployment=deployment, description="Cloister: guardrail of all prompts and answers"
        )
        rules = deployment.guardrail
        geography = rules.acknowledge_cross_region if rules.tier == "standard" else None
        key = CustomerKey(
            self,
            "Key",
            alias=f"{deployment.name.lower()}/guardrail",
            description=f"Guardrail of {deployment.name}: its word lists and topics",
            administrators=self.key_administrators,
        )
        # What making a guardrail takes, and what applying one does
        # (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-kms.html).
        key.allow_through(
            "bedrock",
            ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            sid="BedrockKeepsTheGuardrail",
        )
        self.baseline = BaselineGuardrail(
            self,
            "Baseline",
            name=f"{deployment.name}-baseline",
            key=key.key,
            content=dict(rules.content.items()),
            words=rules.words,
            pii=dict(rules.pii.items()),
            topics=rules.topics,
            prompt_attack=rules.prompt_attack,
            image_filters=IMAGE_FILTERS.get(deployment.region, frozenset()),
            geography=geography,
        )
        allowed = allowances(deployment.region, rules.policies, rules.text_units)
        self._text_units = [(allowance.rate, allowance.burst) for allowance in allowed]
        if alarms is not None:
            self.tell_of(changes.of_guardrail(self.baseline.guardrail_id), alarms)
            self.tell_of(changes.of_key("guardrail-key", "The key of the guardrail", key.key.key_id), alarms)
        CfnOutput(self, "Residency", value=_residency(deployment.region, geography))
        CfnOutput(self, "GuardrailId", value=self.baseline.guardrail_id)
        CfnOutput(self, "GuardrailVersion", value=self.baseline.version)
        CfnOutput(self, "GuardrailArn", value=self.baseline.guardrail_arn)
        CfnOutput(self, "GuardrailKeyArn", value=key.arn)
        if deployment.network.mode == "hub":
            applied = [self.baseline.guardrail_arn, *([self.baseline.profile_arn] if self.baseline.profile_arn else [])]
            statements = endpoint_policies.apply_guardrails(self, guardrails=applied, roles=self.names.proxies)
            CfnOutput(self, "HubPolicyBedrockRuntime", value=endpoint_policies.as_text(self, statements))
        denial = BypassDenial(
            self,
            "BypassDenial",
            name=deployment.name,
            administrators=self.names.administrators,
            beside=self.names.beside,
            qualifier=self.names.qualifier,
        )
        CfnOutput(self, "BypassDenialPolicy", value=",".join(denial.arns))

    def pinned(self) -> PinnedGuardrail:
        """Return the guardrail for another stack to use, by weak references.

        An exported value cannot change while another stack imports it, so an exported version could never move on.
        ``Fn::GetStackOutput`` reads it when the other stack is deployed
        (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html).
        It is read only then: so the content's hash goes along, for the other stack's template to change with it.
        """
        return PinnedGuardrail(
            guardrail_id=self._output("GuardrailId"),
            arn=self._output("GuardrailArn"),
            version=self._output("GuardrailVersion"),
            key_arn=self._output("GuardrailKeyArn"),
            profile_arn=self.baseline.profile_arn,
            judges_images=self.baseline.judges_images,
            text_units=self._text_units,
            content_hash=self.baseline.content_hash,
        )

    def applied(self) -> list[str]:
        """Return what a call of the guardrail is a call on: its ARN, and its profile's if it has one."""
        return self.pinned().resources

    def _output(self, name: str) -> str:
        return Fn.get_stack_output(self.stack_name, name)


def _residency(region: str, geography: str | None) -> str:
    """Say where prompts and answers are read, for whoever looks at the stack instead of the settings."""
    if geography is None:
        return f"in-Region: prompts and answers are read in {region} alone"
    return (
        f"CROSS-REGION: the guardrail's STANDARD tier reads prompts and answers in any Region of the geography "
        f"'{geography}', as acknowledged in cloister.yaml (guardrail.acknowledge_cross_region: {geography})"
    )
