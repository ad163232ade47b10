"""The examples in the documentation of the review's modules are true."""

import doctest
import importlib
import pkgutil

import pytest

import review

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(review.__path__, "review.") if "__main__" not in module.name
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    found = [test for name in MODULES for test in doctest.DocTestFinder().find(importlib.import_module(name))]
    assert sum(bool(test.examples) for test in found) > 20, (
        "the modules were moved, or the test looks in the wrong place"
    )
