"""Random policies and requests over few words, so that they meet often; and what the evaluator makes of them."""

import random
from dataclasses import dataclass
from typing import Any

from review.iam import Policies, Principal, Request, Verdict, decide, read
from review.iam.context import Values
from review.proof.search import Found, Question, arn_format, find

Json = Any
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/proxy/atlas"
ACTIONS = [
    "bedrock-mantle:CreateInference",
    "bedrock-mantle:GetInference",
    "bedrock-mantle:CreateProject",
    "bedrock:ApplyGuardrail",
    "logs:PutLogEvents",
    "s3:GetObject",
    "s3:ListAllMyBuckets",
    "ec2:CreateTags",
]
PATTERNS = [*ACTIONS, "bedrock-mantle:*", "bedrock*:*", "s3:*", "*", "*:Create*", "logs:Put?ogEvents"]
_MANTLE = f"arn:aws:bedrock-mantle:eu-west-1:{ACCOUNT}:project/"
RESOURCES = [
    "*",
    f"{_MANTLE}a",
    f"{_MANTLE}b",
    f"{_MANTLE}*",
    f"{_MANTLE}?",
    "arn:aws:bedrock-mantle:*",
    "arn:aws:s3:::b/*",
]
RESOURCES += ["arn:aws:s3:::b/a*", "arn:aws:s3:::*/a", f"arn:aws:logs:*:{ACCOUNT}:log-group:g*"]
KEYS: dict[str, list[tuple[str, list[str]]]] = {
    "bedrock-mantle:Model": [(o, ["gemma-a", "gemma-b", "gemma-*", "*-b"]) for o in ("StringEquals", "StringLike")],
    "aws:SourceVpce": [
        (o, ["vpce-1", "vpce-?", "vpce-*", "x"]) for o in ("StringEquals", "StringLike", "StringEqualsIgnoreCase")
    ],
    "aws:SourceArn": [("ArnLike", ["arn:aws:lambda:*:1:f", "arn:*:lambda::1:f*", "arn:aws:s3:::b"])],
    "aws:SecureTransport": [("Bool", ["true", "false"])],
    "aws:MultiFactorAuthAge": [
        (f"Numeric{o}", ["5", "10", "7.5"]) for o in ("Equals", "LessThan", "GreaterThanEquals")
    ],
    "aws:CurrentTime": [("DateLessThan", ["2026-01-01T00:00:00Z"]), ("DateGreaterThan", ["2025-01-01T00:00:00Z"])],
    "aws:SourceIp": [("IpAddress", ["203.0.113.0/24", "203.0.113.7", "2001:db8::/32"])],
    "aws:TagKeys": [
        (f"{q}:{o}", ["a", "b", "a*"]) for q in ("ForAllValues", "ForAnyValue") for o in ("StringEquals", "StringLike")
    ],
    "aws:PrincipalArn": [("ArnLike", [ROLE, f"arn:aws:iam::{ACCOUNT}:role/proxy/*", "arn:aws:iam::*:user/*"])],
    "aws:RequestTag/team": [("StringLike", ["a", "?"])],
}
_NEGATED = {
    **{name: name.replace("String", "StringNot") for name in ("StringEquals", "StringLike", "StringEqualsIgnoreCase")},
    "ArnLike": "ArnNotLike",
    "NumericEquals": "NumericNotEquals",
    "IpAddress": "NotIpAddress",
}


def condition(chance: random.Random) -> Json:
    """Return a condition of a few lines."""
    found: dict[str, dict[str, Json]] = {}
    for _ in range(chance.choice([0, 0, 1, 1, 2, 3])):
        key = chance.choice(list(KEYS))
        operator, values = chance.choice(KEYS[key])
        prefix, colon, base = operator.rpartition(":")
        if chance.random() < 0.35:
            base = _NEGATED.get(base, base)
        operator = prefix + colon + base
        if chance.random() < 0.3:
            operator += "IfExists"
        chosen = chance.sample(values, chance.randint(1, min(2, len(values))))
        if chance.random() < 0.12:
            operator, chosen = "Null", [chance.choice(["true", "false"])]
        found.setdefault(operator, {})[key] = chosen
    return found


def statement(chance: random.Random, deny: float) -> Json:
    """Return a statement."""
    found: dict[str, Json] = {"Effect": "Deny" if chance.random() < deny else "Allow"}
    found["NotAction" if chance.random() < 0.1 else "Action"] = chance.sample(PATTERNS, chance.randint(1, 3))
    found["NotResource" if chance.random() < 0.15 else "Resource"] = chance.sample(RESOURCES, chance.randint(1, 3))
    lines = condition(chance)
    return {**found, "Condition": lines} if lines else found


