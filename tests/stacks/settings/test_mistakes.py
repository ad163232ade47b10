"""Every mistake is reported, all at once: the place, what was found, and what would be right."""

from pathlib import Path

import pytest

from stacks.settings import SettingsError, load

ATLAS, BEACON, DEPLOYMENT, CATALOGUE = "teams/atlas.yaml", "teams/beacon.yaml", "cloister.yaml", "stacks/catalogue.yaml"
MODELS = "google.gemma-4-26b-a4b, google.gemma-4-31b, google.gemma-4-e2b"


def report(root: Path) -> list[str]:
    """What is reported of the settings, a line a mistake."""
    with pytest.raises(SettingsError) as caught:
        load(root)
    head, *lines = str(caught.value).split("\n")
    assert head == f"{len(lines)} mistake{'' if len(lines) == 1 else 's'} in the settings:"
    return [line.strip() for line in lines]


def change(root: Path, file: str, old: str, new: str) -> None:
    """Change a file's text, which must have the old text once."""
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")


# file, old text, new text, what is reported of it
CASES: dict[str, tuple[str, str, str, str]] = {
    "unknown key": (
        DEPLOYMENT,
        "  data_events: true ",
        "  data_events: true\n  retention: 3 ",
        "cloister.yaml:13: audit.retention: unknown key; "
        "did you mean 'retention_days'? (one of retention_days, data_events)",
    ),
    "unknown key like no other": (
        ATLAS,
        "access: token",
        "access: token\nquux: 1 ",
        "teams/atlas.yaml:6: quux: unknown key; needs one of name, owner, contact, access, callers, models, tiers",
    ),
    "missing key": (
        BEACON,
        "owner: Beacon support desk\n",
        "",
        "teams/beacon.yaml:1: owner: missing; add it under the top of the file: Who answers for the team.",
    ),
    "duplicate key": (
        ATLAS,
        "access: token",
        "access: token\nname: atlas",
        "teams/atlas.yaml:6: name: found twice, first on line 2; keep one of them",
    ),
    "wrong choice": (
        ATLAS,
        "access: token",
        "access: tokens",
        "teams/atlas.yaml:5: access: found 'tokens'; did you mean 'token'? (one of iam, token)",
    ),
    "wrong case": (
        ATLAS,
        "access: token",
        "access: IAM",
        "teams/atlas.yaml:5: access: found 'IAM'; did you mean 'iam'? (one of iam, token)",
    ),
    "number for text": (
        DEPLOYMENT,
        '# account: "123456789012"',
        "account: 123456789012",
        "cloister.yaml:4: account: found 123456789012; needs a text; put it in quotes",
    ),
    "account not of 12 digits": (
        DEPLOYMENT,
        '# account: "123456789012"',
        'account: "1234-5678-9012"',
        "cloister.yaml:4: account: found '1234-5678-9012'; needs 12 digits in quotes, as '123456789012'",
    ),
    "digits of another script": (
        DEPLOYMENT,
        '# account: "123456789012"',
        'account: "١٢٣٤٥٦٧٨٩٠١٢"',
        "cloister.yaml:4: account: found '١٢٣٤٥٦٧٨٩٠١٢'; needs 12 digits in quotes, as '123456789012'",
    ),
    "yes for text": (
        ATLAS,
        "owner: Atlas research",
        "owner: yes",
        "teams/atlas.yaml:3: owner: found true; needs a text "
        "(YAML reads yes, no, on and off as true or false: put it in quotes)",
    ),
    "text for number": (
        DEPLOYMENT,
        "retention_days: 400",
        "retention_days: a year",
        "cloister.yaml:11: audit.retention_days: found 'a year'; needs a whole number",
    ),
    "retention that CloudWatch Logs lacks": (
        DEPLOYMENT,
        "retention_days: 400",
        "retention_days: 401",
        "cloister.yaml:11: audit.retention_days: found 401; CloudWatch Logs takes 1, 3, 5, 7, 14, 30, 60, "
        "90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653",
    ),
    "text for a list": (
        BEACON,
        "models: [google.gemma-4-e2b]",
        "models: google.gemma-4-e2b",
        "teams/beacon.yaml:8: models: found 'google.gemma-4-e2b'; "
        "needs a list: '[a, b]', or lines that start with '- '",
    ),
    "list for a mapping": (
        BEACON,
        "  - role: beacon-service",
        "  - beacon-service",
        "teams/beacon.yaml:7: callers[0]: found 'beacon-service'; needs a mapping: 'key: value' lines",
    ),
    "text for a mapping": (
        DEPLOYMENT,
        "  pii:\n    EMAIL: mask\n    PHONE: mask\n    CREDIT_DEBIT_CARD_NUMBER: block\n    AWS_SECRET_KEY: block\n",
        "  pii: EMAIL\n",
        "cloister.yaml:22: guardrail.pii: found 'EMAIL'; needs a mapping: 'key: value' lines",
    ),
    "name of the deployment": (
        DEPLOYMENT,
        "name: Cloister ",
        "name: My_Cloister ",
        "cloister.yaml:2: name: found 'My_Cloister'; needs up to 20 letters, digits and hyphens, a letter first",
    ),
    "Region misspelt": (
        DEPLOYMENT,
        "region: us-east-1",
        "region: useast1",
        "cloister.yaml:3: region: found 'useast1'; needs a Region's name, such as 'us-east-1'",
    ),
    "Region without a model": (
        DEPLOYMENT,
        "region: us-east-1\n",
        "region: eu-west-1\n",
        "cloister.yaml:3: region: found 'eu-west-1', where no model is offered; "
        "did you mean 'us-west-2'? (one of eu-central-1, us-east-1, us-east-2, us-gov-west-1, us-west-2)",
    ),
    "Region of China": (
        DEPLOYMENT,
        "region: us-east-1\n",
        "region: cn-north-1\n",
        "cloister.yaml:3: region: found 'cn-north-1'; Bedrock is not offered in the Regions of China",
    ),
    "one zone": (
        DEPLOYMENT,
        "zones: [us-east-1a, us-east-1b]",
        "zones: [us-east-1a]",
        "cloister.yaml:8: network.zones: found 1 of them; needs two to six zones, each once",
    ),
    "a zone twice": (
        DEPLOYMENT,
        "zones: [us-east-1a, us-east-1b]",
        "zones: [us-east-1a, us-east-1a]",
        "cloister.yaml:8: network.zones: found 'us-east-1a' twice; needs two to six zones, each once",
    ),
    "zone of another Region": (
        DEPLOYMENT,
        "zones: [us-east-1a, us-east-1b]",
        "zones: [us-east-1a, us-east-2b]",
        "cloister.yaml:8: network.zones[1]: found 'us-east-2b'; needs a zone of us-east-1, such as 'us-east-1a'",
    ),
    "zone by its id": (
        DEPLOYMENT,
        "zones: [us-east-1a, us-east-1b]",
        "zones: [us-east-1a, use1-az2]",
        "cloister.yaml:8: network.zones[1]: found 'use1-az2'; "
        "needs the name of an Availability Zone, such as 'us-east-1a'",
    ),
    "public network": (
        DEPLOYMENT,
        "cidr: 10.80.0.0/20",
        "cidr: 8.8.0.0/20",
        "cloister.yaml:7: network.cidr: found '8.8.0.0/20'; needs a private range: "
        "within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10",
    ),
    "network with host bits": (
        DEPLOYMENT,
        "cidr: 10.80.0.0/20",
        "cidr: 10.80.1.1/20",
        "cloister.yaml:7: network.cidr: found '10.80.1.1/20'; "
        "did you mean '10.80.0.0/20'? (the first address and the length, no host bits set)",
    ),
    "network too large": (
        DEPLOYMENT,
        "cidr: 10.80.0.0/20",
        "cidr: 10.0.0.0/8",
        "cloister.yaml:7: network.cidr: found '10.0.0.0/8'; needs a size that a VPC can have: /16 to /28",
    ),
    "network too small for its zones": (
        DEPLOYMENT,
        "cidr: 10.80.0.0/20",
        "cidr: 10.80.0.0/26",
        "cloister.yaml:7: network.cidr: found '10.80.0.0/26', too small for a /26 in each of 2 zones; "
        "needs a /25 or larger",
    ),
    "no network": (
        DEPLOYMENT,
        "cidr: 10.80.0.0/20",
        "cidr: 10.80.0/20",
        "cloister.yaml:7: network.cidr: found '10.80.0/20'; needs an IPv4 network such as '10.80.0.0/20'",
    ),
    "guardrail strength": (
        DEPLOYMENT,
        "hate: high",
        "hate: hgih",
        "cloister.yaml:16: guardrail.content.hate: found 'hgih'; did you mean 'high'? (one of none, low, medium, high)",
    ),
    "guardrail filter forgotten": (
        DEPLOYMENT,
        "    misconduct: high\n",
        "",
        "cloister.yaml:15: guardrail.content: lacks misconduct; "
        "needs a strength for each filter ('none' turns one off)",
    ),
    "guardrail word of four": (
        DEPLOYMENT,
        "words: [Project Nightjar]",
        "words: [one two three four]",
        "cloister.yaml:21: guardrail.words[0]: found 'one two three four'; "
        "needs a word or a phrase of up to three words, at most 100 characters",
    ),
    "guardrail word too long": (
        DEPLOYMENT,
        "words: [Project Nightjar]",
        f"words: [{'x' * 101}]",
        "cloister.yaml:21: guardrail.words[0]: found 'xxxxxxxxxxxxxxxxxxxxxxxx…'; "
        "needs a word or a phrase of up to three words, at most 100 characters",
    ),
    "guardrail word twice": (
        DEPLOYMENT,
        "words: [Project Nightjar]",
        "words: [Project Nightjar, project nightjar]",
        "cloister.yaml:21: guardrail.words: found 'project nightjar' twice; needs at most 10,000 words, each once",
    ),
    "guardrail data kind": (
        DEPLOYMENT,
        "EMAIL: mask",
        "MAIL: mask",
        "cloister.yaml:23: guardrail.pii.MAIL: unknown key; did you mean 'EMAIL'?",
    ),
    "guardrail data action": (
        DEPLOYMENT,
        "EMAIL: mask",
        "EMAIL: hide",
        "cloister.yaml:23: guardrail.pii.EMAIL: found 'hide'; needs one of block, mask",
    ),
    "guardrail topic name": (
        DEPLOYMENT,
        "name: Investment advice",
        "name: Investment/advice",
        "cloister.yaml:28: guardrail.topics[0].name: found 'Investment/advice'; "
        "needs up to 100 letters, digits, spaces and - _ ! ? .",
    ),
    "guardrail topic definition too long": (
        DEPLOYMENT,
        "definition: Recommendations to buy, sell or hold a security or another financial product.",
        f"definition: {'word ' * 41}",
        "cloister.yaml:29: guardrail.topics[0].definition: found 'word word word word word…'; "
        "needs one line of at most 200 characters",
    ),
    "guardrail topic with six examples": (
        DEPLOYMENT,
        'examples: ["Which shares should I buy this year?"]',
        "examples: [a, b, c, d, e, f]",
        "cloister.yaml:30: guardrail.topics[0].examples: found 6 of them; needs at most 5 examples, each once",
    ),
    "file name": (
        ATLAS,
        "name: atlas",
        "name: comet",
        "teams/atlas.yaml:2: name: found 'comet' in atlas.yaml; needs the name of its file, or rename the file",
    ),
    "team name": (
        ATLAS,
        "name: atlas",
        "name: Atlas",
        "teams/atlas.yaml:2: name: found 'Atlas'; "
        "needs up to 20 lower-case letters, digits and hyphens, a letter first",
    ),
    "contact": (
        ATLAS,
        "contact: atlas@example.com",
        "contact: ask Ann",
        "teams/atlas.yaml:4: contact: found 'ask Ann'; needs an e-mail address such as 'team@example.com'",
    ),
    "no callers": (
        BEACON,
        "callers:\n  - role: beacon-service",
        "callers: []",
        "teams/beacon.yaml:6: callers: found an empty list; needs 1 to 20 callers, each once",
    ),
    "caller twice": (
        BEACON,
        "  - role: beacon-service",
        "  - role: beacon-service\n  - role: beacon-service",
        "teams/beacon.yaml:6: callers: found 'beacon-service' twice; needs 1 to 20 callers, each once",
    ),
    "session for a role": (
        BEACON,
        "role: beacon-service",
        "role: arn:aws:sts::123456789012:assumed-role/beacon-service/ann",
        "teams/beacon.yaml:7: callers[0].role: found 'arn:aws:sts::12345678901…'; "
        "name the role, not a session of it: 'beacon-service'",
    ),
    "user for a role": (
        BEACON,
        "role: beacon-service",
        "role: arn:aws:iam::123456789012:user/ann",
        "teams/beacon.yaml:7: callers[0].role: found 'arn:aws:iam::12345678901…'; "
        "name a role: users, groups and an account's root are not let in",
    ),
    "root for a role": (
        BEACON,
        "role: beacon-service",
        "role: arn:aws:iam::123456789012:root",
        "teams/beacon.yaml:7: callers[0].role: found 'arn:aws:iam::12345678901…'; "
        "name a role: users, groups and an account's root are not let in",
    ),
    "any role": (
        BEACON,
        "role: beacon-service",
        'role: "*"',
        "teams/beacon.yaml:7: callers[0].role: found '*'; "
        "needs a role's name (up to 64 letters, digits and _ + = . @ -) or its ARN",
    ),
    "many roles": (
        BEACON,
        "role: beacon-service",
        "role: arn:aws:iam::123456789012:role/*",
        "teams/beacon.yaml:7: callers[0].role: found 'arn:aws:iam::12345678901…'; "
        "needs a role's ARN, as 'arn:aws:iam::123456789012:role/atlas-developer'",
    ),
    "comma in a role": (  # IAM allows it; the list that the authorizer is given is parted by commas
        BEACON,
        "role: beacon-service",
        'role: "beacon,admin"',
        "teams/beacon.yaml:7: callers[0].role: found 'beacon,admin'; "
        "needs a role's name (up to 64 letters, digits and _ + = . @ -) or its ARN",
    ),
    "role of another partition": (
        BEACON,
        "role: beacon-service",
        "role: arn:aws-us-gov:iam::123456789012:role/beacon-service",
        "teams/beacon.yaml:7: callers[0].role: found a role of 'aws-us-gov'; us-east-1 is in 'aws'",
    ),
    "model that the catalogue lacks": (
        BEACON,
        "models: [google.gemma-4-e2b]",
        "models: [google.gemma-4-e4b]",
        "teams/beacon.yaml:8: models[0]: found 'google.gemma-4-e4b', which the catalogue lacks; "
        f"did you mean 'google.gemma-4-e2b'? (one of {MODELS})",
    ),
    "no models": (
        BEACON,
        "models: [google.gemma-4-e2b]",
        "models: []",
        "teams/beacon.yaml:8: models: found an empty list; needs one model or more, each once",
    ),
    "tier": (
        BEACON,
        "tiers: [default]",
        "tiers: [standard]",
        "teams/beacon.yaml:9: tiers[0]: found 'standard'; needs one of default, priority, flex",
    ),
    "anchor": (
        BEACON,
        "tiers: [default]",
        "tiers: &all [default]",
        "teams/beacon.yaml:9: found a YAML anchor or alias; write the value out",
    ),
    "tag": (
        BEACON,
        "owner: Beacon support desk",
        "owner: !!python/object/apply:os.system [ls]",
        "teams/beacon.yaml:3: owner: found the YAML tag 'tag:yaml.org,2002:python…'; "
        "only text, numbers, true or false, lists and mappings are used here",
    ),
    "key that is no text": (
        BEACON,
        "tiers: [default]",
        "tiers: [default]\non: 1",
        "teams/beacon.yaml:10: found the key 'on', which YAML takes for no text; put it in quotes",
    ),
    "date that is none": (
        CATALOGUE,
        "date: 2026-11-23\n        source: &prices",
        "date: 2026-13-23\n        source: &prices",
        "stacks/catalogue.yaml:37: models.google.gemma-4-31b.prices[0].date: "
        "found '2026-13-23', no real number or date; correct it",
    ),
    "syntax": (
        BEACON,
        "tiers: [default]",
        "tiers: [default",
        "teams/beacon.yaml:10: not YAML: expected ',' or ']', but got '<stream end>'; mend the syntax",
    ),
    "tab": (
        BEACON,
        "  - role: beacon-service",
        "\t- role: beacon-service",
        "teams/beacon.yaml:7: not YAML: found character '\\t' that cannot start any token; mend the syntax",
    ),
    "control character": (
        BEACON,
        "owner: Beacon support desk",
        "owner: Beacon\x00support desk",
        "teams/beacon.yaml:3: found a control character; remove it",
    ),
    "effort that the model lacks": (
        CATALOGUE,
        "required: high ",
        "required: utmost ",
        "stacks/catalogue.yaml:68: models.google.gemma-4-e2b.reasoning.required: found 'utmost'; "
        "needs one of the model's efforts",
    ),
    "price that is negative": (
        CATALOGUE,
        "input: 0.048,",
        "input: -0.048,",
        "stacks/catalogue.yaml:80: models.google.gemma-4-e2b.prices[1].default.input: found -0.048; "
        "Input should be greater than or equal to 0",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_explained_once(root: Path, name: str) -> None:
    file, old, new, expected = CASES[name]
    change(root, file, old, new)
    assert report(root) == [expected]


def test_all_mistakes_of_all_files_are_reported_at_once(root: Path) -> None:
    change(root, DEPLOYMENT, "retention_days: 400", "retention_days: 401")
    change(root, DEPLOYMENT, "zones: [us-east-1a, us-east-1b]", "zones: [us-east-2a]")
    change(root, ATLAS, "access: token", "acess: token")
    change(root, ATLAS, "google.gemma-4-31b,", "google.gemma-5,")
    change(root, BEACON, "name: beacon", "name: bacon")
    change(root, CATALOGUE, "required: high ", "required: utmost ")
    places = [line.split(": ")[0] + " " + line.split(": ")[1] for line in report(root)]
    assert places == [
        "cloister.yaml:8 network.zones",
        "cloister.yaml:8 network.zones[0]",
        "cloister.yaml:11 audit.retention_days",
        "stacks/catalogue.yaml:68 models.google.gemma-4-e2b.reasoning.required",
        "teams/atlas.yaml:1 access",
        "teams/atlas.yaml:5 acess",
        "teams/atlas.yaml:8 models[0]",
        "teams/beacon.yaml:2 name",
    ]


def test_a_model_must_be_offered_in_the_region(root: Path) -> None:
    text = (root / CATALOGUE).read_text()
    head, tail = text.split("  google.gemma-4-e2b:\n    <<: *gemma\n")
    (root / CATALOGUE).write_text(
        head + "  google.gemma-4-e2b:\n    <<: *gemma\n    regions: [us-west-2, us-east-1, us-gov-west-1]\n" + tail
    )
    change(root, DEPLOYMENT, "region: us-east-1\n", "region: us-east-2\n")
    change(root, DEPLOYMENT, "zones: [us-east-1a, us-east-1b]", "zones: [us-east-2a, us-east-2b]")
    assert report(root) == [
        "teams/beacon.yaml:8: models[0]: google.gemma-4-e2b is not offered in us-east-2; "
        "it is in us-west-2, us-east-1, us-gov-west-1"
    ]


def test_a_tier_must_be_offered_by_each_model(root: Path) -> None:
    text = (root / CATALOGUE).read_text()
    (root / CATALOGUE).write_text(
        text.replace("    name: Gemma 4 26B-A4B\n", "    name: Gemma 4 26B-A4B\n    tiers: [default, priority]\n")
    )
    assert [line for line in report(root) if line.startswith("teams/")] == [
        "teams/atlas.yaml:9: tiers[1]: google.gemma-4-26b-a4b is not offered in tier 'flex'; it is in default, priority"
    ]


def test_a_token_team_has_callers_of_the_deployments_account_alone(root: Path) -> None:
    change(root, DEPLOYMENT, '# account: "123456789012"', 'account: "123456789012"')
    foreign = "role: arn:aws:iam::210987654321:role/dev"
    change(root, BEACON, "role: beacon-service", foreign)  # signed requests may come from another account
    change(root, ATLAS, "role: atlas-developer", foreign)
    assert report(root) == [
        "teams/atlas.yaml:7: callers[0].role: found a role of account '210987654321'; "
        "a token proves roles of this account, 123456789012, alone"
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert report(tmp_path) == [
        "cloister.yaml: no such file; create it",
        "stacks/catalogue.yaml: no such file; create it",
        "teams: cannot be read (No such file or directory); make a folder with a file per team",
    ]


def test_a_file_that_cannot_be_read(root: Path) -> None:
    (root / ATLAS).unlink()
    (root / ATLAS).mkdir()
    assert report(root) == ["teams/atlas.yaml: cannot be read (Is a directory); make it a readable file"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "teams/comet.yaml:1: the file is empty; write 'key: value' lines"),
        (b"- name: comet\n", "teams/comet.yaml:1: found no mapping at the top; write 'key: value' lines"),
        (b"name: comet\nowner: \xff\n", "teams/comet.yaml:2: not UTF-8; save the file in UTF-8"),
        (
            b"name: " + b"[" * 5000 + b"]" * 5000,
            "teams/comet.yaml:1: nested too deeply; a few levels are all that is needed",
        ),
        (b"#" * 1_000_001, "teams/comet.yaml: larger than 1,000,000 bytes; make it smaller"),
        (
            b"name: comet\n---\nname: comet\n",
            "teams/comet.yaml:2: not YAML: but found another document; mend the syntax",
        ),
    ],
)
def test_a_file_that_is_no_settings_file(root: Path, data: bytes, expected: str) -> None:
    (root / "teams" / "comet.yaml").write_bytes(data)
    assert report(root) == [expected]


def test_a_team_file_with_another_ending_is_not_passed_over(root: Path) -> None:
    (root / ATLAS).rename(root / "teams" / "atlas.yml")
    assert report(root) == ["teams/atlas.yml: found the ending '.yml'; needs '.yaml'"]


def test_an_alias_that_holds_itself(root: Path) -> None:
    change(root, CATALOGUE, "tiers: [default, priority, flex]", "tiers: &loop [default, *loop]")
    assert "stacks/catalogue.yaml:1: an alias refers to what it stands in; write the value out" in report(root)


def test_a_secret_pasted_into_a_file_is_not_repeated(root: Path) -> None:
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    change(root, ATLAS, "contact: atlas@example.com", f"contact: {secret}")
    assert secret not in "\n".join(report(root))
