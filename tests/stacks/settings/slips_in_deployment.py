"""Slips in ``cloister.yaml``, and what is reported of each.

A case is the file, a text that stands in it once, the text that takes its place, and the line of the report.
"""

Case = tuple[str, str, str, str]
DEPLOYMENT = "cloister.yaml"

CASES: dict[str, Case] = {
    "unknown key": (
        DEPLOYMENT,
        "  data_events: true ",
        "  data_events: true\n  retention: 3 ",
        "cloister.yaml:14: audit.retention: unknown key; "
        "did you mean 'retention_days'? (one of retention_days, data_events, management_events, api_gateway_role, "
        "sign_records, digest_requests, object_lock, data_protection, archive)",
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
    "text for number": (
        DEPLOYMENT,
        "retention_days: 400",
        "retention_days: a year",
        "cloister.yaml:12: audit.retention_days: found 'a year'; needs a whole number",
    ),
    "retention that CloudWatch Logs lacks": (
        DEPLOYMENT,
        "retention_days: 400",
        "retention_days: 401",
        "cloister.yaml:12: audit.retention_days: found 401; CloudWatch Logs takes 1, 3, 5, 7, 14, 30, 60, "
        "90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653",
    ),
    "fewer text units than any account has": (
        DEPLOYMENT,
        "  words: [Project Nightjar] ",
        "  text_units: {topics: 24}\n  words: [Project Nightjar] ",
        "cloister.yaml:22: guardrail.text_units.topics: found 24; needs 25 to 100,000 text units a second",
    ),
    "a word for retention that there is not": (
        DEPLOYMENT,
        "audit:\n",
        "retention: none\naudit:\n",
        "cloister.yaml:11: retention: found 'none'; needs one of reported, required, proved",
    ),
    "text for a mapping": (
        DEPLOYMENT,
        "  pii:\n    EMAIL: mask\n    PHONE: mask\n    CREDIT_DEBIT_CARD_NUMBER: block\n    AWS_SECRET_KEY: block\n",
        "  pii: EMAIL\n",
        "cloister.yaml:23: guardrail.pii: found 'EMAIL'; needs a mapping: 'key: value' lines",
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
        "cloister.yaml:9: network.zones: found 1 of them; needs two to six zones, each once",
    ),
    "a zone twice": (
        DEPLOYMENT,
        "zones: [us-east-1a, us-east-1b]",
        "zones: [us-east-1a, us-east-1a]",
        "cloister.yaml:9: network.zones: found 'us-east-1a' twice; needs two to six zones, each once",
    ),
    "zone of another Region": (
        DEPLOYMENT,
        "zones: [us-east-1a, us-east-1b]",
        "zones: [us-east-1a, us-east-2b]",
        "cloister.yaml:9: network.zones[1]: found 'us-east-2b'; needs a zone of us-east-1, such as 'us-east-1a', "
        "or its id, such as 'use1-az1'",
    ),
    "zone of another Region by its id": (
        DEPLOYMENT,
        "zones: [us-east-1a, us-east-1b]",
        "zones: [us-east-1a, use2-az2]",
        "cloister.yaml:9: network.zones[1]: found 'use2-az2'; needs a zone of us-east-1, such as 'us-east-1a', "
        "or its id, such as 'use1-az1'",
    ),
    "public network": (
        DEPLOYMENT,
        "cidr: 10.80.0.0/20",
        "cidr: 8.8.0.0/20",
        "cloister.yaml:8: network.cidr: found '8.8.0.0/20'; needs a private range: "
        "within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10",
    ),
    "network with host bits": (
        DEPLOYMENT,
        "cidr: 10.80.0.0/20",
        "cidr: 10.80.1.1/20",
        "cloister.yaml:8: network.cidr: found '10.80.1.1/20'; "
        "did you mean '10.80.0.0/20'? (the first address and the length, no host bits set)",
    ),
    "network too large": (
        DEPLOYMENT,
        "cidr: 10.80.0.0/20",
        "cidr: 10.0.0.0/8",
        "cloister.yaml:8: network.cidr: found '10.0.0.0/8'; needs a size that a VPC can have: /16 to /28",
    ),
    "network too small for its zones": (
        DEPLOYMENT,
        "cidr: 10.80.0.0/20",
        "cidr: 10.80.0.0/26",
        "cloister.yaml:8: network.cidr: found '10.80.0.0/26', too small for a /26 in each of 2 zones; "
        "needs a /25 or larger",
    ),
    "no network": (
        DEPLOYMENT,
        "cidr: 10.80.0.0/20",
        "cidr: 10.80.0/20",
        "cloister.yaml:8: network.cidr: found '10.80.0/20'; needs an IPv4 network such as '10.80.0.0/20'",
    ),
    "guardrail strength": (
        DEPLOYMENT,
        "hate: high",
        "hate: hgih",
        "cloister.yaml:17: guardrail.content.hate: found 'hgih'; did you mean 'high'? (one of none, low, medium, high)",
    ),
    "guardrail filter forgotten": (
        DEPLOYMENT,
        "    misconduct: high\n",
        "",
        "cloister.yaml:16: guardrail.content: lacks misconduct; "
        "needs a strength for each filter ('none' turns one off)",
    ),
    "guardrail word of four": (
        DEPLOYMENT,
        "words: [Project Nightjar]",
        "words: [one two three four]",
        "cloister.yaml:22: guardrail.words[0]: found 'one two three four'; "
        "needs a word or a phrase of up to three words, at most 100 characters",
    ),
    "guardrail word too long": (
        DEPLOYMENT,
        "words: [Project Nightjar]",
        f"words: [{'x' * 101}]",
        "cloister.yaml:22: guardrail.words[0]: found 'xxxxxxxxxxxxxxxxxxxxxxxx…'; "
        "needs a word or a phrase of up to three words, at most 100 characters",
    ),
    "guardrail word twice": (
        DEPLOYMENT,
        "words: [Project Nightjar]",
        "words: [Project Nightjar, project nightjar]",
        "cloister.yaml:22: guardrail.words: found 'project nightjar' twice; needs at most 10,000 words, each once",
    ),
    "guardrail data kind": (
        DEPLOYMENT,
        "EMAIL: mask",
        "MAIL: mask",
        "cloister.yaml:24: guardrail.pii.MAIL: unknown key; did you mean 'EMAIL'?",
    ),
    "guardrail data action": (
        DEPLOYMENT,
        "EMAIL: mask",
        "EMAIL: hide",
        "cloister.yaml:24: guardrail.pii.EMAIL: found 'hide'; needs one of block, mask",
    ),
    "guardrail topic name": (
        DEPLOYMENT,
        "name: Investment advice",
        "name: Investment/advice",
        "cloister.yaml:29: guardrail.topics[0].name: found 'Investment/advice'; "
        "needs up to 100 letters, digits, spaces and - _ ! ? .",
    ),
    "guardrail topic definition too long": (
        DEPLOYMENT,
        "definition: Recommendations to buy, sell or hold a security or another financial product.",
        f"definition: {'word ' * 41}",
        "cloister.yaml:30: guardrail.topics[0].definition: found 'word word word word word…'; "
        "needs one line of at most 200 characters",
    ),
    "guardrail topic with six examples": (
        DEPLOYMENT,
        'examples: ["Which shares should I buy this year?"]',
        "examples: [a, b, c, d, e, f]",
        "cloister.yaml:31: guardrail.topics[0].examples: found 6 of them; needs at most 5 examples, each once",
    ),
    "runbooks that nobody reaches": (
        DEPLOYMENT,
        "# alarms:",
        "alarms:\n  runbooks: ftp://runbooks",
        "cloister.yaml:35: alarms.runbooks: found 'ftp://runbooks'; needs an https:// address",
    ),
}
