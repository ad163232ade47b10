"""Whether each role that the settings name exists, under exactly that ARN."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from preflight.account import Account
from preflight.looks._base import Look, attempt, ok, stops, warning
from preflight.plan import Plan
from review.finding import Finding
from stacks.settings import Team

_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"
_PRINCIPALS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
_SETS = "https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html"
_SSO_PATH = "/aws-reserved/sso.amazonaws.com/"


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    partition = plan.settings.deployment.partition
    for team in plan.teams:
        for caller in team.callers:
            if caller.is_extension:  # the deployment makes them
                continue
            arn = caller.arn(plan.account, partition)
            yield from attempt(LOOK, arn, _role(account, plan, arn, plan.team_file(team), team))
    for arn in plan.settings.deployment.administrator_arns(plan.account):
        yield from attempt(LOOK, arn, _role(account, plan, arn, plan.deployment_file, None))


def _role(account: Account, plan: Plan, arn: str, file: str, team: Team | None) -> Iterator[Finding]:
    whose = f"caller of {team.name}" if team else "administrator"
    owner = arn.split(":")[4]
    if owner != plan.account:
        yield warning(
            "role-exists",
            arn,
            f"the {whose} is a role of account {owner}, which these credentials cannot ask",
            why="A role that is not there, or has a path, is not let in; API Gateway refuses a policy that names it.",
            cure=f"with credentials of {owner}: aws iam get-role --role-name {_name(arn)} --query Role.Arn; it must be "
            f"the ARN in {file}",
            source=_PRINCIPALS,
        )
    elif "?" in arn or "*" in arn:
        yield _permission_set(account, arn, whose, file)
    else:
        yield _in_account(account, arn, whose, file, team)


def _in_account(account: Account, arn: str, whose: str, file: str, team: Team | None) -> Finding:
    found = account.ask("iam", "GetRole", RoleName=_name(arn), absent=("NoSuchEntity",))
    if found is None:
        return _absent(arn, whose, file, team)
    actual = found["Role"]["Arn"]
    if actual == arn:
        return ok("role-exists", arn, f"the {whose} is there")
    return stops(
        "role-exists",
        arn,
        f"the {whose} is named so, and its ARN is {actual}: its path is missing",
        why="A path is part of an ARN: the policies would name a role that nobody is, and let nobody in.",
        cure=f"in {file}, name it by its ARN: {actual}",
        source=_SOURCE,
    )


def _absent(arn: str, whose: str, file: str, team: Team | None) -> Finding:
    cure = f"make the role, or take it out of {file}: aws iam list-roles --query 'Roles[].Arn'"
    if team is not None and team.access == "iam":
        return stops(
            "role-exists",
            arn,
            f"the {whose} is not there",
            why="API Gateway refuses a resource policy that names a principal which is not there.",
            cure=cure,
            source=_PRINCIPALS,
        )
    why = (
        "Nobody else may manage the keys then, but for CloudFormation and the account's root user."
        if team is None
        else "Its tokens are refused until the role is there."
    )
    return warning("role-exists", arn, f"the {whose} is not there", why=why, cure=cure, source=_SOURCE)


def _permission_set(account: Account, pattern: str, whose: str, file: str) -> Finding:
    roles = account.all("iam", "ListRoles", "Roles", PathPrefix=_SSO_PATH)
    if any(fnmatchcase(role["Arn"], pattern) for role in roles):
        return ok("role-exists", pattern, f"the {whose} is a permission set that is assigned in this account")
    known = sorted({role["RoleName"].removeprefix("AWSReservedSSO_").rpartition("_")[0] for role in roles})
    return warning(
        "role-exists",
        pattern,
        f"the {whose} is a permission set that has no role in this account; those that have: "
        f"{', '.join(known) or 'none'}",
        why="Identity Center makes the role when the set is assigned in the account; until then nobody can be it.",
        cure=f"assign the permission set to account {pattern.split(':')[4]}, or name one of these in {file}",
        source=_SETS,
    )


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


LOOK = Look(
    "role-exists",
    "Roles of callers and administrators",
    "Policies name roles by their exact ARNs.",
    _SOURCE,
    _ask,
)
