"""What looks like a secret, by its form or by what it is called."""

from __future__ import annotations

import re

_SHAPES = re.compile(
    r"A[KS]IA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|sk-[A-Za-z0-9]{20}|gh[pousr]_[A-Za-z0-9]{36}"
    r"|bedrock-api-key-|ABSK[A-Za-z0-9+/]{20}"
)
_NAMES = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL")


def shaped(value: object) -> bool:
    """Whether a value has the form of a secret.

    Example
    -------
    >>> shaped("AKIA" + "A" * 16), shaped("eu-west-1")
    (True, False)
    """
    return _SHAPES.search(str(value)) is not None


def called(name: object) -> bool:
    """Whether what is called so is a secret.

    Example
    -------
    >>> called("Api_Key"), called("Region")
    (True, False)
    """
    return _NAMES.search(str(name).upper()) is not None
