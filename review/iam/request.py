"""One request, as IAM sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from review.iam import service
from review.iam.arn import account_of
from review.iam.context import Context, Values
from review.iam.principal import Principal


@dataclass(frozen=True)
class Request:
    """Who asks for what.

    Parameters
    ----------
    principal
        Who asks.
    action
        `SERVICE:ACTION`.
    resource
        ARN of the resource; `*` for an action that is about none; a pattern where a whole set of resources is meant.
    given
        Condition keys of the request, in any case, with their values.
    owner
        Account of the resource where its ARN names none. Without it the resource is in the principal's account, as
        IAM's simulator takes it: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
    complete
        Whether a key that is not given is not in the request. If not, a condition on it is in doubt.
    """

    principal: Principal
    action: str
    resource: str
    given: Mapping[str, Values] = field(default_factory=dict)
    owner: str | None = None
    complete: bool = True

    @cached_property
    def known_action(self) -> service.Action | None:
        """What AWS's data says of the action; None if it knows none of the name."""
        return service.action(self.action)

    @property
    def service(self) -> str:
        """Prefix of the action, in lower case."""
        return self.action.partition(":")[0].lower()

    @property
    def verb(self) -> str:
        """The action's name as AWS writes it, or as the request does if AWS has none of that name."""
        return (self.known_action.name if self.known_action else self.action).partition(":")[2]

    @property
    def resource_account(self) -> str | None:
        """Account of the resource; None if the principal is of no account and nothing names one."""
        return account_of(self.resource) or self.owner or self.principal.account

    @property
    def cross_account(self) -> bool:
        """Whether the principal is of another account than the resource."""
        return self.principal.account is not None and self.principal.account != self.resource_account

    @cached_property
    def context(self) -> Context:
        """The request's condition keys."""
        return Context.of(self.given, self.known_action, self.principal, self.resource_account, self.complete)
