"""What a request costs at the most, before it is sent, and what it has cost, once it is over."""

from __future__ import annotations

from ..core.money import Cost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.money import Prices
    from ..core.team import Team
    from ..core.usage import Usage
    from ..request.prepared import Prepared
    from ..services.tally import Tally

#: Tokens of an image at the most: the largest of the budgets that Gemma 4 has for one
#: (https://ai.google.dev/gemma/docs/capabilities/vision).
IMAGE = 1120
#: Tokens that a chat's template adds at the most to what stands in the request: a role and two marks a message are
#: fewer than the bytes of the JSON that says the same.
TEMPLATE = 64
#: Bytes of a text for which one token is estimated, where nobody counted: prose has four to five, so it is from above.
BYTES_PER_TOKEN = 3
#: Characters of a token of an answer for which the guardrail is paid, where only the tokens are known beforehand.
CHARACTERS_PER_TOKEN = 8
#: Characters of a text unit of the guardrail.
UNIT = 1000
#: Names of the limits of an answer, of either route.
LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


def tokens(prepared: Prepared) -> tuple[int, int]:
    """Return the tokens that a request may have at the most, in and out.

    A token of a text is one byte of it at the least, and the JSON that holds it is longer than the text. Input and
    output have the model's window together; where it is short, the dearer of the two counts.

    Examples
    --------
    >>> from lambdas.proxy.core.catalogue import Model
    >>> from lambdas.proxy.request.prepared import Prepared
    >>> made = Prepared.__new__(Prepared)
    >>> made.size, made.images, made.body = 936, [], {"max_tokens": 50}
    >>> made.model = type("Model", (), {"context_window": 2000})
    >>> tokens(made)
    (1000, 50)
    >>> made.body = {}
    >>> tokens(made)
    (0, 2000)
    """
    window = prepared.model.context_window
    asked = [prepared.body[name] for name in LIMITS if name in prepared.body]
    output = min(asked[0], window) if asked else window
    return min(prepared.size + TEMPLATE + IMAGE * len(prepared.images), window - output), output


def units(characters: int, texts: int, *, disguises: bool) -> int:
    """Return the text units that guarding takes at the most, but for the rare text that has to be shown in pieces.

    Parameters
    ----------
    characters, texts
        What is shown. Calls overlap by a little, and each is one unit at the least.
    disguises
        Whether what a text reads is shown too.
    """
    each = -(-(characters + characters // 16) // UNIT) + texts // 64 + 2
    return 2 * each if disguises else each


def worst(team: Team, prepared: Prepared) -> int | None:
    """Return the nano-USD that a request may cost at the most, or None if a price is not known.

    Where the model is called before the prompt is cleared, it may be called once more for what was masked.
    """
    prices = team.prices
    input, output = tokens(prepared)
    model = prices.tokens(prepared.model.id, prepared.tier, input, output)
    if model is None:
        return None
    for id, tier in team.others(
        prepared.model.id, prepared.tier
    ):  # what may be asked in its place, without another word
        model = max(model, prices.tokens(id, tier, input, output) or 0)
    if team.input == "overlap":
        model *= 2
    return model + guarding(team, prepared)


def guarding(team: Team, prepared: Prepared) -> int:
    """Return the nano-USD that are reserved for guarding a request and its answer.

    It is an estimate from above: how often a stream is shown depends on how fast it comes, and on what is masked in it.
    What more it takes is reserved before it is taken (`Room`).
    """
    prices = team.prices
    shown = units(prepared.size, len(prepared.slots), disguises=team.disguises)
    said = units(tokens(prepared)[1] * CHARACTERS_PER_TOKEN, 0, disguises=team.disguises)
    return (shown + said) * prices.unit + len(prepared.images) * prices.image


def sent(prepared: Prepared) -> int:
    """Return the tokens that are estimated for what is sent, where nobody counted them."""
    found = prepared.size // BYTES_PER_TOKEN + IMAGE * len(prepared.images)
    return min(found, prepared.model.context_window)


def lost(prices: Prices, prepared: Prepared) -> int:
    """Return the nano-USD that an attempt counts for that was sent, and of which no answer came."""
    return prices.tokens(prepared.model.id, prepared.tier, sent(prepared), 0) or 0


def beforehand(prepared: Prepared) -> int:
    """Return the tokens that a minute's limit counts beforehand: what is sent, and the limit that is asked for."""
    asked = [prepared.body[name] for name in LIMITS if name in prepared.body]
    return sent(prepared) + int(asked[0] if asked else 0)


def counts(model: str, tier: str, cost: Cost) -> dict[str, int]:
    """Return what was spent for what, by the attribute of the month's item that it is added to."""
    stem = f"m:{model}#{tier}"
    found = {f"{stem}:nano": cost.total, f"{stem}:in": cost.input, f"{stem}:out": cost.output, f"{stem}:requests": 1}
    return found | {"guardrail": cost.guardrail or 0}


def actual(
    prices: Prices,
    prepared: Prepared | None,
    usage: Usage | None,
    tally: Tally | None,
    *,
    calls: int,
    received: int,
) -> Cost:
    """Return what a request has cost.

    Parameters
    ----------
    prices
        The team's.
    prepared
        What was asked of the model; None if nothing came to be asked.
    usage, tally
        What the service and the guardrail said that it took.
    calls
        How often the model began to answer, or may have. Each but the last was cut off, or lost, or was not what was
        asked for, and unless its usage is in ``usage`` too, nobody says what it took.
    received
        Tokens that have come, as far as that can be seen from outside; for where the service did not say.
    """
    guardrail = prices.guarding(tally.charged if tally else ())
    if prepared is None or not calls:
        return Cost(0, 0, True, 0, guardrail)
    input = usage.input if usage else None
    output = usage.output if usage else None
    unknown = max(0, calls - max(1, usage.answers if usage else 0))
    counted = input is not None and output is not None and not unknown
    each = sent(prepared)
    input = (each if input is None else input) + unknown * each
    # An estimate is no more than was reserved for it.
    output = min(received, tokens(prepared)[1]) if output is None else output
    tier = usage.tier if usage and usage.tier else prepared.tier
    model = prices.tokens(prepared.model.id, tier, input, output)
    if model is None:
        model = prices.tokens(prepared.model.id, prepared.tier, input, output)
    return Cost(input, output, counted, model, guardrail)
