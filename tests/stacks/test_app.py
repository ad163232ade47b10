"""The app itself: the same templates wherever it runs, nothing looked up, a wrong file stops it."""

import datetime
import json
import zipfile
from pathlib import Path

import pytest
from aws_cdk import App, Validations

from lambdas.package import COMPILED, UNCOMPILED, notice
from review.plugin import Review
from review.rules.catalogue import by_id
from review.waivers import Register
from stacks.kit import assemble
from tests.clone import ROOT, make_clone
from tests.stacks.assembly import Assembly, context, packages, resources
from tests.stacks.deployments import settings
from tests.stacks.test_residency import elsewhere
from tests.synthesis import run, synthesised

#: What could leak into a template from the machine or the account that synthesises it.
ELSEWHERE = {
    "AWS_REGION": "ap-southeast-2",
    "AWS_DEFAULT_REGION": "ap-southeast-2",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_PROFILE": "nobody",
    "CDK_DEFAULT_ACCOUNT": "999988887777",
    "CDK_DEFAULT_REGION": "ap-southeast-2",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "LANG": "tr_TR.UTF-8",
    "PYTHONHASHSEED": "7",
    "TZ": "Pacific/Auckland",
    "USER": "somebody-else",
}

#: What the CLI adds to the context of cdk.json, and an app that is run without it does not have.
BY_THE_CLI = {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """The app's clone, what it wrote when the CLI ran it there, and what it said."""
    return synthesised(tmp_path_factory)


def test_templates_are_the_same_wherever_they_are_made(made: tuple[Path, Path, str], tmp_path: Path) -> None:
    root, here, _ = made
    there = tmp_path / "there"
    told = {"CDK_CONTEXT_JSON": json.dumps(BY_THE_CLI)}
    result = run(root, there, tmp_path, ELSEWHERE | told | {"HOME": str(tmp_path)})
    assert result.returncode == 0, result.stderr
    names = sorted(path.name for path in here.glob("*.template.json"))
    assert len(names) >= 4
    for name in names:
        assert (here / name).read_bytes() == (there / name).read_bytes(), name
    packages = sorted(path.name for path in here.glob("asset.*"))
    assert packages
    assert packages == sorted(path.name for path in there.glob("asset.*"))


def test_it_says_which_kind_of_package_it_made_and_so_does_every_function(made: tuple[Path, Path, str]) -> None:
    _, out, said = made
    functions = [
        function
        for template in Assembly(out).templates.values()
        for function in resources(template, "AWS::Lambda::Function").values()
    ]
    assert len(functions) >= 3
    for function in functions:
        with zipfile.ZipFile(out / f"asset.{function['Code']['S3Key']}") as package:
            compiled = any(name.endswith(".cpython-313.pyc") for name in package.namelist())
        kind = COMPILED if compiled else UNCOMPILED
        assert function["Description"].endswith(f"; package {kind}")
        assert said.count(notice(kind)) == 1


@pytest.mark.parametrize("fixture", ["deployed", "pinned"])
def test_nothing_is_looked_up(fixture: str, request: pytest.FixtureRequest) -> None:
    assembly: Assembly = request.getfixturevalue(fixture)
    assert "missing" not in assembly.read("manifest.json")


def test_stacks_go_to_the_region_and_account_of_the_settings(deployed: Assembly, pinned: Assembly) -> None:
    for assembly, place in ((deployed, "aws://unknown-account/us-east-1"), (pinned, "aws://111122223333/eu-central-1")):
        artifacts = assembly.read("manifest.json")["artifacts"].values()
        places = {a["environment"] for a in artifacts if a["type"] == "aws:cloudformation:stack"}
        assert places == {place}


def test_a_pinned_region_leaves_no_trace_of_another(pinned: Assembly) -> None:
    assert "us-east-1" not in elsewhere(json.dumps(pinned.templates))


def test_a_wrong_settings_file_stops_the_app(tmp_path: Path) -> None:
    root = make_clone(tmp_path / "root")
    settings = root / "cloister.yaml"
    settings.write_text(settings.read_text().replace("audit:", "audits:"))
    result = run(root, tmp_path / "out", root)
    assert result.returncode == 1
    assert "cloister.yaml" in result.stderr
    assert "audits" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list((tmp_path / "out").rglob("*.template.json"))


def test_a_boundary_in_cdks_context_takes_no_ceiling_away(tmp_path: Path) -> None:
    root = make_clone(tmp_path / "root")
    key = "@aws-cdk/core:permissionsBoundary"
    refused = run(root, tmp_path / "out", root, {"CDK_CONTEXT_JSON": json.dumps({key: {"name": "company"}})})
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "[function-role-has-its-ceiling]" in refused.stderr
    assert f"take '{key}' out of the context" in refused.stderr
    assert "'permissions_boundary' in cloister.yaml" in refused.stderr
    app = App(outdir=str(tmp_path / "taken"), context=context() | {key: {"name": "company"}})
    assemble(app, settings({"permissions_boundary": "company"}), packages(tmp_path / "packages"))
    review = Review(Register.read(rules=by_id()), datetime.date(2026, 11, 28))
    Validations.of(app).add_plugins(review)
    app.synth()
    assert review.verdict is not None
    assert [finding for finding in review.verdict.findings() if finding.status.halts] == []


def test_what_all_teams_share_is_sealed_before_code_of_a_teams_is_read(tmp_path: Path) -> None:
    root = make_clone(tmp_path / "root")
    shared = "from stacks.constructs.key import as_iam_decides"
    (root / "teams" / "atlas.py").write_text(f"{shared}\n\nas_iam_decides().add_actions('sts:*')\n")
    refused = run(root, tmp_path / "out", root, {"CDK_CONTEXT_JSON": json.dumps({"team": "atlas"})})
    assert refused.returncode == 1
    assert "teams/atlas.py:3: RuntimeError: " in refused.stderr
    assert "freeze" in refused.stderr


def test_the_cli_runs_the_app_that_the_tests_run() -> None:
    config = json.loads((ROOT / "cdk.json").read_text())
    assert config["app"] == "python3 app.py"
    assert config["context"]["@aws-cdk/core:validateAgainstDefaultRules"] is True
    assert config["context"]["@aws-cdk/core:defaultCrossStackReferences"] == "strong"
