"""``archive`` in a team's file, ``archives`` in ``cloister.yaml``: whose prompts and answers are kept, for whom."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import Field

from stacks.catalogue import Frozen
from stacks.settings.errors import Mistake, shown
from stacks.settings.kinds import Label, listed
from stacks.settings.roles import Role, role_arn
from stacks.settings.source import Document

__all__ = ["Archive", "archive_bucket", "deployment", "team", "unused"]

# https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
_SET_ROLE = re.compile(r"aws-reserved/sso\.amazonaws\.com/([a-z0-9-]+/)?AWSReservedSSO_(?P<set>.+)_[0-9a-f]{16}")


def archive_bucket(name: str, team: str, account: str, region: str) -> str:
    """Return the name of the bucket of a team's archive, which the network has to know before it is there.

    Names of buckets are one space for all accounts of a partition, hence the digits: they stand for the account, the
    Region, the deployment and the team, each by itself, since names of the last two may hold hyphens (deployment
    `x-audit` and team `b`, deployment `x` and team `audit-b`). The beginning is that of the evidence bucket, so the
    policies for the organisation protect it as they do that (`stacks.policies.names.Names.buckets`).

    Parameters
    ----------
    name
        Name of the deployment.
    team
        Name of the team.
    account, region
        Where it is.

    Examples
    --------
    >>> archive_bucket("Cloister", "atlas", "111122223333", "us-east-1")
    'cloister-audit-atlas-6f5ce085c6'
    """
    # No part holds a slash.
    digits = sha256(f"{account}/{region}/{name}/{team}".encode()).hexdigest()[:10]
    return f"{name.lower()}-audit-{team}-{digits}"


class Archive(Frozen):
    """The archive of a team's prompts and answers, full and masked: without this, there is none."""

    acknowledged_by: Label = Field(
        description="The person who answers for keeping the team's prompts and answers, by name and office; outputs "
        "and review repeat it."
    )
    purpose: Label = Field(description="What they are kept for, such as the case or the rule that demands it.")
    readers: Annotated[tuple[Role, ...], *listed(1, 10, "needs 1 to 10 roles, each once")] = Field(
        description="Roles of the deployment's account, by name, ARN or 'permission-set/NAME', that may take on the "
        "role that alone reads the archive; none of the team's callers."
    )
    on_failure: Literal["record", "refuse"] = Field(
        description="What it means that a request cannot be archived: 'record' answers it and notes it in its record; "
        "'refuse' releases no whole answer, and no caller gets one while S3 is away; of a stream the text has left by "
        "then, the prompt is archived, and an error stands in place of the last event."
    )

    @property
    def acknowledgement(self) -> str:
        """Who answers for it and why, as outputs have it."""
        return f"{self.acknowledged_by}: {self.purpose}"

    @property
    def failing(self) -> str:
        """What comes of a request that cannot be archived, as outputs and plans say it.

        Examples
        --------
        >>> from stacks.settings import Archive
        >>> Archive.model_construct(on_failure="record").failing
        'record: it is answered, and its record says that it was not archived'
        """
        said = {
            "record": "it is answered, and its record says that it was not archived",
            "refuse": "no whole answer leaves; the text of a stream has left by then, and its last event is an error",
        }
        return f"{self.on_failure}: {said[self.on_failure]}"

    def reader_arns(self, account: str, partition: str) -> tuple[str, ...]:
        """Return the ARNs of the roles that may take on the archive's reader.

        Parameters
        ----------
        account, partition
            Where those are that are given by name.
        """
        return tuple(role_arn(role, account, partition) for role in self.readers)


def deployment(document: Document) -> Iterator[Mistake]:
    """Check that a deployment with archives has what they stand on."""
    if not document.get("archives"):
        return
    if document.get("account") is None:
        yield document.mistake(
            ("archives",),
            "found archives, and no account",
            "add 'account': the names of the archives' buckets hold a mark of it",
        )
    if document.get("audit", "object_lock") not in ("governance", "compliance"):
        yield document.mistake(
            ("archives",),
            "found archives, and no Object Lock",
            "add 'object_lock: governance' or 'compliance' to 'audit': it keeps the archives' objects too",
        )


def team(document: Document, deployment: Document | None) -> Iterator[Mistake]:
    """Check that the deployment lets the team have an archive, and that no caller is among its readers."""
    if document.get("archive") is None:
        return
    name = document.text("name")
    if deployment is not None and name is not None and name not in [item for _, item in deployment.texts("archives")]:
        yield document.mistake(
            ("archive",),
            "found an archive, and the deployment has none for this team",
            f"add {shown(name)} to 'archives' in cloister.yaml: it opens a way to one more bucket",
        )
    account = deployment.text("account") if deployment is not None else None
    callers = document.get("callers")
    entries = range(len(callers) if isinstance(callers, tuple) else 0)
    known = {_whole(role, account) for index in entries if (role := document.text("callers", index, "role"))}
    readers = document.get("archive", "readers")
    for index in range(len(readers) if isinstance(readers, tuple) else 0):
        found = document.text("archive", "readers", index)
        if found is not None and (wrong := _no_reader(_whole(found, account), known, account)):
            what, right = wrong
            yield document.mistake(("archive", "readers", index), f"found {shown(found)}, {what}", right)


def _no_reader(role: str, callers: Collection[str], account: str | None) -> tuple[str, str] | None:
    if role in callers:
        return "which is one of the team's callers", "name somebody else: the team does not read its own archive"
    if role.startswith("arn:") and account is not None:
        return "which is of another account", "name a role of the deployment's account"
    if role.startswith(("cloister/", "cloister-auditors/")):
        return "which is a role of a deployment's own", "name a role that people take on"
    return None


def _whole(role: str, account: str | None) -> str:
    """A role as its name, its ARN and its permission set have it alike, where it is of the deployment's account."""
    parts = role.split(":", 5)
    if len(parts) != 6 or parts[4] != account:
        return role
    own = parts[5].removeprefix("role/")
    return f"permission-set/{found['set']}" if (found := _SET_ROLE.fullmatch(own)) else own


def unused(document: Document, archives: Mapping[str, bool]) -> Iterator[Mistake]:
    """Check that each team that the deployment has an archive for wants one: a way that nobody uses is not opened.

    Parameters
    ----------
    document
        The deployment's file.
    archives
        Whether each team has one, by the team's name.
    """
    for index, name in document.texts("archives"):
        if not archives.get(name):
            found = f"found {shown(name)}, whose file has no archive" if name in archives else f"found {shown(name)}"
            right = (
                "leave it out, or add 'archive' there" if name in archives else "no team has that name: leave it out"
            )
            yield document.mistake(("archives", index), found, right)
