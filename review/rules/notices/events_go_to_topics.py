"""What EventBridge sees, it tells the deployment's topics alone; a schedule may start a function of its own stack."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import FUNCTION, TOPIC, is_schedule
from review.rules.rule import Rule, controls, each


@each("AWS::Events::Rule")
def _check(deployment: Deployment, rule: Resource) -> str:
    targets = deployment.resolver.of(rule, "Targets") or []
    if not targets:
        return "it has no target: nobody is told"
    if str(deployment.resolver.of(rule, "State") or "ENABLED").startswith("DISABLED"):
        return "it is switched off"
    known = {deployment.resolver.arn(topic, "TopicArn") for topic in deployment.assembly.of_type(TOPIC)}
    here = {deployment.resolver.arn(f) for f in deployment.assembly.of_type(FUNCTION) if f.stack == rule.stack}
    timed = is_schedule(deployment, rule)
    elsewhere = [
        str(target.get("Arn")) for target in targets if target.get("Arn") not in (known | here if timed else known)
    ]
    if elsewhere:
        right = "no topic of the templates, and no function of its own stack" if timed else "no topic of the templates"
        return f"it tells {', '.join(elsewhere)}, which is {right}"
    assumed = [str(target["RoleArn"]) for target in targets if target.get("RoleArn")]
    return f"it acts with the role {assumed[0]}: a topic's policy is enough" if assumed else ""


RULE = Rule(
    id="events-go-to-topics",
    title="What EventBridge sees, it tells the deployment's topics alone; a schedule starts its own stack's functions",
    why="a rule can start functions, commands and calls to other accounts with what an event says",
    severity="high",
    fix="make a topic of the deployment its target; of a schedule without an event pattern, a function of its stack",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html",
    controls=controls(nist="AC-4 SI-4", soc2="CC6.7 CC7.2", aws="DETECT-05"),
    check=_check,
)
