"""The guardrail that every prompt and every answer passes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

# CLASSIC stays in the Region. STANDARD needs a guardrail profile, which moves text between Regions of a geography
# (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tiers.html).
_TIER = {"tierName": "CLASSIC"}
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
    content_hash
        Hash of the guardrail's content. It stands in the function's description, so that a new version is a change of
        the template of the function too, and the function is deployed with it.
    """

    guardrail_id: str
    arn: str
    version: str
    key_arn: str
    content_hash: str

    def grant_apply(self, role: iam.Role) -> None:
        """Let a role apply the guardrail, and let Bedrock decrypt its content on the role's behalf.

        Whoever applies an encrypted guardrail must be allowed to decrypt with its key
        (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-kms.html). The condition leaves
        that to Bedrock: the role cannot call KMS by itself.

        Parameters
        ----------
        role
            Who may.
        """
        role.add_to_policy(
            iam.PolicyStatement(sid="ApplyGuardrail", actions=["bedrock:ApplyGuardrail"], resources=[self.arn])
        )
        role.add_to_policy(
            iam.PolicyStatement(
                sid="BedrockReadsTheGuardrail",
                actions=["kms:Decrypt"],
                resources=[self.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"bedrock.{Stack.of(role).region}.amazonaws.com"}},
            )
        )


class BaselineGuardrail(Construct):
    """A guardrail and a pinned version of it, which is new exactly when the guardrail's content is.

    A version is a snapshot: changing the guardrail leaves it as it was. So the version's logical id carries a hash of
    the content. The versions before are kept, and a function that still names one goes on working; a guardrail holds 20
    of them (https://docs.aws.amazon.com/general/latest/gr/bedrock.html), after which old ones are deleted by hand.

    Protection against prompt attacks is always on, HIGH, on the input, where Bedrock offers it.

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
    ) -> None:
        super().__init__(scope, construct_id)
        self.key = key
        policies = _policies(content, words, pii or {}, topics)
        canonical = json.dumps(policies, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        self.content_hash = hashlib.sha256(canonical.encode()).hexdigest()[:12]
        self.guardrail = bedrock.CfnGuardrail(
            self,
            "Guardrail",
            name=name,
            description="Baseline guardrail of the deployment",
            kms_key_arn=key.key_arn,
            blocked_input_messaging=policies["blockedInputMessaging"],
            blocked_outputs_messaging=policies["blockedOutputsMessaging"],
            content_policy_config=policies["contentPolicyConfig"],
            word_policy_config=policies.get("wordPolicyConfig"),
            sensitive_information_policy_config=policies.get("sensitiveInformationPolicyConfig"),
            topic_policy_config=policies.get("topicPolicyConfig"),
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


def _policies(
    content: Mapping[str, str], words: Sequence[str], pii: Mapping[str, str], topics: Sequence[Topic]
) -> dict[str, Any]:
    """Everything of a guardrail that decides a verdict, in CloudFormation's terms; an empty policy is left out."""
    filters = [
        {"type": kind.upper(), "inputStrength": strength.upper(), "outputStrength": strength.upper()}
        for kind, strength in sorted(content.items())
    ]
    filters.append({"type": "PROMPT_ATTACK", "inputStrength": "HIGH", "outputStrength": "NONE"})
    policies: dict[str, Any] = {
        "blockedInputMessaging": _BLOCKED_INPUT,
        "blockedOutputsMessaging": _BLOCKED_OUTPUT,
        "contentPolicyConfig": {"filtersConfig": filters, "contentFiltersTierConfig": _TIER},
    }
    if words:
        policies["wordPolicyConfig"] = {"wordsConfig": [{"text": word} for word in words]}
    if pii:
        policies["sensitiveInformationPolicyConfig"] = {
            "piiEntitiesConfig": [
                {"type": kind, "action": _PII_ACTIONS[action]} for kind, action in sorted(pii.items())
            ]
        }
    if topics:
        policies["topicPolicyConfig"] = {
            "topicsConfig": [
                {"name": topic.name, "definition": topic.definition, "examples": list(topic.examples), "type": "DENY"}
                for topic in topics
            ],
            "topicsTierConfig": _TIER,
        }
    return policies
