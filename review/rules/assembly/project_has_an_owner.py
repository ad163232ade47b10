"""Every Project says whose it is, in its tags."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each


@each("AWS::BedrockMantle::Project")
def _check(deployment: Deployment, project: Resource) -> str:
    tags = {tag.get("Key"): tag.get("Value") for tag in deployment.resolver.of(project, "Tags") or []}
    missing = [name for name in ("owner", "contact", "team") if not tags.get(name)]
    return f"its tags name no {', '.join(missing)}" if missing else ""


RULE = Rule(
    id="project-has-an-owner",
    title="Every Project says whose it is, in its tags",
    why="money and questions go to whoever is named",
    severity="low",
    fix="tag it with owner, contact and team",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/tagging.html",
    controls=controls(nist="CM-8 PM-5", iso="A.3.2 A.4.2", soc2="CC1.3", ai600="2.12"),
    check=_check,
)
