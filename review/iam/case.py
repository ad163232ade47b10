"""A case file: one request and the policies that apply to it, as JSON.

A policy may be an object, JSON text, `{"name": …, "policy": …}` or a list of these; a principal an ARN or an object;
a context value one or several. A field that is not known here makes the case unsupported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from review.iam.decision import Policies
from review.iam.document import Document, PolicyError, read
from review.iam.principal import Principal
from review.iam.request import Request

Json = Any


class CaseError(ValueError):
    """A case cannot be read. The message says what was found and what would be right."""


#: Fields that say nothing about the decision.
_REMARKS = {"name", "description", "expected", "id", "comment", "$schema", "title", "source"}
_FIELDS = {
    "identity": ("identityPolicies", "identityPolicy"),
    "resource": ("resourcePolicy",),
    "boundaries": ("permissionBoundaryPolicies", "permissionBoundaries", "permissionBoundary", "permissionsBoundary"),
    "sessions": ("sessionPolicies", "sessionPolicy"),
    "scps": ("serviceControlPolicies", "scps"),
    "rcps": ("resourceControlPolicies", "rcps"),
    "endpoints": ("endpointPolicy", "endpointPolicies", "vpcEndpointPolicies"),
}


def read_case(case: Json) -> tuple[Request, Policies]:
    """Read a case.

    Raises
    ------
    CaseError
        If it has no request that can be read, a field that is not known, or a policy that is none.

    Example
    -------
    >>> request, policies = read_case({
    ...     "request": {"principal": "arn:aws:iam::111122223333:user/ann", "action": "s3:GetObject",
    ...                 "resource": "arn:aws:s3:::b/k", "context": {"aws:SourceVpce": "vpce-1"}},
    ...     "identityPolicies": [{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}],
    ... })
    >>> request.action, len(policies.identity)
    ('s3:GetObject', 1)
    """
    if not isinstance(case, Mapping):
        raise CaseError("a case is an object with a request")
    known = {name for names in _FIELDS.values() for name in names} | _REMARKS | {"request"}
    unknown = sorted(key for key in case.keys() - known if case[key] not in (None, {}, []))
    if unknown:
        raise CaseError(f"the case has a field {unknown[0]!r}, which is not known here")
    found: dict[str, tuple[str, Json]] = {}
    for use, names in _FIELDS.items():
        present = [name for name in names if case.get(name) is not None]
        if len(present) > 1:
            raise CaseError(f"the case has both {present[0]} and {present[1]}")
        if present:
            found[use] = (present[0], case[present[0]])
    try:
        return _request(case.get("request")), _policies(found)
    except PolicyError as wrong:
        raise CaseError(str(wrong)) from None


def _policies(found: Mapping[str, tuple[str, Json]]) -> Policies:
    flat = {use: _documents(value, name) for use, (name, value) in found.items() if use not in ("scps", "rcps")}
    resource = flat.get("resource", [])
    if len(resource) > 1:
        raise CaseError("a resource has one policy, and the case has several")
    name, value = found.get("scps", ("", []))
    levels = _levels(value, name)
    name, value = found.get("rcps", ("", []))
    return Policies(
        identity=flat.get("identity", []),
        resource=resource[0] if resource else None,
        boundaries=flat.get("boundaries", []),
        sessions=flat.get("sessions", []),
        scps=levels,
        rcps=[document for level in _levels(value, name) for document in level],
        endpoints=flat.get("endpoints", []),
    )


def _documents(value: Json, name: str) -> list[Document]:
    if isinstance(value, list):
        names = [f"{name}[{n}]" if len(value) > 1 else name for n in range(len(value))]
        return [document for item, label in zip(value, names, strict=True) for document in _documents(item, label)]
    if isinstance(value, Mapping) and "Statement" not in value:
        for key in ("policy", "Policy", "document", "policyDocument", "PolicyDocument"):
            if key in value:
                label = value.get("name") or value.get("Name") or value.get("id")
                return _documents(value[key], f"{name} {label}" if label else name)
    return [read(value, name)]


def _levels(value: Json, name: str) -> list[list[Document]]:
    """Control policies by level of the organisation: a list of lists, or of objects with `policies`; else one level."""
    items = value if isinstance(value, list) else [value]
    if not items:
        return []
    groups = [item["policies"] if isinstance(item, Mapping) and "policies" in item else item for item in items]
    if all(isinstance(group, list) for group in groups):
        return [_documents(group, f"{name}, level {n}") for n, group in enumerate(groups, 1)]
    if any(isinstance(group, list) for group in groups):
        raise CaseError(f"{name} has levels and single policies side by side")
    return [_documents(items, name)]


def _request(written: Json) -> Request:
    if not isinstance(written, Mapping):
        raise CaseError("the case has no request")
    allowed = {"principal", "action", "resource", "context", "contextVariables", "wildcardOnlyAction"} | set(_OWNER)
    unknown = sorted(written.keys() - allowed)
    if unknown:
        raise CaseError(f"the request has a field {unknown[0]!r}, which is not known here")
    action = written.get("action")
    if not isinstance(action, str) or action.count(":") != 1 or "*" in action:
        raise CaseError(f"the request's action is {action!r}: SERVICE:ACTION is right")
    resource, owner = _resource(written)
    given = {}
    context = written.get("context") or written.get("contextVariables") or {}
    if not isinstance(context, Mapping):
        raise CaseError("the request's context is no object of keys and values")
    for key, value in context.items():
        values = value if isinstance(value, list) else [value]
        given[str(key)] = tuple(_text(item) for item in values)
    return Request(_principal(written.get("principal")), action, resource, given, owner)


_PRINCIPAL = ("arn", "principal", "value", "AWS", "Service", "Federated")
_OWNER = ("resourceAccount", "resourceAccountId", "resourceOwner", "accountId")


def _resource(written: Mapping[str, Json]) -> tuple[str, str | None]:
    resource = written.get("resource", "*")
    owner = next((str(written[key]) for key in _OWNER if written.get(key)), None)
    if isinstance(resource, Mapping):
        owner = next((str(resource[key]) for key in ("accountId", "account", "owner") if resource.get(key)), owner)
        resource = next((resource[key] for key in ("resource", "arn", "Arn") if key in resource), None)
    if not isinstance(resource, str) or not resource:
        raise CaseError(f"the request's resource is {resource!r}: an ARN or * is right")
    return resource, owner


def _principal(written: Json) -> Principal:
    if isinstance(written, Mapping):
        kind = str(written.get("type", "")).lower()
        inner = next((written[key] for key in _PRINCIPAL if key in written), None)
        if inner is None and kind != "anonymous":
            raise CaseError("the request's principal is an object without an arn")
        written = "anonymous" if inner is None else inner
    if not isinstance(written, str):
        raise CaseError(f"the request's principal is {written!r}: an ARN, a service's name or anonymous is right")
    try:
        return Principal.parse(written)
    except ValueError as wrong:
        raise CaseError(str(wrong)) from None


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise CaseError("a context value is a text, a number, a boolean, or a list of these")
    return str(value)
