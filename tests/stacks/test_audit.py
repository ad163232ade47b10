"""The evidence is complete, encrypted, kept, and closed to everybody but those who write it."""

import pytest

from tests.stacks.assembly import Assembly, Json, listed, one, resources, statements

TRAIL_ARN = {
    "Fn::Join": ["", ["arn:aws:cloudtrail:us-east-1:", {"Ref": "AWS::AccountId"}, ":trail/Cloister-data-events"]]
}
TOPIC_ARN = {"Fn::Join": ["", ["arn:aws:sns:us-east-1:", {"Ref": "AWS::AccountId"}, ":Cloister-alarms"]]}


def selectors(template: Json) -> dict[str, dict[str, Json]]:
    """Return what the trail records, by the name of the selector: the fields, with what they equal or start with."""
    return {
        selector["Name"]: {f["Field"]: f.get("Equals") or f["StartsWith"] for f in selector["FieldSelectors"]}
        for selector in one(template, "AWS::CloudTrail::Trail")["AdvancedEventSelectors"]
    }


def test_inference_and_guardrail_calls_are_recorded_with_validation(audit: Json) -> None:
    trail = one(audit, "AWS::CloudTrail::Trail")
    for kind in ("AWS::BedrockMantle::Project", "AWS::Bedrock::Guardrail"):
        assert selectors(audit)[kind] == {"eventCategory": ["Data"], "resources.type": [kind]}
    assert trail["EnableLogFileValidation"] is True
    assert trail["IsLogging"] is True
    assert "EvidenceKey" in trail["KMSKeyId"]["Fn::GetAtt"][0]


