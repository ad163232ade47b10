"""What IAM decides at an API's door, by its resource policy and the caller's own, or by an authorizer's answer.

The decisions are the review's evaluator's, which doubts what it does not understand; a doubt lets nobody in.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.keys import Key
from review.iam import Decision, Policies, PolicyError, Principal, Request, Verdict, decide, read
from review.iam.execute_api import read_completed

_INVOKE = "execute-api:Invoke"


def invoke(policy: Mapping[str, Any], arn: str, endpoint: str, key: Key | None) -> Decision:
    """Decide whether a call may be made, by the API's resource policy and the signer's own policies.

    Parameters
    ----------
    policy
        The API's resource policy.
    arn
        ARN of the method that is called.
    endpoint
        Id of the endpoint that the call comes through.
    key
        Whose signature the call carries; None for a bearer of a token, whom the resource policy sees as anonymous.
    """
    given = {"aws:SourceVpce": (endpoint,)}
    if key is not None and key.role:
        given["aws:PrincipalArn"] = (key.role,)
    try:
        who = Principal.parse(key.arn if key is not None else "anonymous")
        policies = Policies(
            resource=read_completed(policy, arn.partition("/")[0], "the API's resource policy"),
            identity=[read(text, f"policy {n} of {key.arn}") for n, text in enumerate(key.policies, 1)] if key else (),
        )
    except ValueError as wrong:
        return Decision(Verdict.UNSUPPORTED, str(wrong))
    # AWS has more keys than are made here: what a policy asks of them is in doubt.
    return decide(Request(who, _INVOKE, arn, given, complete=False), policies)


def answered(policy: Mapping[str, Any], arn: str) -> Decision:
    """Decide whether a call may be made, by the policy that an authorizer answered. It is about whoever asks.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
    """
    try:
        document = read(policy, "the authorizer's answer")
    except PolicyError as wrong:
        return Decision(Verdict.UNSUPPORTED, str(wrong))
    # Any principal of the API's account: the answer is that principal's identity policy.
    who = Principal.parse(f"arn:aws:iam::{arn.split(':')[4]}:user/bearer")
    return decide(Request(who, _INVOKE, arn, complete=False), Policies(identity=[document]))
