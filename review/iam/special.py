"""What single services do otherwise than the rest, each with what says so."""

from __future__ import annotations

from review.iam.arn import Arn
from review.iam.principal import Kind
from review.iam.request import Request
from review.iam.truth import Doubt, Truth

#: Actions that a role's trust policy decides on.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
_TRUST = {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "TagSession", "SetSourceIdentity"}


def asks_for_a_role(request: Request) -> bool:
    """Whether the resource's policy is a role's trust policy."""
    return request.service == "sts" and request.verb in _TRUST


def not_modelled(request: Request) -> Doubt | None:
    """Say of an action that it is decided by more than policies."""
    if (request.service, request.verb) == ("sts", "AssumeRoot"):
        return Doubt("sts:AssumeRoot is decided by what the organisation centralised, too")
    return None


def always_allowed(request: Request, through_endpoint: bool) -> Truth:
    """Whether an action needs no permission, and cannot be denied.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    if (request.service, request.verb) != ("sts", "GetCallerIdentity") or request.principal.kind is Kind.ANONYMOUS:
        return False
    if through_endpoint:
        return Doubt("whether an endpoint's policy stops sts:GetCallerIdentity, which identity policies cannot deny")
    return True


def needs_resource_policy(request: Request) -> bool:
    """Whether in the principal's own account, too, the resource's policy has to allow.

    A key is used only if its key policy lets it, be it by giving the permission on to the account:
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html. An alias has no policy:
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html. A role is taken on only if its trust
    policy lets it: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html
    """
    if request.service == "kms":
        action = request.known_action
        about_none = action is not None and not action.resources
        arn = Arn.parse(request.resource)
        return not about_none and not (arn is not None and arn.resource.startswith("alias/"))
    return asks_for_a_role(request)


def may_be_changed(request: Request) -> Truth:
    """Whether a resource is one that its account may change at all.

    Managed policies of AWS, aliases of its own keys, and the roles that Identity Center makes belong to AWS:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html,
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-about.html,
    https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
    """
    arn = Arn.parse(request.resource)
    action = request.known_action
    if arn is None or action is None or action.access in ("Read", "List"):
        return True
    if request.service == "iam" and arn.service == "iam" and arn.account == "aws":
        return False
    if request.service == "kms" and arn.service == "kms" and arn.resource.startswith("alias/aws/"):
        return False
    if request.service == "iam" and arn.service == "iam" and arn.resource.startswith("role/aws-reserved/"):
        if request.verb == "PassRole":
            return Doubt("whether a role that Identity Center made can be passed")
        return False
    return True
