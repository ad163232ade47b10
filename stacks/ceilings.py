"""What may pass the endpoint of each service: its policy, made of the deployment's own values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from stacks.constructs import STAGE, archive_policies, endpoint_policies, opened_policies
from stacks.policies import Names
from stacks.services import Service
from stacks.settings import Deployment

__all__ = ["Bounds", "ceiling"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the policies are made of.

    Attributes
    ----------
    stack
        The stack of the endpoints.
    deployment, names
        The deployment's settings, and the names of what it is made of, those of the teams' own resources among them.
    models
        Ids of the models that may be used at all.
    guardrails
        ARNs of what may be applied.
    """

    stack: Stack
    deployment: Deployment
    names: Names
    models: Collection[str]
    guardrails: Collection[str]


def _buckets(its: Bounds) -> list[iam.PolicyStatement]:
    """Reading images, putting prompts into their archives, and what each team's own functions do in their buckets."""
    images, archives, roles = list(its.deployment.image_keys), its.deployment.archive_buckets, its.names.proxies
    own = [(entry.bucket, its.names.extensions(entry.team)) for entry in its.deployment.extensions if entry.bucket]
    return [
        *(endpoint_policies.read_images(its.stack, buckets=images, roles=roles) if images else []),
        *(archive_policies.archive_prompts(its.stack, archives=archives, roles=roles) if archives else []),
        *opened_policies.use_buckets(its.stack, own),
    ]


def _queues(its: Bounds) -> list[iam.PolicyStatement]:
    """What each team's own functions do with their queues."""
    own = [(entry.queue, its.names.extensions(entry.team)) for entry in its.deployment.extensions if entry.queue]
    return opened_policies.use_queues(its.stack, own)


_POLICIES: Mapping[str, Callable[[Bounds], list[iam.PolicyStatement]]] = MappingProxyType(
    {
        "execute-api": lambda its: endpoint_policies.call_private_apis(
            its.stack, stage=STAGE, organization=its.deployment.organization
        ),
        "bedrock-mantle": lambda its: endpoint_policies.infer(its.stack, models=its.models, roles=its.names.proxies),
        "bedrock-runtime": lambda its: endpoint_policies.apply_guardrails(
            its.stack, guardrails=its.guardrails, roles=its.names.proxies
        ),
        "sts": lambda its: endpoint_policies.identify_callers(its.stack),
        "s3": _buckets,
        "sqs": _queues,
        "dynamodb": lambda its: endpoint_policies.keep_ledgers(
            its.stack, tables=its.names.ledgers, roles=its.names.proxies
        ),
        "kms": lambda its: endpoint_policies.sign_records(
            its.stack, roles=its.names.proxies, digests=its.deployment.audit.digest_requests
        ),
    }
)


def ceiling(service: Service, bounds: Bounds) -> list[iam.PolicyStatement]:
    """Return the policy of a service's endpoint.

    Parameters
    ----------
    service
        The service. One that nobody reaches lets nothing through.
    bounds
        What it is made of.

    Raises
    ------
    ValueError
        When somebody reaches it and nothing says what may pass.
    """
    if not service.reached:
        return endpoint_policies.nothing()
    if service.name not in _POLICIES:
        raise ValueError(f"{service.name} is reached, and stacks/ceilings.py does not say what may pass its endpoint")
    return _POLICIES[service.name](bounds)
