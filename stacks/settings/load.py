"""The settings of a deployment, read from its files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stacks.catalogue import Catalogue
from stacks.settings import behaviour, checks, images
from stacks.settings.deployment import Deployment
from stacks.settings.errors import Mistake, SettingsError
from stacks.settings.source import read
from stacks.settings.team import Team
from stacks.settings.validate import validate

__all__ = ["CATALOGUE", "DEPLOYMENT", "TEAMS", "Settings", "load", "load_catalogue"]

DEPLOYMENT = "cloister.yaml"
TEAMS = "teams"
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


def load(root: Path) -> Settings:
    """Read and check the settings.

    Parameters
    ----------
    root
        The folder that holds ``cloister.yaml``, ``teams/`` and ``stacks/catalogue.yaml``.

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
    catalogue = _catalogue(root, mistakes)
    document = read(root / DEPLOYMENT, DEPLOYMENT, mistakes)
    deployment = validate(Deployment, document, mistakes) if document else None
    if document:
        _add(mistakes, checks.deployment(document, catalogue))
        _add(mistakes, images.deployment(document))
    teams = []
    for path in _team_files(root, mistakes):
        entry = read(path, f"{TEAMS}/{path.name}", mistakes)
        if entry is None:
            continue
        if team := validate(Team, entry, mistakes):
            teams.append(team)
        _add(mistakes, checks.team(entry, path.stem, document, catalogue))
        _add(mistakes, behaviour.mistakes(entry))
        _add(mistakes, images.team(entry, document, catalogue))
    if mistakes or deployment is None or catalogue is None:
        raise SettingsError(mistakes)
    return Settings(deployment, tuple(teams), catalogue)


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


def _team_files(root: Path, mistakes: list[Mistake]) -> list[Path]:
    folder = root / TEAMS
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        mistakes.append(
            Mistake(TEAMS, 0, "", f"cannot be read ({error.strerror})", "make a folder with a file per team")
        )
        return []
    for path in paths:
        if path.suffix.lower() in (".yml", ".yaml") and path.suffix != ".yaml":
            mistakes.append(
                Mistake(f"{TEAMS}/{path.name}", 0, "", f"found the ending '{path.suffix}'", "needs '.yaml'")
            )
    return [path for path in paths if path.suffix == ".yaml"]
