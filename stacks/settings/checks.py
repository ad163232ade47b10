"""What one field, or one file, cannot know alone.

These look at the files as they were written, so that a mistake elsewhere in a file hides none of these.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator

from stacks.catalogue import Catalogue
from stacks.regions import PROJECT_TYPE
from stacks.services import SERVICES
from stacks.settings.errors import Mistake, shown
from stacks.settings.guardrail import GEOGRAPHIES
from stacks.settings.network import ZONE_PREFIX
from stacks.settings.source import Document, Place
from stacks.settings.validate import nearest

__all__ = ["catalogue", "deployment", "team"]


def catalogue(document: Document) -> Iterator[Mistake]:
    """Check that the catalogue's entries agree with themselves."""
    models = document.get("models")
    for name in models if isinstance(models, dict) else ():
        entry = ("models", name)
        efforts = [effort for _, effort in document.texts(*entry, "reasoning", "efforts")]
        required = document.text(*entry, "reasoning", "required")
        if required is not None and required not in efforts:
            yield document.mistake(
                (*entry, "reasoning", "required"), f"found {shown(required)}", "needs one of the model's efforts"
            )
        regions = [region for _, region in document.texts(*entry, "regions")]
        tiers = [tier for _, tier in document.texts(*entry, "tiers")]
        prices = document.get(*entry, "prices")
        priced = set()
        for index, price in enumerate(prices if isinstance(prices, tuple) else ()):
            place = (*entry, "prices", index)
            region = document.text(*place, "region")
            if region is not None and region not in regions:
                yield document.mistake((*place, "region"), f"found {shown(region)}", "needs one of the model's Regions")
            if region in priced:
                yield document.mistake((*place, "region"), f"found {shown(region)} twice", "keep one of the prices")
            priced.add(region)
            for tier in {"default", "priority", "flex"}.intersection(price if isinstance(price, dict) else ()):
                if tier not in tiers:
                    yield document.mistake((*place, tier), "found a price", "the model does not offer this tier")


def deployment(document: Document, known: Catalogue | None) -> Iterator[Mistake]:
    """Check the Region against the catalogue, and the network against the Region and itself."""
    region = document.text("region")
    offered = _offered(known)
    is_wrong = known is not None and region is not None and region not in offered
    if is_wrong:
        yield document.mistake(
            ("region",), f"found {shown(region)}, where no model is offered", nearest(region, offered)
        )
    zones = _zones(document)
    for place, zone in zones:
        if region is not None and not is_wrong and not _is_of(zone, region):
            right = f"needs a zone of {region}, such as '{region}a', or its id, such as '{_short(region)}-az1'"
            yield document.mistake(place, f"found {shown(zone)}", right)
    yield from _administrators(document)
    if document.text("network", "vpc") is None:
        # Without names it is two zones, or one in development, where one more costs nothing either.
        yield from _room(document, len(zones) or 2)
    yield from _endpoints(document)
    if region is not None and not is_wrong:
        yield from _residency(document, region)


def _short(region: str) -> str:
    """Return what the ids of a Region's zones begin with.

    Examples
    --------
    >>> [_short(region) for region in ("us-east-1", "eu-central-1", "us-gov-west-1", "ap-southeast-2")]
    ['use1', 'euc1', 'usgw1', 'apse2']
    """
    land, *directions, number = region.split("-")
    words = "".join(directions).replace("gov", "g")
    for word in ("north", "south", "east", "west", "central"):
        words = words.replace(word, word[0])
    return f"{land}{words}{number}"


def _is_of(zone: str, region: str) -> bool:
    return (zone[:-1] == region and zone[-1:].isalpha()) or zone.startswith(f"{_short(region)}-az")


def _zones(document: Document) -> list[tuple[Place, str]]:
    """Return the zones, with where each is named: in a list of their own, or beside the subnets that are there."""
    subnets = document.get("network", "subnets")
    named = [
        ("network", "subnets", index, "zone") for index in range(len(subnets) if isinstance(subnets, tuple) else 0)
    ]
    beside = [(place, document.text(*place)) for place in named]
    return [
        *((("network", "zones", index), zone) for index, zone in document.texts("network", "zones")),
        *((place, zone) for place, zone in beside if zone is not None),
    ]


def _room(document: Document, zones: int) -> Iterator[Mistake]:
    cidr = document.text("network", "cidr")
    try:
        network = ipaddress.IPv4Network(cidr or "")
    except ValueError:
        return  # the field's own rule says it better
    smallest = ZONE_PREFIX - math.ceil(math.log2(max(zones, 1)))
    if smallest < network.prefixlen <= 28:
        yield document.mistake(
            ("network", "cidr"),
            f"found {shown(cidr)}, too small for a /{ZONE_PREFIX} in each of {zones} zones",
            f"needs a /{smallest} or larger",
        )


def _endpoints(document: Document) -> Iterator[Mistake]:
    """Check that what is reached elsewhere is named where a setting asks for it, and is not where none does."""
    hub = document.text("network", "mode") == "hub"
    if hub:
        yield from _way_to_the_apis(document)
    for service in SERVICES:
        if service.setting is None or not service.reached or not (hub or service.kind == "gateway"):
            continue
        place = ("network", "endpoints" if hub else "gateways", service.field)
        right = f"the hub's {service.name} endpoint, 'sg-…' or 'pl-…'" if hub else f"{service.name}'s list, 'pl-…'"
        asked = [setting for setting in service.asking if _says(document, setting)]
        found = document.get(*place)
        if asked and found is None:
            asks = f"'{asked[0]}' {service.setting_does}"
            yield document.mistake(place, "missing", f"add {right}: {asks}")
        elif found is not None and not asked:
            asks = service.asked_when
            yield document.mistake(place, f"found {shown(found)}", f"leave it out: it is needed only when {asks}")


