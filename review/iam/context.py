"""The condition keys of a request: those that were given, and those that follow from who asks.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from review.iam import service
from review.iam.arn import Arn, role_name
from review.iam.pattern import Letter, Pattern, exactly
from review.iam.principal import Kind, Principal

#: A key's values; one value is a tuple of one.
Values = tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """The keys of one request.

    Parameters
    ----------
    given
        Keys in lower case, with their values.
    action
        The action that is asked for; None if AWS has none of that name.
    derived
        Keys that follow from the principal.
    maybe
        Keys of which it is not known whether the request carries them, with the value that it would carry.
    role
        Of a role's session, what the role's ARN can be: `aws:PrincipalArn` holds it with the role's path, which the
        session's ARN does not tell.
    complete
        Whether there are no other keys.
    """

    given: Mapping[str, Values]
    action: service.Action | None
    derived: Mapping[str, Values] = field(default_factory=dict)
    maybe: Mapping[str, Values] = field(default_factory=dict)
    role: tuple[Pattern, ...] = ()
    complete: bool = True

    @classmethod
    def of(
        cls,
        given: Mapping[str, Values],
        action: service.Action | None,
        who: Principal,
        resource_account: str | None,
        complete: bool = True,
    ) -> Context:
        """Put a request's keys together."""
        known = {key.lower(): values for key, values in given.items()}
        derived = {key: value for key, value in _derived(who).items() if key not in known}
        maybe: dict[str, Values] = {}
        if resource_account and "aws:resourceaccount" not in known:
            # Most requests carry it, some actions do not: the documentation lists them by example only.
            maybe["aws:resourceaccount"] = (resource_account,)
        return cls(known, action, derived, maybe, () if "aws:principalarn" in known else _roles(who), complete)

    def readings(self, key: str) -> list[Values | None]:
        """Return what a key may hold: one reading where it is known, several where it is not; None is an absent key.

        Example
        -------
        >>> Context({"aws:sourcevpce": ("vpce-1",)}, service.action("s3:GetObject")).readings("aws:SourceVpce")
        [('vpce-1',)]
        >>> Context({"s3:prefix": ("a/",)}, service.action("s3:GetObject")).readings("s3:prefix")
        [('a/',), None]
        """
        folded = key.lower()
        if folded in self.given:
            unusual = self.action is None or not self.action.knows(key)
            # The data may be behind: what it does not list is carried or is not.
            return [self.given[folded], None] if unusual and not _everywhere(folded) else [self.given[folded]]
        if folded in self.derived:
            return [self.derived[folded]]
        return [self.maybe[folded], None] if folded in self.maybe else [None]

    def is_hidden(self, key: str) -> bool:
        """Whether a key is the ARN of a role whose path is not known."""
        return bool(self.role) and key.lower() == "aws:principalarn"

    def is_open(self, key: str) -> bool:
        """Whether it is not known if the request carries a key, nor what it holds."""
        folded = key.lower()
        return not self.complete and not (folded in self.given or folded in self.derived or folded in self.maybe)

    def several(self, key: str) -> bool:
        """Whether a key is one of several values."""
        return self.action is not None and self.action.several(key)


def _everywhere(folded: str) -> bool:
    return service.plain(folded) in {key.lower() for key in service.GLOBAL_KEYS}


def _derived(who: Principal) -> dict[str, Values]:
    found: dict[str, Values] = {"aws:principalisawsservice": ("true" if who.kind is Kind.SERVICE else "false",)}
    if who.kind is Kind.SERVICE:
        found["aws:principalservicename"] = (who.name,)
        return found
    arn = Arn.parse(who.name)
    if who.account is None or arn is None:
        return found
    found["aws:principalaccount"] = (who.account,)
    kinds = {
        Kind.ROOT: "Account",
        Kind.USER: "User",
        Kind.ROLE: "AssumedRole",
        Kind.SESSION: "AssumedRole",
        Kind.FEDERATED_USER: "FederatedUser",
    }
    found["aws:principaltype"] = (kinds[who.kind],)
    if who.kind is not Kind.SESSION:
        found["aws:principalarn"] = (who.name,)
    if who.kind is Kind.USER:
        found["aws:username"] = (who.name.rsplit("/", 1)[-1],)
    return found


def _roles(who: Principal) -> tuple[Pattern, ...]:
    arn = Arn.parse(who.name)
    if who.kind is not Kind.SESSION or arn is None:
        return ()
    start, name = f"arn:{arn.partition}:iam::{arn.account}:role/", role_name(arn) or ""
    path = (Letter(None), None, Letter("/"))
    return Pattern.exact(start + name), Pattern((*exactly(start), *path, *exactly(name)))