def document(chance: random.Random, deny: float = 0.35) -> Json:
    """Return a document of a few statements."""
    return {"Version": "2012-10-17", "Statement": [statement(chance, deny) for _ in range(chance.randint(1, 4))]}


def request(chance: random.Random) -> Request:
    """Return a request, whose keys hold what policies write, and a little else."""
    resources = [f"{_MANTLE}{name}" for name in ("a", "b", "ab", "default")]
    resources += ["arn:aws:s3:::b/a", "arn:aws:s3:::b/ab", "arn:aws:s3:::c/a"]
    resources += [f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:g:log-stream:s"]
    resources += [f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:guardrail/g", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc/vpc-1"]
    action = chance.choice(ACTIONS)
    given: dict[str, Values] = {}
    pools = {
        "bedrock-mantle:Model": ["gemma-a", "gemma-b", "gemma-c", "other-b"],
        "aws:SourceVpce": ["vpce-1", "VPCE-1", "vpce-22", "x"],
        "aws:SourceArn": ["arn:aws:lambda:eu:1:f", "arn:aws:lambda::1:fg", "arn:aws:s3:::b", "none"],
        "aws:SecureTransport": ["true", "false"],
        "aws:MultiFactorAuthAge": ["4", "5", "6", "7.5", "10", "11"],
        "aws:CurrentTime": ["2024-06-01T00:00:00Z", "2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z"],
        "aws:SourceIp": ["203.0.113.7", "203.0.113.8", "198.51.100.1", "2001:db8::1"],
        "aws:RequestTag/team": ["a", "b", "ab"],
    }
    asked = Request(Principal.parse(ROLE), action, "*", {})
    known = asked.known_action
    assert known is not None
    for key, pool in pools.items():
        if known.knows(key) and chance.random() < 0.6:
            given[key] = (chance.choice(pool),)
    if known.knows("aws:TagKeys") and chance.random() < 0.6:
        given["aws:TagKeys"] = tuple(chance.sample(["a", "b", "ab", "c"], chance.randint(1, 2)))
    # Requests are about resources of the kinds that their action is about.
    kinds = [arn_format(text, "aws", ACCOUNT) for text in known.resources]
    fitting = [arn for arn in resources if any(kind.matches(arn) for kind in kinds)]
    resource = chance.choice(fitting) if kinds else "*"
    return Request(Principal.parse(ROLE), action, resource, given)


@dataclass(frozen=True)
class World:
    """Policies of one role, in documents that IAM knows and the questions ask about."""

    identity: list[Json]
    boundary: list[Json]

    @classmethod
    def random(cls, chance: random.Random) -> "World":
        """Return a world."""
        boundary = [document(chance, 0.2)] if chance.random() < 0.4 else []
        return cls([document(chance) for _ in range(chance.randint(1, 2))], boundary)

    def policies(self) -> Policies:
        """Return the world as the evaluator takes it."""
        return Policies(
            identity=[read(d, f"identity {n}") for n, d in enumerate(self.identity)],
            boundaries=[read(d, "boundary") for d in self.boundary],
        )

    def asked(self) -> Found | None:
        """Ask the prover for a request that is allowed."""
        known = self.policies()
        both = [*known.identity, *known.boundaries]
        allows = [
            [s for d in group for s in d.statements if s.effect == "Allow"]
            for group in (known.identity, known.boundaries)
        ]
        fixed = dict(Request(Principal.parse(ROLE), "s3:GetObject", "*").context.derived)
        return find(
            Question(
                who=Principal.parse(ROLE),
                groups=allows if self.boundary else allows[:1],
                without=[s for d in both for s in d.statements if s.effect == "Deny"],
                actions=ACTIONS,
                account=ACCOUNT,
                fixed=fixed,
            )
        )

    def allows(self, asked: Request) -> bool:
        """Ask the evaluator whether a request is allowed; a doubt is an error."""
        found = decide(asked, self.policies())
        assert found.verdict is not Verdict.UNSUPPORTED, found.why
        return found.verdict is Verdict.ALLOWED


def as_request(found: Found) -> Request:
    """Return what the prover found as a request for the evaluator."""
    derived = {"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice"}
    given = {key: values for key, values in found.context.items() if key not in derived}
    return Request(Principal.parse(ROLE), found.action, found.resource, given)
