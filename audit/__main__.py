"""``python -m audit verify``: whether the records are whole; ``confirm``: which of them are of a request.

From files (``--from``), which takes nothing of an account to verify; from the log groups of a deployment
(``--deployment``); or from a bucket (``--bucket``). The exit status is 0 when everything is whole, or the request is
found; 1 when anything is not, or it is not found; 2 when nothing could be looked at.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from audit import report as page
from audit import sources
from audit.confirm import confirm
from audit.confirm import lines as confirmed
from audit.digests import Request
from audit.joins import trail_ids
from audit.signatures import Keys, public
from audit.sources import Events
from audit.verify import Wanted, verify

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{3})?)?Z?)?")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    asked = _parser().parse_args(arguments)
    wanted = Wanted(tuple(asked.team), asked.since or "", asked.until or "")
    status: int = asked.does(asked, wanted)  # one of the two below
    return status


def _verify(asked: argparse.Namespace, wanted: Wanted) -> int:
    try:
        keys, found = _what(asked, wanted)
        trail = trail_ids(_files([Path(asked.trail)]), wanted.teams) if asked.trail else None
        report = verify(
            found, keys, wanted, trail=trail, complete=bool(asked.deployment), progress=_progress(asked.json)
        )
    except _unlooked() as error:
        sys.stderr.write(f"{_why(error)}\n")
        return 2
    _show(asked, report.as_json, page.lines(report))
    return 0 if report.whole else 1 if report.faulty else 2


def _unlooked() -> tuple[type[Exception], ...]:
    """What is raised when something cannot be looked at; AWS's too once it is asked: files need no boto3."""
    botocore = sys.modules.get("botocore.exceptions")
    refused = (botocore.BotoCoreError, botocore.ClientError) if botocore else ()
    return (OSError, LookupError, ValueError, *refused)


def _why(error: Exception) -> str:
    """Why nothing was looked at, in words; botocore's name actions, resources, profiles and files, no secrets."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be read: {(error.strerror or type(error).__name__).lower()}"
    if type(error).__name__ == "NoCredentialsError":
        return "no AWS credentials: sign in (aws sso login), pass PROFILE=…, or LOCAL=1 for what make up has started"
    return str(error)


def _show(asked: argparse.Namespace, document: Callable[[], Any], lines: Iterable[str]) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")  # the line of progress
    if asked.json:
        sys.stdout.write(json.dumps(document(), indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)


def _confirm(asked: argparse.Namespace, wanted: Wanted) -> int:
    import boto3  # it is KMS that has the key, wherever the lines are
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        body = sys.stdin.buffer.read() if asked.request == "-" else Path(asked.request).read_bytes()
        session = boto3.Session(profile_name=asked.profile, region_name=asked.region)
        kms: Any = (_Here(session, asked.endpoint) if asked.endpoint else session).client("kms")

        def mac(key: str, message: bytes) -> bytes:
            made = kms.generate_mac(KeyId=key, Message=message, MacAlgorithm="HMAC_SHA_256")["Mac"]
            return bytes(made)

        request = Request(body, mac, asked.key)
        _, lines = _what(asked, wanted)
        found = confirm(lines, request, wanted, progress=_progress(asked.json))
    except (OSError, LookupError, ValueError, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"{_why(error)}\n")
        return 2
    _show(asked, found.as_json, confirmed(found))
    return 0 if found.records else 1 if found.looked_at else 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m audit", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    verifies = commands.add_parser("verify", help="find what is missing, altered or made up")
    verifies.set_defaults(does=_verify)
    verifies.add_argument("--keys", metavar="PATH", help="a public key in PEM, or a folder of TEAM.pem")
    verifies.add_argument("--trail", metavar="PATH", help="files of CloudTrail to hold the records against")
    confirms = commands.add_parser("confirm", help="find the records of a request that you have")
    confirms.set_defaults(does=_confirm, keys=None)
    confirms.add_argument("--request", required=True, metavar="PATH", help="file of the request's body; -: stdin")
    confirms.add_argument("--key", help="id of the key in KMS, where it is not the one that the team's alias names now")
    for command in (verifies, confirms):
        _places(command)
    return parser


def _places(command: argparse.ArgumentParser) -> None:
    place = command.add_mutually_exclusive_group(required=True)
    place.add_argument("--from", dest="files", nargs="+", metavar="PATH", help="files, or folders of them")
    place.add_argument("--deployment", help="a deployment's log groups in CloudWatch Logs")
    place.add_argument("--bucket", help="a bucket's objects: BUCKET or BUCKET/PREFIX")
    command.add_argument("--team", action="append", default=[], help="this team alone; may be given again")
    command.add_argument("--since", type=_time, help="from this time on: 2026-11-28 or 2026-11-28T20:00:00Z")
    command.add_argument("--until", type=_time, help="before this time")
    command.add_argument("--json", action="store_true", help="for programs")
    command.add_argument("--profile", help="of the credentials, for an account")
    command.add_argument("--region", help="of the deployment")
    command.add_argument("--endpoint", help="of an AWS on this machine")


def _time(text: str) -> str:
    if _TIME.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-11-28 or 2026-11-28T20:00:00Z")
    return text


def _what(asked: argparse.Namespace, wanted: Wanted) -> tuple[Keys, Iterable[Events]]:
    keys = _keys(Path(asked.keys)) if asked.keys else None
    if asked.files:
        places = [Path(name) for name in asked.files]
        for place in places:
            sources.files(place)  # what is not there is said before anything is read
        return keys or Keys(), _files_apart(places)
    import boto3  # the files need none of it

    from audit.aws import Account, bucket

    session = boto3.Session(profile_name=asked.profile, region_name=asked.region)
    if asked.endpoint:
        session = _Here(session, asked.endpoint)
    if asked.bucket:
        name, _, prefix = asked.bucket.partition("/")
        return keys or Keys(), bucket(session, name, prefix)
    account = Account(session, asked.deployment, wanted.teams)
    return keys or (account.keys() if asked.does is _verify else Keys()), account.sources(wanted.since, wanted.until)


class _Here:
    """A session whose clients ask an AWS on this machine."""

    def __init__(self, session: Any, endpoint: str) -> None:
        self._session, self._endpoint = session, endpoint

    def client(self, name: str) -> Any:
        return self._session.client(name, endpoint_url=self._endpoint)


def _keys(place: Path) -> Keys:
    if not place.is_dir():
        return Keys(any=[public(place.read_bytes())])
    keys = Keys()
    for path in sorted(place.glob("*.pem")):
        keys.by_team.setdefault(path.stem.partition(".")[0], []).append(public(path.read_bytes()))
    if not keys.by_team:
        raise FileNotFoundError(f"{place} holds no TEAM.pem")
    return keys


def _files_apart(places: Iterable[Path]) -> Iterator[Events]:
    for place in places:
        for path in sources.files(place):
            if path.suffix != ".pem":
                yield _file(path)


def _file(path: Path) -> Events:
    with sources.unpacking(str(path)), sources.opened(path) as text:
        yield from sources.lines(str(path), text, sources.most(path.stat().st_size))


def _files(places: Iterable[Path]) -> Events:
    for source in _files_apart(places):
        yield from source


def _progress(silent: bool) -> Callable[[int], None] | None:
    if silent or not sys.stderr.isatty():
        return None
    return lambda number: _say(f"\r\033[K{number:,} lines")


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
