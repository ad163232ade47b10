"""``make retention``: nothing is changed without being asked for, and no mode is set that a model does not allow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from preflight import retention
from preflight.mantle import Mantle
from preflight.plan import Plan
from tests.clone import copy_settings
from tests.preflight.recorded import MODELS, REGION, Endpoint, Wire, account, model, plan, stack, stacks

_STACKS = stacks(
    stack("Cloister-Team-atlas", ProjectId="proj_atlas"), stack("Cloister-Team-beacon", ProjectId="proj_beacon")
)
_ATLAS, _BEACON = "/v1/organization/projects/proj_atlas", "/v1/organization/projects/proj_beacon"


class Projects(Endpoint):
    """An endpoint whose Projects keep the mode that they are given."""

    def __init__(self, replies: Wire, modes: Mapping[str, Any], *, deaf: bool = False) -> None:
        super().__init__(replies)
        self.modes = dict(modes)
        self.deaf = deaf

    def __call__(self, request: Any) -> tuple[int, bytes]:
        path = request.url.partition(".api.aws")[2]
        if path not in self.modes:
            return super().__call__(request)
        self.requests.append(request)
        if request.method == "POST" and not self.deaf:
            self.modes[path] = json.loads(request.body)["data_retention"]["mode"]
        return 200, json.dumps({"data_retention": {"mode": self.modes[path]}}).encode()


def _run(
    modes: Mapping[str, Any], *, apply: bool, replies: Wire | None = None, answers: Any = _STACKS, deaf: bool = False
) -> tuple[int, list[str], Projects]:
    asked, session, endpoint = account(answers, replies)
    projects = Projects(endpoint.replies, modes, deaf=deaf)
    mantle = Mantle(session, REGION, transport=projects)
    asked._mantle = mantle
    said: list[str] = []
    of: Plan = plan()
    status = retention.retain_nothing(asked, mantle, of, of.teams, apply=apply, say=said.append)
    return status, said, projects


def _changes(projects: Projects) -> list[str]:
    return [request.url.partition(".api.aws")[2] for request in projects.requests if request.method == "POST"]


def test_without_being_told_to_it_changes_nothing() -> None:
    status, said, projects = _run({_ATLAS: "default", _BEACON: "none"}, apply=False)
    assert status == 0 and _changes(projects) == []
    assert said == [
        "atlas: proj_atlas has the mode 'default', and would get 'none'",
        "beacon: proj_beacon has the mode 'none' already",
        "nothing was changed; to change it: make retention APPLY=1",
    ]


def test_it_sets_the_mode_where_it_is_another_and_reads_it_back() -> None:
    status, said, projects = _run({_ATLAS: "default", _BEACON: "none"}, apply=True)
    assert status == 0 and _changes(projects) == [_ATLAS]
    assert projects.modes == {_ATLAS: "none", _BEACON: "none"}
    assert said[0] == "atlas: proj_atlas had the mode 'default', and has 'none' now"


def test_a_mode_that_does_not_stay_is_not_said_to_be_set() -> None:
    status, said, _ = _run({_ATLAS: "default", _BEACON: "none"}, apply=True, deaf=True)
    assert status == 1 and "the mode that was read back is default" in said[0]


def test_it_never_sets_a_mode_that_a_model_does_not_allow() -> None:
    replies = {("GET", f"/v1/models/{MODELS[1]}"): model(MODELS[1], modes=["default"])}
    status, said, projects = _run({_ATLAS: "default", _BEACON: "default"}, apply=True, replies=replies)
    assert status == 1 and _changes(projects) == [_BEACON]
    assert said[0].startswith(f"atlas: left as it is: {MODELS[1]} allows default, and 'none' would make it unavailable")


@pytest.mark.parametrize("reply", [(200, {"id": "m"}), (403, None), (500, None)])
def test_modes_that_cannot_be_read_are_no_leave(reply: tuple[int, Any]) -> None:
    replies = {("GET", f"/v1/models/{MODELS[0]}"): reply}
    status, said, projects = _run({_ATLAS: "default", _BEACON: "none"}, apply=True, replies=replies)
    assert status == 1 and _changes(projects) == [] and "could not be read" in said[0]


def test_a_mode_that_cannot_be_read_is_left_alone() -> None:
    status, said, projects = _run({_ATLAS: {"a": "new shape"}, _BEACON: "none"}, apply=True)
    assert status == 1 and _changes(projects) == [] and said[0].startswith("atlas: could not be asked")


def test_a_team_that_is_not_deployed_is_said() -> None:
    status, said, projects = _run({}, apply=True, answers=stacks())
    assert status == 1 and _changes(projects) == []
    assert said == [
        "atlas: left as it is: it has no Project yet: cdk deploy Cloister-Team-atlas makes it",
        "beacon: left as it is: it has no Project yet: cdk deploy Cloister-Team-beacon makes it",
    ]


def test_where_there_is_no_team_there_is_nothing_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = copy_settings(tmp_path)
    for path in (root / "teams").iterdir():
        path.unlink()
    asked, session, endpoint = account()
    monkeypatch.setattr("boto3.Session", lambda **_: session)
    monkeypatch.setattr(retention, "Account", lambda *_: asked)
    assert retention.main(["--apply"], root) == 0
    assert capsys.readouterr().out == "no team has a file yet, so there is no Project\n"
    assert endpoint.requests == []
