"""Roles: a ceiling on each function's, and inference for the proxies alone."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping

from review.finding import Finding
from stacks.policies.names import role_path
from stacks.promises.template import Broken, Json, Stack, listed, statements

__all__ = ["identity"]

_BOUNDARY = Broken(
    "role-has-its-ceiling",
    "A policy that somebody attaches to the role later would add rights: the ceiling is what keeps it from that.",
    "take '@aws-cdk/core:permissionsBoundary' out of the context (cdk.json, ~/.cdk.json, -c), and remove aspects that "
    "set a boundary; a boundary that every role of the account must carry is 'permissions_boundary' in cloister.yaml, "
    "which keeps the functions' ceiling beside it",
    "https://docs.aws.amazon.com/cdk/v2/guide/customize-permissions-boundaries.html",
)
_MANAGED = Broken(
    "role-has-no-managed-policy",
    "The rights of a function's role are those that its stack spells out, each on its resource.",
    "remove the managed policy, and give the function what it needs by FunctionRole.allow",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
)
_MODELS = Broken(
    "models-for-proxies-alone",
    "A principal that calls a model by itself goes round the guardrail, the record and the team's limits.",
    "remove the statement: a workload calls its team's API",
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html",
)
# What reaches a model, by example of each kind; a statement is compared as IAM would, wildcards and all.
_WAYS = (
    "bedrock-mantle:CreateInference",
    "bedrock-mantle:CallWithBearerToken",
    "bedrock:CallWithBearerToken",
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
    "bedrock:InvokeAgent",
    "bedrock:InvokeFlow",
)


def identity(stack: Stack) -> Iterator[Finding]:
    """Find roles without their ceiling, and rights on models that are no proxy's."""
    attached = _attached(stack)
    for name, role in stack.of("AWS::IAM::Role"):
        if "lambda.amazonaws.com" in _trusted(role):
            yield from _ceiling(stack, name, role, attached.get(name, []))
        elif stack.boundary is not None and not _is_named(stack, role.get("PermissionsBoundary")):
            yield _BOUNDARY.at(stack, name, f"has another boundary than the settings': {stack.boundary}")
    for name, found in _policies(stack):
        for statement in statements(found.get("PolicyDocument")):
            ways = _ways(statement)
            if ways and not (ways == ["bedrock-mantle:CreateInference"] and _is_a_proxys(stack, found)):
                yield _MODELS.at(stack, name, f"allows {', '.join(ways)}, and is no proxy's")


def _ceiling(stack: Stack, name: str, role: Mapping[str, Json], own: list[Json]) -> Iterator[Finding]:
    if managed := listed(role.get("ManagedPolicyArns")):
        yield _MANAGED.at(stack, name, f"carries {len(managed)} managed policies")
    boundary = role.get("PermissionsBoundary")
    if stack.boundary is not None:
        if not _is_named(stack, boundary):
            yield _BOUNDARY.at(stack, name, f"has another boundary than the settings': {stack.boundary}")
        if not any(s["Effect"] == "Deny" and "NotAction" in s and s.get("Resource") == "*" for s in own):
            yield _BOUNDARY.at(stack, name, "has no denial of what is not its own")
        return
    reference = boundary.get("Ref") if isinstance(boundary, Mapping) else None
    document = stack.properties(str(reference)).get("PolicyDocument")
    if document is None:
        yield _BOUNDARY.at(stack, name, "has no boundary of this stack" if boundary else "has no boundary")
        return
    known = statements(document)
    if any(statement["Effect"] == "Allow" and statement not in own for statement in known):
        yield _BOUNDARY.at(stack, name, "has a boundary that lets through more than the role's own policy allows")


def _attached(stack: Stack) -> dict[str, list[Json]]:
    """Return the statements of the policies of each role, those in the role itself included."""
    found: dict[str, list[Json]] = {
        name: [s for policy in listed(role.get("Policies")) for s in statements(policy.get("PolicyDocument"))]
        for name, role in stack.of("AWS::IAM::Role")
    }
    for _, policy in stack.of("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"):
        for role in [*listed(policy.get("Roles")), *listed(policy.get("RoleName"))]:
            if _is_ref(role):
                found.setdefault(role["Ref"], []).extend(statements(policy.get("PolicyDocument")))
    return found


def _policies(stack: Stack) -> Iterator[tuple[str, Mapping[str, Json]]]:
    yield from stack.of("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy")
    yield from stack.of("AWS::IAM::ManagedPolicy")
    for name, holder in stack.of("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for policy in listed(holder.get("Policies")):
            yield name, policy


def _ways(statement: Mapping[str, Json]) -> list[str]:
    if statement["Effect"] != "Allow":
        return []
    if "NotAction" in statement:
        return [way for way in _WAYS if not _matches(statement["NotAction"], way)]
    return [way for way in _WAYS if _matches(statement.get("Action"), way)]


def _matches(patterns: Json, action: str) -> bool:
    return any(fnmatch.fnmatchcase(action.lower(), str(pattern).lower()) for pattern in listed(patterns))


def _is_a_proxys(stack: Stack, policy: Mapping[str, Json]) -> bool:
    """Return whether a policy is that of proxies' roles alone, or the boundary of one, which grants nothing."""
    path = role_path(stack.deployment, "proxy")
    if policy.get("Users") or policy.get("Groups") or policy.get("UserName") or policy.get("GroupName"):
        return False
    roles = [*listed(policy.get("Roles")), *listed(policy.get("RoleName"))]
    if not roles:
        return policy.get("Path") == path
    return all(_is_ref(role) and stack.properties(role["Ref"]).get("Path") == path for role in roles)


def _trusted(role: Mapping[str, Json]) -> Iterable[str]:
    for statement in statements(role.get("AssumeRolePolicyDocument")):
        principal = statement.get("Principal")
        yield from map(str, listed(principal.get("Service") if isinstance(principal, Mapping) else principal))


def _is_named(stack: Stack, boundary: Json) -> bool:
    return stack.boundary is not None and text(boundary).endswith(f":policy/{stack.boundary}")


def text(value: Json) -> str:
    """Write a value with its intrinsics left out, as far as it is text.

    Examples
    --------
    >>> text({"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":policy/company"]]})
    'arn:aws:iam:::policy/company'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(text(part) for part in parts)
    return ""


def _is_ref(value: Json) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("Ref"), str)
