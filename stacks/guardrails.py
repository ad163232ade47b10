"""The stack that says what a prompt and an answer may hold."""

from collections.abc import Sequence

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
from stacks.settings import Deployment, Guardrail, Team, merged


class GuardrailsStack(CloisterStack):
    """The guardrail of all teams and those of teams that add to it, in pinned versions, and the denial of ways round.

    Parameters
    ----------
    scope
        The app.
    deployment
        The settings of the deployment.
    teams
        The settings of the teams. One that adds to the guardrail has one of its own here, where the policies of the
        endpoint and of the key name it as they name the baseline; all others share the baseline, since an account has
        100 (https://docs.aws.amazon.com/general/latest/gr/bedrock.html).
    alarms
        Who is told when a guardrail is changed; nobody if left out.
    """

    def __init__(
        self, scope: Construct, *, deployment: Deployment, teams: Sequence[Team] = (), alarms: AlarmTopic | None = None
    ) -> None:
        super().__init__(
            scope, "Guardrails", deployment=deployment, description="Cloister: guardrail of all prompts and answers"
        )
        rules = deployment.guardrail
        self._made: dict[str, BaselineGuardrail] = {}
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
        self._key = key
        self.baseline = self._guardrail("", f"{deployment.name}-baseline", rules, geography)
        self._pinned = {"": self._pin("", self.baseline, rules)}
        for team in teams:
            if team.guardrail.any:
                whole = merged(rules, team.guardrail)
                name = f"{deployment.name}-{team.name}"
                said = f"Guardrail of team {team.name}: the deployment's, and what the team adds"
                made = self._guardrail(team.name, name, whole, geography, said)
                self._pinned[team.name] = self._pin(team.name, made, whole)
        if alarms is not None:
            for whose, made in self._made.items():
                self.tell_of(changes.of_guardrail(made.guardrail_id, whose), alarms)
            self.tell_of(changes.of_key("guardrail-key", "The key of the guardrail", key.key.key_id), alarms)
        CfnOutput(self, "Residency", value=_residency(deployment.region, geography))
        CfnOutput(self, "GuardrailKeyArn", value=key.arn)
        if deployment.network.mode == "hub":
            profile = [self.baseline.profile_arn] if self.baseline.profile_arn else []
            applied = [*(made.guardrail_arn for made in self._made.values()), *profile]
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

    def _guardrail(
        self, team: str, name: str, rules: Guardrail, geography: str | None, description: str | None = None
    ) -> BaselineGuardrail:
        """Make a guardrail of some rules, under the key that all of them are encrypted with."""
        made = BaselineGuardrail(
            self,
            f"Team-{team}" if team else "Baseline",
            name=name,
            key=self._key.key,
            content=dict(rules.content.items()),
            words=rules.words,
            pii=dict(rules.pii.items()),
            topics=rules.topics,
            regexes=rules.regexes,
            prompt_attack=rules.prompt_attack,
            image_filters=IMAGE_FILTERS.get(self.deployment.region, frozenset()),
            geography=geography,
            **({} if description is None else {"description": description}),
        )
        self._made[team] = made
        return made

    def pinned(self, team: str = "") -> PinnedGuardrail:
        """Return a team's guardrail for another stack to use, by weak references; without a team, the baseline.

        An exported value cannot change while another stack imports it, so an exported version could never move on.
        ``Fn::GetStackOutput`` reads it when the other stack is deployed
        (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html).
        It is read only then: so the content's hash goes along, for the other stack's template to change with it.

        Parameters
        ----------
        team
            Name of the team; of one that adds nothing, the baseline is returned.
        """
        return self._pinned.get(team, self._pinned[""])

    def _pin(self, team: str, made: BaselineGuardrail, rules: Guardrail) -> PinnedGuardrail:
        """Say in the outputs which guardrail and version it is, and return them as other stacks read them."""
        # An output's name has no hyphen, and a team's no capital: so no two teams have one name.
        prefix = team.replace("-", "X")
        outputs = {"Id": made.guardrail_id, "Version": made.version, "Arn": made.guardrail_arn}
        for name, value in outputs.items():
            CfnOutput(self, f"{prefix}Guardrail{name}", value=value)
        allowed = allowances(self.deployment.region, rules.policies, rules.text_units)
        return PinnedGuardrail(
            guardrail_id=self._output(f"{prefix}GuardrailId"),
            arn=self._output(f"{prefix}GuardrailArn"),
            version=self._output(f"{prefix}GuardrailVersion"),
            key_arn=self._output("GuardrailKeyArn"),
            profile_arn=made.profile_arn,
            judges_images=made.judges_images,
            text_units=[(allowance.rate, allowance.burst) for allowance in allowed],
            content_hash=made.content_hash,
        )

    def applied(self) -> list[str]:
        """Return what calls of the guardrails are calls on: their ARNs, and the profile's if they have one."""
        every = [arn for pinned in self._pinned.values() for arn in pinned.resources]
        return list(dict.fromkeys(every))

    def _output(self, name: str) -> str:
        return Fn.get_stack_output(self.title, name)


def _residency(region: str, geography: str | None) -> str:
    """Say where prompts and answers are read, for whoever looks at the stack instead of the settings."""
    if geography is None:
        return f"in-Region: prompts and answers are read in {region} alone"
    return (
        f"CROSS-REGION: the guardrail's STANDARD tier reads prompts and answers in any Region of the geography "
        f"'{geography}', as acknowledged in cloister.yaml (guardrail.acknowledge_cross_region: {geography})"
    )
