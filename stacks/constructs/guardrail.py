"""The guardrail that every prompt and every answer passes."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

_PII_ACTIONS = {"block": "BLOCK", "mask": "ANONYMIZE"}
_BLOCKED_INPUT = "The request was blocked by the guardrail of this deployment."
_BLOCKED_OUTPUT = "The answer was blocked by the guardrail of this deployment."


class Topic(Protocol):
    """A denied topic: what it is called, what it is, and what asking about it looks like."""

    @property
    def name(self) -> str: ...
    @property
    def definition(self) -> str: ...
    @property
    def examples(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class PinnedGuardrail:
    """A guardrail version that a function is bound to.

    Attributes
    ----------
    guardrail_id, arn
        The guardrail.
    version
        Number of the version.
    key_arn
        Key that the guardrail is encrypted with.
    profile_arn
        Profile of a guardrail that reads text in any Region of its geography; `None` when it stays in the Region.
    judges_images
        Whether a filter of it looks at images at all.
    text_units
        The account's quotas on what it reads: text units a second, and at once. None: at any pace.
    content_hash
        Hash of the guardrail's content. It stands in the function's description, so that a new version is a change of
        the template of the function too, and the function is deployed with it.
    """

    guardrail_id: str
    arn: str
    version: str
    key_arn: str
    content_hash: str
    profile_arn: str | None = None
    judges_images: bool = False
    text_units: Sequence[tuple[int, int]] = ()

    @property
    def resources(self) -> list[str]:
        """What applying the guardrail is a call on: the guardrail, and its profile if it has one."""
        return [self.arn] if self.profile_arn is None else [self.arn, self.profile_arn]

    def application(self, region: str) -> list[iam.PolicyStatement]:
        """Return the right to apply the guardrail, and to have Bedrock decrypt its content on one's behalf.

        Whoever applies an encrypted guardrail must be allowed to decrypt with its key
        (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-kms.html). The condition leaves
        that to Bedrock: the role cannot call KMS by itself. IAM knows a guardrail's ARN and not its version, so which
        version is applied is the function's environment to say.

        Parameters
        ----------
        region
            Region of the guardrail.
        """
        return [
            iam.PolicyStatement(sid="ApplyGuardrail", actions=["bedrock:ApplyGuardrail"], resources=self.resources),
            iam.PolicyStatement(
                sid="BedrockReadsTheGuardrail",
                actions=["kms:Decrypt"],
                resources=[self.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"bedrock.{region}.amazonaws.com"}},
            ),
        ]

    def grant_apply(self, role: iam.Role) -> None:
        """Let a role apply the guardrail; see `application`.

        Parameters
        ----------
        role
            Who may.
        """
        for statement in self.application(Stack.of(role).region):
            role.add_to_policy(statement)


class Regex(Protocol):
    """Personal data of a kind of its own: what it is called, how it is written, and what becomes of it."""

    @property
    def name(self) -> str: ...
    @property
    def pattern(self) -> str: ...
    @property
    def action(self) -> str: ...


class BaselineGuardrail(Construct):
    """A guardrail and a pinned version of it, which is new exactly when the guardrail's content is.

    A version is a snapshot: changing the guardrail leaves it as it was. So the version's logical id carries a hash of
    the content. The versions before are kept: CloudFormation would delete one at the end of its own stack's update, and
    functions in stacks that are updated after it would be refused until then. A guardrail holds 20 versions
    (https://docs.aws.amazon.com/general/latest/gr/bedrock.html); ``make versions`` deletes those that nobody names.

    Prompt attacks are judged on the input alone, where Bedrock offers it.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    name
        Name of the guardrail, unique in the account and Region.
    key
        Key of the guardrail's content: its word lists and topics say what a company worries about.
    content
        Strength by filter, ``{"hate": "high"}``: none, low, medium or high, for input and output alike.
    words
        Phrases that are blocked wherever they stand.
    pii
        Action by type of personal data, ``{"EMAIL": "mask"}``: block or mask.
    topics
        Topics that are blocked.
    regexes
        Personal data by how it is written, with the action on it: block or mask.
    description
        Whose guardrail it is, as Bedrock shows it.
    prompt_attack
        Strength of the filter of prompt attacks.
    image_filters
        Filters that judge images as well as text, where the Region has them: a filter that does not name the modality
        looks at no image (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-mmfilter.html).
    geography
        Geography (``us``, ``eu``…) whose Regions may all read the text, for the tier STANDARD. Left out, the tier is
        CLASSIC, and text stays in the Region
        (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tiers.html).

    Example
    -------
    >>> key = CustomerKey(stack, "GuardrailKey", alias="cloister/guardrail", description="Content of the guardrail")
    >>> guardrail = BaselineGuardrail(
    ...     stack, "Guardrail", name="baseline", key=key.key, content={"hate": "high"}, pii={"EMAIL": "mask"}
    ... )
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        key: kms.IKey,
        content: Mapping[str, str],
        words: Sequence[str] = (),
        pii: Mapping[str, str] | None = None,
        topics: Sequence[Topic] = (),
        regexes: Sequence[Regex] = (),
        prompt_attack: str = "high",
        image_filters: Collection[str] = (),
        geography: str | None = None,
        description: str = "Baseline guardrail of the deployment",
    ) -> None:
        super().__init__(scope, construct_id)
        self.key = key
        self.profile_arn = _profile(Stack.of(self), geography) if geography else None
        #: Whether a filter that is on judges images; one of strength ``none`` judges nothing.
        self.judges_images = any(content.get(name, "none") != "none" for name in image_filters)
        tier = "STANDARD" if geography else "CLASSIC"
        policies = _policies(
            content,
            words,
            pii or {},
            topics,
            regexes,
            prompt_attack=prompt_attack,
            tier=tier,
            image_filters=image_filters,
        )
        canonical = json.dumps(policies, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        self.content_hash = hashlib.sha256(canonical.encode()).hexdigest()[:12]
        self.guardrail = bedrock.CfnGuardrail(
            self,
            "Guardrail",
            name=name,
            description=description,
            kms_key_arn=key.key_arn,
            blocked_input_messaging=policies["blockedInputMessaging"],
            blocked_outputs_messaging=policies["blockedOutputsMessaging"],
            content_policy_config=policies["contentPolicyConfig"],
            word_policy_config=policies.get("wordPolicyConfig"),
            sensitive_information_policy_config=policies.get("sensitiveInformationPolicyConfig"),
            topic_policy_config=policies.get("topicPolicyConfig"),
            cross_region_config=(
                bedrock.CfnGuardrail.GuardrailCrossRegionConfigProperty(guardrail_profile_arn=self.profile_arn)
                if self.profile_arn
                else None
            ),
        )
        self._version = bedrock.CfnGuardrailVersion(
            self,
            f"Version{self.content_hash}",
            guardrail_identifier=self.guardrail.attr_guardrail_id,
            description=f"content {self.content_hash}",
        )
        self._version.apply_removal_policy(RemovalPolicy.RETAIN)

    @property
    def guardrail_id(self) -> str:
        """Id of the guardrail."""
        return self.guardrail.attr_guardrail_id

    @property
    def guardrail_arn(self) -> str:
        """ARN of the guardrail."""
        return self.guardrail.attr_guardrail_arn

    @property
    def version(self) -> str:
        """The pinned version, a number and never ``DRAFT``."""
        return self._version.attr_version

    def pinned(self) -> PinnedGuardrail:
        """Return the guardrail and its version, for a function in the same stack."""
        return PinnedGuardrail(
            guardrail_id=self.guardrail_id,
            arn=self.guardrail_arn,
            version=self.version,
            key_arn=self.key.key_arn,
            profile_arn=self.profile_arn,
            judges_images=self.judges_images,
            content_hash=self.content_hash,
        )

    def grant_apply(self, role: iam.Role) -> None:
        """Let a role apply the guardrail; see `PinnedGuardrail.grant_apply`.

        Parameters
        ----------
        role
            Who may.
        """
        self.pinned().grant_apply(role)


def _profile(stack: Stack, geography: str) -> str:
    """Return the ARN of the profile that AWS defines for a geography, in this account and Region."""
    return stack.format_arn(
        service="bedrock", resource="guardrail-profile", resource_name=f"{geography}.guardrail.v1:0"
    )


def _policies(
    content: Mapping[str, str],
    words: Sequence[str],
    pii: Mapping[str, str],
    topics: Sequence[Topic],
    regexes: Sequence[Regex],
    *,
    prompt_attack: str,
    tier: str,
    image_filters: Collection[str],
) -> dict[str, Any]:
    """Everything of a guardrail that decides a verdict, in CloudFormation's terms; an empty policy is left out."""
    strengths = [(kind, strength.upper(), strength.upper()) for kind, strength in sorted(content.items())]
    filters: list[dict[str, Any]] = []
    for kind, on_input, on_output in [*strengths, ("prompt_attack", prompt_attack.upper(), "NONE")]:
        # Spelled out for every filter: what AWS takes when it is left out is text alone.
        modalities = ["TEXT", "IMAGE"] if kind in image_filters else ["TEXT"]
        filters.append(
            {
                "type": kind.upper(),
                "inputStrength": on_input,
                "inputModalities": modalities,
                "outputStrength": on_output,
                "outputModalities": modalities,
            }
        )
    policies: dict[str, Any] = {
        "blockedInputMessaging": _BLOCKED_INPUT,
        "blockedOutputsMessaging": _BLOCKED_OUTPUT,
        "contentPolicyConfig": {"filtersConfig": filters, "contentFiltersTierConfig": {"tierName": tier}},
    }
    if words:
        policies["wordPolicyConfig"] = {"wordsConfig": [{"text": word} for word in words]}
    entities = [{"type": kind, "action": _PII_ACTIONS[action]} for kind, action in sorted(pii.items())]
    forms = [{"name": own.name, "pattern": own.pattern, "action": _PII_ACTIONS[own.action]} for own in regexes]
    if entities or forms:
        sensitive = {"piiEntitiesConfig": entities, "regexesConfig": forms}
        policies["sensitiveInformationPolicyConfig"] = {name: found for name, found in sensitive.items() if found}
    if topics:
        policies["topicPolicyConfig"] = {
            "topicsConfig": [
                {"name": topic.name, "definition": topic.definition, "examples": list(topic.examples), "type": "DENY"}
                for topic in topics
            ],
            "topicsTierConfig": {"tierName": tier},
        }
    return policies
