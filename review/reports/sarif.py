"""`results.sarif`: the results for tools that read SARIF 2.1.0.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from typing import Any

Json = Any
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_KINDS = {"pass": "pass", "not-applicable": "notApplicable", "undecided": "open"}
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}


def sarif(results: Json) -> Json:
    """Return the log of a review, made of `results.json`."""
    files = {template["stack"]: template["file"] for template in results["meta"]["templates"]}
    described = [*(_rule(rule) for rule in results["rules"]), *(_claim(claim) for claim in results["claims"])]
    described.append({"id": "waiver-stands", "shortDescription": {"text": "Every waiver stands"}})
    index = {rule["id"]: n for n, rule in enumerate(described)}
    found = [
        *(_result(rule["id"], rule["severity"], r, index, files) for rule in results["rules"] for r in rule["results"]),
        *(_result(claim["code"], "critical", claim, index, files) for claim in results["claims"]),
        *(
            _result("waiver-stands", "high", wrong, index, files)
            for wrong in results["verdict"]["wrong"]
            if wrong["code"] == "waiver-stands"
        ),
    ]
    return {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "cloister-review", "rules": described}},
                "artifacts": [
                    {"location": {"uri": t["file"]}, "hashes": {"sha-256": t["sha256"]}}
                    for t in results["meta"]["templates"]
                    if t["file"]
                ],
                "results": found,
                "columnKind": "utf16CodeUnits",
            },
            *(_outside(opinion, files) for opinion in results["second_opinions"]),
        ],
    }


def _outside(opinion: Json, files: dict[str, str]) -> Json:
    """What another tool found, as a run of its own: a note each, since it halts nothing here."""
    ids = sorted({found["rule"] for found in opinion["findings"]})
    return {
        "tool": {
            "driver": {
                "name": opinion["tool"],
                **({"version": opinion["version"]} if opinion["version"] else {}),
                "rules": [{"id": id} for id in ids],
            }
        },
        "results": [
            {
                "ruleId": found["rule"],
                "ruleIndex": ids.index(found["rule"]),
                "level": "note",
                "message": {"text": found["said"]},
                "locations": [_location(found["where"], files)],
                "suppressions": [{"kind": "external"}] if found["accepted"] else [],
            }
            for found in opinion["findings"]
        ],
        "columnKind": "utf16CodeUnits",
    }


def _location(where: str, files: dict[str, str]) -> Json:
    file = files.get(where.partition("/")[0], "")
    physical: Json = {"physicalLocation": {"artifactLocation": {"uri": file}}} if file else {}
    return {"logicalLocations": [{"fullyQualifiedName": where}], **physical}


def _rule(rule: Json) -> Json:
    return {
        "id": rule["id"],
        "shortDescription": {"text": rule["title"]},
        "fullDescription": {"text": rule["why"]},
        "help": {"text": rule["fix"]},
        "helpUri": rule["source"],
        "defaultConfiguration": {"level": _LEVELS[rule["severity"]]},
        "properties": {
            "security-severity": _SCORES[rule["severity"]],
            "tags": [f"{name}:{control}" for name, ids in rule["controls"].items() for control in ids],
        },
    }


def _claim(claim: Json) -> Json:
    return {
        "id": claim["code"],
        "shortDescription": {"text": claim["claim"]},
        "fullDescription": {"text": claim["why"]},
        "help": {"text": claim["cure"]},
        "helpUri": claim["source"],
    }


def _result(id: str, severity: str, found: Json, index: dict[str, int], files: dict[str, str]) -> Json:
    status = found["status"]
    failed = status in ("fail", "waived", "warning")
    return {
        "ruleId": id,
        "ruleIndex": index[id],
        "kind": "fail" if failed else _KINDS[status],
        "level": _LEVELS[severity] if failed else "none",
        "message": {"text": found["found"]},
        "locations": [_location(found["where"], files)],
        **({"suppressions": [{"kind": "external", "justification": found["found"]}]} if status == "waived" else {}),
    }
