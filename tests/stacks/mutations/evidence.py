"""The lines that make the evidence and its alarms what they are, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_C = "stacks/constructs"
_TOPIC = "test_alarms_go_to_an_encrypted_topic_of_this_accounts_alarms_and_rules_alone"

EVIDENCE = tuple(
    Mutation(name, file, old, new, (test,))
    for name, file, old, new, test in (
        ("alarms in the clear on their way", f"{_C}/alarm_topic.py", "enforce_ssl=True", "enforce_ssl=False", _TOPIC),
        ("alarms that rest in the clear", f"{_C}/alarm_topic.py", ", master_key=key.key", "", _TOPIC),
        (
            "anybody's rules in the alarms",
            f"{_C}/alarm_topic.py",
            ":{stack.account}:{sources}",
            ":*:{sources}",
            _TOPIC,
        ),
        (
            "a key for any topic's rules",
            f"{_C}/key.py",
            '("events", "RulesUseTheTopic", topic),',
            '("events", "RulesUseTheTopic", {"kms:EncryptionContext:any": "topic"}),',
            "test_services_use_keys_for_this_deployment_only",
        ),
        (
            "a message that is not delivered",
            f"{_C}/key.py",
            '("events", "RulesUseTheTopic", topic),',
            '("events", "RulesUseTheTopic", topic | account),',
            "test_services_use_keys_for_this_deployment_only",
        ),
        (
            "changes of functions that nobody hears of",
            "stacks/changes.py",
            '_asked(functionName=_named(f"{name}-"))',
            '_asked(functionName=[{"prefix": "other-"}])',
            "test_nothing_that_the_templates_make_is_left_out",
        ),
        (
            "changes of everybody's keys",
            "stacks/changes.py",
            '_asked(keyId=[{"suffix": key_id}])',
            '_asked(keyId=[{"exists": True}])',
            "test_what_is_somebody_elses_is_not_told",
        ),
        (
            "a message with what was asked for",
            f"{_C}/change_alarm.py",
            '"sourceIPAddress", ',
            '"requestParameters", ',
            "test_a_message_says_who_did_what_and_when_and_not_what_was_asked_for",
        ),
        (
            "logs that are looked through and not masked",
            f"{_C}/log_group.py",
            '"Operation": {"Deidentify": {"MaskConfig": {}}}',
            '"Operation": {"Audit": {"FindingsDestination": {}}}',
            "test_every_log_of_a_team_is_looked_through_and_masked",
        ),
        (
            "records that nothing packs",
            f"{_C}/record_archive.py",
            'compression_format="GZIP"',
            'compression_format="UNCOMPRESSED"',
            "test_objects_are_lines_of_json_in_a_folder_for_each_day",
        ),
        (
            "an archive that may delete",
            f"{_C}/record_archive.py",
            'actions=["s3:AbortMultipartUpload", "s3:PutObject"]',
            'actions=["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]',
            "test_the_roles_write_and_do_nothing_else",
        ),
        (
            "an archive without who was refused",
            "stacks/team.py",
            "(self.records, self.api.access_logs, self.authorizer_logs)",
            "(self.records, self.authorizer_logs)",
            "test_every_group_that_holds_records_is_subscribed_and_no_other",
        ),
        (
            "an auditor who unmasks",
            f"{_C}/auditor.py",
            '"logs:StartQuery"',
            '"logs:StartQuery", "logs:Unmask"',
            "test_the_auditor_reads_and_decrypts_and_can_do_nothing_else",
        ),
        (
            "an auditor who is anybody of the account",
            f"{_C}/auditor.py",
            '{"ArnLike": {"aws:PrincipalArn": list(auditors)}}',
            '{"ArnLike": {"aws:PrincipalArn": "*"}}',
            "test_who_may_take_it_on_is_who_the_settings_name",
        ),
        (
            "an alarm that tells nobody",
            f"{_C}/alarm_topic.py",
            "        alarm.add_alarm_action(self._action)\n",
            "",
            "test_every_alarm_is_told",
        ),
    )
)
