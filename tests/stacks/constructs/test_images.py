"""What the constructs say of images and names, and refuse."""

import doctest
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack

from stacks.constructs import (
    BucketNames,
    IsolatedNetwork,
    PrivateEndpoint,
    endpoint_policies,
    image_rights,
)
from stacks.services import by_name
from tests.stacks.assembly import context


@pytest.fixture
def stack() -> Stack:
    """An empty stack."""
    return Stack(App(context=context()), "Alone", env=Environment(region="us-east-1"))


@pytest.mark.parametrize("function", [image_rights])
def test_an_example_holds(function: Callable[..., Any], stack: Stack) -> None:
    names = {"stack": stack, "image_rights": image_rights}
    (example,) = doctest.DocTestFinder(recurse=False).find(function, function.__name__, globs=names)
    result = doctest.DocTestRunner().run(example)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    "place", ["", "/", "*", "acme*", "acme/*", "acme/c?ts/", "acme/${aws:userid}/", "acme/cats", "acme/a,b/"]
)
def test_a_place_that_is_wider_than_it_looks(place: str, stack: Stack) -> None:
    with pytest.raises(ValueError, match="is no place for images: needs 'bucket' or 'bucket/prefix/'"):
        image_rights(stack, ["acme/cats/", place], {})


def test_no_place_is_no_right(stack: Stack) -> None:
    assert image_rights(stack, [], {"acme": "arn:aws:kms:us-east-1:111122223333:key/1"}) == []


def test_s3_has_no_name_but_those_of_buckets(stack: Stack) -> None:
    assert by_name("s3").names("us-east-1") == [], "a bucket is resolved by its name, never all of S3"
    vpc = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a"]).vpc
    reading = endpoint_policies.read_images(stack, buckets=["acme"], roles="arn:aws:iam::111122223333:role/readers/*")
    s3 = PrivateEndpoint(stack, "S3", vpc=vpc, service="s3", statements=reading)
    with pytest.raises(ValueError, match="no bucket is named, so no name leads to the endpoint"):
        BucketNames(stack, "Names", vpc=vpc, endpoint=s3.endpoint, buckets=[])
