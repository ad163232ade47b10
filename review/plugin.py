"""The review inside `cdk synth`: what fails here is not synthesised.

It reads the templates that CDK wrote, after every aspect, context key and subclass, as the command does.
https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
"""

from __future__ import annotations

import datetime
from pathlib import Path

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from review.assembly import Assembly
from review.deployment import Deployment
from review.finding import Finding
from review.packs import OWN
from review.proof.claims import CLAIMS
from review.rules.catalogue import catalogue
from review.verdict import Verdict, review
from review.waivers import Register


@jsii.implements(IPolicyValidationPlugin)
class Review:
    """Runs every rule and every claim as a policy validation plugin.

    Parameters
    ----------
    register
        The waivers.
    today
        The day by which they stand or have ended.

    Attributes
    ----------
    verdict
        What the last synthesis came to; None before it.
    """

    def __init__(self, register: Register, today: datetime.date) -> None:
        self._register = register
        self._today = today
        self.verdict: Verdict | None = None

    @property
    def name(self) -> str:
        """What CDK's report calls it."""
        return OWN

    @property
    def version(self) -> str:
        """How many rules and claims it has: what a report was made by."""
        return f"{len(catalogue())}.{len(CLAIMS)}"

    @property
    def rule_ids(self) -> list[str]:
        """The ids of all rules and claims."""
        return [*(rule.id for rule in catalogue()), *(claim.id for claim in CLAIMS)]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Review the templates of a synthesis. What it cannot read at all is an error, which fails synthesis too."""
        assembly = Assembly.read(Path(context.template_paths[0]).parent)
        self.verdict = review(Deployment(assembly), self._register, self._today)
        halting = [finding for finding in self.verdict.findings() if finding.status.halts]
        return PolicyValidationPluginReport(
            success=not halting,
            plugin_version=self.version,
            violations=[_violation(finding, assembly) for finding in halting],
        )


def _violation(finding: Finding, assembly: Assembly) -> PolicyViolation:
    stack, _, id = finding.where.partition("/")
    template = assembly.by_stack.get(stack)
    where = (
        PolicyViolatingResource(locations=[], resource_logical_id=id, template_path=template.file)
        if template is not None and id in template.resources
        else PolicyViolatingResource(locations=[])
    )
    return PolicyViolation(
        rule_name=finding.code,
        description=f"{finding.where}: {finding.found}",
        severity="error",
        fix=finding.cure,
        rule_metadata={"why": finding.why, "source": finding.source, "status": finding.status.value},
        violating_resources=[where],
    )
