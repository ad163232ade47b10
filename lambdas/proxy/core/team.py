"""What the Team stack tells the function about its team: one document in JSON, written and read here alone.

The stack writes it with `encode`, the function reads it at init, and refuses it if anything is strange. What may stand
in it, and what holds where nothing does, is said once: in `FIELDS`. The settings take their choices from here too.
"""

from __future__ import annotations

import json

from .address import place
from .budget import Budget, others
from .jsontext import compact
from .money import Prices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any

#: Name of the environment variable that holds the document.
VARIABLE = "CLOISTER_TEAM"
#: What a team may choose; the first is what it has when it chooses nothing.
INPUTS = ("strict", "overlap")
HISTORIES = ("each_time", "once")
RETENTIONS = ("reported", "required", "proved")
STRUCTURED_OUTPUTS = ("error", "retry")
PROMPT_ATTACKS = ("users_and_tools", "everything")
ARGUMENTS = ("mask", "block")
ARCHIVE_FAILURES = ("record", "refuse")
SIGNING_NAMES = ("bedrock-mantle", "bedrock")
#: Seconds that a stream's text may wait for its guardrail call: when nothing is chosen, at the least, at the most.
DELAY, SHORTEST_DELAY, LONGEST_DELAY = 1.5, 0.1, 10.0
#: Text units of the guardrail's largest call: a quota that does not give them at once lets that call through never.
LEAST_BURST = 24


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text is needed")
    return value


def _word(value: Any) -> str:
    # These become part of a host name or a path, so nothing but letters, digits and hyphens passes.
    if not (_text(value).isascii() and value.replace("-", "").isalnum()):
        raise ValueError("only letters, digits and hyphens can stand there")
    return str(value)


def _version(value: Any) -> str:
    if not (_text(value).isascii() and value.isdigit()):
        raise ValueError("a numbered version is needed, such as 1")
    return str(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError("a list is needed")
    return list(value)


def _texts(value: Any) -> tuple[str, ...]:
    found = tuple(_text(item) for item in _list(value))
    if not found:
        raise ValueError("it is empty")
    return found


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false is needed")
    return value


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"it must be one of {', '.join(allowed)}")
        return str(value)

    return read


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not SHORTEST_DELAY <= value <= LONGEST_DELAY:
        raise ValueError(f"it must be from {SHORTEST_DELAY:g} to {LONGEST_DELAY:g} seconds")
    return float(value)


def _quotas(value: Any) -> tuple[tuple[int, int], ...]:
    found = []
    for item in _list(value):
        entry = tuple(_list(item))
        if len(entry) != 2 or not all(type(part) is int for part in entry):
            raise ValueError("an entry is [units a second, units at once], both whole numbers")
        if entry[0] < 1 or entry[1] < LEAST_BURST:
            raise ValueError(f"an entry needs 1 unit a second and {LEAST_BURST} at once, which one call takes")
        found.append(entry)
    return tuple(found)


def _fallbacks(value: Any) -> tuple[tuple[str | None, str | None, str | None], ...]:
    found = []
    for item in _list(value):
        entry = tuple(None if part is None else _text(part) for part in _list(item))
        if len(entry) != 3 or entry[1:] == (None, None):
            raise ValueError("an entry is [instead_of, model, tier], each of which may be null, but not the last two")
        found.append(entry)
    return tuple(found)


