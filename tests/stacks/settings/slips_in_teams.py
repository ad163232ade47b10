"""Slips in the files of teams, and in the catalogue, and what is reported of each.

A case is the file, a text that stands in it once, the text that takes its place, and the line of the report.
"""

Case = tuple[str, str, str, str]
ATLAS, BEACON, CATALOGUE = "teams/atlas.yaml", "teams/beacon.yaml", "stacks/catalogue.yaml"
MODELS = "google.gemma-4-26b-a4b, google.gemma-4-31b, google.gemma-4-e2b"

CASES: dict[str, Case] = {
    "unknown key like no other": (
        ATLAS,
        "access: token",
        "access: token\nquux: 1 ",
        "teams/atlas.yaml:6: quux: unknown key; needs one of name, owner, contact, access, callers, models, tiers, "
        "project, guarding, tags, guardrail, structured_output, fallbacks, images, budget, archive, identity",
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
    "yes for text": (
        ATLAS,
        "owner: Atlas research",
        "owner: yes",
        "teams/atlas.yaml:3: owner: found true; needs a text "
        "(YAML reads yes, no, on and off as true or false: put it in quotes)",
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
        "needs a role's name (up to 64 letters, digits and _ + = . @ -), its ARN, or 'permission-set/NAME'",
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
        "needs a role's name (up to 64 letters, digits and _ + = . @ -), its ARN, or 'permission-set/NAME'",
    ),
    "the Project that every account has": (
        BEACON,
        "tiers: [default]",
        "tiers: [default]\nproject: default",
        "teams/beacon.yaml:10: project: found 'default'; needs the id of a Bedrock Project, such as "
        "'proj_0a1b2c3d4e5f6g7h'",
    ),
    "permission set by its role's bare name": (
        BEACON,
        "role: beacon-service",
        "role: AWSReservedSSO_BeaconDesk_0123456789abcdef",
        "teams/beacon.yaml:7: callers[0].role: found 'AWSReservedSSO_BeaconDes…'; "
        "name the permission set: 'permission-set/BeaconDesk'",
    ),
    "permission set by an ARN that it has not": (
        BEACON,
        "role: beacon-service",
        "role: arn:aws:iam::123456789012:role/AWSReservedSSO_BeaconDesk_0123456789abcdef",
        "teams/beacon.yaml:7: callers[0].role: found 'arn:aws:iam::12345678901…'; "
        "name the permission set: 'permission-set/BeaconDesk'",
    ),
    "session of a permission set": (
        BEACON,
        "role: beacon-service",
        "role: arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_BeaconDesk_0123456789abcdef/ann",
        "teams/beacon.yaml:7: callers[0].role: found 'arn:aws:sts::12345678901…'; "
        "name the permission set: 'permission-set/BeaconDesk'",
    ),
    "any permission set": (
        BEACON,
        "role: beacon-service",
        "role: permission-set/*",
        "teams/beacon.yaml:7: callers[0].role: found 'permission-set/*'; "
        "needs a permission set's name after 'permission-set/': up to 32 letters, digits and _ + = . @ -",
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
    "guarding that is no choice": (
        BEACON,
        "tiers: [default]",
        "tiers: [default]\nguarding: {input: off}",
        "teams/beacon.yaml:10: guarding.input: found false; needs one of strict, overlap "
        "(YAML reads yes, no, on and off as true or false: put it in quotes)",
    ),
    "delay that is none": (
        BEACON,
        "tiers: [default]",
        "tiers: [default]\nguarding: {delay: 60}",
        "teams/beacon.yaml:10: guarding.delay: found 60; needs 0.1 to 10 seconds",
    ),
    "fallback to another team's model": (
        BEACON,
        "tiers: [default]",
        "tiers: [default]\nfallbacks:\n  - model: google.gemma-4-31b",
        "teams/beacon.yaml:11: fallbacks[0].model: found 'google.gemma-4-31b', which the team's models lack; "
        "did you mean 'google.gemma-4-e2b'? (one of google.gemma-4-e2b)",
    ),
    "fallback to a tier that the team has not": (
        BEACON,
        "tiers: [default]",
        "tiers: [default]\nfallbacks: [{tier: flex}]",
        "teams/beacon.yaml:10: fallbacks[0].tier: found 'flex', which the team's tiers lack; needs one of default",
    ),
    "fallback twice": (
        ATLAS,
        "tiers: [default, flex]",
        "tiers: [default, flex]\nfallbacks: [{tier: flex}, {tier: flex}]",
        "teams/atlas.yaml:10: fallbacks: found '/flex instead of any' twice; needs up to 10 fallbacks, each once",
    ),
    "fallback to nothing": (
        BEACON,
        "tiers: [default]",
        "tiers: [default]\nfallbacks: [{instead_of: google.gemma-4-e2b}]",
        "teams/beacon.yaml:10: fallbacks[0]: found neither model nor tier; name another model, another tier, or both",
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
        "stacks/catalogue.yaml:38: models.google.gemma-4-31b.prices[0].date: "
        "found '2026-13-23', no real number or date; correct it",
    ),
    "syntax": (
        BEACON,
        "tiers: [default]",
        "tiers: [default",
        "teams/beacon.yaml:9: not YAML: what begins with [ has no end; close it with ]",
    ),
    "tab": (
        BEACON,
        "  - role: beacon-service",
        "\t- role: beacon-service",
        "teams/beacon.yaml:7: not YAML: found character '\\t' that cannot start any token; indent with spaces, not "
        "tabs",
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
        "stacks/catalogue.yaml:69: models.google.gemma-4-e2b.reasoning.required: found 'utmost'; "
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
