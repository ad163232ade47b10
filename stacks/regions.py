"""What AWS offers in one Region and not in another, of what a deployment is made from.

The Regions of the models are in the catalogue. A Region that is in none of these lists has nothing of the kind: what is
not known to be there is not built on.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["IMAGE_FILTERS", "PROJECT_TYPE"]

#: Regions whose CloudFormation has ``AWS::BedrockMantle::Project``: those whose registry schema cfn-lint 1.58 carries,
#: of 20 October 2026, which agrees with what aws-cdk-lib 2.275.0 knows
#: (https://github.com/aws-cloudformation/cfn-lint/tree/main/src/cfnlint/data/schemas/providers).
PROJECT_TYPE = frozenset({"us-east-1", "us-east-2", "us-west-2", "eu-west-1", "us-gov-west-1"})

_PREVIEW = frozenset({"hate", "insults", "sexual", "violence"})
_ALL = _PREVIEW | {"misconduct", "prompt_attack"}

#: The content filters that judge images as well as text, by Region: all six where image filters are generally
#: available, four where they are a preview. Images are judged only by filters that name the modality
#: (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-mmfilter.html, read in November 2026).
IMAGE_FILTERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(("us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1"), _ALL),
        **dict.fromkeys(
            (
                *("us-east-2", "us-gov-west-1", "eu-west-1", "eu-west-2"),
                *("ap-south-1", "ap-northeast-2", "ap-southeast-1"),
            ),
            _PREVIEW,
        ),
    }
)
