"""What each layer may import, held mechanically.

Guarantees: every folder imports what `tests/layers.py` lists for it and nothing else, and a folder that is not listed
fails; constructs open no file. So settings know nothing of CDK, the functions nothing but the standard library, the
review nothing of what wrote the templates, and the local side nothing of the constructs.
"""

import doctest
import re
import statistics
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath

import pytest

from tests import layers
from tests.layers import ALLOWED, CLOSED, key_of, opened, wrong_imports

ROOT = Path(__file__).parent.parent
#: Folders that commands make beside the sources, and the live settings, which no test opens.
_OTHER = {"build", "cdk.out", "node_modules", "teams", "deployments"}


@cache
def sources() -> dict[str, str]:
    """Text of every Python file of the project, by its path."""
    tops = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and path.name not in _OTHER]
    files = [*ROOT.glob("*.py"), *(path for top in tops for path in top.rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sorted(files)}


def test_a_folder_imports_what_it_lists_and_a_folder_is_listed() -> None:
    wrong = wrong_imports(sources(), sources())
    assert not wrong, "\n".join(wrong)


def test_the_picture_of_the_proxy_has_its_rooms() -> None:
    drawn = set(re.findall(r">([a-z]+)/</text>", (ROOT / "docs" / "architecture.svg").read_text()))
    assert drawn == {path.parent.name for path in (ROOT / "lambdas" / "proxy").glob("*/__init__.py")}


def test_constructs_open_no_file() -> None:
    closed = {path: text for path, text in sources().items() if key_of(path, ALLOWED) in CLOSED}
    assert {str(PurePosixPath(path).parent) for path in closed} == set(CLOSED)
    wrong = [line for path, text in closed.items() for line in opened(path, text)]
    assert not wrong, "\n".join(wrong)


def test_no_layer_knows_one_that_knows_it() -> None:
    """What is listed has an order from the settings up; tests know everything, and nothing knows them."""
    keys = {key.removesuffix("/**"): entries for key, entries in ALLOWED.items() if not key.startswith("tests")}
    graph: dict[str, set[str]] = {}
    for key, entries in keys.items():
        for entry in entries:
            path = entry.replace(".", "/")
            layer = key_of(f"{path}.py", keys) if f"{path}.py" in keys or path not in keys else path
            if layer is not None and layer != key:
                graph.setdefault(key, set()).add(layer)
    assert graph["stacks/constructs"] == {"stacks/policies", "stacks/services.py", "lambdas/proxy/core"}
    assert list(TopologicalSorter(graph).static_order())[-1]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("stacks/catalogue.py", "import aws_cdk"),
        ("stacks/catalogue.py", "from stacks.settings import load"),
        ("stacks/settings/deployment.py", "from aws_cdk import Stack"),
        ("stacks/settings/deployment.py", "def late():\n    import constructs"),
        ("stacks/settings/deployment.py", "from stacks import network"),
        ("stacks/settings/deployment.py", "from ..network import NetworkStack"),
        ("stacks/constructs/network.py", "from stacks.settings import Network"),
        ("stacks/constructs/network.py", "from stacks import settings"),
        ("stacks/constructs/network.py", "import boto3"),
        ("stacks/policies/bypass.py", "import aws_cdk"),
        ("stacks/network.py", "from local.state import ROOT"),
        ("stacks/network.py", "import os"),
        ("lambdas/authorizer/sts.py", "from lambdas.proxy.sigv4 import sign"),
        ("lambdas/authorizer/sts.py", "import boto3"),
        ("lambdas/proxy/app.py", "import aws_cdk"),
        ("lambdas/proxy/core/team.py", "from stacks.catalogue import Model"),
        ("review/rules/keys.py", "from stacks.constructs import CustomerKey"),
        ("review/rules/keys.py", "from stacks.settings import load"),
        ("review/rules/keys.py", "import aws_cdk"),
        ("preflight/quotas.py", "from stacks.constructs import CustomerKey"),
        ("preflight/quotas.py", "from stacks.kit import assemble"),
        ("local/up.py", "from stacks.kit import assemble"),
        ("local/up.py", "import stacks"),
        ("local/up.py", "from stacks import kit"),
        ("local/up.py", "from local.door import gateway"),
        ("local/bedrock/sts.py", "from local.door.gateway import Gateway"),
        ("local/bedrock/sts.py", "import importlib"),
        ("tools/build.py", "from local.state import ROOT"),
        ("tools/build.py", "from stacks.network import NetworkStack"),
        ("benchmarks/gate.py", "from stacks.constructs import ProxyFunction"),
        ("benchmarks/gate.py", "module = __import__('stacks.constructs')"),
        ("tests/tools/test_build.py", "from local.state import ROOT"),
        ("tests/local/test_up.py", "from stacks.kit import assemble"),
        ("app.py", "import boto3"),
        ("new/thing.py", "import json"),
        ("stacks/new/thing.py", ""),
        ("thing.py", ""),
    ],
)
def test_an_import_that_is_not_listed_is_seen(path: str, source: str) -> None:
    assert wrong_imports({path: source}, [*sources(), path]), "nothing was said of it"


@pytest.mark.parametrize(
    "source",
    [
        "open('a')",
        "with open('a') as stream: pass",
        "reading = open",
        "__builtins__['open']('a')",
        "getattr(path, 'read_text')()",
        "path.read_text()",
        "path.read_bytes()",
        "path.open()",
        "[*path.iterdir()]",
        "from pathlib import Path",
        "import os\nos.open('a', os.O_RDONLY)",
        "from os import open as reading",
        "import io\nio.open('a')",
        "import io\nio.FileIO('a')",
        "import codecs\ncodecs.open('a')",
        "import tempfile",
        "import linecache",
        "import shutil",
        "import subprocess",
        "import importlib.resources",
        "from importlib import resources",
        "from importlib.resources import files",
        "import pkgutil\npkgutil.get_data('stacks', 'catalogue.yaml')",
        "import yaml",
        "__import__('pathlib')",
        "__loader__.get_data('a')",
        "print(__file__)",
        "eval('open')",
        "lambda_.Code.from_asset('folder')",
        "from aws_cdk.aws_s3_assets import Asset",
        "from aws_cdk import aws_s3_assets as things",
        "from aws_cdk import cloudformation_include as include",
    ],
)
def test_a_construct_that_opens_a_file_is_seen(source: str) -> None:
    path = "stacks/constructs/network.py"
    assert wrong_imports({path: source}, sources()) or opened(path, source), "nothing was said of it"


def test_what_is_said_of_layers_is_so() -> None:
    assert doctest.testmod(layers).failed == 0


def test_modules_stay_small() -> None:
    sizes = {path: len(text.splitlines()) for path, text in sources().items()}
    code = {path: n for path, n in sizes.items() if n and not path.endswith("/__init__.py")}
    long = [f"{path}: {n} lines" for path, n in code.items() if n > 400]
    assert not long, "each of these is more than one concept:\n" + "\n".join(long)
    own = [n for path, n in code.items() if not path.startswith("tests/")]
    assert statistics.median(own) < 150
