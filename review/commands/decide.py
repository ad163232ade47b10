"""`python -m review decide CASE.json`: what IAM decides of one request.

It prints `allowed`, `implicitly-denied`, `explicitly-denied`, or `unsupported:` with what is not known. docs/decide.md
describes a case.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from review.iam import CaseError, Decision, Verdict, decide, read_case


def add(commands: Any) -> None:
    """Declare the command to argparse."""
    parser: argparse.ArgumentParser = commands.add_parser("decide", help="decide one request by its policies")
    parser.add_argument("case", nargs="+", help="file with the request and its policies, as JSON; - is standard input")
    parser.add_argument("--why", action="store_true", help="say on standard error which statement decides")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Decide each case, one line each; 0 if every file could be read, 2 if one could not."""
    ended = 0
    for name in arguments.case:
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
            case = json.loads(text)
        except (OSError, ValueError, RecursionError) as wrong:
            sys.stderr.write(f"{name} cannot be read as JSON: {wrong}\n")
            ended = 2
            continue
        decision = of(case)
        prefix = f"{name}: " if len(arguments.case) > 1 else ""
        sys.stdout.write(f"{prefix}{decision}\n")
        if arguments.why:
            sys.stderr.write(f"{prefix}{decision.why}\n")
    return ended


def of(case: Any) -> Decision:
    """Decide what a case file holds; what cannot be read is unsupported.

    Example
    -------
    >>> str(of({"request": {"action": "s3:GetObject"}}))
    "unsupported: the request's principal is None: an ARN, a service's name or anonymous is right"
    """
    try:
        return decide(*read_case(case))
    except CaseError as wrong:
        return Decision(Verdict.UNSUPPORTED, str(wrong))
