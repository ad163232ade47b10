"""What each layer may import, held mechanically.

Guarantees: settings know nothing of CDK; constructs read no files; the functions know nothing of CDK, and the proxy
nothing but the standard library; the review reads templates, never what wrote them; the local side knows templates'
outputs, never the constructs.
"""

import ast
import statistics
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: Layer -> the first parts of the modules that it must not import.
FORBIDDEN = {
    "stacks/settings": {"aws_cdk", "constructs", "cdk_nag", "boto3", "botocore", "lambdas", "local", "tools"},
    "stacks/constructs": {"boto3", "botocore", "yaml", "lambdas", "local", "tools", "stacks.settings", "pathlib", "io"},
    "stacks": {"boto3", "botocore", "local", "tools"},
    "lambdas/proxy": {"aws_cdk", "constructs", "boto3", "botocore", "stacks", "local", "tools"},
    "lambdas/authorizer": {"aws_cdk", "constructs", "boto3", "botocore", "stacks", "local", "tools"},
    # Not even CDK: it reviews any folder of templates. What plugs it into a synthesis is the one file that knows CDK.
    "review": {"aws_cdk", "constructs", "cdk_nag", "boto3", "botocore", "stacks", "lambdas", "local", "tools"},
    "local": {"aws_cdk", "constructs", "cdk_nag", "stacks.constructs", "stacks.network", "stacks.team"},
}


def tracked() -> list[Path]:
    """Every Python file of the project."""
    tops = ("stacks", "lambdas", "review", "local", "tools", "tests")
    return [ROOT / "app.py", *(path for top in tops for path in sorted((ROOT / top).rglob("*.py")))]


def imports(path: Path) -> set[str]:
    """The absolute modules that a file imports, at any depth; relative ones made absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            module = (base + (node.module or "")).rstrip(".")
            found.update([module, *(f"{module}.{alias.name}" for alias in node.names)])
    return found


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_a_layer_imports_only_what_lies_below_it(layer: str) -> None:
    files = [path for path in tracked() if path.is_relative_to(ROOT / layer)]
    if layer == "stacks":
        files = [path for path in files if path.parent == ROOT / layer]
    assert files, f"{layer} has no modules: the layer was moved, or the test looks in the wrong place"
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in sorted(imports(path))
        for banned in FORBIDDEN[layer]
        if name == banned or name.startswith(banned + ".")
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("function", ["proxy", "authorizer"])
def test_a_function_needs_the_standard_library_alone(function: str) -> None:
    allowed = sys.stdlib_module_names | {function, "__future__", "lambdas"}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in tracked()
        if path.is_relative_to(ROOT / "lambdas" / function)
        for name in imports(path)
        if name.split(".")[0] not in allowed
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_modules_stay_small() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in tracked()}
    code = {path: n for path, n in sizes.items() if n and path.name != "__init__.py"}
    long = [f"{path.relative_to(ROOT)}: {n} lines" for path, n in code.items() if n > 400]
    assert not long, "each of these is more than one concept:\n" + "\n".join(long)
    own = [n for path, n in code.items() if "tests" not in path.relative_to(ROOT).parts]
    assert statistics.median(own) < 150
