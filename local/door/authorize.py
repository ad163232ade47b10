"""Decides who gets in: by signature, or by the deployed authorizer; then by the API's resource policy."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.door import event, policy
from local.door.deployed import Authorizer, Function
from local.door.event import Call
from local.door.invocation import FunctionError
from local.door.refusals import RefusalError
from local.door.seams import Functions
from local.keys import Key, Keys
from local.signatures import RefusedError, verify
from review.iam import Verdict

_MOST_CACHED = 1000
_KINDS = {
    "MissingAuthenticationTokenException": "MISSING_AUTHENTICATION_TOKEN",
    "InvalidSignatureException": "INVALID_SIGNATURE",
}
_HOW = {
    Verdict.EXPLICITLY_DENIED: "with an explicit deny",
    Verdict.IMPLICITLY_DENIED: "because neither a resource-based nor an identity-based policy allows it",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who gets in: a signer's key, or what the authorizer said."""

    key: Key | None = None
    authorizer: Mapping[str, str] | None = None


class Gate:
    """The authorization of all APIs.

    Parameters
    ----------
    keys
        The known keys.
    lambdas
        Runs the authorizers.
    """

    def __init__(self, keys: Keys, lambdas: Functions) -> None:
        self._keys = keys
        self._lambdas = lambdas
        self._cache: dict[tuple[str, str, str], tuple[float, dict[str, Any]]] = {}

    async def admit(self, call: Call) -> Caller:
        """Find out who calls, and let them in or not.

        Raises
        ------
        RefusalError
            With the gateway response that AWS would give.
        """
        if call.api.authorization == "AWS_IAM":
            key = self._signer(call)
            self._resource_policy(call, key)
            return Caller(key=key)
        if call.api.authorization == "CUSTOM" and call.api.authorizer is not None:
            # The resource policy sees a bearer of a token as anonymous.
            self._resource_policy(call, None)
            return Caller(authorizer=await self._custom(call, call.api.authorizer))
        raise RefusalError("ACCESS_DENIED", f"authorization {call.api.authorization} lets nobody in here")

    def _signer(self, call: Call) -> Key:
        try:
            return verify(call.request, self._keys, services=["execute-api"], region=call.api.region)
        except RefusedError as refused:
            raise RefusalError(_KINDS.get(refused.code, "DEFAULT_4XX"), refused.reason) from None

    def _resource_policy(self, call: Call, key: Key | None) -> None:
        if call.api.policy is None:
            raise RefusalError("ACCESS_DENIED", "a private API without a resource policy lets nobody in")
        # The door stands where the endpoint would: whoever reaches it came through.
        decision = policy.invoke(call.api.policy, call.arn, call.api.endpoint, key)
        if decision.verdict is not Verdict.ALLOWED:
            who = key.arn if key else "anonymous"
            how = _HOW.get(decision.verdict, f"because it cannot be decided: {decision.why}")
            raise RefusalError("ACCESS_DENIED", f"User: {who} is not authorized to perform: execute-api:Invoke, {how}")

    async def _custom(self, call: Call, authorizer: Authorizer) -> dict[str, str]:
        identity = call.request.header(authorizer.header)
        if not identity:
            # Without its identity source a request does not even reach the authorizer.
            raise RefusalError("UNAUTHORIZED", "Unauthorized")
        # The function's version is part of it: a redeployed authorizer decides anew.
        place = (call.api.id, authorizer.function.version, identity)
        until, answer = self._cache.get(place, (0.0, {}))
        if time.monotonic() >= until:
            answer = await self._ask(call, authorizer.function)
            if len(self._cache) >= _MOST_CACHED:
                self._cache.clear()
            if authorizer.ttl:
                self._cache[place] = (time.monotonic() + authorizer.ttl, answer)
        decision = policy.answered(answer["policyDocument"], call.arn)
        if decision.verdict is not Verdict.ALLOWED:
            how = " with an explicit deny" if decision.verdict is Verdict.EXPLICITLY_DENIED else ""
            raise RefusalError("ACCESS_DENIED", f"User is not authorized to access this resource{how}")
        said = {name: _text(value) for name, value in (answer.get("context") or {}).items()}
        return {**said, "principalId": str(answer["principalId"])}

    async def _ask(self, call: Call, function: Function) -> dict[str, Any]:
        try:
            async with await self._lambdas.invoke(function, event.authorizer(call)) as invocation:
                answer = json.loads(b"".join([piece async for piece in invocation.pieces()]))
        except FunctionError as failed:
            if failed.kind == "Unauthorized":
                raise RefusalError("UNAUTHORIZED", "Unauthorized") from None
            raise RefusalError("AUTHORIZER_FAILURE", "Internal server error") from None
        except ValueError:
            raise RefusalError("AUTHORIZER_CONFIGURATION_ERROR", "Internal server error") from None
        usable = (
            isinstance(answer, dict) and isinstance(answer.get("policyDocument"), dict) and answer.get("principalId")
        )
        if not usable:
            raise RefusalError("AUTHORIZER_CONFIGURATION_ERROR", "Internal server error")
        return dict(answer)


def _text(value: Any) -> str:
    """Context values reach the integration as text; a boolean as JSON writes it."""
    return json.dumps(value) if isinstance(value, bool) else str(value)
