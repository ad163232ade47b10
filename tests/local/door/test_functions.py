"""Functions under the door's Lambda: what they are given, how they answer, how they fail."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from tests.local.door.conftest import HEAD_OF_ALL, Workshop
from tests.waiting import until

ECHO = "def handler(event, context): return event"


def test_a_managed_function_answers_under_awslambdaric(workshop: Workshop) -> None:
    source = """
        def handler(event, context):
            return {"event": event, "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis()}
    """
    found = json.loads(workshop.call(workshop.function("managed", source), {"a": "é"}))
    assert found["event"] == {"a": "é"}
    assert found["arn"].endswith(":function:managed")
    assert 0 < found["left"] <= 60_000


def test_the_environment_is_lambdas_and_nothing_of_ours(workshop: Workshop, monkeypatch: Any) -> None:
    monkeypatch.setenv("CLOISTER_CANARY", "leaked")
    source = "import os\ndef handler(event, context): return dict(os.environ)"
    function = workshop.function("environment", source, MODE="x", AWS_ACCESS_KEY_ID="overridden", TASK="/var/task/a")
    found = json.loads(workshop.call(function, None))
    assert "CLOISTER_CANARY" not in found
    assert found["MODE"] == "x"
    assert found["AWS_ACCESS_KEY_ID"] == "ASIAROLE"
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == "environment"
    assert found["TASK"] == found["LAMBDA_TASK_ROOT"] + "/a"
    assert found["SSL_CERT_FILE"].endswith("ca.pem")
    ours = set(os.environ) - set(found)
    assert {"HOME", "PYTEST_CURRENT_TEST"} <= ours


def test_an_environment_is_kept_and_more_are_made_when_they_are_needed(workshop: Workshop, tmp_path: Path) -> None:
    source = """
        import os, pathlib, time
        def handler(event, context):
            meeting = pathlib.Path(event)
            (meeting / str(os.getpid())).touch()
            while len(list(meeting.iterdir())) < int(event[-1]):
                time.sleep(0.01)
            return os.getpid()
    """
    function = workshop.function("several", source, timeout=60)
    (one := tmp_path / "1").mkdir()
    (four := tmp_path / "4").mkdir()
    assert workshop.call(function, str(one)) == workshop.call(function, str(one))
    with ThreadPoolExecutor(4) as threads:  # each waits for the others
        pids = set(threads.map(lambda _: workshop.call(function, str(four)), range(4)))
    assert len(pids) == workshop.sizes()["several"] == 4


def test_there_are_no_more_environments_than_allowed(workshop: Workshop) -> None:
    source = "import os, time\ndef handler(event, context): time.sleep(0.1); return os.getpid()"
    function = workshop.function("few", source, most=2)
    with ThreadPoolExecutor(6) as threads:
        pids = set(threads.map(lambda _: workshop.call(function, None), range(6)))
    assert len(pids) <= 2


def test_failures_have_their_kinds(workshop: Workshop) -> None:
    assert workshop.failure(workshop.function("raises", "def handler(e, c): raise KeyError('x')")) == "KeyError"
    assert (
        workshop.failure(workshop.function("dies", "import os\ndef handler(e, c): os._exit(3)")) == "Runtime.ExitError"
    )
    assert workshop.failure(workshop.function("broken", "1/0")) == "ZeroDivisionError"
    large = "def handler(e, c): return 'x' * (6 * 1024 * 1024 + 1)"
    assert workshop.failure(workshop.function("large", large)) == "Function.ResponseSizeTooLarge"


def test_after_a_failure_the_next_invocation_is_served(workshop: Workshop) -> None:
    source = "import os\ndef handler(event, context):\n  if event: os._exit(1)\n  return 'fine'"
    function = workshop.function("recovers", source)
    assert workshop.failure(function, 1) == "Runtime.ExitError"
    assert workshop.call(function, 0) == b'"fine"'


def test_a_function_that_takes_too_long_is_ended(workshop: Workshop) -> None:
    source = "import os, time\nprint(os.getpid(), flush=True)\ndef handler(event, context): time.sleep(600)"
    function = workshop.function("slow", source, timeout=1)
    assert workshop.failure(function) == "Sandbox.Timedout"
    until(lambda: workshop.lines)
    until(lambda: not psutil.pid_exists(int(workshop.lines[0])), "the process is still there")


def test_output_is_taken_line_by_line(workshop: Workshop) -> None:
    source = "import sys\ndef handler(e, c): print('one'); sys.stderr.write('two\\nthr'); sys.stderr.write('ee\\n')"
    workshop.call(workshop.function("talks", source), None)
    until(lambda: len(workshop.lines) >= 3)
    assert sorted(workshop.lines) == ["one", "three", "two"]


def test_a_runtime_of_its_own_streams(workshop: Workshop) -> None:
    function = workshop.streamer("own", "def answer(event):\n  yield HEAD\n  yield b'a' * 70000\n  yield b'end'")
    assert workshop.call(function, {}) == HEAD_OF_ALL + b"a" * 70000 + b"end"


def test_a_stream_that_fails_says_so_in_its_trailers(workshop: Workshop) -> None:
    function = workshop.streamer("fails", "def answer(event):\n  yield HEAD\n  raise ValueError")
    assert workshop.failure(function) == "Runtime.Broken"


def test_the_interpreter_has_no_way_out(workshop: Workshop) -> None:
    source = """
        import errno, socket
        def handler(event, context):
            found = []
            for place in (("1.1.1.1", 443), ("example.com", 443), ("127.0.0.1", 22)):
                try:
                    socket.create_connection(place, 2)
                except OSError as problem:
                    found.append(errno.errorcode.get(problem.errno))
            return found
    """
    assert json.loads(workshop.call(workshop.function("isolated", source), None)) == ["ENETUNREACH"] * 3
