"""A quota: the account's own value where it tells, AWS's published default where it does not."""

from __future__ import annotations

from preflight.account import Account
from preflight.answers import NotAnsweredError

__all__ = ["applied"]

# A quota whose value nobody changed is not listed as applied
# (https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html).
_ABSENT = ("NoSuchResourceException",)


def applied(account: Account, service: str, code: str | None, default: float) -> tuple[float, str]:
    """Return a quota, and where the number is from.

    The default is the least that an account has: quotas are raised, not lowered. So where the account does not tell,
    counting against the default errs on the side of a warning too many.

    Parameters
    ----------
    account
        Whom to ask.
    service, code
        The quota's service and code at Service Quotas; no code for one that is fixed.
    default
        AWS's published default.
    """
    if code is None:
        return default, "fixed"
    try:
        found = account.ask("service-quotas", "GetServiceQuota", ServiceCode=service, QuotaCode=code, absent=_ABSENT)
    except NotAnsweredError:
        return default, "AWS's published default: Service Quotas gave no answer"
    value = (found or {}).get("Quota", {}).get("Value")
    return (float(value), "of this account") if value is not None else (default, "AWS's published default")
