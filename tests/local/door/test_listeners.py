"""The front door and each environment's Runtime API know who may call: no page, and no stranger.

`tests/e2e/test_strangers.py` asks the same of whatever listens when the whole kit runs.
"""

from __future__ import annotations

import json

import httpx

from local import root
from tests.local.door.conftest import Workshop
from tests.waiting import LONG

PAGE = {"Origin": "https://evil.example"}


def test_the_front_door_answers_no_page_and_lists_nothing_to_strangers(workshop: Workshop) -> None:
    root.ensure(workshop.state, "arn:aws:iam::000000000000:root", "000000000000")
    url = workshop.serve()
    word = dict(root.control(workshop.state))
    assert httpx.get(f"{url}/", timeout=LONG).status_code == 403
    assert httpx.get(f"{url}/", headers=word, timeout=LONG).status_code == 200
    assert httpx.get(f"{url}/", headers=word | PAGE, timeout=LONG).status_code == 403


def test_a_runtime_api_answers_its_own_process_alone(workshop: Workshop) -> None:
    """This very test is of the same user, and knows the port."""
    source = "import os\ndef handler(event, context): return os.environ['AWS_LAMBDA_RUNTIME_API']"
    function = workshop.function("asked", source)
    api = json.loads(workshop.call(function, None))
    answer = httpx.get(f"http://{api}/2018-06-01/runtime/invocation/next", timeout=LONG)
    assert answer.status_code == 403
    assert json.loads(workshop.call(function, None)) == api, "the environment goes on"
