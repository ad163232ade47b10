"""Every function's package is known by the hash of its content."""

from __future__ import annotations

import re

from review.deployment import Deployment
from review.rules.facts import Function, each_function
from review.rules.rule import Rule, controls


@each_function
def _check(_deployment: Deployment, function: Function) -> str:
    code = function.properties.get("Code") or {}
    if function.properties.get("PackageType") == "Image" or "ImageUri" in code:
        return "its code is an image, which is looked up by a name that can be given to another"
    if "ZipFile" in code:
        return "its code stands in the template, outside of the package that is built and tested"
    if not re.fullmatch(r"[0-9a-f]{64}\.zip", str(code.get("S3Key"))):
        return f"its package is {code.get('S3Key')}, which does not say its hash"
    return ""


RULE = Rule(
    id="package-is-pinned",
    title="Every function's package is known by the hash of its content",
    why="a package that is known by a name can be replaced by another",
    severity="high",
    fix="deploy it as an asset, as CDK does",
    source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html",
    controls=controls(nist="SI-7 CM-5 SR-4", owasp="LLM04", ai600="2.12", soc2="CC8.1", iso="A.4.4"),
    check=_check,
)