def test_the_evidence_itself_is_watched_and_who_invokes_a_function_by_hand(audit: Json, pinned: Assembly) -> None:
    (bucket,) = resources(audit, "AWS::S3::Bucket")
    for template in (audit, pinned.templates["Cloister-Audit"]):
        found = selectors(template)
        assert found["Evidence"] == {
            "eventCategory": ["Data"],
            "resources.type": ["AWS::S3::Object"],
            "resources.ARN": [{"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, "/"]]}],
        }
        # Of Lambda's data events those of API Gateway, a service, have no ARN of who invoked.
        assert found["InvocationsByPrincipals"]["resources.type"] == ["AWS::Lambda::Function"]
        assert found["InvocationsByPrincipals"]["userIdentity.arn"] == ["arn:aws:"]
    assert selectors(pinned.templates["Cloister-Audit"])["InvocationsByPrincipals"]["resources.ARN"] == [
        "arn:aws:lambda:eu-central-1:111122223333:function:Cloister-"
    ]


def test_changes_are_recorded_in_every_region_unless_a_trail_elsewhere_does(audit: Json, pinned: Assembly) -> None:
    trail = one(audit, "AWS::CloudTrail::Trail")
    assert selectors(audit)["Changes"] == {"eventCategory": ["Management"], "readOnly": ["false"]}
    assert trail["IsMultiRegionTrail"] is trail["IncludeGlobalServiceEvents"] is True
    elsewhere = pinned.templates["Cloister-Audit"]
    assert "Changes" not in selectors(elsewhere)
    assert one(elsewhere, "AWS::CloudTrail::Trail")["IsMultiRegionTrail"] is False


def test_the_trail_waits_for_the_buckets_policy(audit: Json) -> None:
    (trail,) = [r for r in audit["Resources"].values() if r["Type"] == "AWS::CloudTrail::Trail"]
    assert list(resources(audit, "AWS::S3::BucketPolicy")) == trail["DependsOn"]


def test_without_data_events_the_calls_alone_go_unrecorded(pinned: Assembly) -> None:
    assert set(selectors(pinned.templates["Cloister-Audit"])) == {"Evidence", "InvocationsByPrincipals"}


def test_the_bucket_is_closed_encrypted_versioned_and_kept(audit: Json) -> None:
    bucket = one(audit, "AWS::S3::Bucket")
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert "EvidenceKey" in rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]["Fn::GetAtt"][0]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (lifecycle,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (lifecycle["ExpirationInDays"], lifecycle["Status"]) == (400, "Enabled")


def test_the_bucket_is_locked_for_the_time_that_it_is_kept_where_that_is_chosen(audit: Json, pinned: Assembly) -> None:
    assert "ObjectLockConfiguration" not in one(audit, "AWS::S3::Bucket")
    bucket = one(pinned.templates["Cloister-Audit"], "AWS::S3::Bucket")
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Days": 3653, "Mode": "COMPLIANCE"}


def test_the_bucket_takes_tls_only_and_files_of_its_own_trail_only(audit: Json) -> None:
    policy = one(audit, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    denied = [statement["Condition"] for statement in policy if statement["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied
    allowed = [statement for statement in policy if statement["Effect"] == "Allow"]
    assert {statement["Action"] for statement in allowed} == {"s3:GetBucketAcl", "s3:PutObject"}
    for statement in allowed:
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert statement["Condition"]["StringEquals"]["aws:SourceArn"] == TRAIL_ARN


def test_every_key_rotates_and_stays(deployed: Assembly) -> None:
    keys = [
        resource
        for template in deployed.templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::KMS::Key"
    ]
    assert len(keys) == 4, "logs, evidence, alarms, guardrail"
    for key in keys:
        assert key["Properties"]["EnableKeyRotation"] is True
        assert key["Properties"]["PendingWindowInDays"] == 30
        assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"


def key_policies(assembly: Assembly) -> dict[str, dict[str, Json]]:
    """Return the statements of every key's policy by their Sids, by the start of the key's logical id."""
    return {
        name.rstrip("0123456789ABCDEF"): {s["Sid"]: s for s in key["KeyPolicy"]["Statement"]}
        for template in assembly.templates.values()
        for name, key in resources(template, "AWS::KMS::Key").items()
    }


def test_services_use_keys_for_this_deployment_only(deployed: Assembly) -> None:
    keys = key_policies(deployed)
    services = {
        (key, sid): statement["Condition"]
        for key, found in keys.items()
        for sid, statement in found.items()
        if "Service" in statement["Principal"]
    }

    def groups(name: str) -> Json:
        return {"Fn::Join": ["", ["arn:aws:logs:us-east-1:", {"Ref": "AWS::AccountId"}, f":log-group:{name}"]]}

    assert services == {
        ("LogsKey", "LogGroupsOfThisAccount"): {
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": [groups("Cloister-*"), groups("API-Gateway-Execution-Logs_*")]
            }
        },
        ("EvidenceKey", "TrailEncryptsItsFiles"): {
            "StringEquals": {"aws:SourceArn": TRAIL_ARN, "kms:EncryptionContext:aws:cloudtrail:arn": TRAIL_ARN}
        },
        ("EvidenceKey", "TrailReadsTheKeyItUses"): {"StringEquals": {"aws:SourceArn": TRAIL_ARN}},
        ("AlarmsKey", "AlarmsUseTheTopic"): {
            "StringEquals": {
                "kms:EncryptionContext:aws:sns:topicArn": TOPIC_ARN,
                "aws:SourceAccount": {"Ref": "AWS::AccountId"},
            }
        },
        # No condition on a source: a rule's message would not be delivered (see CustomerKey.allow_publishing).
        ("AlarmsKey", "RulesUseTheTopic"): {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": TOPIC_ARN}},
    }


def test_every_log_group_has_a_name_that_its_key_serves(deployed: Assembly) -> None:
    for stack, template in deployed.templates.items():
        for group in resources(template, "AWS::Logs::LogGroup").values():
            # Without a name of its own, a group is named after its stack.
            name = group.get("LogGroupName", f"{stack}-…")
            start = name if isinstance(name, str) else name["Fn::Join"][1][0]
            assert start.startswith(("Cloister-", "API-Gateway-Execution-Logs_"))


def test_administrators_manage_keys_and_nobody_else_does_and_none_of_them_reads(pinned: Assembly) -> None:
    keys = key_policies(pinned)
    assert {key: set(found) for key, found in keys.items()} == {
        "LogsKey": {"AdministratorsManage", "LogGroupsOfThisAccount"},
        "EvidenceKey": {
            "AdministratorsManage",
            "FirehoseKeepsWhatWaits",
            "FirehoseWritesTheBucket",
            "ReadersOfTheBucket",
            "TrailEncryptsItsFiles",
            "TrailReadsTheKeyItUses",
        },
        "AlarmsKey": {"AdministratorsManage", "AlarmsUseTheTopic", "RulesUseTheTopic"},
        "DigestKey": {"AdministratorsManage", "NobodyElseAuthenticates", "UsersAuthenticate"},
        "SigningKey": {"AdministratorsManage", "NobodyElseSigns", "ReadersVerify", "SignersSign"},
        "Key": {"AdministratorsManage", "BedrockKeepsTheGuardrail"},
    }
    account = "arn:aws:iam::111122223333"
    uses = ("kms:CreateGrant", "kms:Decrypt", "kms:Derive", "kms:Encrypt", "kms:Generate", "kms:ReEncrypt", "kms:Sign")
    for found in keys.values():
        managed = found["AdministratorsManage"]
        assert managed["Principal"] == {"AWS": f"{account}:root"}
        assert managed["Condition"] == {
            "ArnEquals": {
                "aws:PrincipalArn": [
                    f"{account}:role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-central-1",
                    f"{account}:role/platform",
                    f"{account}:root",
                ]
            }
        }
        assert not [action for action in managed["Action"] if "*" in action or action.startswith(uses)]
        # Whoever deploys the key has to be able to change its policy: AWS refuses a policy that locks its author out.
        assert {"kms:PutKeyPolicy", "kms:DescribeKey", "kms:EnableKeyRotation", "kms:TagResource"} <= {
            *managed["Action"]
        }


def test_keys_are_used_by_principals_through_the_service_that_they_are_for(pinned: Assembly) -> None:
    keys = key_policies(pinned)
    for key, sid, service, actions in (
        ("EvidenceKey", "ReadersOfTheBucket", "s3", "kms:Decrypt"),
        (
            "Key",
            "BedrockKeepsTheGuardrail",
            "bedrock",
            ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
        ),
    ):
        statement = keys[key][sid]
        assert statement["Action"] == actions
        assert statement["Condition"] == {
            "StringEquals": {
                "kms:CallerAccount": "111122223333",
                "kms:ViaService": f"{service}.eu-central-1.amazonaws.com",
            }
        }


def test_alarms_go_to_an_encrypted_topic_of_this_accounts_alarms_and_rules_alone(audit: Json) -> None:
    topic = one(audit, "AWS::SNS::Topic")
    assert topic["TopicName"] == "Cloister-alarms"
    assert topic["KmsMasterKeyId"]["Fn::GetAtt"][0].startswith("AlarmsKey")
    policy = one(audit, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    (denied,) = [statement for statement in policy if statement["Effect"] == "Deny"]
    assert (denied["Principal"], denied["Action"]) == ("*", "sns:Publish")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}

    def source(service: str, kind: str) -> Json:
        return {"Fn::Join": ["", [f"arn:aws:{service}:us-east-1:", {"Ref": "AWS::AccountId"}, f":{kind}"]]}

    allowed = {s["Principal"]["Service"]: (s["Action"], s["Condition"]) for s in policy if s["Effect"] == "Allow"}
    assert allowed == {
        "events.amazonaws.com": ("sns:Publish", {"ArnLike": {"aws:SourceArn": source("events", "rule/*")}}),
        "cloudwatch.amazonaws.com": (
            "sns:Publish",
            {
                "ArnLike": {"aws:SourceArn": source("cloudwatch", "alarm:*")},
                "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
            },
        ),
    }


def test_who_is_told_is_who_the_settings_name_and_the_outputs_say_so(audit: Json, pinned: Assembly) -> None:
    subscription = one(audit, "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "platform@example.com")
    assert audit["Outputs"]["AlarmsAreToldTo"]["Value"] == "1 address by e-mail, once it has confirmed"
    nobody = pinned.templates["Cloister-Audit"]
    assert not resources(nobody, "AWS::SNS::Subscription")
    assert nobody["Outputs"]["AlarmsAreToldTo"]["Value"].startswith("NOBODY: ")
    assert nobody["Outputs"]["AlarmTopic"]["Value"] == "arn:aws:sns:eu-central-1:111122223333:Cloister-alarms"


def test_every_alarm_is_told(deployed: Assembly, pinned: Assembly) -> None:
    found = []
    for template in (*deployed.templates.values(), *pinned.templates.values()):
        composite = resources(template, "AWS::CloudWatch::CompositeAlarm").values()
        # What a composite alarm looks at is told by that one.
        rules = " ".join(alarm["AlarmRule"] for alarm in composite)
        single = resources(template, "AWS::CloudWatch::Alarm").values()
        found += [*composite, *(alarm for alarm in single if f'"{alarm.get("AlarmName")}"' not in rules)]
    assert found
    for alarm in found:
        assert str(alarm["AlarmActions"][0]).endswith((":Cloister-alarms']]}", ":Cloister-alarms"))


def test_the_outputs_say_who_manages_the_keys(audit: Json, pinned: Assembly) -> None:
    assert audit["Outputs"]["KeyAdministration"]["Value"].startswith("OPEN: ")
    closed = pinned.templates["Cloister-Audit"]["Outputs"]["KeyAdministration"]["Value"]
    assert closed.startswith("closed to ")
    assert "role/platform" in closed


def test_the_platform_refuses_to_be_deleted_but_in_development(deployed: Assembly, modes: Assembly) -> None:
    def protected(assembly: Assembly) -> set[str]:
        artifacts = assembly.read("manifest.json")["artifacts"]
        return {name for name, a in artifacts.items() if a.get("properties", {}).get("terminationProtection")}

    assert protected(deployed) == {"Cloister-Audit", "Cloister-Guardrails", "Cloister-Network"}
    assert {"Hub-Audit", "Hub-Guardrails", "Hub-Network"} <= protected(modes)
    assert not [name for name in protected(modes) if name.startswith("Development-")]
    groups = [
        group
        for name, template in modes.templates.items()
        if name.startswith("Development-")
        for group in resources(template, "AWS::Logs::LogGroup").values()
    ]
    assert groups
    assert not [group for group in groups if group["DeletionProtectionEnabled"]]


@pytest.mark.parametrize("fixture", ["deployed", "pinned"])
def test_every_log_group_is_encrypted_kept_and_ends(fixture: str, request: pytest.FixtureRequest) -> None:
    assembly: Assembly = request.getfixturevalue(fixture)
    groups = [
        resource
        for template in assembly.templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Logs::LogGroup"
    ]
    assert len(groups) == 9, "flows, DNS queries; records, access and execution of each team; the authorizer's"
    for group in groups:
        assert group["Properties"]["DeletionProtectionEnabled"] is True
        assert "LogsKey" in group["Properties"]["KmsKeyId"]["Fn::ImportValue"]
        assert group["Properties"]["RetentionInDays"] == (400 if fixture == "deployed" else 3653)
        assert group["DeletionPolicy"] == group["UpdateReplacePolicy"] == "Retain"


def test_evidence_is_not_deleted_with_its_stack(audit: Json) -> None:
    for kind in ("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::ApiGateway::Account"):
        kept = [r["DeletionPolicy"] for r in audit["Resources"].values() if r["Type"] == kind]
        assert kept
        assert set(kept) == {"Retain"}


def test_one_account_setting_for_all_apis(deployed: Assembly) -> None:
    holders = [name for name, t in deployed.templates.items() if resources(t, "AWS::ApiGateway::Account")]
    assert holders == ["Cloister-Audit"]


def test_no_statement_grants_a_key_to_everybody(deployed: Assembly) -> None:
    for template in deployed.templates.values():
        for path, statement in statements(template):
            if any(action.startswith("kms:") for action in listed(statement["Action"])):
                assert statement.get("Principal") not in ("*", {"AWS": "*"}), path
