"""What the kit promises, read off the templates that are about to be deployed, at every synthesis.

A construct can be right and its template wrong: a key in CDK's context, an aspect or a subclass changes resources after
they were made. So what must hold is looked for once more in what CDK wrote, and synthesis fails where it is not there.
"""

from stacks.promises.apis import apis
from stacks.promises.functions import functions
from stacks.promises.identity import identity
from stacks.promises.limits import limits
from stacks.promises.network import network
from stacks.promises.storage import storage
from stacks.promises.template import Stack

__all__ = ["CHECKS", "Stack"]

#: Each reads one stack, and yields what does not hold in it.
CHECKS = (identity, functions, apis, network, storage, limits)
