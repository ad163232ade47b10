"""The model catalogue is data: read as it stands, written out as it stands, and grown by adding an entry."""

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.catalogue import Catalogue
from stacks.settings import load, load_catalogue
from tests.clone import ROOT, copy_settings

GEMMA = ["google.gemma-4-31b", "google.gemma-4-26b-a4b", "google.gemma-4-e2b"]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT)


def test_it_has_the_gemma_4_models(catalogue: Catalogue) -> None:
    assert list(catalogue.models) == GEMMA
    for model in catalogue.models.values():
        assert model.path == "/openai/v1"
        assert model.body_limit == 3.5 * 2**20
        assert model.tiers == ("default", "priority", "flex")
    assert [catalogue.models[name].context_window for name in GEMMA] == [2**18, 2**18, 2**17]
    assert [catalogue.models[name].reasoning.required for name in GEMMA] == [None, None, "high"]


def test_prices_are_of_a_region_and_a_day(catalogue: Catalogue) -> None:
    for name in GEMMA:
        model = catalogue.models[name]
        here = model.price("us-east-1")
        assert here is not None
        assert here.date == datetime.date(2026, 11, 23)
        assert here.flex is not None
        assert here.priority is not None
        # As AWS prices the tiers: flex is half, priority one and three quarters.
        assert here.flex.input == pytest.approx(here.default.input * 0.5)
        assert here.priority.output == pytest.approx(here.default.output * 1.75)
        government = model.price("us-gov-west-1")
        assert government is not None
        assert government.default.output == pytest.approx(here.default.output * 1.2)
        assert government.flex is None
        assert model.price("eu-central-1") is None  # not known, and no other Region's price stands for it


def test_as_json_is_the_data_of_the_file_and_nothing_else(catalogue: Catalogue) -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [plain(item) for item in value]
        return value.isoformat() if isinstance(value, datetime.date) else value

    written = yaml.safe_load((ROOT / "stacks" / "catalogue.yaml").read_text())
    assert json.loads(catalogue.as_json()) == plain(written)


def test_as_json_gives_the_same_bytes_for_the_same_data(catalogue: Catalogue) -> None:
    again = Catalogue(models={name: catalogue.models[name] for name in reversed(GEMMA)})
    assert again.as_json() == catalogue.as_json()
    assert catalogue.as_json().endswith(b"}\n")
    assert catalogue.as_json().isascii()


def test_another_model_is_another_entry(tmp_path: Path) -> None:
    root = copy_settings(tmp_path)
    path = root / "stacks" / "catalogue.yaml"
    path.write_text(
        path.read_text()
        + """
  openai.gpt-oss-120b:
    name: gpt-oss 120B
    owner: openai
    path: /v1
    routes: [chat.completions]
    context_window: 131072
    body_limit: 1048576
    modalities: [text]
    tiers: [default, flex]
    regions: [us-east-1]
    parallel_tool_calls: true
    reasoning: {efforts: [low, medium, high]}
"""
    )
    team = root / "teams" / "beacon.yaml"
    team.write_text(re.sub(r"models: .*", "models: [google.gemma-4-e2b, openai.gpt-oss-120b]", team.read_text()))
    found = load(root)
    assert list(found.catalogue.models) == [*GEMMA, "openai.gpt-oss-120b"]
    added = found.catalogue.models["openai.gpt-oss-120b"]
    assert (added.path, added.prices, added.parameters.drop_on_rejection) == ("/v1", (), ())
    assert found.teams[1].models == ("google.gemma-4-e2b", "openai.gpt-oss-120b")
    assert "openai.gpt-oss-120b" in json.loads(found.catalogue.as_json())["models"]
