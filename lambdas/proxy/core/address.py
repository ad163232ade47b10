"""Where an object lies in S3: ``s3://bucket/key`` in a request, ``bucket`` or ``bucket/prefix/`` in a team's settings.

A key is taken as it stands: nothing in it is decoded, and there is no query. It is a sequence of Unicode characters, at
most 1,024 bytes in UTF-8 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html).
"""

from __future__ import annotations

from .uri import encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    #: Bucket and key, or bucket and the prefix that keys have.
    Address = tuple[str, str]

#: Bytes of a key.
LONGEST = 1024

_BUCKET = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def read(text: str) -> Address:
    """Read ``s3://bucket/key``.

    Raises
    ------
    ValueError
        With what is wrong, as the rest of a sentence; it quotes nothing of the address.

    Examples
    --------
    >>> read("s3://pictures/2026/a b.png")
    ('pictures', '2026/a b.png')
    """
    bucket, _, key = text[5:].partition("/")
    if not bucket or not key:
        raise ValueError("must name a bucket and a key: s3://bucket/key.")
    _sound(key)
    return bucket, key


def place(entry: str) -> Address:
    """Read what a team may name: a bucket, or a prefix in it, which ends in a slash.

    Raises
    ------
    ValueError
        If a bucket's name cannot be one label of a host name under S3's wildcard certificate, so has a dot
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html), or if a prefix is not one, or has
        a letter that is a wildcard in an IAM policy, where this prefix stands as well.

    Examples
    --------
    >>> place("pictures"), place("pictures/atlas/")
    (('pictures', ''), ('pictures', 'atlas/'))
    """
    bucket, slash, prefix = entry.partition("/")
    if not (3 <= len(bucket) <= 63 and _BUCKET.issuperset(bucket) and bucket[0] != "-" != bucket[-1]):
        raise ValueError("a bucket's name is 3 to 63 of a-z, 0-9 and hyphens")
    if slash:
        if not prefix.endswith("/") or not frozenset("*?$").isdisjoint(prefix):
            raise ValueError("a prefix ends in / and has no *, ? or $")
        _sound(prefix[:-1])
    return bucket, prefix


def target(key: str) -> str:
    """Return the path of a key in a request: each byte but the unreserved ones and the slash in percent-encoding.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html

    Examples
    --------
    >>> target("a b/ü+%.png")
    '/a%20b/%C3%BC%2B%25.png'
    """
    return f"/{encoded(key)}"


def _sound(key: str) -> None:
    if not {"", ".", ".."}.isdisjoint(key.split("/")):
        raise ValueError("has a part between slashes that is empty, . or .. in its key: two readers could differ.")
    if [letter for letter in key if letter < " " or "\x7f" <= letter <= "\x9f"]:
        raise ValueError("has a control character in its key.")
    if len(key.encode()) > LONGEST:
        raise ValueError(f"has a key of over {LONGEST:,} bytes.")
