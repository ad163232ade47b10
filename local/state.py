"""Where everything of a local deployment is kept: one directory, nothing outside the clone."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
"""The clone."""

ACCOUNT = "000000000000"
"""The account of the embedded AWS."""


@dataclass(frozen=True, slots=True)
class State:
    """The state directory of a local deployment.

    Parameters
    ----------
    directory
        Its absolute path, `.local` of the clone unless `CLOISTER_LOCAL` names another.
    """

    directory: Path

    @classmethod
    def find(cls) -> State:
        """Return the state directory that the environment asks for; it need not exist."""
        return cls(Path(os.environ.get("CLOISTER_LOCAL") or ROOT / ".local").resolve())

    def make(self) -> State:
        """Create the directory and its parts, readable by their owner only."""
        for part in (self.directory, self.keys, self.pids, self.logs, self.home, self.temporary):
            if part.is_symlink() or (part.exists() and not part.is_dir()):
                part.unlink()
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
            if part.stat().st_mode & 0o077:
                part.chmod(0o700)
        return self

    @property
    def keys(self) -> Path:
        """The credentials that the stand-ins know, one file a key."""
        return self.directory / "keys"

    @property
    def pids(self) -> Path:
        """What runs in the background, one file a process."""
        return self.directory / "pids"

    @property
    def logs(self) -> Path:
        """What the processes wrote, one file a process."""
        return self.directory / "logs"

    @property
    def records(self) -> Path:
        """The functions' standard output, one file a function."""
        return self.logs / "records"

    @property
    def home(self) -> Path:
        """The home directory of the commands that insist on writing to one."""
        return self.directory / "home"

    @property
    def temporary(self) -> Path:
        """The directory for temporary files of the processes."""
        return self.directory / "tmp"

    @property
    def environment(self) -> Path:
        """The file that a person sources: base URL and API key of a team."""
        return self.directory / "env"

    def read(self, name: str) -> Any:
        """Return the JSON file `name`, or None when there is none, or it cannot be read or is not JSON."""
        try:
            return json.loads((self.directory / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None

    def write(self, name: str, value: Any) -> None:
        """Write the JSON file `name` in one step, readable by its owner only."""
        self.write_text(name, json.dumps(value, indent=2, sort_keys=True) + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Write the file `name` in one step, readable by its owner only, whatever stood there before."""
        target = self.directory / name
        draft = target.with_name(target.name + ".new")
        for place in (draft, target):
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(text, encoding="utf-8")
        draft.replace(target)

    def remove(self, name: str) -> None:
        """Remove the file or folder `name`, if it is there."""
        target = self.directory / name
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
