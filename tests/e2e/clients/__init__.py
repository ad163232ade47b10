"""Clients in other languages that the end-to-end tests run. `make test` installs them into `.venv/clients`."""

from __future__ import annotations

import sys
from pathlib import Path

_VENV = Path(sys.prefix)
#: Node, from PyPI.
NODE = _VENV / "bin" / "node"
#: What `npm ci` made of the `package-lock.json` here.
MODULES = _VENV / "clients" / "node_modules"
#: Codex, as npm links it; it starts the binary for this system.
CODEX = MODULES / ".bin" / "codex"
