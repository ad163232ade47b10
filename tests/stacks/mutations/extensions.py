"""The lines that bound what is opened to functions of the teams' own, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_NETWORK, _CONSTRUCTS, _SERVICES = "stacks/network.py", "stacks/constructs", "stacks/services.py"


def _m(name: str, file: str, old: str, new: str, *tests: str) -> Mutation:
    return Mutation(name, file, old, new, tests)


EXTENSIONS = (
    _m(
        "a policy for a hub that any stack says",
        "review/proof/opened.py",
        "    template = deployment.assembly.by_stack.get(stack)\n",
        '    template = next(t for t in deployment.assembly.templates if "HubPolicySqs" in str(t.body))\n',
        "test_no_other_stack_says_what_the_hub_is_asked_for",
    ),
    _m(
        "proxies at a bucket that is a team's own",
        _NETWORK,
        "wanted = [reached for reached in service.reached if reached.wanted(self.deployment)]",
        "wanted = list(service.reached)",
        "test_s3_sqs_and_a_group_that_reaches_them_and_the_apis_are_all_that_is_added",
    ),
    _m(
        "a team's functions in another team's bucket",
        "stacks/ceilings.py",
        "own = [(entry.bucket, its.names.extensions(entry.team))",
        'own = [(entry.bucket, its.names.extensions("*"))',
        "test_what_passes_the_endpoint",
    ),
    _m(
        "a team's functions at another team's queue",
        "stacks/ceilings.py",
        "own = [(entry.queue, its.names.extensions(entry.team))",
        'own = [(entry.queue, its.names.extensions("*"))',
        "test_what_passes_the_endpoint_of_queues",
    ),
    _m(
        "purging a queue",
        f"{_CONSTRUCTS}/opened_policies.py",
        '"sqs:SendMessage")',
        '"sqs:SendMessage", "sqs:PurgeQueue")',
        "test_what_passes_the_endpoint_of_queues",
    ),
    _m(
        "private DNS of SQS",
        _SERVICES,
        '        hosts=("sqs.{region}.amazonaws.com",),\n        private_dns=False,\n',
        '        hosts=("sqs.{region}.amazonaws.com",),\n',
        "test_the_one_name_of_sqs_leads_to_the_endpoint_and_no_other_name_is_taken",
    ),
    _m(
        "SQS of a VPC of others",
        _SERVICES,
        '        own_name=True,\n        setting="extensions.queue",\n',
        '        own_name=False,\n        setting="extensions.queue",\n',
        "test_in_a_vpc_of_others_nobodys_sqs_is_taken",
    ),
    _m(
        "a queue in the clear",
        f"{_CONSTRUCTS}/queue.py",
        "            enforce_ssl=True,\n",
        "",
        "test_a_queue_is_encrypted_takes_tls_alone_and_nobody_of_another_account",
    ),
    _m(
        "a queue that is not encrypted",
        f"{_CONSTRUCTS}/queue.py",
        "encryption=sqs.QueueEncryption.SQS_MANAGED",
        "encryption=sqs.QueueEncryption.UNENCRYPTED",
        "test_a_queue_is_encrypted_takes_tls_alone_and_nobody_of_another_account",
    ),
    _m(
        "a queue for another account",
        f"{_CONSTRUCTS}/queue.py",
        "                effect=iam.Effect.DENY,\n",
        "                effect=iam.Effect.ALLOW,\n",
        "test_a_queue_is_encrypted_takes_tls_alone_and_nobody_of_another_account",
    ),
)
