"""An authorizer is of its own stack, reads the whole token, and remembers an answer for five minutes at most."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import leads_to_its_own, of
from review.rules.rule import Rule, controls, each


@each("AWS::ApiGateway::Authorizer")
def _check(deployment: Deployment, authorizer: Resource) -> str:
    known = of(deployment, authorizer)
    if known.get("Type") != "REQUEST" or known.get("IdentitySource") != "method.request.header.Authorization":
        return f"it decides by {known.get('IdentitySource')}: the whole Authorization header is right"
    if int(known.get("AuthorizerResultTtlInSeconds", 300)) > 300:
        return f"it remembers a caller for {known.get('AuthorizerResultTtlInSeconds')} s: 300 at most"
    own = leads_to_its_own(deployment, authorizer, known.get("AuthorizerUri"))
    return "" if own else "another stack's function decides who calls"


RULE = Rule(
    id="authorizer-remembers-briefly",
    title=(
        "An authorizer is of its own stack, reads the whole token, and remembers an answer for five minutes at most"
    ),
    why="who is let in by an answer that is remembered stays in when the right is taken away",
    severity="medium",
    fix="set AuthorizerResultTtlInSeconds to 300 or less, and name the stack's own function",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html",
    controls=controls(nist="AC-3 IA-5", soc2="CC6.1 CC6.2", aws="IAM-08"),
    check=_check,
)
