"""The functions' interpreter: Python as it is, with the network of an isolated subnet."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local import shim

Run = Callable[..., subprocess.CompletedProcess[str]]

NAMES = ("bedrock-mantle.us-east-1.api.aws", "*.s3.us-east-1.amazonaws.com")
REACH = """
import socket, sys, errno
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 2).close()
    print("reached")
except OSError as problem:
    print(errno.errorcode.get(problem.errno, problem.errno))
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the interpreter: `run("-c", "…", port=…)`, where mantle's name leads to that port."""

    def start(*arguments: str, port: int = 1, runtime: str = "127.0.0.1:2") -> subprocess.CompletedProcess[str]:
        hosts = tmp_path / "hosts.json"
        hosts.write_text(json.dumps({name: ["127.0.0.1", port] for name in NAMES}))
        python = shim.install(tmp_path / "bin" / "python3", hosts)
        return subprocess.run(
            [str(python), *arguments],
            env={"AWS_LAMBDA_RUNTIME_API": runtime, "PATH": "/usr/bin:/bin"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return start


@pytest.fixture
def listener() -> object:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_name_as_bytes_leads_there_too(run: Run, listener: int) -> None:
    code = REACH.replace("sys.argv[1]", "sys.argv[1].encode()")
    assert run("-c", code, "bedrock-mantle.us-east-1.api.aws", "443", port=listener).stdout == "reached\n"
    assert run("-c", code, "127.0.0.1", str(listener), runtime=f"127.0.0.1:{listener}").stdout == "reached\n"
    assert run("-c", code, "example.com", "443").stdout == "ENETUNREACH\n"


def test_a_known_name_leads_to_loopback(run: Run, listener: int) -> None:
    assert run("-c", REACH, "bedrock-mantle.us-east-1.api.aws", "443", port=listener).stdout == "reached\n"


def test_a_client_that_looks_the_name_up_itself_is_led_there_too(run: Run, listener: int) -> None:
    code = """
import socket
for family, kind, protocol, _, address in socket.getaddrinfo(
    "bedrock-mantle.us-east-1.api.aws", 443, type=socket.SOCK_STREAM
):
    socket.socket(family, kind, protocol).connect(address)
    print(address)
"""
    assert run("-c", code, port=listener).stdout == f"('127.0.0.1', {listener})\n"


@pytest.mark.parametrize("name", ["pictures", "Other-1"])
def test_a_star_is_one_label(run: Run, listener: int, name: str) -> None:
    assert run("-c", REACH, f"{name}.s3.us-east-1.amazonaws.com", "443", port=listener).stdout == "reached\n"


def test_the_runtime_api_can_be_reached(run: Run, listener: int) -> None:
    assert run("-c", REACH, "127.0.0.1", str(listener), runtime=f"127.0.0.1:{listener}").stdout == "reached\n"


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("bedrock-mantle.us-east-1.api.aws", "80"),
        ("example.com", "443"),
        ("1.1.1.1", "443"),
        ("::1", "443"),
        ("s3.us-east-1.amazonaws.com", "443"),
        (".s3.us-east-1.amazonaws.com", "443"),
        ("a.b.s3.us-east-1.amazonaws.com", "443"),
        ("pictures.s3.eu-west-1.amazonaws.com", "443"),
        ("pictures.s3.us-east-1.amazonaws.com", "80"),
    ],
)
def test_nothing_else_can_be_reached(run: Run, host: str, port: str) -> None:
    assert run("-c", REACH, host, port).stdout == "ENETUNREACH\n"


def test_not_even_loopback(run: Run, listener: int) -> None:
    assert run("-c", REACH, "127.0.0.1", str(listener)).stdout == "ENETUNREACH\n"


@pytest.mark.parametrize(
    "code",
    [
        "import _socket; _socket.socket().connect(('127.0.0.1', {port}))",
        "import socket; socket.socket().connect(('127.0.0.1', {port}))",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
        "import socket; socket.socket(socket.AF_UNIX).connect('/run/x.sock')",
        "import socket; socket.getaddrinfo('example.com', 443)",
        "import socket; socket.gethostbyname('example.com')",
        "import subprocess; subprocess.run(['/bin/true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
    ],
)
def test_no_way_around_it(run: Run, listener: int, code: str) -> None:
    found = run("-c", f"try:\n  {code.format(port=listener)}\nexcept OSError: print('refused')\nelse: print('through')")
    assert found.stdout == "refused\n"


SEE = "import sys; print(sys.argv, sys.flags.isolated, sys.flags.no_site, sys.flags.dont_write_bytecode, sys.path[:1])"


@pytest.mark.parametrize(
    "arguments",
    [
        ("-c", SEE, "a", "b c"),
        ("-I", "-S", "-B", "-c", SEE, "-x"),
        ("-ISBc", SEE),
        ("-X", "utf8", "-W", "error", "-c", SEE),
        ("-S", "-m", "seen", "one"),
        ("-Bm", "seen"),
        ("-I", "seen.py", "--flag"),
        ("seen.py",),
    ],
)
def test_arguments_mean_what_they_mean_to_python(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "seen.py").write_text(SEE)
    plain = subprocess.run(
        [sys.executable, *arguments], cwd=tmp_path, env={}, capture_output=True, text=True, timeout=30, check=True
    )
    found = run(*arguments)
    assert (found.stdout, found.stderr) == (plain.stdout, "")


def test_an_exception_and_an_exit_status_come_through(run: Run) -> None:
    assert run("-c", "raise SystemExit(7)").returncode == 7
    assert "ZeroDivisionError" in run("-c", "1/0").stderr
