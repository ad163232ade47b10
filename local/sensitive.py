"""What the embedded AWS's guardrail takes for sensitive information: forms as AWS documents them.

ministack's own patterns take a Unix time for a phone number and a commit's hash for a secret key. On AWS the filter
reads what stands around; here a number has to be one: a card has a known length, a first digit of an issuer and its
checksum, a phone number a phone's shape, a secret key letters of both sizes.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_MASKED = {"BLOCK": "BLOCKED", "ANONYMIZE": "ANONYMIZED", "NONE": "NONE"}


def _always(_: str) -> bool:
    return True


def is_card(text: str) -> bool:
    """Whether digits are the number of a card: 13 to 16 of them, an issuer's first digit, the checksum (ISO 7812).

    Examples
    --------
    >>> is_card("4111 1111 1111 1111"), is_card("9007199254740991"), is_card("1795877812123456")
    (True, False, False)
    """
    digits = [int(letter) for letter in text if letter.isdigit()]
    if not 13 <= len(digits) <= 16 or digits[0] not in (2, 3, 4, 5, 6):
        return False
    doubled = [digit if at % 2 == 0 else digit * 2 - 9 * (digit > 4) for at, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def is_phone(text: str) -> bool:
    """Whether a match is as long as a phone number may be (E.164)."""
    return 7 <= sum(letter.isdigit() for letter in text) <= 15


def is_secret(text: str) -> bool:
    """Whether 40 letters may be a secret key: letters of both sizes and digits, which no hash in hexadecimal has.

    Examples
    --------
    >>> is_secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), is_secret("a94a8fe5ccb19ba61c4c0873d391e987982fbbd3")
    (True, False)
    """
    kinds = (str.islower, str.isupper, str.isdigit)
    return all(any(kind(letter) for letter in text) for kind in kinds)


# With the code of a country; in groups behind one in brackets or after a 0; in North America's three groups.
_PHONE = (
    r"(?<![\w.+-])(?:"
    r"\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}"
    r"|\(0?\d{2,4}\)[ .-]?\d{3,4}[ .-]?\d{3,4}"
    r"|0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,4}"
    r"|(?:1[ .-])?[2-9]\d{2}[ .-]\d{3}[ .-]\d{4}"
    r")(?![\w-]|\.\d)"
)
# Begins where a name does, and is as long as one may be: no letter is looked at over and over.
_EMAIL = r"(?<![\w.%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,}"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
#: Kind -> its form, and whether a match of it is one.
KINDS: Mapping[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "EMAIL": (re.compile(_EMAIL), _always),
    "PHONE": (re.compile(_PHONE), is_phone),
    "IP_ADDRESS": (re.compile(rf"(?<![\d.]){_OCTET}(?:\.{_OCTET}){{3}}(?![\d.])"), _always),
    "MAC_ADDRESS": (re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b"), _always),
    "URL": (re.compile(r"https?://[^\s<>\"]+"), _always),
    "US_SOCIAL_SECURITY_NUMBER": (
        re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),
        _always,
    ),
    "CREDIT_DEBIT_CARD_NUMBER": (re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,15}(?![\w-]|\.\d)"), is_card),
    "AWS_ACCESS_KEY": (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), _always),
    "AWS_SECRET_KEY": (re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"), is_secret),
}


def register() -> None:
    """Have ministack evaluate guardrails by this module, in this process.

    Raises
    ------
    RuntimeError
        If ministack has none of what is replaced, so that its own patterns would go on unseen.
    """
    runtime: Any = importlib.import_module("ministack.services.bedrock_runtime")
    if not (hasattr(runtime, "_evaluate_guardrail") and hasattr(runtime, "_PII_PATTERNS")):
        raise RuntimeError("ministack evaluates guardrails otherwise than local/sensitive.py knows")
    runtime._evaluate_guardrail = evaluate


def evaluate(guardrail: Mapping[str, Any], source: str, text: str) -> dict[str, Any]:
    """Evaluate the policies of a guardrail that need no model: words, kinds of sensitive information, expressions.

    Parameters
    ----------
    guardrail
        As ministack keeps it.
    source
        `INPUT` or `OUTPUT`.

    Returns
    -------
    dict
        As ministack's own: `assessment`, `blocked`, `anonymized`, `masked_text`, and the units of both policies.
    """
    words = (guardrail.get("WordPolicy") or {}).get("wordsConfig") or []
    policy = guardrail.get("SensitiveInformationPolicy") or {}
    kinds, expressions = policy.get("piiEntitiesConfig") or [], policy.get("regexesConfig") or []
    found = [word["text"] for word in words if _acts(word, source) and _has(word.get("text") or "", text)]
    entities: list[dict[str, Any]] = []
    regexes: list[dict[str, Any]] = []
    masked = text
    for item in expressions:
        what = {"name": item.get("name") or "regex", "regex": item.get("pattern") or ""}
        masked = _find(masked, _own(what["regex"]), _action(item, source), what, regexes)
    for item in kinds:
        name = item.get("type") or ""
        masked = _find(masked, KINDS.get(name), _action(item, source), {"type": name}, entities)
    assessment: dict[str, Any] = {}
    if found:
        customs = [{"match": word, "action": "BLOCKED", "detected": True} for word in found]
        assessment["wordPolicy"] = {"customWords": customs}
    if entities or regexes:
        both = {"piiEntities": entities, "regexes": regexes}
        assessment["sensitiveInformationPolicy"] = {name: items for name, items in both.items() if items}
    units = max(1, -(-len(text) // 1000))
    return {
        "assessment": assessment,
        "blocked": bool(found) or any(item["action"] == "BLOCKED" for item in (*entities, *regexes)),
        "anonymized": masked != text,
        "masked_text": masked,
        "word_units": units if words else 0,
        "sip_units": units if kinds or expressions else 0,
    }


def _action(item: Mapping[str, Any], source: str) -> str:
    """What an entry does with what it finds on one side; nothing at all if it is off there."""
    side = source.lower()
    if item.get(f"{side}Enabled") is False:
        return ""
    return str(item.get(f"{side}Action") or item.get("action") or "BLOCK")


def _acts(item: Mapping[str, Any], source: str) -> bool:
    return _action(item, source) not in ("", "NONE")


def _has(word: str, text: str) -> bool:
    return bool(word) and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _own(pattern: str) -> tuple[re.Pattern[str], Callable[[str], bool]] | None:
    try:
        return (re.compile(pattern), _always) if pattern else None
    except re.error:
        return None


def _find(
    text: str,
    form: tuple[re.Pattern[str], Callable[[str], bool]] | None,
    action: str,
    what: Mapping[str, str],
    found: list[dict[str, Any]],
) -> str:
    """Note every match, each as AWS does; return the text, with marks in their places if that is what is asked."""
    if form is None or not action:
        return text
    pattern, holds = form
    out, at = [], 0
    for start, end in _matches(pattern, holds, text):
        found.append({**what, "match": text[start:end], "action": _MASKED.get(action, "BLOCKED"), "detected": True})
        if action == "ANONYMIZE":
            out += [text[at:start], f"{{{what.get('type') or what['name']}}}"]
            at = end
    return "".join([*out, text[at:]])


def _matches(pattern: re.Pattern[str], holds: Callable[[str], bool], text: str) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(text):
        if match.end() > match.start() and holds(match.group()):
            yield match.span()
