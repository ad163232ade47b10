"""Say what a team's file comes to before it is deployed: ``python -m tools.plan --team legal``.

The team's stack is synthesised and reviewed, as for a deployment, and its template is what is counted here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from review.words import many
from stacks.services import by_name
from stacks.settings import Deployment, Hub, Settings, SettingsError, known, load, merged
from stacks.watching_prices import MONTHLY, alarm, metrics
from tools.guarding import TOKEN, UNIT
from tools.idle_prices import ENDPOINT, IDLE, REGION, ZONE
from tools.teams import unknown

Json = Any
_NANO = 1_000_000_000
#: The document's price of tokens is in nano-USD for a thousand, which is a millionth of USD for a million.
_PER_MILLION = 1_000_000
# What the CLI adds to the context of cdk.json. With it the template is the one that a deployment makes, and CDK's check
# of it, which takes seconds to start, is not made twice (`stacks.template_check`).
_BY_THE_CLI = {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}


def plan(settings: Settings, team: str, template: Json) -> dict[str, Json]:
    """Return what a team's stack would hold, who may call what, and what it costs.

    Parameters
    ----------
    settings
        The deployment.
    team
        Name of the team.
    template
        The template of its stack.
    """
    (own,) = (each for each in settings.teams if each.name == team)
    place = settings.deployment
    guardrail = merged(place.guardrail, own.guardrail)
    counts = Counter(resource["Type"] for resource in template["Resources"].values())
    idle = _idle(template["Resources"].values())
    prices = known(settings.catalogue, place.region, place.prices, own.models, own.tiers, guardrail.policies)
    guarding = prices.get("guardrail")
    # Each million tokens is about four million characters, and a text unit a thousand of them: rounding up and the
    # overlap of windows come on top.
    units = 1_000_000 * TOKEN / UNIT
    guarded = None if guarding is None else units * sum(guarding[policy] for policy in guardrail.policies) / _NANO
    tokens = [
        {"model": model, "tier": tier, **_rate(prices["models"].get(model, {}).get(tier), guarded)}
        for model in own.models
        for tier in own.tiers
    ]
    return {
        "stack": f"{place.name}-Team-{team}",
        "region": place.region,
        "resources": dict(sorted(counts.items())),
        "callers": {
            "how": "signed with AWS Signature Version 4" if own.access == "iam" else "with a short-lived bearer token",
            "roles": [caller.role for caller in own.callers],
            "models": list(own.models),
            "tiers": list(own.tiers),
        },
        "archived": own.archive.acknowledgement if own.archive else None,
        "archive_failing": own.archive.failing if own.archive else None,
        "guardrail": "one of its own" if own.guardrail.any else "the deployment's",
        "usd": {
            "idle": idle,
            "idle_a_month": round(sum(idle.values()), 2),
            "idle_is_for": REGION,
            "idle_not_known": sorted(kind for kind in counts if kind not in IDLE),
            "metrics": metrics(len(own.models), tokens=own.access == "token"),
            "opened": _opened(place, team),
            "a_million_tokens": tokens,
        },
    }


def _idle(resources: Iterable[Json]) -> dict[str, float]:
    """USD a month while nobody calls, by the type of what costs something; of an alarm, by the metrics it looks at."""
    found: dict[str, float] = defaultdict(float)
    for resource in resources:
        kind = resource["Type"]
        found[kind] += alarm(resource["Properties"]) if kind == "AWS::CloudWatch::Alarm" else IDLE.get(kind, 0.0)
    return {kind: round(usd, 2) for kind, usd in sorted(found.items()) if usd}


def _opened(place: Deployment, team: str) -> list[dict[str, Json]]:
    """What the network's stack has for what is opened to the team: each service's endpoint, and its names."""
    network = place.network
    zones = len(network.zones) or getattr(network, "unnamed_zones", 0)
    found = []
    for name, kind in (("s3", "bucket"), ("sqs", "queue")):
        opened = [each for entry in place.extensions if entry.team == team and (each := getattr(entry, kind))]
        if kind == "bucket" and team in place.archives:
            opened.append(place.archive_buckets[team])
        if not opened:
            continue
        if isinstance(network, Hub):  # which pays for its endpoints and names itself
            zones = names = 0
        else:
            names = len(by_name(name).names(place.region, opened))
            names = 0 if by_name(name).own_name and network.mode == "existing" else names
        usd = round(zones * ENDPOINT + names * ZONE, 2)
        found.append({"service": name, kind: opened, "zones": zones, "names": names, "usd_a_month": usd})
    return found


def _rate(nano: Sequence[int] | None, guarding: float | None) -> dict[str, float | None]:
    """USD for a million tokens in and out: the model's, and with guarding; None where a price is not known."""
    found: dict[str, float | None] = {"guarding": guarding}
    for position, name in enumerate(("in", "out")):
        alone = None if nano is None else nano[position] / _PER_MILLION
        found[name] = alone
        found[f"{name}_guarded"] = None if alone is None or guarding is None else alone + guarding
    return found


