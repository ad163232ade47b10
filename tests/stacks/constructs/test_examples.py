"""Every public construct: its example synthesises, alone, into the template that the snapshot holds."""

import doctest
from pathlib import Path
from typing import Any

import aws_cdk
import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template
from constructs import Construct
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from stacks import constructs
from tests import examples
from tests.stacks.assembly import context, normalise, packages

PUBLIC = {name: getattr(constructs, name) for name in constructs.__all__}
CONSTRUCTS = sorted(name for name, value in PUBLIC.items() if isinstance(value, type) and issubclass(value, Construct))
EXAMPLES = {
    test.name.rpartition(".")[2]: test
    for module in examples.modules()
    if module.startswith("stacks.constructs.")
    for test in examples.examples(module)
}


@pytest.fixture
def stack() -> Stack:
    """A stack of the example's own."""
    return Stack(App(context=context()), "Example", env=Environment(region="us-east-1"))


def names(stack: Stack, folder: Path) -> dict[str, Any]:
    """Return what an example may name without importing it."""
    return PUBLIC | {
        "stack": stack,
        "aws_cdk": aws_cdk,
        "apigateway": apigateway,
        "iam": iam,
        "lambda_": lambda_,
        "code": lambda_.Code.from_asset(str(packages(folder).proxy)),
    }


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_example(name: str, stack: Stack, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    assert name in EXAMPLES, f"{name} has no example"
    examples.run(EXAMPLES[name], names(stack, tmp_path))
    assert normalise(Template.from_stack(stack).to_json()) == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("test", [test for name, test in EXAMPLES.items() if name not in CONSTRUCTS])
def test_example_of_what_is_no_construct(test: doctest.DocTest, stack: Stack, tmp_path: Path) -> None:
    examples.run(test, names(stack, tmp_path))


def test_all_names_are_public() -> None:
    defined = {name for name, value in vars(constructs).items() if not name.startswith("_") and isinstance(value, type)}
    assert defined <= set(constructs.__all__)
    assert len(CONSTRUCTS) >= 14
