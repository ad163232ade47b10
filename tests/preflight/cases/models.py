"""Models, listed and answering."""

from __future__ import annotations

from preflight.looks import inference, models
from tests.preflight.cases.common import (
    NOT_ASKED,
    OK,
    STOPS,
    WARNING,
    Case,
)
from tests.preflight.recorded import (
    MODELS,
    model,
)

CASES: list[Case] = [
    Case(
        "a model that the Region lacks",
        models.LOOK,
        "model-offered",
        STOPS,
        (MODELS[0], "take it out of 'models'"),
        replies={("GET", f"/v1/models/{MODELS[0]}"): (404, {"error": {"code": "not_found"}})},
    ),
    Case(
        "a model on its way out",
        models.LOOK,
        "model-offered",
        WARNING,
        ("LEGACY",),
        replies={("GET", f"/v1/models/{MODELS[0]}"): model(MODELS[0], "LEGACY")},
    ),
    Case("an active model", models.LOOK, "model-offered", OK, ("ACTIVE",)),
    Case(
        "a model that is refused",
        models.LOOK,
        "model-offered",
        NOT_ASKED,
        ("bedrock-mantle:GetModel was refused",),
        replies={("GET", f"/v1/models/{MODELS[0]}"): (403, {"error": {}})},
    ),
    Case(
        "a 404 of somebody else",
        models.LOOK,
        "model-offered",
        NOT_ASKED,
        ("HTTP 404",),
        replies={("GET", f"/v1/models/{MODELS[0]}"): (404, b"<html>")},
    ),
    Case(
        "a model of another shape",
        models.LOOK,
        "model-offered",
        NOT_ASKED,
        ("without 'status'",),
        replies={("GET", f"/v1/models/{MODELS[0]}"): (200, {"id": MODELS[0]})},
    ),
    Case(
        "modes of another shape",
        models.LOOK,
        "model-offered",
        NOT_ASKED,
        ("allowed_modes",),
        replies={("GET", f"/v1/models/{MODELS[0]}"): model(MODELS[0], modes=[1])},
    ),
    Case(
        "a model that allows no zero retention",
        models.LOOK,
        "model-retention",
        WARNING,
        ("not 'none'",),
        replies={("GET", f"/v1/models/{MODELS[0]}"): model(MODELS[0], modes=["default"])},
    ),
    Case("a model that allows zero retention", models.LOOK, "model-retention", OK, ("none, default",)),
    Case("models that answer", inference.LOOK, "model-answers", OK),
    Case(
        "a model without capacity",
        inference.LOOK,
        "model-answers",
        WARNING,
        ("HTTP 503",),
        replies={("POST", "/openai/v1/responses"): (503, {"error": {"message": "at capacity"}})},
    ),
    Case(
        "a wrong path",
        inference.LOOK,
        "model-answers",
        STOPS,
        ("Berm is not enabled", "signing_name"),
        replies={("POST", "/openai/v1/responses"): (401, {"error": {"message": "Berm is not enabled"}})},
    ),
    Case(
        "no right to infer",
        inference.LOOK,
        "model-answers",
        NOT_ASKED,
        ("bedrock-mantle:CreateInference was refused",),
        replies={("POST", "/openai/v1/responses"): (403, None)},
    ),
    Case(
        "a failure of theirs",
        inference.LOOK,
        "model-answers",
        NOT_ASKED,
        ("HTTP 500",),
        replies={("POST", "/openai/v1/responses"): (500, None)},
    ),
    Case(
        "a model that allows no zero retention, where it is required",
        models.LOOK,
        "model-retention",
        STOPS,
        ("not 'none'", "retention: reported"),
        replies={("GET", f"/v1/models/{MODELS[0]}"): model(MODELS[0], modes=["default"])},
        deployment={"beyond": {"retention": "required"}},
    ),
]
