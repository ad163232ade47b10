"""Where images may come from: a team's places against the deployment's buckets, and against its models."""

from pathlib import Path

import pytest

from stacks.settings import images, load
from tests.stacks.settings.slips_in_images import BEACON, DEPLOYMENT, KEY
from tests.stacks.settings.test_mistakes import change, report

CATALOGUE = "stacks/catalogue.yaml"


def test_places_are_read_as_they_are_written(root: Path) -> None:
    change(
        root,
        DEPLOYMENT,
        "region: us-east-1\n",
        f"region: us-east-1\nimages: [{{bucket: acme, key: '{KEY}'}}, {{bucket: scans}}]\n",
    )
    change(root, BEACON, "tiers: [default]", 'tiers: [default]\nimages: [scans, "acme/Cats_(2026)!/it\'s/"]')
    found = load(root)
    assert found.deployment.image_keys == {"acme": KEY, "scans": None}
    atlas, beacon = found.teams
    assert beacon.images == ("scans", "acme/Cats_(2026)!/it's/")
    assert atlas.images == (), "what a team does not name it has not"


def test_the_shipped_example_is_right(root: Path) -> None:
    head, example = (root / DEPLOYMENT).read_text().split("# images:\n")
    assert len(example.splitlines()) == 2
    lines = [line.removeprefix("# ") for line in example.splitlines()]
    (root / DEPLOYMENT).write_text("\n".join([head, "images:", *lines, ""]))
    assert len(load(root).deployment.images) == 1


def test_a_bucket_that_the_deployment_lacks(root: Path) -> None:
    change(
        root,
        DEPLOYMENT,
        "region: us-east-1\n",
        "region: us-east-1\nimages: [{bucket: acme-pictures}, {bucket: scans}]\n",
    )
    change(root, BEACON, "tiers: [default]", "tiers: [default]\nimages: [scans, acme-pictues/cats/]")
    assert report(root) == [
        "teams/beacon.yaml:10: images[1]: found the bucket 'acme-pictues', which cloister.yaml lacks; "
        "did you mean 'acme-pictures'? (one of acme-pictures, scans)"
    ]


def test_images_for_models_that_take_none(root: Path) -> None:
    change(root, DEPLOYMENT, "region: us-east-1\n", "region: us-east-1\nimages: [{bucket: acme}]\n")
    change(root, BEACON, "tiers: [default]", "tiers: [default]\nimages: [acme]")
    change(
        root,
        CATALOGUE,
        "  google.gemma-4-e2b:\n    <<: *gemma\n",
        "  google.gemma-4-e2b:\n    <<: *gemma\n    modalities: [text]\n",
    )
    assert report(root) == [
        "teams/beacon.yaml:10: images: found places for images, and none of the team's models takes images; "
        "leave it out, or add a model that does: google.gemma-4-26b-a4b, google.gemma-4-31b"
    ]
    change(root, BEACON, "models: [google.gemma-4-e2b]", "models: [google.gemma-4-e2b, google.gemma-4-31b]")
    assert load(root).teams[1].images == ("acme",), "one model that takes images is enough"


def test_eleven_of_anything_are_too_many(root: Path) -> None:
    buckets = ", ".join(f"{{bucket: acme-{number}}}" for number in range(11))
    change(root, DEPLOYMENT, "region: us-east-1\n", f"region: us-east-1\nimages: [{buckets}]\n")
    places = ", ".join(f"acme-0/{number}/" for number in range(11))
    change(root, BEACON, "tiers: [default]", f"tiers: [default]\nimages: [{places}]")
    assert report(root) == [
        "cloister.yaml:4: images: found 11 of them; needs up to 10 buckets, each once",
        "teams/beacon.yaml:10: images: found 11 of them; needs up to 10 buckets or prefixes of buckets, each once",
    ]


def test_a_place_is_named_once(root: Path) -> None:
    change(root, DEPLOYMENT, "region: us-east-1\n", "region: us-east-1\nimages: [{bucket: acme}]\n")
    change(root, BEACON, "tiers: [default]", "tiers: [default]\nimages: [acme, acme/cats/, acme]")
    assert report(root) == [
        "teams/beacon.yaml:10: images: found 'acme' twice; needs up to 10 buckets or prefixes of buckets, each once"
    ]


def test_buckets_where_no_filter_looks_at_images(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(root, DEPLOYMENT, "region: us-east-1\n", "region: us-east-1\nimages: [{bucket: acme}]\n")
    monkeypatch.setattr(images, "IMAGE_FILTERS", {"us-west-2": frozenset({"hate"})})
    assert report(root) == [
        "cloister.yaml:4: images: found buckets, and Bedrock Guardrails has no image filter in us-east-1; "
        "leave them out: requests with images are refused here, since nothing would look at them"
    ]


def test_buckets_while_every_filter_that_looks_at_images_is_off(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(root, DEPLOYMENT, "region: us-east-1\n", "region: us-east-1\nimages: [{bucket: acme}]\n")
    monkeypatch.setattr(images, "IMAGE_FILTERS", {"us-east-1": frozenset({"hate", "violence"})})
    for name in ("hate", "violence"):
        change(root, DEPLOYMENT, f"    {name}: high\n", f"    {name}: none\n")
    assert report(root) == [
        "cloister.yaml:4: images: found buckets, and every filter of the guardrail that looks at images is 'none'; "
        "turn one of them on, or leave the buckets out: hate, violence"
    ]