def _way_to_the_apis(document: Document) -> Iterator[Mistake]:
    """Check that a hub's execute-api endpoint can be found by functions of the teams' own, if there may be any."""
    (service,) = (service for service in SERVICES if service.serves_callers)
    place = ("network", "endpoints", service.way)
    opened, found = bool(document.get("extensions")), document.get(*place)
    asks = "'extensions' opens something to functions of the teams' own"
    if opened and found is None:
        right = f"add where the hub's {service.name} endpoint is, 'sg-…' or 'pl-…': {asks}, which call the APIs"
        yield document.mistake(place, "missing", right)
    elif found is not None and not opened:
        yield document.mistake(place, f"found {shown(found)}", f"leave it out: it is needed only when {asks}")


def _says(document: Document, setting: str) -> bool:
    """Whether a setting, with dots, says something; of a list, whether an entry does."""
    first, *rest = setting.split(".")
    entries = document.get(first)
    if rest and isinstance(entries, tuple):
        return any(document.get(first, index, *rest) for index in range(len(entries)))
    return bool(document.get(first, *rest))


def _residency(document: Document, region: str) -> Iterator[Mistake]:
    """Check that text leaves the Region only if the file names where it may go."""
    geography = GEOGRAPHIES.get(region)
    place = ("guardrail", "acknowledge_cross_region")
    said = document.text(*place)
    if document.text("guardrail", "tier") != "standard":
        if said is not None:
            yield document.mistake(
                place, f"found {shown(said)}", "leave it out: the tier 'classic' stays in the Region"
            )
    elif geography is None:
        yield document.mistake(
            ("guardrail", "tier"), "found 'standard'", f"no guardrail profile of {region} is known here: use 'classic'"
        )
    elif said is None:
        yield document.mistake(
            ("guardrail", "tier"),
            "found 'standard', which reads prompts and answers outside the Region",
            f"add 'acknowledge_cross_region: {geography}' if any Region of that geography may read them",
        )
    elif said != geography:
        yield document.mistake(place, f"found {shown(said)}", f"{region} is of the geography '{geography}'")


def _administrators(document: Document) -> Iterator[Mistake]:
    account = document.text("account")
    for index, role in document.texts("administrators"):
        parts = role.split(":")
        if account is not None and len(parts) > 5 and parts[4] != account:
            yield document.mistake(
                ("administrators", index),
                f"found a role of account {shown(parts[4])}",
                f"keys are managed from their own account, {account}",
            )


def _offered(known: Catalogue | None) -> list[str]:
    return sorted({region for model in known.models.values() for region in model.regions}) if known else []


def team(document: Document, stem: str, deployment: Document | None, known: Catalogue | None) -> Iterator[Mistake]:
    """Check a team against its file's name, the catalogue, the Region and the account."""
    name = document.text("name")
    if name is not None and name != stem:
        yield document.mistake(
            ("name",), f"found {shown(name)} in {stem}.yaml", "needs the name of its file, or rename the file"
        )
    region = deployment.text("region") if deployment else None
    if known is not None:
        # A Region without any model is reported once, where it is written.
        yield from _models(document, region if region in _offered(known) else None, known)
    if (
        region is not None
        and region in _offered(known)
        and region not in PROJECT_TYPE
        and "project" not in document.data
    ):
        yield document.mistake(
            ("project",),
            f"missing, and CloudFormation cannot make a Bedrock Project in {region}",
            f"make one with `make project TEAM={stem}`, and add the 'project: proj_…' that it prints",
        )
    account = deployment.text("account") if deployment else None
    partition = "aws-us-gov" if (region or "").startswith("us-gov-") else "aws"
    callers = document.get("callers")
    for index in range(len(callers) if isinstance(callers, tuple) else 0):
        place = ("callers", index, "role")
        role = document.text(*place)
        parts = (role or "").split(":")
        if role is None or len(parts) < 6 or not role.startswith(f"arn:{parts[1]}:iam:"):
            continue
        if region is not None and parts[1] != partition:
            yield document.mistake(place, f"found a role of {shown(parts[1])}", f"{region} is in '{partition}'")
        if document.text("access") == "token" and parts[4] != account:
            right = f"a token proves roles of this account, {account}, alone"
            if account is None:
                right = (
                    "a token proves roles of the deployment's account alone: set 'account' in cloister.yaml, or name"
                )
                right += " the role without an ARN"
            yield document.mistake(place, f"found a role of account {shown(parts[4])}", right)


def _models(document: Document, region: str | None, known: Catalogue) -> Iterator[Mistake]:
    for index, name in document.texts("models"):
        model = known.models.get(name)
        if model is None:
            yield document.mistake(
                ("models", index),
                f"found {shown(name)}, which the catalogue lacks",
                nearest(name, sorted(known.models)),
            )
            continue
        if region is not None and region not in model.regions:
            yield document.mistake(
                ("models", index), f"{name} is not offered in {region}", f"it is in {', '.join(model.regions)}"
            )
        for position, tier in document.texts("tiers"):
            if tier in ("default", "priority", "flex") and tier not in model.tiers:
                yield document.mistake(
                    ("tiers", position),
                    f"{name} is not offered in tier {shown(tier)}",
                    f"it is in {', '.join(model.tiers)}",
                )
