"""Projects keep what the service's do until an administrator says otherwise, and nobody else can."""

from __future__ import annotations

from typing import Any

from local.keys import Key
from tests.local.bedrock.conftest import KEY, MANTLE, Standins

PROJECT = f"{MANTLE}/v1/organization/projects/proj_atlas"
OWNER = Key("AKIAOWNER", "secret", "", "arn:aws:iam::000000000000:root", "000000000000", "000000000000")
NONE = {"data_retention": {"mode": "none"}}


def _told(standins: Standins, key: Key = KEY) -> tuple[str, Any]:
    with standins.http(key) as http:
        own = http.get(PROJECT).json()["data_retention"]["mode"]
        headers = {"openai-project": "proj_atlas"}
        return own, http.get(f"{MANTLE}/v1/models/google.gemma-4-31b", headers=headers).json()["data_retention"]


def test_a_new_project_inherits_what_the_model_keeps(standins: Standins) -> None:
    own, models = _told(standins)
    assert own == "inherit"
    assert (models["mode"], models["source"]) == ("default", "model_default")


def test_an_administrator_sets_the_mode_and_a_function_cannot(standins: Standins) -> None:
    standins.keys.add(OWNER)
    with standins.http(KEY) as http:
        assert http.post(PROJECT, json=NONE).status_code == 403
    assert _told(standins)[0] == "inherit"
    with standins.http(OWNER) as http:
        assert http.post(PROJECT, json={"data_retention": {"mode": "nothing"}}).status_code == 400
        assert http.post(PROJECT, json=NONE).json()["data_retention"] == {"mode": "none"}
        assert http.post(f"{PROJECT}x", json=NONE).status_code == 404
    own, models = _told(standins)
    assert (own, models["mode"], models["source"]) == ("none", "none", "project")
