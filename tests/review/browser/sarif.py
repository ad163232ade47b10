"""Whether a log is valid SARIF 2.1.0.

Microsoft's package jest-sarif carries the schema of the standard, as `2.1.0-rtm.5`, under the MIT licence. OASIS's
errata 01 differs from it in what no log of the review has: regions, and the language of a run.
https://github.com/microsoft/sarif-js-sdk/tree/main/packages/jest-sarif
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

Json = Any
_SCHEMA = "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"


def flaws(file: Path, installed: Path) -> list[str]:
    """Return what of a log is not of the schema; nothing if it is valid.

    Parameters
    ----------
    file
        The log.
    installed
        Where the package is installed.
    """
    validator = Draft4Validator(json.loads((installed / _SCHEMA).read_text("utf-8")))
    log = json.loads(file.read_text("utf-8"))
    found = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(log)
    ]
    if validator.is_valid(_spoiled(log)):
        found.append("a result of a level that SARIF does not have is taken as valid: the schema is not the schema")
    return found


def _spoiled(log: Json) -> Json:
    spoiled = copy.deepcopy(log)
    spoiled["runs"][0]["results"][0]["level"] = "severe"
    return spoiled
