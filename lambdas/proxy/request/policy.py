"""What this team may ask for, and of which model: the rules that both routes share."""

from __future__ import annotations

from ..core.errors import BadRequestError, ForbiddenError, NotFoundError
from .check import one_of, require, string, unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..core.catalogue import Model
    from ..core.team import Team
    from .prepared import Prepared

#: Characters that one token holds at the most, on average over a text. Prose has four to five; the estimate is low on
#: purpose, so that it refuses only what cannot fit, and the service has the last word on the rest.
CHARACTERS_PER_TOKEN = 8
#: Tokens of one image, again at the least.
TOKENS_PER_IMAGE = 64

#: Objects of S3 that one request may name.
OBJECTS = 16

_GUARDRAIL_FIELDS = ("amazon-bedrock-guardrailConfig", "amazon-bedrock-guardrailDetails", "guardrailConfig")


def no_guardrail_of_their_own(headers: Mapping[str, str], body: Mapping[str, Any] | None = None) -> None:
    """Refuse headers and fields that look as if they chose a guardrail: on this endpoint they do nothing.

    https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html
    """
    names = "\n".join((*headers, *(body or ()))).lower()
    if "guardrail" not in names and "amazon-bedrock-" not in names:
        return  # nearly always: told of all names at once
    for name in headers:
        if name.startswith("x-amzn-bedrock-guardrail"):
            raise _powerless(name)
    for name in body or ():
        if name in _GUARDRAIL_FIELDS or name.lower().startswith(("amazon-bedrock-", "guardrail")):
            raise _powerless(name if name in _GUARDRAIL_FIELDS else "a guardrail field")


def _powerless(name: str) -> BadRequestError:
    return BadRequestError(
        f"{name} does nothing on the bedrock-mantle endpoint. The deployment's guardrail is applied to this request "
        "and its answer anyway, and no request can change it: leave it out.",
        code="unsupported_guardrail",
        param=name,
    )


def model(body: Mapping[str, Any], route: str, team: Team, catalogue: Mapping[str, Model]) -> Model:
    """Return the model that a body names, if the team may use it on this route."""
    id = string(require(body, "model"), "model")
    found = catalogue.get(id)
    if found is None:
        shown = f"The model {id!r}" if len(id) <= 80 else "This model"
        raise NotFoundError(
            f"{shown} does not exist. This team may use: {', '.join(team.models)}.",
            code="model_not_found",
            param="model",
        )
    if id not in team.models:
        raise ForbiddenError(
            f"The model {id!r} is not allowed to team {team.name}, which may use: {', '.join(team.models)}.",
            code="model_not_allowed",
            param="model",
        )
    if route not in found.routes:
        raise BadRequestError(
            f"The model {id!r} is not served on this route; it is on: {', '.join(sorted(found.routes))}.",
            code="unsupported_route",
            param="model",
        )
    return found


def tier(body: Mapping[str, Any], model: Model, team: Team) -> str:
    """Return the service tier of a request: what it asks for, or else the first that the team has.

    ``auto`` is OpenAI's word for the project's own choice, which is the default tier here.
    """
    there = [name for name in team.tiers if name in model.tiers]
    asked = body.get("service_tier")
    if asked is None:
        return there[0]
    name = one_of("auto", "default", "priority", "flex")(asked, "service_tier")
    name = "default" if name == "auto" else name
    if name not in there:
        raise ForbiddenError(
            f"The service tier {name!r} is not allowed to team {team.name}, which may use: {', '.join(there)}.",
            code="service_tier_not_allowed",
            param="service_tier",
        )
    return name


def images(prepared: Prepared, team: Team) -> None:
    """Refuse images that nothing would look at, objects of S3 that the team may not name, and too many of them."""
    if prepared.images and not team.image_filter:
        raise unsupported(
            prepared.images[0].path,
            f"is an image, and the guardrail of this deployment looks at none: its filters judge text alone, as in "
            f"{team.region} or in its settings. No image is passed on unseen: leave it out.",
            code="unsupported_image",
        )
    named = set()
    for image in prepared.images:
        if image.address is None:
            continue
        bucket, key = image.address
        if not [1 for place, prefix in team.images if bucket == place and key.startswith(prefix)]:
            there = ", ".join([f"s3://{place}/{prefix}" for place, prefix in team.images])
            said = f"below {there}" if there else "nowhere: its file names no bucket. Send a data URL"
            raise unsupported(
                image.path,
                f"lies where this team may fetch nothing from; it may fetch images {said}.",
                code="unsupported_image_url",
            )
        named.add(image.address)
        if len(named) > OBJECTS:
            raise BadRequestError(
                f"{image.path} is one object more than the {OBJECTS} of S3 that a request may name.",
                code="too_many_images",
                param=image.path,
            )


def effort(asked: Any, path: str, prepared: Prepared) -> str | None:
    """Return the reasoning effort to send, and note it if it is not the one that was asked for."""
    model = prepared.model
    if asked is not None:
        one_of(*model.efforts)(asked, path)
    required = model.required_effort
    if required is None or asked == required:
        return None if asked is None else str(asked)
    prepared.headers.append(("x-cloister-reasoning-effort", required))
    return required


def one_call_a_turn(asked: Any, prepared: Prepared) -> None:
    """Say truthfully that calls are not made in parallel, whatever was asked for."""
    if prepared.model.parallel_tool_calls:
        if asked is not None:
            prepared.body["parallel_tool_calls"] = asked
    elif asked:
        prepared.headers.append(("x-cloister-parallel-tool-calls", "false"))


def window(limit: int | None, limit_path: str, prepared: Prepared, input_path: str) -> None:
    """Refuse what cannot fit into the model's context window, in the words by which agents know an overflow.

    The input is estimated from below (see CHARACTERS_PER_TOKEN): a request that passes can still be refused upstream.
    A limit that no input would leave room for is another mistake, with another code: agents shorten the history upon an
    overflow, which would not help (https://github.com/sst/opencode/issues/140).
    """
    size, model = prepared.model.context_window, prepared.model.id
    if limit is not None and limit > size:
        raise BadRequestError(
            f"{limit_path} is too large: {limit}. {model} supports at most {size} tokens, input and output together.",
            code="invalid_value",
            param=limit_path,
        )
    characters = sum([len(slot.text) for slot in prepared.slots])
    input = characters // CHARACTERS_PER_TOKEN + len(prepared.images) * TOKENS_PER_IMAGE
    if input > size:
        raise BadRequestError(
            f"Your input exceeds the context window of this model. The maximum context length is {size} tokens, and "
            f"the input needs at least {input}. Please reduce the length of the messages.",
            code="context_length_exceeded",
            param=input_path,
        )
    if input + (limit or 0) > size:
        raise BadRequestError(
            f"This model's maximum context length is {size} tokens. However, you requested at least "
            f"{input + (limit or 0)} tokens ({input} in the input, {limit} for the answer). Please reduce the length "
            f"of the messages, or {limit_path}.",
            code="context_length_exceeded",
            param=limit_path,
        )
