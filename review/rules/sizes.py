"""How long a value of a template is at most, once CloudFormation has filled in what is not known yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Json = Any

_PSEUDO = {
    "AWS::AccountId": 12,
    "AWS::Partition": len("aws-us-gov"),
    "AWS::Region": len("ap-southeast-99"),
    "AWS::URLSuffix": len("amazonaws.com"),
    "AWS::StackName": 128,
}
# What AWS gives an id of its own; everything else CloudFormation names after stack, resource and 13 random letters.
_IDS = {
    "AWS::ApiGateway::RestApi": 10,
    "AWS::Bedrock::Guardrail": 12,
    "AWS::BedrockMantle::Project": 40,
    "AWS::EC2::VPCEndpoint": 22,
    "AWS::EC2::SecurityGroup": 20,
    "AWS::EC2::Subnet": 24,
    "AWS::EC2::VPC": 21,
    "AWS::KMS::Key": 36,
}
_RANDOM = 13
#: The part of an ARN before the resource's own name, with the longest of each.
_ARN = len("arn:aws-us-gov:bedrock-mantle:ap-southeast-99:123456789012:log-group:")
# A value of another stack: an ARN at most, of what that stack named by itself.
_ELSEWHERE = _ARN + 64


def at_most(value: Json, stack: str, kinds: Mapping[str, str]) -> int:
    """Return the most characters that a value has, as text, or as JSON without white space.

    Parameters
    ----------
    value
        A value of a template, with CloudFormation's functions in it.
    stack
        Name of the stack.
    kinds
        Types of its resources by logical id.

    Examples
    --------
    >>> at_most("abc", "Cloister-Audit", {})
    3
    >>> at_most({"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":root"]]}, "Cloister-Audit", {})
    30
    >>> at_most({"Action": ["a:B"]}, "Cloister-Audit", {}) == len('{"Action":["a:B"]}')
    True
    """
    filled = _fill(value, stack, kinds)
    return len(filled if isinstance(filled, str) else json.dumps(filled, separators=(",", ":"), ensure_ascii=False))


def _fill(value: Json, stack: str, kinds: Mapping[str, str]) -> Json:
    if isinstance(value, list):
        return [_fill(item, stack, kinds) for item in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        ((name, argument),) = value.items()
        if name == "Ref":
            return "x" * (_PSEUDO[argument] if argument in _PSEUDO else _named(argument, stack, kinds))
        if name == "Fn::GetAtt":
            resource, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            return "x" * (_named(resource, stack, kinds) + (_ARN if attribute.endswith("Arn") else 0))
        if name == "Fn::Join":
            separator, parts = argument
            return str(separator).join(_as_text(_fill(part, stack, kinds)) for part in parts)
        if name.startswith("Fn::"):
            return "x" * _ELSEWHERE
    return {key: _fill(item, stack, kinds) for key, item in value.items()}


def _named(resource: str, stack: str, kinds: Mapping[str, str]) -> int:
    return _IDS.get(kinds.get(resource, ""), len(f"{stack}-{resource}-") + _RANDOM)


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
