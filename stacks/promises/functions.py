"""Functions: inside the VPC, with nobody else's code beside theirs, and nothing that leads them elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from review.finding import Finding
from stacks.promises.template import Broken, Json, Stack, listed

__all__ = ["functions"]

_PLACE = Broken(
    "function-in-the-vpc",
    "A function outside the isolated subnets has a way out that no endpoint policy, firewall or log of this kit sees.",
    "give it the network's subnets and a security group; a construct that brings such a function along, a custom "
    "resource for example, is left out",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
)
_LAYERS = Broken(
    "function-without-layers",
    "The code of a layer or an extension runs beside the proxy and can read every prompt.",
    "remove the layer, or the aspect that adds it",
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html",
)
_ENVIRONMENT = Broken(
    "function-goes-where-it-was-sent",
    "The variable would send the function's requests, or what it starts as, elsewhere than was reviewed.",
    "remove the variable, or the aspect that adds it",
    "https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html",
)
_WRAPPER = "/var/task/bootstrap"


def functions(stack: Stack) -> Iterator[Finding]:
    """Find functions that stand elsewhere, or run something else, than the kit's do."""
    for name, function in stack.of("AWS::Lambda::Function"):
        place = function.get("VpcConfig", {})
        if not (listed(place.get("SubnetIds")) and listed(place.get("SecurityGroupIds"))):
            yield _PLACE.at(stack, name, "has no subnets or no security group")
        if layers := listed(function.get("Layers")):
            yield _LAYERS.at(stack, name, f"has {len(layers)} layers")
        variables = function.get("Environment", {}).get("Variables", {})
        for variable in sorted(variables):
            if _leads_away(variable, variables):
                yield _ENVIRONMENT.at(stack, name, f"has the variable {variable}")


def _leads_away(variable: str, variables: Mapping[str, Json]) -> bool:
    if variable == "AWS_LAMBDA_EXEC_WRAPPER":
        return bool(variables[variable] != _WRAPPER)
    word = variable.upper()
    return (
        "ENDPOINT_URL" in word
        or word.endswith("_PROXY")
        or word.startswith(("LD_", "PYTHON"))
        or word in ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
    )
