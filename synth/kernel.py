"""How CDK's own process is started: Node with jsii's kernel, without another Node before it."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

__all__ = ["prepare"]

_NODE = Path(__file__).parent / "node" / "node"


def prepare(environment: MutableMapping[str, str]) -> None:
    """Have jsii start its Node by `synth/node/node`, unless the environment names a Node, or a runtime, itself.

    jsii puts a second Node between Python and its kernel, which hands on each of a team's some 270 messages and its
    answer: a sixth of a synthesis' time. It has to be said before `aws_cdk` is imported, which starts the process.
    https://github.com/aws/jsii/blob/main/packages/%40jsii/python-runtime/src/jsii/_kernel/providers/process.py

    Examples
    --------
    >>> environment: dict[str, str] = {}
    >>> prepare(environment)
    >>> environment["JSII_NODE"].endswith("synth/node/node")
    True
    >>> prepare(environment := {"JSII_NODE": "/opt/node/bin/node"})
    >>> environment
    {'JSII_NODE': '/opt/node/bin/node'}
    """
    # A clone that was unpacked without modes starts as jsii does by itself.
    if not environment.keys() & {"JSII_NODE", "JSII_RUNTIME"} and os.access(_NODE, os.X_OK):
        environment["JSII_NODE"] = str(_NODE)