def _places(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple(place(_text(item)) for item in _list(value))


def _archive(value: Any) -> tuple[str, str]:
    found = _list(value)
    if len(found) != 2 or found[1] not in ARCHIVE_FAILURES:
        raise ValueError(f"it is [bucket, what a failure is], the second one of {', '.join(ARCHIVE_FAILURES)}")
    return _word(found[0]), found[1]


_NEEDED = object()
#: For each field: what reads it, and what holds without it.
FIELDS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "name": (_text, _NEEDED),
    "deployment": (_text, "Cloister"),
    "access": (_one_of("iam", "token"), _NEEDED),
    "models": (_texts, _NEEDED),
    "tiers": (_texts, _NEEDED),
    "project": (_text, _NEEDED),
    "guardrail_id": (_word, _NEEDED),
    "guardrail_version": (_version, _NEEDED),
    "image_filter": (_flag, True),
    "signing_name": (_one_of(*SIGNING_NAMES), SIGNING_NAMES[0]),
    "structured_output": (_one_of(*STRUCTURED_OUTPUTS), STRUCTURED_OUTPUTS[0]),
    "delay": (_seconds, DELAY),
    "input": (_one_of(*INPUTS), INPUTS[0]),
    "history": (_one_of(*HISTORIES), HISTORIES[0]),
    "prompt_attacks": (_one_of(*PROMPT_ATTACKS), PROMPT_ATTACKS[0]),
    "disguises": (_flag, True),
    "arguments": (_one_of(*ARGUMENTS), ARGUMENTS[0]),
    "fallbacks": (_fallbacks, ()),
    "images": (_places, ()),
    "text_units": (_quotas, ()),
    "retention": (_one_of(*RETENTIONS), RETENTIONS[0]),
    "prices": (Prices, Prices({})),
    "budget": (Budget, None),
    "ledger_table": (_text, ""),
    "ledger_host": (_text, ""),
    "session_name": (_flag, False),
    "signing_key": (_text, None),
    "signing_host": (_text, ""),
    "digest_key": (_text, None),
    "archive": (_archive, None),
}


def encode(values: Mapping[str, Any], references: Mapping[str, str] | None = None) -> str:
    """Write the document.

    Parameters
    ----------
    values
        By field; what is what holds anyway is left out.
    references
        Fields whose values are known when the stack is deployed, as the template refers to them.

    Raises
    ------
    ValueError
        If the function would refuse it.

    Examples
    --------
    >>> known = {"name": "atlas", "access": "iam", "models": ["m"], "tiers": ["default"], "delay": 1.5}
    >>> encode(known, {"project": "proj_1", "guardrail_id": "gr1", "guardrail_version": "1"})
    '{"name":"atlas","access":"iam","models":["m"],"tiers":["default"],"project":"proj_1","guardrail_id":"gr1",\
"guardrail_version":"1"}'
    """
    later = references or {}
    _known({**values, **later})
    written = {}
    for field, (read, otherwise) in FIELDS.items():
        if field in later:
            written[field] = later[field]
        elif field in values or otherwise is _NEEDED:
            found = _read(field, read, values)
            if found != otherwise:
                written[field] = values[field]
    return compact(written)


