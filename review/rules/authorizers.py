"""The functions that decide who calls, as several rules need them."""

from __future__ import annotations

from review.deployment import Deployment
from review.rules.facts import Function, functions


def authorizers(deployment: Deployment) -> list[Function]:
    """The functions that an API's authorizer invokes."""
    return deployment.once(_authorizers)


def _authorizers(deployment: Deployment) -> list[Function]:
    uris = [
        str(deployment.resolver.of(authorizer, "AuthorizerUri"))
        for authorizer in deployment.assembly.of_type("AWS::ApiGateway::Authorizer")
    ]
    arns = {uri.partition("/functions/")[2].removesuffix("/invocations") for uri in uris}
    return [function for function in functions(deployment) if deployment.resolver.arn(function.resource) in arns]
