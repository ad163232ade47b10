"""The network of the deployed functions: their interpreter reaches the endpoints' stand-ins, and nothing else."""

from __future__ import annotations

import json
import subprocess

from tests.e2e.kit import REGION, Kit

CODE = """
import errno, json, socket, sys
found = {}
for host, port in json.loads(sys.argv[1]):
    try:
        socket.create_connection((host, port), 2).close()
        found[f"{host}:{port}"] = "reached"
    except OSError as problem:
        found[f"{host}:{port}"] = errno.errorcode.get(problem.errno, str(problem.errno))
print(json.dumps(found))
"""


def test_the_functions_reach_the_endpoints_names_and_nothing_else(kit: Kit) -> None:
    names = [
        f"bedrock-mantle.{REGION}.api.aws",
        f"bedrock-runtime.{REGION}.amazonaws.com",
        f"dynamodb.{REGION}.amazonaws.com",
        f"kms.{REGION}.amazonaws.com",
        f"sqs.{REGION}.amazonaws.com",
        f"sts.{REGION}.amazonaws.com",
        f"*.s3.{REGION}.amazonaws.com",
        f"*.execute-api.{REGION}.amazonaws.com",
    ]
    other = [
        ("example.com", 443),
        ("1.1.1.1", 53),
        (f"a.b.s3.{REGION}.amazonaws.com", 443),
        (f"s3.{REGION}.amazonaws.com", 443),
        (f"bedrock-mantle.{REGION}.api.aws", 80),
        *(("127.0.0.1", kit.ports[name]) for name in ("aws", "door", "control")),
    ]
    reached = [name.replace("*", "pictures") for name in names]
    asked = json.dumps([*((name, 443) for name in reached), *other])
    interpreter = kit.state.directory / "bin" / "python3"
    run = subprocess.run(
        [str(interpreter), "-I", "-S", "-c", CODE, asked],
        env={},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    found = json.loads(run.stdout)
    assert sorted(kit.state.read("hosts.json")) == sorted(names)
    assert {place for place, how in found.items() if how == "reached"} == {f"{name}:443" for name in reached}
    assert {how for how in found.values() if how != "reached"} == {"ENETUNREACH"}
