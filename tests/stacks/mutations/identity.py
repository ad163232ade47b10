"""The lines that make the promises on roles, keys and evidence true, taken away one at a time.

Of the documents for an organisation every action, resource and condition is tried by `tests.stacks.policies` itself.
"""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_C = "stacks/constructs"
_BOUNDARY, _PASSED = "test_a_boundary_repeats_what_a_role_may", "test_a_role_that_is_passed_to_another_function"
_PATH, _KEYS = "test_roles_are_known_by_their_path", "test_administrators_manage_keys_and_nobody_else_does"

IDENTITY = tuple(
    Mutation(name, file, old, new, (test,))
    for name, file, old, new, test in (
        ("no boundary", f"{_C}/function_role.py", "            permissions_boundary=self.boundary,\n", "", _BOUNDARY),
        ("a role anywhere", f"{_C}/proxy.py", "            path=role_path,\n", "", _PATH),
        ("a role for any function", f"{_C}/proxy.py", "            function=name,\n", "", _PASSED),
        (
            "a denial to every function",
            f"{_C}/function_role.py",
            '                "ArnNotEquals": {"lambda:SourceFunctionArn": self._function},\n',
            "",
            _PASSED,
        ),
        (
            "tokens of one prefix",
            f"{_C}/function_role.py",
            '"bedrock-mantle:CallWithBearerToken", "bedrock:CallWithBearerToken"',
            '"bedrock:CallWithBearerToken"',
            "test_code_of_a_function_is_denied_bearer_tokens",
        ),
        (
            "any model",
            f"{_C}/project.py",
            "            conditions=conditions,\n",
            "",
            "test_the_proxy_infers_in_its_own_project",
        ),
        (
            "any Project",
            f"{_C}/project.py",
            "resources=[self.arn],\n            conditions=conditions,",
            'resources=["*"],\n            conditions=conditions,',
            "test_every_wildcard_is_one_that_is_forced",
        ),
        (
            "any guardrail",
            f"{_C}/guardrail.py",
            "resources=self.resources",
            'resources=["*"]',
            "test_every_wildcard_is_one_that_is_forced",
        ),
        (
            "decryption by the function itself",
            f"{_C}/guardrail.py",
            '                conditions={"StringEquals": {"kms:ViaService": f"bedrock.{region}.amazonaws.com"}},\n',
            "",
            "test_the_proxy_applies_the_deployments_guardrail",
        ),
        (
            "anybody manages keys",
            f"{_C}/key.py",
            '        conditions={"ArnEquals": {"aws:PrincipalArn": [*administrators, root]}},\n',
            "",
            _KEYS,
        ),
        (
            "administrators read",
            f"{_C}/key.py",
            '    "kms:CreateAlias",\n',
            '    "kms:CreateAlias",\n    "kms:Decrypt",\n',
            _KEYS,
        ),
        (
            "keys through any service",
            f"{_C}/key.py",
            '                        "kms:ViaService": f"{service}.{stack.region}.amazonaws.com",\n',
            "",
            "test_keys_are_used_by_principals_through_the_service",
        ),
        (
            "a key for all log groups",
            "stacks/audit.py",
            '([f"{self.deployment.name}-*", "API-Gateway-Execution-Logs_*"])',
            "()",
            "test_services_use_keys_for_this_deployment_only",
        ),
        (
            "log groups that may be deleted",
            f"{_C}/log_group.py",
            "            deletion_protection_enabled=protected,\n",
            "",
            "test_every_log_group_is_encrypted_kept_and_ends",
        ),
        (
            "a bucket that goes with its stack",
            f"{_C}/bucket.py",
            "RemovalPolicy.RETAIN",
            "RemovalPolicy.DESTROY",
            "test_evidence_is_not_deleted_with_its_stack",
        ),
        (
            "stacks that may be deleted",
            "stacks/base.py",
            "            termination_protection=shared and deployment.is_protected,\n",
            "",
            "test_the_platform_refuses_to_be_deleted",
        ),
        (
            "callers with any method",
            f"{_C}/team_access.py",
            '_METHODS = ("GET", "POST")',
            '_METHODS = ("*",)',
            "test_callers_who_sign_may_carry_a_policy",
        ),
        (
            "evidence that nobody watches",
            f"{_C}/trail.py",
            '("resources.type", ["AWS::S3::Object"])',
            '("resources.type", ["AWS::S3::AccessPoint"])',
            "test_the_evidence_itself_is_watched_and_who_invokes_a_function_by_hand",
        ),
        (
            "changes that nobody records",
            "stacks/audit.py",
            'deployment.audit.management_events == "here"',
            "False",
            "test_changes_are_recorded_in_every_region_unless_a_trail_elsewhere_does",
        ),
        (
            "a Project in a Region where none can be made",
            "stacks/settings/checks.py",
            "        and region not in PROJECT_TYPE\n",
            "        and region in PROJECT_TYPE\n",
            "test_a_region_where_no_project_can_be_made_asks_for_one",
        ),
        (
            "callers by a right of their own",
            f"{_C}/api.py",
            '{"ArnNotLike": {"aws:PrincipalArn": list(callers)}}',
            '{"ArnLike": {"aws:PrincipalArn": "*"}, "Bool": {"aws:SecureTransport": "false"}}',
            "test_nobody_else_gets_in_whatever_right_they_have",
        ),
        (
            "a permission set with another's name before its own",
            "stacks/settings/roles.py",
            "AWSReservedSSO_{}_????????????????",
            "AWSReservedSSO_{}_*",
            "test_nobody_else_gets_in_whatever_right_they_have",
        ),
        (
            "a denial less",
            f"{_C}/bypass_denial.py",
            "parts(bypass(names), ",
            "parts(bypass(names)[1:], ",
            "test_the_account_has_the_denial_of_every_way_round",
        ),
    )
)
