"""Which data retention mode is in force for each team's Project."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.answers import NotAnsweredError
from preflight.looks._base import Look, attempt, ok, stops, warning
from preflight.looks.stacks import outputs
from preflight.plan import Plan
from review.finding import Finding
from stacks.settings import Team

_SOURCE = "https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html"
MODES = frozenset({"none", "default", "aws_review", "provider_data_share", "inherit"})


def project_of(account: Account, plan: Plan, team: Team) -> str | None:
    """Return the id of a team's Project: the one that its file names, or the one that its stack made."""
    return team.project or outputs(account, plan.team_stack(team)).get("ProjectId")


def mode_of(account: Account, project: str) -> str:
    """Return the mode that is set on a Project.

    Raises
    ------
    NotAnsweredError
        It was refused, or answered with something that is no mode.
    """
    reply = account.mantle("GetProject", "GET", f"/v1/organization/projects/{project}")
    if reply.status != 200:
        raise NotAnsweredError(
            "bedrock-mantle:GetProject", f"HTTP {reply.status}", is_refused=reply.status in (401, 403)
        )
    # A Project that nobody gave a mode inherits one; the documents do not say whether the field is there then.
    mode = reply.text("data_retention", "mode")
    if mode not in MODES:
        raise NotAnsweredError("bedrock-mantle:GetProject", "an answer without a known 'data_retention.mode'")
    return mode


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    for team in plan.teams:
        yield from attempt(LOOK, f"Project of {team.name}", _project(account, plan, team))


def _project(account: Account, plan: Plan, team: Team) -> Iterator[Finding]:
    project = project_of(account, plan, team)
    if project is None:
        yield ok(
            "project-retention",
            f"Project of {team.name}",
            "not made yet: run `make retention` after its first deployment",
        )
    elif _is_unknown(account, project):
        yield stops(
            "project-exists",
            project,
            f"team {team.name} has it, and there is no such Project in {plan.region}",
            why="Every request of the team would be refused: a request names its Project.",
            cure=f"name one that exists as 'project' in {plan.team_file(team)}",
            source="https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html",
        )
    else:
        yield _judged(plan, team, project, _effective(account, mode_of(account, project)))


def _is_unknown(account: Account, project: str) -> bool:
    return account.mantle("GetProject", "GET", f"/v1/organization/projects/{project}").is_absent


def _effective(account: Account, mode: str) -> str:
    """Return the mode in force: the Project's, or the account's where the Project inherits it."""
    if mode != "inherit":
        return mode
    reply = account.mantle("GetAccountDataRetention", "GET", "/v1/data_retention")
    if reply.status != 200:
        raise NotAnsweredError(
            "bedrock-mantle:GetAccountDataRetention", f"HTTP {reply.status}", is_refused=reply.status in (401, 403)
        )
    found = reply.text("mode") or reply.text("data_retention", "mode")
    if found not in MODES:
        raise NotAnsweredError("bedrock-mantle:GetAccountDataRetention", "an answer without a known 'mode'")
    return found


def _judged(plan: Plan, team: Team, project: str, mode: str) -> Finding:
    where = f"{project} ({team.name})"
    if mode == "none":
        return ok("project-retention", where, "the retention mode in force is 'none'")
    found = f"the retention mode in force is '{mode}'"
    cure = "make retention, and if its plan is right: make retention APPLY=1"
    if getattr(plan.settings.deployment, "retention", "reported") == "required":
        return stops(
            "project-retention",
            where,
            found,
            why="'retention: required': the proxy answers 503 until the mode is 'none'.",
            cure=cure,
            source=_SOURCE,
        )
    return warning(
        "project-retention",
        where,
        found,
        why="Only 'none' promises that neither prompts nor answers are written to durable storage.",
        cure=cure,
        source=_SOURCE,
    )


LOOK = Look(
    "project-retention",
    "Data retention of the teams' Projects",
    "Only the mode 'none' promises that nothing is kept; an unread mode promises nothing.",
    _SOURCE,
    _ask,
)
