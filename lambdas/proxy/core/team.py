"""What the Team stack tells the function about its team: typed, and refused at init if anything is strange."""

from __future__ import annotations

from ..release.windows import DELAY
from .address import place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Team:
    """The team that this function serves, and where its requests go.

    Attributes
    ----------
    name, access
        The team's name; ``iam`` or ``token``.
    models, tiers
        Ids it may use; service tiers it may ask for, the first being what it gets when it asks for none.
    project
        Id of its Bedrock Project.
    guardrail_id, guardrail_version
        What guards it; a numbered version, never ``DRAFT``, so that what is applied is what was reviewed.
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
    fallbacks
        What is tried when a model is out of capacity: instead of which model (None: of any), which model (None: the
        same), in which tier (None: the same).
    images
        Where images that are fetched from S3 may lie: buckets, each with the prefix of keys (empty: all of it).
    image_filter
        Whether a filter of the guardrail looks at images at all; where none does, none may reach a model.
    region
        AWS Region of the function, its guardrail and its models.
    """

    __slots__ = (
        "access",
        "delay",
        "fallbacks",
        "guardrail_id",
        "guardrail_version",
        "history",
        "image_filter",
        "images",
        "input",
        "models",
        "name",
        "project",
        "region",
        "signing_name",
        "structured_output",
        "tiers",
    )

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.name = _present(environ, "CLOISTER_TEAM")
        self.access = _one_of(environ, "CLOISTER_ACCESS", ("iam", "token"))
        self.models = _listed(environ, "CLOISTER_MODELS")
        self.tiers = _listed(environ, "CLOISTER_TIERS")
        self.project = _present(environ, "CLOISTER_PROJECT")
        self.guardrail_id = _word(environ, "CLOISTER_GUARDRAIL_ID")
        self.guardrail_version = _present(environ, "CLOISTER_GUARDRAIL_VERSION")
        self.signing_name = _one_of(environ, "CLOISTER_SIGNING_NAME", ("bedrock-mantle", "bedrock"))
        self.region = _word(environ, "AWS_REGION")
        self.structured_output = _one_of(environ, "CLOISTER_STRUCTURED_OUTPUT", ("error", "retry"), "error")
        self.delay = _seconds(environ, "CLOISTER_DELAY", DELAY)
        self.input = _one_of(environ, "CLOISTER_INPUT", ("strict", "overlap"), "strict")
        self.history = _one_of(environ, "CLOISTER_HISTORY", ("each_time", "once"), "each_time")
        self.fallbacks = tuple(_fallback(item) for item in environ.get("CLOISTER_FALLBACKS", "").split(",") if item)
        # A function that is not told leaves it to the guardrail's answer, which says how many images it looked at.
        self.image_filter = _one_of(environ, "CLOISTER_IMAGE_FILTER", ("true", "false"), "true") == "true"
        self.images = _places(environ, "CLOISTER_IMAGES")
        if not (self.guardrail_version.isascii() and self.guardrail_version.isdigit()):
            raise ValueError(
                f"CLOISTER_GUARDRAIL_VERSION is {self.guardrail_version!r}: a numbered version is needed, such as 1"
            )

    @property
    def mantle_host(self) -> str:
        """The only host that completions come from."""
        return f"bedrock-mantle.{self.region}.api.aws"

    @property
    def guardrail_host(self) -> str:
        """The only host that ApplyGuardrail is called on."""
        return f"bedrock-runtime.{self.region}.amazonaws.com"

    def others(self, model: str, tier: str) -> list[tuple[str, str]]:
        """Return the models and tiers to try when one is out of capacity, in their order."""
        found = [(model, tier)]
        for instead_of, other, other_tier in self.fallbacks:
            choice = (other or model, other_tier or tier)
            if instead_of in (None, model) and choice not in found:
                found.append(choice)
        return found[1:]

    def check(self, catalogue: Collection[str]) -> None:
        """Raise ValueError if the team is given a model that the packaged catalogue does not have."""
        unknown = [model for model in self.models if model not in catalogue]
        if unknown:
            raise ValueError(f"CLOISTER_MODELS names {unknown[0]!r}, which is not in the packaged catalogue")
        for instead_of, model, tier in self.fallbacks:
            for name in (instead_of, model):
                if name is not None and name not in self.models:
                    raise ValueError(f"CLOISTER_FALLBACKS names {name!r}, which CLOISTER_MODELS does not")
            if tier is not None and tier not in self.tiers:
                raise ValueError(f"CLOISTER_FALLBACKS names {tier!r}, which CLOISTER_TIERS does not")


def _present(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise ValueError(f"{name} is not set; the Team stack sets it")
    return value


def _one_of(environ: Mapping[str, str], name: str, allowed: tuple[str, ...], otherwise: str = "") -> str:
    value = environ.get(name, "").strip() or otherwise or _present(environ, name)
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}")
    return value


def _seconds(environ: Mapping[str, str], name: str, otherwise: float) -> float:
    value = environ.get(name, "").strip()
    if not value:
        return otherwise
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0.1 <= seconds <= 10:
        raise ValueError(f"{name} is {value!r}; it must be from 0.1 to 10 seconds")
    return seconds


def _fallback(item: str) -> tuple[str | None, str | None, str | None]:
    """Read ``instead_of>model/tier``, of which each may be empty."""
    instead_of, arrow, rest = item.partition(">")
    model, slash, tier = rest.partition("/")
    if not (arrow and slash and (model or tier)):
        raise ValueError(f"CLOISTER_FALLBACKS has {item!r}; an entry is 'instead_of>model/tier'")
    return instead_of or None, model or None, tier or None


def _places(environ: Mapping[str, str], name: str) -> tuple[tuple[str, str], ...]:
    if name not in environ:
        return ()
    found = []
    for item in environ[name].split(","):
        try:
            found.append(place(item))
        except ValueError as wrong:
            raise ValueError(f"{name} has {item!r}: {wrong}; an entry is bucket or bucket/prefix/") from None
    return tuple(found)


def _word(environ: Mapping[str, str], name: str) -> str:
    # These become part of a host name or a path, so nothing but letters, digits and hyphens passes.
    value = _present(environ, name)
    if not (value.isascii() and value.replace("-", "").isalnum()):
        raise ValueError(f"{name} is {value!r}; only letters, digits and hyphens can stand there")
    return value


def _listed(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    items = tuple(item.strip() for item in _present(environ, name).split(",") if item.strip())
    if not items:
        raise ValueError(f"{name} is empty; it is a comma-separated list")
    return items
