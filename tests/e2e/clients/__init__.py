"""Clients in other languages that the end-to-end tests run, as `make test` and `make clients` install them."""

from __future__ import annotations

import sys
from pathlib import Path

_VENV = Path(sys.prefix)
#: Node, from PyPI.
NODE = _VENV / "bin" / "node"
#: What `npm ci` made of the `package-lock.json` here.
MODULES = _VENV / "clients" / "node_modules"
_HEAVY = _VENV / "heavy" / "node_modules"
#: Codex, as npm links it; it starts the binary for this system.
CODEX = _HEAVY / ".bin" / "codex"
#: OpenCode, where there is one for this system.
OPENCODE = _HEAVY / "opencode-linux-x64-baseline" / "bin" / "opencode"