class Team:
    """The team that this function serves, and where its requests go.

    Parameters
    ----------
    environ
        The function's environment: the document as `encode` writes it, and the Region.

    Attributes
    ----------
    name, access
        The team's name; ``iam`` or ``token``.
    deployment
        Name of the deployment: an account may have several, each with a team of that name.
    models, tiers
        Ids it may use; service tiers it may ask for, the first being what it gets when it asks for none.
    project
        Id of its Bedrock Project.
    guardrail_id, guardrail_version
        What guards it; a numbered version, never ``DRAFT``, so that what is applied is what was reviewed.
    image_filter
        Whether the guardrail has a filter that judges images; without one, no image can be guarded.
    signing_name
        Service name in the signatures for bedrock-mantle.
    delay
        Seconds that a stream's text may wait for its guardrail call.
    structured_output
        What happens to an answer that is not the JSON that was asked for: ``error``, or ``retry`` once.
    input
        ``strict``: the model is called when the input is cleared; ``overlap``: at once, and nothing is released before.
    history
        ``each_time``: every request is guarded whole; ``once``: what was cleared here, and is unchanged, is skipped.
    prompt_attacks
        What the filter of prompt attacks judges: ``users_and_tools``, or ``everything``, instructions and definitions
        of tools included.
    disguises
        Whether the guardrail is shown what a text reads, too, where its letters say something else.
    arguments
        What happens to a tool call in whose arguments something is to be masked: ``mask``, or ``block``.
    fallbacks
        What is tried when a model is out of capacity: instead of which model (None: of any), which model (None: the
        same), in which tier (None: the same).
    images
        Where images that are fetched from S3 may lie: buckets, each with the prefix of keys (empty: all of it).
    text_units
        The account's quotas on what the guardrail reads: text units a second, and at once. None: at any pace.
    retention
        What a retention mode of the Project's other than ``none`` means: ``reported`` in the records; ``required``: it
        ends each request; ``proved``: so does one that cannot be read.
    prices
        What its models' tokens and its guardrail cost, as far as that is known.
    budget
        What it may spend in a month, and how fast; None: as much as it likes.
    ledger_table, ledger_host
        Where that is kept: a table of DynamoDB, and the host that leads to it; the Region's own if that is empty.
    session_name
        Whether a caller's session must be named after a person.
    signing_key, signing_host
        ARN of the KMS key that signs the chain of the log's lines now and then, None: nobody does; and the host that
        leads to it, the Region's own if that is empty.
    digest_key
        ARN of the KMS key that the digests of requests are made by, None: there are none. The same host leads to it.
    archive
        Bucket that its prompts and answers are archived in, and what a failure of that is: noted in the ``record``, or
        a reason to ``refuse`` the answer. None: nothing is archived.
    region
        AWS Region of the function, its guardrail and its models.

    Raises
    ------
    ValueError
        If the document is not such a one; the message names the field.
    """

    __slots__ = (*FIELDS, "region")

    name: str
    deployment: str
    access: str
    models: tuple[str, ...]
    tiers: tuple[str, ...]
    project: str
    guardrail_id: str
    guardrail_version: str
    image_filter: bool
    signing_name: str
    structured_output: str
    delay: float
    input: str
    history: str
    prompt_attacks: str
    disguises: bool
    arguments: str
    fallbacks: tuple[tuple[str | None, str | None, str | None], ...]
    images: tuple[tuple[str, str], ...]
    text_units: tuple[tuple[int, int], ...]
    retention: str
    prices: Prices
    budget: Budget | None
    ledger_table: str
    ledger_host: str
    session_name: bool
    signing_key: str | None
    signing_host: str
    digest_key: str | None
    archive: tuple[str, str] | None
    region: str

    def __init__(self, environ: Mapping[str, str]) -> None:
        try:
            values = json.loads(environ.get(VARIABLE, ""))
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise ValueError(f"{VARIABLE} is no JSON object; the Team stack sets it")
        _known(values)
        for field, (read, otherwise) in FIELDS.items():
            there = field in values or otherwise is _NEEDED
            setattr(self, field, _read(field, read, values) if there else otherwise)
        try:
            self.region = _word(environ.get("AWS_REGION", ""))
        except ValueError as wrong:
            raise ValueError(f"AWS_REGION is {environ.get('AWS_REGION')!r}: {wrong}") from None

    @property
    def mantle_host(self) -> str:
        """The only host that completions come from."""
        return f"bedrock-mantle.{self.region}.api.aws"

    @property
    def guardrail_host(self) -> str:
        """The only host that ApplyGuardrail is called on."""
        return f"bedrock-runtime.{self.region}.amazonaws.com"

    @property
    def kms_host(self) -> str:
        """The only host that signs, and that the key of digests is had from."""
        return self.signing_host or f"kms.{self.region}.amazonaws.com"

    def others(self, model: str, tier: str) -> list[tuple[str, str]]:
        """Return the models and tiers to try when one is out of capacity, in their order."""
        return others(
            model, tier, [(other, at) for instead_of, other, at in self.fallbacks if instead_of in (None, model)]
        )

    def check(self, catalogue: Collection[str]) -> None:
        """Raise ValueError if the team is given a model that the packaged catalogue does not have."""
        unknown = [model for model in self.models if model not in catalogue]
        if unknown:
            raise ValueError(f"{VARIABLE}'s models name {unknown[0]!r}, which is not in the packaged catalogue")
        for instead_of, model, tier in self.fallbacks:
            for name in (instead_of, model):
                if name is not None and name not in self.models:
                    raise ValueError(f"{VARIABLE}'s fallbacks name {name!r}, which its models do not")
            if tier is not None and tier not in self.tiers:
                raise ValueError(f"{VARIABLE}'s fallbacks name {tier!r}, which its tiers do not")


def _known(values: Mapping[str, Any]) -> None:
    unknown = [name for name in values if name not in FIELDS]
    if unknown:
        raise ValueError(f"{VARIABLE} has {unknown[0]!r}, which this function does not know")


def _read(field: str, read: Callable[[Any], Any], values: Mapping[str, Any]) -> Any:
    if field not in values:
        raise ValueError(f"{VARIABLE} lacks {field!r}; the Team stack sets it")
    try:
        return read(values[field])
    except ValueError as wrong:
        raise ValueError(f"{VARIABLE}'s {field} is {values[field]!r}: {wrong}") from None
