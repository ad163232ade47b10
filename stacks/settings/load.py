"""The settings of a deployment, read from its files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stacks.catalogue import Catalogue
from stacks.settings import additions, archive, behaviour, budget, checks, company, extensions, images
from stacks.settings.deployment import Deployment
from stacks.settings.errors import Mistake, SettingsError, shown
from stacks.settings.place import DEPLOYMENT, EXAMPLES, TEAMS, chosen, clashes
from stacks.settings.source import read
from stacks.settings.team import Team
from stacks.settings.validate import nearest, validate

__all__ = ["CATALOGUE", "DEPLOYMENT", "TEAMS", "Settings", "load", "load_catalogue"]

CATALOGUE = "stacks/catalogue.yaml"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a deployment is made from.

    Parameters
    ----------
    deployment
        ``cloister.yaml``.
    teams
        ``teams/*.yaml``, by name.
    catalogue
        ``stacks/catalogue.yaml``.
    """

    deployment: Deployment
    teams: tuple[Team, ...]
    catalogue: Catalogue

    def chosen(self, team: str | None) -> list[str] | None:
        """Return the teams whose stacks are made: the one that is named (``cdk … -c team=legal``), or all, as `None`.

        Raises
        ------
        SettingsError
            When no team has that name.

        Examples
        --------
        >>> load(Path(".")).chosen("atlas")
        ['atlas']
        """
        if team is None:
            return None
        names = [each.name for each in self.teams]
        if team not in names:
            raise SettingsError([Mistake("team", 0, "", f"found {shown(team)} in CDK's context", nearest(team, names))])
        return [team]


def load(root: Path, context: str | None = None) -> Settings:
    """Read and check the settings.

    Parameters
    ----------
    root
        The clone: the folder that holds ``stacks/catalogue.yaml``, and ``cloister.yaml`` with ``teams/``, unless the
        environment variable ``SETTINGS`` names another folder for these two.
    context
        That folder, where CDK's context names it.

    Raises
    ------
    SettingsError
        With every mistake of every file.

    Examples
    --------
    >>> [team.name for team in load(Path(".")).teams]
    ['atlas', 'beacon']
    """
    mistakes: list[Mistake] = []
    folder = chosen(context, mistakes)
    catalogue = _catalogue(root, mistakes)
    document = read(root / folder / DEPLOYMENT, _label(folder, DEPLOYMENT), mistakes)
    deployment = validate(Deployment, document, mistakes) if document else None
    if document:
        _add(mistakes, checks.deployment(document, catalogue))
        _add(mistakes, images.deployment(document))
        _add(mistakes, archive.deployment(document))
        _add(mistakes, company.mistakes(document))
        _add(mistakes, clashes(root, folder, document))
    teams = []
    paths = _team_files(root / folder / TEAMS, _label(folder, TEAMS), mistakes)
    if document:
        _add(mistakes, extensions.mistakes(document, [path.stem for path in paths]))
    for path in paths:
        entry = read(path, _label(folder, TEAMS, path.name), mistakes)
        if entry is None:
            continue
        if team := validate(Team, entry, mistakes):
            teams.append(team)
        _add(mistakes, checks.team(entry, path.stem, document, catalogue))
        _add(mistakes, behaviour.mistakes(entry))
        _add(mistakes, additions.mistakes(entry, document))
        _add(mistakes, images.team(entry, document, catalogue))
        _add(mistakes, budget.mistakes(entry, document, catalogue))
        _add(mistakes, archive.team(entry, document))
    if document:
        read_well = {team.name: team.archive is not None for team in teams}
        # A file with a mistake may mean to have one: it is not said of it that it has none.
        _add(mistakes, archive.unused(document, {path.stem: True for path in paths} | read_well))
    own = sum(team.guardrail.any for team in teams)
    if own >= additions.MOST_GUARDRAILS:
        found = (
            f"found {own} teams that add to the guardrail, each of which takes one of its own beside the deployment's"
        )
        right = f"an account has {additions.MOST_GUARDRAILS}: put what several teams add into {DEPLOYMENT}"
        mistakes.append(Mistake(_label(folder, TEAMS), 0, "guardrail", found, right))
    if mistakes or deployment is None or catalogue is None:
        raise SettingsError(mistakes)
    return Settings(deployment, tuple(teams), catalogue)


def _label(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def load_catalogue(root: Path) -> Catalogue:
    """Read and check the model catalogue alone, for what is the same in every deployment.

    Parameters
    ----------
    root
        The folder that holds ``stacks/catalogue.yaml``.

    Raises
    ------
    SettingsError
        With every mistake of the file.

    Examples
    --------
    >>> load_catalogue(Path(".")).models["google.gemma-4-e2b"].context_window
    131072
    """
    mistakes: list[Mistake] = []
    catalogue = _catalogue(root, mistakes)
    if mistakes or catalogue is None:
        raise SettingsError(mistakes)
    return catalogue


def _catalogue(root: Path, mistakes: list[Mistake]) -> Catalogue | None:
    document = read(root / CATALOGUE, CATALOGUE, mistakes, anchors=True)
    if document is None:
        return None
    catalogue = validate(Catalogue, document, mistakes)
    _add(mistakes, checks.catalogue(document))
    return catalogue


def _add(mistakes: list[Mistake], found: Iterable[Mistake]) -> None:
    """Add what the checks found, but for fields that are already known to be wrong in themselves."""
    known = {(mistake.file, mistake.field) for mistake in mistakes}
    mistakes += [mistake for mistake in found if (mistake.file, mistake.field) not in known]


def _team_files(folder: Path, label: str, mistakes: list[Mistake]) -> list[Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        mistakes.append(
            Mistake(label, 0, "", f"cannot be read ({error.strerror})", "make a folder with a file per team")
        )
        return []
    for path in paths:
        if path.suffix.lower() in (".yml", ".yaml") and path.suffix != ".yaml":
            mistakes.append(
                Mistake(f"{label}/{path.name}", 0, "", f"found the ending '{path.suffix}'", "needs '.yaml'")
            )
        # Nobody would notice a team that is not deployed, or one that is not closed, in a folder that is passed over:
        # the one that is has a name that says what it is.
        for below in sorted(path.rglob("*")) if path.is_dir() and path.name != EXAMPLES else ():
            if below.suffix.lower() in (".yml", ".yaml"):
                mistakes.append(
                    Mistake(
                        f"{label}/{below.relative_to(folder).as_posix()}",
                        0,
                        "",
                        "found a file in a folder below",
                        f"needs to be in {label}/ itself: one team, one file",
                    )
                )
    return [path for path in paths if path.suffix == ".yaml"]
