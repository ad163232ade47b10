"""What is promised of each service that the network leads to, said here once more than in `stacks.services`.

The tests hold the templates to this, so a row that is changed by mistake has to be changed twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """Where an endpoint starts in templates, the only ones who reach it, and the names that are resolved for it."""

    id: str
    reached_by: str
    names: tuple[str, ...]
    kind: str = "Interface"


#: By service, in every deployment.
ALWAYS: Mapping[str, Promise] = {
    "execute-api": Promise("ExecuteApi", "Callers", ("*.execute-api.us-east-1.amazonaws.com",)),
    "bedrock-mantle": Promise("BedrockMantle", "Proxies", ("bedrock-mantle.us-east-1.api.aws",)),
    "bedrock-runtime": Promise("BedrockRuntime", "Proxies", ("bedrock-runtime.us-east-1.amazonaws.com",)),
    "sts": Promise("Sts", "Authorizers", ("sts.us-east-1.amazonaws.com",)),
}
#: Endpoints with addresses and a security group of their own.
INTERFACES = {service: promise for service, promise in ALWAYS.items() if promise.kind == "Interface"}
#: Prefix lists of AWS's own that the functions are let out to, in every mode.
LISTS: frozenset[str] = frozenset()
#: Where buckets for images are named; there is a test file for what that adds (`test_images_network.py`).
IMAGES = "s3"
#: Where records are signed; `test_signing.py` has what that adds.
SIGNING = "kms"
#: Where queues are opened to functions of the teams' own; `test_extension_services.py` has what that adds.
QUEUES = "sqs"
#: Where they are asked for: closed, and never resolved.
UNUSED = {"bedrock", "bedrock-agent", "bedrock-agent-runtime"}
