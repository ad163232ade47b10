"""The lines that keep signing to a team's own function, and digests to who may make them, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_C, _KEY = "stacks/constructs", "stacks/constructs/signing_key.py"
_DIGESTS = "stacks/constructs/digest_key.py"
_CHAIN, _TAMPERING = "tests/lambdas/proxy/audit/test_chain.py", "tests/audit/test_tampering.py"

SIGNING = tuple(
    Mutation(name, file, old, new, (test,), where)
    for name, file, old, new, test, where in (
        (
            "signing: administrators sign too",
            _KEY,
            'nobody_else("NobodyElseSigns", ["kms:Sign"], signers)',
            'nobody_else("NobodyElseSigns", ["kms:Sign"], "*")',
            "test_nobody_but_a_proxy_signs_and_administrators_alone_manage",
            "tests/stacks",
        ),
        (
            "signing: any message, by any algorithm",
            _KEY,
            '            resources=[self.arn],\n            conditions={"StringEquals": dict(DIGESTS_ONLY)},\n',
            "            resources=[self.arn],\n",
            "test_the_proxy_signs_digests_with_its_own_key_and_has_no_other_right_on_it",
            "tests/stacks",
        ),
        (
            "signing: any key",
            _KEY,
            "            resources=[self.arn],\n",
            '            resources=["*"],\n',
            "test_the_proxy_signs_digests_with_its_own_key_and_has_no_other_right_on_it",
            "tests/stacks",
        ),
        (
            "signing: everything of KMS through the endpoint",
            f"{_C}/endpoint_policies.py",
            '"kms:Sign", DIGESTS_ONLY',
            '"kms:*", DIGESTS_ONLY',
            "test_signing_a_digest_is_all_that_passes_the_endpoint",
            "tests/stacks",
        ),
        (
            "signing: a key that goes with its stack",
            "stacks/constructs/team_key.py",
            "removal_policy=RemovalPolicy.RETAIN,",
            "removal_policy=RemovalPolicy.DESTROY,",
            "test_each_team_has_a_key_of_its_own_that_signs_and_does_nothing_else",
            "tests/stacks",
        ),
        (
            "chain: a line without the hash of the one before",
            "lambdas/proxy/audit/log.py",
            '"previous":"{self.hash}"',
            '"previous":"{self.start}"',
            "test_a_process_leaves_one_signed_chain_from_its_start_to_its_end",
            _CHAIN,
        ),
        (
            "chain: no end, and no signature of it",
            "lambdas/proxy/__main__.py",
            "            _signing.end()\n",
            "            pass\n",
            "test_a_process_leaves_one_signed_chain_from_its_start_to_its_end",
            _CHAIN,
        ),
        (
            "verification: a changed line",
            "audit/segments.py",
            "    elif previous != segment.hash:\n",
            "    elif False:\n",
            "test_a_line_altered",
            _TAMPERING,
        ),
        (
            "verification: a signature of anybody's",
            "audit/signatures.py",
            "    except InvalidSignature:\n        return False\n",
            "    except InvalidSignature:\n        return True\n",
            "test_a_signature_of_another_key",
            _TAMPERING,
        ),
        (
            "digests: administrators try guesses too",
            _DIGESTS,
            '"kms:VerifyMac"], users)',
            '"kms:VerifyMac"], "*")',
            "test_nobody_but_proxies_and_auditors_uses_it_and_administrators_alone_manage",
            "tests/stacks",
        ),
        (
            "digests: any team's key",
            _DIGESTS,
            "            resources=[self.arn],\n",
            '            resources=["*"],\n',
            "test_the_proxy_uses_its_own_key_alone",
            "tests/stacks",
        ),
        (
            "digests: auditors use any key",
            f"{_C}/auditor.py",
            'f"alias/{deployment.lower()}/digests/*"',
            '"alias/*"',
            "test_the_auditors_use_the_keys_of_digests_and_no_other",
            "tests/stacks",
        ),
        (
            "digests: no key but what everybody has",
            "lambdas/proxy/audit/digest.py",
            "authenticated(self._key, message)",
            'authenticated(b"", message)',
            "test_a_record_confirms_its_request_and_no_other",
            "tests/lambdas/proxy/audit/test_digest.py",
        ),
    )
)
