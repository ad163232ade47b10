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
from tests.stacks.assembly import context, normalise, packages

PUBLIC = {name: getattr(constructs, name) for name in constructs.__all__}
CONSTRUCTS = sorted(name for name, value in PUBLIC.items() if isinstance(value, type) and issubclass(value, Construct))


def run_example(text: str, names: dict[str, Any]) -> int:
    """Run the statements of an example; their number."""
    examples = doctest.DocTestParser().get_examples(text)
    for example in examples:
        exec(compile(example.source, "example", "exec"), names)  # noqa: S102 - the example is this repository's own text
    return len(examples)


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_example(name: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    stack = Stack(App(context=context()), "Example", env=Environment(region="us-east-1"))
    names = PUBLIC | {
        "stack": stack,
        "aws_cdk": aws_cdk,
        "apigateway": apigateway,
        "iam": iam,
        "lambda_": lambda_,
        "code": lambda_.Code.from_asset(str(packages(tmp_path).proxy)),
    }
    assert run_example(PUBLIC[name].__doc__, names), f"{name} has no example"
    assert normalise(Template.from_stack(stack).to_json()) == snapshot(extension_class=JSONSnapshotExtension)


def test_all_names_are_public() -> None:
    defined = {name for name, value in vars(constructs).items() if not name.startswith("_") and isinstance(value, type)}
    assert defined <= set(constructs.__all__)
    assert len(CONSTRUCTS) >= 14
