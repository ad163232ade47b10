"""Who asks, and whether an element that names principals means them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from review.iam.arn import Arn, account_of, role_name
from review.iam.document import Principals
from review.iam.truth import Doubt, Truth, every, negation, some


class Kind(Enum):
    """What sort of principal asks."""

    USER = "an IAM user"
    ROLE = "an IAM role"
    SESSION = "a role's session"
    FEDERATED_USER = "a federated user's session"
    ROOT = "an account's root user"
    SERVICE = "a service of AWS"
    FEDERATED = "a principal of an identity provider"
    ANONYMOUS = "nobody in particular"


class Reach(Enum):
    """How directly a policy names who asks. In the principal's own account that decides what else has to allow.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """

    ITSELF = 1
    #: The role behind a session: a boundary or a session policy still limits what is given to it.
    ROLE = 2
    #: The account: it may give the permission on, and gives nothing by itself.
    ACCOUNT = 3


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes
    ----------
    kind
        What sort it is.
    name
        ARN, name of a service, or of an identity provider. Empty for an anonymous caller.
    account
        Account of an IAM principal, else None.
    """

    kind: Kind
    name: str
    account: str | None = None

    @classmethod
    def parse(cls, name: str) -> Principal:
        """Read an ARN, a service's name, an account's number (its root user) or `anonymous`.

        Raises
        ------
        ValueError
            If it is none of these.

        Example
        -------
        >>> Principal.parse("arn:aws:iam::111122223333:user/ann").kind.value
        'an IAM user'
        """
        if name.strip().lower() in ("", "*", "anonymous"):
            return cls(Kind.ANONYMOUS, "")
        if re.fullmatch(r"\d{12}", name):
            return cls(Kind.ROOT, f"arn:aws:iam::{name}:root", name)
        arn = Arn.parse(name)
        if arn is None:
            if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?", name):
                return cls(Kind.FEDERATED if name.startswith("cognito-identity.") else Kind.SERVICE, name)
            if "." in name and "*" not in name:
                return cls(Kind.FEDERATED, name)
            raise ValueError(f"{name!r} is no principal that is known here")
        kind = arn.resource.partition("/")[0]
        found = {
            ("iam", "user"): Kind.USER,
            ("iam", "role"): Kind.ROLE,
            ("iam", "root"): Kind.ROOT,
            ("sts", "assumed-role"): Kind.SESSION,
            ("sts", "federated-user"): Kind.FEDERATED_USER,
            ("iam", "saml-provider"): Kind.FEDERATED,
            ("iam", "oidc-provider"): Kind.FEDERATED,
        }.get((arn.service, kind))
        if found is None or "*" in name or "?" in name:
            raise ValueError(f"{name!r} is no principal that is known here")
        return cls(found, name, None if found is Kind.FEDERATED else account_of(name))

    @property
    def of_iam(self) -> bool:
        """Whether it is a principal of an account, to which identity policies and SCPs apply."""
        return self.account is not None

    @property
    def service_linked(self) -> bool:
        """Whether it is a service-linked role, by its path; a session's ARN does not tell.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp
        """
        return self.kind is Kind.ROLE and ":role/aws-service-role/" in self.name


def named(principals: Principals, who: Principal, reach: Reach) -> Truth:
    """Whether a statement's principals mean who asks, at least as directly as asked for.

    Parameters
    ----------
    principals
        The statement's element.
    who
        Who asks.
    reach
        The least direct way of naming that counts.
    """
    if principals.negated:
        return negation(_named(principals, who, Reach.ACCOUNT))
    return _named(principals, who, reach)


def denied_by_exception(principals: Principals, who: Principal, bounded: bool) -> Truth:
    """Whether a Deny with NotPrincipal means who asks.

    It always does to a principal with a permissions boundary. Else an exception has to name the account, and the role
    besides its session: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    if bounded and who.of_iam:
        return True
    itself = _named(principals, who, Reach.ROLE if who.kind is Kind.ROLE else Reach.ITSELF)
    anyhow = _named(principals, who, Reach.ACCOUNT)
    if who.account is None or principals.everybody:
        return negation(anyhow)
    listed = principals.kinds.get("AWS", ())
    account = any(_is_account(name) and account_of(name) == who.account for name in listed)
    role = _named(principals, who, Reach.ROLE) if who.kind is Kind.SESSION else True
    if every([itself, account, role]) is True:
        return False
    if anyhow is False and not account:
        return True
    return Doubt(f"whether a Deny with NotPrincipal excepts {who.name}, which it names in part")


def _named(principals: Principals, who: Principal, reach: Reach) -> Truth:
    if principals.everybody:
        return True
    kinds = {Kind.SERVICE: "Service", Kind.FEDERATED: "Federated"}
    if who.kind in kinds:
        return who.name in principals.kinds.get(kinds[who.kind], ())
    if who.kind is Kind.ANONYMOUS:
        return False
    if principals.kinds.get("CanonicalUser"):
        return Doubt("a CanonicalUser is an account by another number, which is not known here")
    return some(_names(name, who, reach) for name in principals.kinds.get("AWS", ()))


def _names(name: str, who: Principal, reach: Reach) -> Truth:
    if _is_account(name):
        return account_of(name) == who.account and (reach is Reach.ACCOUNT or who.kind is Kind.ROOT)
    if name == who.name:
        # Who asks as a role asks as one of its sessions, of which the role's ARN names none.
        return who.kind is not Kind.ROLE or reach is not Reach.ITSELF
    arn, asking = Arn.parse(name), Arn.parse(who.name)
    if arn is None or "*" in name or "?" in name:
        return Doubt(f"{name!r} as a principal is an id or a wildcard, of which IAM takes only * alone")
    if asking is None or arn.account != asking.account or role_name(arn) is None or role_name(arn) != role_name(asking):
        return False
    if who.kind is Kind.SESSION and arn.service == "iam":
        # A role's name is unique in its account whatever its path, so that a session's ARN tells the role.
        return reach is not Reach.ITSELF
    if who.kind is Kind.SESSION:
        return False
    if arn.service == "sts":
        return Doubt(f"{name} is a session of the role that asks; which session asks is not said")
    return Doubt(f"{name} and {who.name} have one name and two paths, and an account has a role's name once")


def _is_account(name: str) -> bool:
    arn = Arn.parse(name)
    return account_of(name) is not None and (arn is None or (arn.service == "iam" and arn.resource == "root"))
