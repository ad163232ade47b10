"""Slips in what says where images may come from, and what is reported of each.

A case is the file, a text that stands in it once, the text that takes its place, and the line of the report.
"""

from tests.stacks.settings.slips_in_network import HUB, NETWORK

Case = tuple[str, str, str, str]
DEPLOYMENT, BEACON = "cloister.yaml", "teams/beacon.yaml"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
_NAME = "needs a bucket's name: 3 to 63 lower-case letters, digits and hyphens, no hyphen first or last"
_DOT = "needs a bucket without dots in its name: AWS's certificate covers one label before '.s3'"
_KEY = (
    "needs the ARN of a key by its id, not by an alias, as "
    "'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555'"
)


def _bucket(entry: str, said: str, field: str = "[0].bucket") -> Case:
    """A bucket in the deployment's file."""
    return (
        DEPLOYMENT,
        "region: us-east-1\n",
        f"region: us-east-1\nimages: [{entry}]\n",
        f"cloister.yaml:4: images{field}: {said}",
    )


def _place(entry: str, said: str, field: str = "[0]") -> Case:
    """A place in a team's file, of a deployment that names no bucket."""
    return (
        BEACON,
        "tiers: [default]",
        f"tiers: [default]\nimages: [{entry}]",
        f"teams/beacon.yaml:10: images{field}: {said}",
    )


CASES: dict[str, Case] = {
    "bucket with a dot": _bucket(
        "{bucket: acme.pictures}",
        f"found 'acme.pictures'; {_DOT}",
    ),
    "bucket by address": _bucket("{bucket: 's3://acme'}", f"found 's3://acme'; {_NAME}"),
    "bucket in capitals": _bucket("{bucket: Acme}", f"found 'Acme'; {_NAME}"),
    "bucket that ends in a hyphen": _bucket("{bucket: acme-}", f"found 'acme-'; {_NAME}"),
    "bucket of two letters": _bucket("{bucket: ab}", f"found 'ab'; {_NAME}"),
    "any bucket": _bucket("{bucket: 'acme*'}", f"found 'acme*'; {_NAME}"),
    "bucket for examples": _bucket(
        "{bucket: amzn-s3-demo-bucket}",
        "found 'amzn-s3-demo-bucket'; needs a bucket's own name: S3 keeps what starts with 'amzn-s3-demo-' for itself",
    ),
    "alias of an access point": _bucket(
        "{bucket: my-s3alias}",
        "found 'my-s3alias'; needs a bucket's own name: S3 keeps what ends with '-s3alias' for itself",
    ),
    "directory bucket": _bucket(
        "{bucket: acme--use1-az4--x-s3}",
        "found 'acme--use1-az4--x-s3'; needs a bucket's own name: S3 keeps what ends with '--x-s3' for itself",
    ),
    "bucket twice": _bucket(
        "{bucket: acme}, {bucket: acme}", "found 'acme' twice; needs up to 10 buckets, each once", field=""
    ),
    "bucket without a mapping": _bucket("acme", "found 'acme'; needs a mapping: 'key: value' lines", field="[0]"),
    "key by alias": _bucket("{bucket: acme, key: alias/acme}", f"found 'alias/acme'; {_KEY}", field="[0].key"),
    "key by the ARN of an alias": _bucket(
        "{bucket: acme, key: 'arn:aws:kms:us-east-1:123456789012:alias/acme'}",
        f"found 'arn:aws:kms:us-east-1:12…'; {_KEY}",
        field="[0].key",
    ),
    "key of another Region": _bucket(
        f"{{bucket: acme, key: '{KEY.replace('us-east-1', 'us-east-2')}'}}",
        "found a key of 'us-east-2'; needs a key of us-east-1",
        field="[0].key",
    ),
    "key of another partition": _bucket(
        f"{{bucket: acme, key: '{KEY.replace('arn:aws:', 'arn:aws-us-gov:')}'}}",
        "found a key of 'aws-us-gov'; us-east-1 is in 'aws'",
        field="[0].key",
    ),
    "key of another account": (
        DEPLOYMENT,
        '# account: "123456789012"',
        f'account: "210987654321"\nimages: [{{bucket: acme, key: "{KEY}"}}] #',
        "cloister.yaml:5: images[0].key: found a key of account '123456789012'; "
        "needs a key of this account, 210987654321",
    ),
    "hub without an endpoint for images": (
        DEPLOYMENT,
        f"network:\n{NETWORK}",
        f"images: [{{bucket: acme}}]\nnetwork:\n{HUB}",
        "cloister.yaml:13: network.endpoints.s3: missing; add the hub's s3 endpoint, 'sg-…' or 'pl-…': "
        "'images' opens buckets",
    ),
    "hub's endpoint for no images": (
        DEPLOYMENT,
        NETWORK,
        HUB.replace("sts: sg-4567abcd", "sts: sg-4567abcd, s3: sg-89ababcd"),
        "cloister.yaml:12: network.endpoints.s3: found 'sg-89ababcd'; "
        "leave it out: it is needed only when 'images' or 'extensions.bucket' or 'archives' opens buckets",
    ),
    "place by address": _place(
        "'s3://acme/cats/'", "found 's3://acme/cats/'; needs 'bucket' or 'bucket/prefix/', without 's3://'"
    ),
    "place that is no bucket": _place("Acme/cats/", f"found 'Acme/cats/'; {_NAME}"),
    "place in a bucket with a dot": _place("acme.pictures/cats/", f"found 'acme.pictures/cats/'; {_DOT}"),
    "place that ends in no slash": _place(
        "acme/cats",
        "found 'acme/cats'; did you mean 'acme/cats/'? (without the '/' it would cover names that only start alike)",
    ),
    "place that is a bucket and a slash": _place(
        "acme/", "found 'acme/'; did you mean 'acme'? (all of a bucket is its name alone)"
    ),
    "place with an empty part": _place(
        "acme//cats/", "found 'acme//cats/'; needs a prefix without an empty part, '.' or '..'"
    ),
    "place that goes up": _place(
        "acme/../cats/", "found 'acme/../cats/'; needs a prefix without an empty part, '.' or '..'"
    ),
    "place with a wildcard": _place(
        "'acme/c*ts/'", "found 'acme/c*ts/'; needs a prefix of letters, digits and ! _ . - ' ( )"
    ),
    "place with a variable of IAM": _place(
        "'acme/${aws:userid}/'", "found 'acme/${aws:userid}/'; needs a prefix of letters, digits and ! _ . - ' ( )"
    ),
    "place with a comma": _place(
        "'acme/a,b/'", "found 'acme/a,b/'; needs a prefix of letters, digits and ! _ . - ' ( )"
    ),
    "place that is long": _place(f"acme/{'c' * 123}/", f"found 'acme/{'c' * 19}…'; needs 128 characters at most"),
    "place where no bucket is named": _place(
        "acme/cats/",
        "found the bucket 'acme', which cloister.yaml lacks; no bucket is named there: add it under 'images'",
    ),
}