def words(found: Mapping[str, Json]) -> str:
    """Return a plan as people read it.

    Parameters
    ----------
    found
        What `plan` returned.
    """
    callers, usd = found["callers"], found["usd"]
    lines = [
        f"{found['stack']} in {found['region']} would hold {many(sum(found['resources'].values()), 'resource')}:",
        "",
    ]
    lines += _table([("type", "number"), *((kind, str(count)) for kind, count in found["resources"].items())])
    roles = ["functions of its own class" if role == "extension/*" else role for role in callers["roles"]]
    lines += ["", f"Who may call, {callers['how']}: {', '.join(roles)}."]
    lines += [f"What they may call: {', '.join(callers['models'])}, in the tiers {', '.join(callers['tiers'])}."]
    guards = "the deployment's guardrail"
    if found["guardrail"] != "the deployment's":
        guards = "a guardrail of its own in the platform's stack, the deployment's with what the team adds"
    lines += [f"What guards it: {guards}."]
    if found["archived"]:
        lines += [f"PROMPTS AND ANSWERS ARE ARCHIVED, acknowledged by {found['archived']}."]
        lines += [f"What comes of a request that cannot be archived: {found['archive_failing']}."]
    lines += ["", f"While nobody calls: {usd['idle_a_month']:.2f} USD a month ({usd['idle_is_for']})", ""]
    costs = [(kind, str(found["resources"][kind]), f"{price:.2f}") for kind, price in usd["idle"].items()]
    lines += _table([("type", "number", "USD"), *costs])
    lines += ["", "The first ten alarms and three dashboards of an account are free, which is not subtracted."]
    most = usd["metrics"] * MONTHLY["metric"]
    lines += [
        f"While somebody calls: {many(usd['metrics'], 'metric')} at the most, {most:.2f} USD a month; less for hours"
    ]
    lines += ["in which they have no value. Requests, records and functions are charged by use."]
    for each in usd["opened"]:
        what = f"{each['service']} is opened to it in the network's stack"
        if each["zones"]:
            made = f"an endpoint in {each['zones']} zone{'s' * (each['zones'] > 1)}"
            names = f" and {each['names']} private zone{'s' * (each['names'] > 1)} of names" if each["names"] else ""
            lines += [f"{what}, for every team that has it opened:"]
            lines += [f"{made}{names}, {each['usd_a_month']:.2f} USD a month."]
        else:
            lines += [f"{what}: the endpoint is the hub's."]
    if usd["idle_not_known"]:
        lines += [f"Not in it, being of unknown price: {', '.join(usd['idle_not_known'])}."]
    lines += ["", "USD for a million tokens, alone and with at least what guarding them costs:", ""]
    rows = [("model", "tier", "in", "in, guarded", "out", "out, guarded")]
    for each in usd["a_million_tokens"]:
        numbers = [each[name] for name in ("in", "in_guarded", "out", "out_guarded")]
        rows.append((each["model"], each["tier"], *("unknown" if n is None else f"{n:.3f}" for n in numbers)))
    return "\n".join([*lines, *_table(rows)])


def _table(rows: Iterable[Sequence[str]]) -> list[str]:
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    return [f"  {'  '.join(row)}".rstrip() for row in padded]


def synthesised(root: Path, settings: Settings, team: str) -> Json | None:
    """Synthesise a team's stack, reviewed, and return its template; None if it is refused, which is then said."""
    context = json.loads(os.environ.get("CDK_CONTEXT_JSON") or "{}")
    with tempfile.TemporaryDirectory() as folder:
        environment = {"CDK_OUTDIR": folder, "CDK_CONTEXT_JSON": json.dumps({**_BY_THE_CLI, **context, "team": team})}
        run = subprocess.run(
            [sys.executable, "app.py"], cwd=root, env={**os.environ, **environment}, capture_output=True, text=True
        )
        if run.returncode:
            sys.stderr.write(run.stderr)
            return None
        return json.loads((Path(folder) / f"{settings.deployment.name}-Team-{team}.template.json").read_text())


def main(arguments: Sequence[str], root: Path) -> int:
    """Print the plan; 1 when the settings or the review refuse the team."""
    parser = argparse.ArgumentParser(prog="python -m tools.plan", description=__doc__)
    parser.add_argument("--team", required=True, help="the team's name")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    try:
        settings = load(root)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if why := unknown(settings, options.team):
        sys.stderr.write(f"{why}\n")
        return 1
    stack = f"{settings.deployment.name}-Team-{options.team}"
    sys.stderr.write(f"synthesising {stack}, and reviewing it as for a deployment: some ten seconds\n")
    template = synthesised(root, settings, options.team)
    if template is None:
        return 1
    found = plan(settings, options.team, template)
    sys.stdout.write((json.dumps(found, indent=1) if options.json else words(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path.cwd()))
