"""Runs a command that ends when whoever started it does, however that ends: `python leash.py COMMAND…`.

The standard input is a pipe that nobody writes to. It closes with the process that holds its other end, and then the
whole group is ended: a `make` that is killed leaves no installation and no deployment at work behind it. The command is
to be started in a session of its own.
"""

import os
import signal
import subprocess
import sys
import threading
import time

PATIENCE_SECONDS = 1.0
"""How long a group may take to end politely."""


def _watch() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    """Run the command; return its exit status as a shell does."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    # What ends the group ends the command; this process stays to see to it.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_watch, daemon=True).start()
    status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
