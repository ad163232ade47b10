"""Identifiers and times that follow from the input: the same review has the same ones."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import Any

from review.verdict import Verdict

Json = Any
#: The version of OSCAL that the documents are of.
OSCAL = "1.2.1"
#: What properties of this tool's own are named under.
NAMESPACE = "urn:cloister:review"
_ROOT = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)


def identifier(*parts: str) -> str:
    """Return the UUID of something, from what it is called.

    Example
    -------
    >>> identifier("rule", "key-rotates") == identifier("rule", "key-rotates")
    True
    """
    return str(uuid.uuid5(_ROOT, "\n".join(parts)))


def seed(verdict: Verdict) -> str:
    """Return what stands for the input: a hash of the templates' hashes, and the day."""
    hashes = "".join(sorted(template.sha256 for template in verdict.deployment.assembly.templates))
    return f"{hashlib.sha256(hashes.encode()).hexdigest()[:16]}-{verdict.today.isoformat()}"


def moment(verdict: Verdict) -> str:
    """Return the review's time: the beginning of its day, as it is told no other."""
    return f"{verdict.today.isoformat()}T00:00:00Z"


def control_id(framework: str, id: str) -> str:
    """Return a control's identifier as OSCAL has it.

    Example
    -------
    >>> control_id("nist", "SC-7(5)"), control_id("soc2", "CC6.6"), control_id("ai600", "2.9")
    ('sc-7.5', 'CC6.6', 'ai600-2.9')
    """
    if framework == "nist":
        return id.lower().replace("(", ".").replace(")", "")
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", id)
    return plain if plain[:1].isalpha() else f"{framework}-{plain}"


def metadata(verdict: Verdict, title: str) -> Json:
    """Return what every document begins with."""
    return {
        "title": title,
        "last-modified": moment(verdict),
        "version": seed(verdict),
        "oscal-version": OSCAL,
    }


def prop(name: str, value: str) -> Json:
    """Return a property of this tool's own."""
    return {"name": name, "ns": NAMESPACE, "value": value}


def line(text: str) -> str:
    """Return a text on one line, never empty, as titles and values have to be.

    Example
    -------
    >>> line("  two\\nlines ")
    'two lines'
    """
    return " ".join(text.split()) or "-"
