"""Synthesis for tests, and what the tests ask of templates."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from lambdas.package import COMPILED, Packages, build
from review.packs import APART
from review.waivers import Register
from stacks.acknowledgements import acknowledge
from stacks.kit import assemble
from stacks.settings import Settings
from stacks.template_check import TemplateCheck
from tests.clone import ROOT
from tests.sharing import once

Json = Any
_ASSET_HASH = re.compile(r"[0-9a-f]{64}")
_CURRENT_VERSION = re.compile(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}")


def context() -> dict[str, Json]:
    """Return the context of ``cdk.json``, which every synthesis uses."""
    found: dict[str, Json] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return found


def packages(folder: Path, source: str = "print('hello')\n") -> Packages:
    """Build packages of one line, so that no test depends on what the functions are today."""
    for name in ("proxy", "authorizer"):
        module = folder / name
        module.mkdir(parents=True)
        (module / "__init__.py").write_text(source)
        build(module, folder / f"{name}.zip")
    return Packages(proxy=folder / "proxy.zip", authorizer=folder / "authorizer.zip", kind=COMPILED)


@dataclass(frozen=True)
class Assembly:
    """A synthesised deployment."""

    folder: Path

    @classmethod
    def of(
        cls, settings: Settings, folder: Path, source: str = "print('hello')\n", *, checked: bool = False
    ) -> "Assembly":
        """Synthesise a deployment as ``app.py`` does, rule pack included; CDK's own check by choice."""
        return cls.of_several([settings], folder, source, checked=checked)

    @classmethod
    def of_several(
        cls, several: Sequence[Settings], folder: Path, source: str = "print('hello')\n", *, checked: bool = False
    ) -> "Assembly":
        """Synthesise deployments of different names together, which is faster than each alone."""
        app = App(outdir=str(folder / "cdk.out"), context=context())
        packed = packages(folder, source)
        waivers = [waiver for waiver in Register.read().waivers if waiver.is_of_a_pack and waiver.pack not in APART]
        stacks = [stack for settings in several for stack in assemble(app, settings, packed).stacks]
        acknowledge(stacks, waivers)
        if checked:
            Validations.of(app).add_plugins(TemplateCheck(stacks))
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        app.synth()
        return cls(folder / "cdk.out")

    @classmethod
    def shared(cls, factory: pytest.TempPathFactory, *several: Settings) -> "Assembly":
        """Synthesise deployments of different names once for all workers; nobody may write into the folder."""
        folder = once(factory, f"deployments {several!r}", lambda made: cls.of_several(several, made))
        return cls(folder / "cdk.out")

    @property
    def templates(self) -> dict[str, Json]:
        """Every template, by the name of its stack."""
        suffix = ".template.json"
        return {
            path.name.removesuffix(suffix): json.loads(path.read_text())
            for path in sorted(self.folder.glob(f"*{suffix}"))
        }

    def read(self, name: str) -> Json:
        """Return another file of the assembly."""
        return json.loads((self.folder / name).read_text())


def normalise(template: Json) -> Json:
    """Put fixed words in place of what changes with the functions' code alone."""
    text = _ASSET_HASH.sub("<asset>", json.dumps(template))
    return json.loads(_CURRENT_VERSION.sub(r"\1<version>", text))


def different(template: Json, before: Json) -> dict[str, Json]:
    """Return the resources of a template that another does not have, or has otherwise."""
    had = normalise(before)["Resources"]
    return {name: r for name, r in normalise(template)["Resources"].items() if r != had.get(name)}


def resources(template: Json, kind: str) -> dict[str, Json]:
    """Return the properties of a template's resources of one type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def one(template: Json, kind: str) -> Json:
    """Return the properties of the only resource of a type."""
    found = list(resources(template, kind).values())
    assert len(found) == 1, f"{len(found)} resources of type {kind}"
    return found[0]


def listed(value: Json) -> list[Json]:
    """Return a list of what a policy writes as one value or several."""
    return value if isinstance(value, list) else [value]


def documents(template: Json) -> Iterator[tuple[str, Json]]:
    """Yield every policy document of a template, of whatever kind, with where it stands."""

    def walk(value: Json, path: str) -> Iterator[tuple[str, Json]]:
        if isinstance(value, Mapping):
            # A data protection policy of CloudWatch Logs has statements too, and grants nothing.
            if "Statement" in value and "Version" in value and "Effect" in str(value["Statement"]):
                yield path, value
            for name, inner in value.items():
                yield from walk(inner, f"{path}/{name}")
        elif isinstance(value, list):
            for position, inner in enumerate(value):
                yield from walk(inner, f"{path}/{position}")

    yield from walk(template["Resources"], "")


def statements(template: Json) -> Iterator[tuple[str, Json]]:
    """Yield every statement of every policy document, with where the document stands."""
    for path, document in documents(template):
        for statement in document["Statement"]:
            yield path, statement


def role_statements(template: Json, role: str) -> dict[str, Json]:
    """Return the statements of a role's policies, by their first action and effect.

    ``role`` is the start of its logical id.
    """
    found: dict[str, Json] = {}
    for policy in resources(template, "AWS::IAM::Policy").values():
        if any(attached["Ref"].startswith(role) for attached in policy["Roles"]):
            for statement in policy["PolicyDocument"]["Statement"]:
                found[f"{statement['Effect']} {listed(statement['Action'])[0]}"] = statement
    assert found, f"no policy is attached to a role {role}…"
    return found


def team_document(function: Json) -> tuple[Json, dict[str, Json]]:
    """What a proxy function's properties tell it about its team, and what each reference in it, named by a mark, is.

    A mark stands where the template refers to something; it is a number, as the version of a guardrail is.
    """
    written = function["Environment"]["Variables"]["CLOISTER_TEAM"]
    parts = written["Fn::Join"][1] if isinstance(written, dict) else [written]
    marks: dict[str, Json] = {}
    text = ""
    for part in parts:
        if not isinstance(part, str):
            mark = str(1000 + len(marks))
            marks[mark] = part
            part = mark
        text += part
    return json.loads(text), marks
