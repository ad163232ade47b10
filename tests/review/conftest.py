"""The example deployment, synthesised once, for what the review says of a whole one."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from review.assembly import Assembly, Template
from review.deployment import Deployment
from tests.stacks.assembly import Assembly as Synthesised
from tests.stacks.deployments import settings

Json = Any


@pytest.fixture(scope="session")
def cdk_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the example's cloud assembly."""
    return Synthesised.shared(tmp_path_factory, settings()).folder


@pytest.fixture(scope="session")
def example(cdk_out: Path) -> Assembly:
    """The example's templates. They are shared: copy what is changed."""
    return Assembly.read(cdk_out)


def changed(assembly: Assembly, stack: str, body: Json) -> Deployment:
    """A deployment of the same templates, with another one in place of a stack's."""
    return Deployment(
        Assembly(
            [
                t if t.stack != stack else Template(t.stack, body, t.account, t.region, t.properties, t.file, t.sha256)
                for t in assembly.templates
            ]
        )
    )


def body_of(assembly: Assembly, stack: str) -> Json:
    """A copy of a stack's template, to be changed."""
    return copy.deepcopy(assembly.by_stack[stack].body)
