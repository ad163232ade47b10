"""The stack that keeps the evidence and raises alarms: keys, bucket, trail, topic."""

from aws_cdk import CfnOutput, Token
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks import changes
from stacks.base import CloisterStack
from stacks.constructs import (
    BEDROCK_DATA_EVENTS,
    AlarmTopic,
    ApiGatewayLogging,
    AuditBucket,
    AuditorRole,
    CustomerKey,
    DataEventTrail,
    PlatformAlarms,
    PlatformDashboard,
    RecordArchive,
    SavedQueries,
)
from stacks.constructs.record_archive import PLACE
from stacks.queries import QUERIES
from stacks.settings import Deployment


class AuditStack(CloisterStack):
    """Keys of logs and evidence, the bucket, the trail of data events, the alarms' topic, API Gateway's right to log.

    Parameters
    ----------
    scope
        The app.
    deployment
        The settings of the deployment.
    """

    def __init__(self, scope: Construct, *, deployment: Deployment) -> None:
        super().__init__(
            scope, "Audit", deployment=deployment, description="Cloister: keys, bucket and trail of the audit evidence"
        )
        prefix = deployment.name.lower()
        #: The key of every log group.
        self.logs_key = self._logs_key(f"{prefix}/logs", deployment.company.logs_key)
        self.evidence_key = CustomerKey(
            self,
            "EvidenceKey",
            alias=f"{prefix}/evidence",
            description=f"Audit bucket of {deployment.name}",
            administrators=self.key_administrators,
        )
        self.evidence_key.allow_through("s3", ["kms:Decrypt"], sid="ReadersOfTheBucket")
        lock = deployment.audit.object_lock
        self.bucket = AuditBucket(
            self,
            "Evidence",
            key=self.evidence_key.key,
            retention_days=deployment.audit.retention_days,
            lock=None if lock == "none" else lock,
        )
        trail = DataEventTrail(
            self,
            "DataEvents",
            name=f"{deployment.name}-data-events",
            bucket=self.bucket,
            key=self.evidence_key,
            resource_types=BEDROCK_DATA_EVENTS if deployment.audit.data_events else (),
            functions=self.names.functions.removesuffix("*"),
            archives=[f"arn:{deployment.partition}:s3:::{name}" for name in deployment.archive_buckets.values()],
            management=deployment.audit.management_events == "here",
        )
        #: Key of the tables that teams' budgets are kept in, if there may be any.
        self.ledger_key = self._make_ledger_key(prefix) if deployment.budgets else None
        # Exported whether a team reads them yet or not: a first team changes nothing here.
        for key in (self.logs_key, self.ledger_key.key if self.ledger_key else None):
            if key is not None and Token.is_unresolved(key.key_arn):
                self.export_value(key.key_arn)
        alarms_key = CustomerKey(
            self,
            "AlarmsKey",
            alias=f"{prefix}/alarms",
            description=f"Alarms of {deployment.name}",
            administrators=self.key_administrators,
        )
        self.alarms = AlarmTopic(
            self, "Alarms", name=f"{deployment.name}-alarms", key=alarms_key, emails=deployment.alarms.email
        )
        #: The topic that every alarm of the deployment is published to.
        self.topic = self.alarms.topic
        if deployment.auditors:
            auditor = AuditorRole(
                self,
                "Auditor",
                deployment=deployment.name,
                auditors=deployment.auditor_arns(self.account),
                bucket=self.bucket,
                key=self.evidence_key,
                trail_arn=trail.arn,
            )
            CfnOutput(self, "AuditorRoleArn", value=auditor.role.role_arn)
        #: Where records go besides their log groups; None where the settings have no archive.
        self.archive = self._make_archive() if deployment.audit.archive == "objects" else None
        self._tell_of_changes(f"{deployment.name}-data-events", alarms_key)
        alarms = PlatformAlarms(
            self,
            "PlatformAlarms",
            deployment=deployment.name,
            topic=self.alarms,
            runbooks=deployment.alarms.runbooks,
        )
        if deployment.dashboards != "none":
            PlatformDashboard(self, "Dashboard", deployment=deployment.name, alarms=alarms)
        SavedQueries(self, "Queries", folder=deployment.name, queries=QUERIES)
        if deployment.audit.api_gateway_role == "here":
            ApiGatewayLogging(self, "ApiGatewayLogging")
        else:
            said = "elsewhere: API Gateway's logging role of the account and Region is set outside of this deployment"
            CfnOutput(self, "ApiGatewayLogs", value=said)
        if deployment.audit.management_events != "here":
            said = "elsewhere: this deployment records no management events; a trail of the organisation has to"
            CfnOutput(self, "ManagementEvents", value=said)
        CfnOutput(self, "AuditBucket", value=self.bucket.bucket.bucket_name)
        CfnOutput(self, "LogsKeyArn", value=self.logs_key.key_arn)
        CfnOutput(self, "KeyAdministration", value=_administration(self.key_administrators))
        CfnOutput(self, "AlarmTopic", value=self.alarms.arn)
        CfnOutput(self, "AlarmsAreToldTo", value=deployment.alarms.told)
        if not deployment.audit.data_events:
            CfnOutput(
                self,
                "ModelEvents",
                value="elsewhere: this deployment records no data events of models and guardrails; a trail of the "
                "organisation has to, or nothing of AWS's says who called which model",
            )

    def _make_archive(self) -> RecordArchive:
        name = f"{self.deployment.name}-records"
        archive = RecordArchive(
            self,
            "Archive",
            name=name,
            deployment=self.deployment.name,
            bucket=self.bucket,
            key=self.evidence_key,
            runbooks=self.deployment.alarms.runbooks,
        )
        self.alarms.tell(archive.alarm)
        self.tell_of(changes.of_archive(name), self.alarms)
        CfnOutput(
            self,
            "RecordsArchive",
            value=f"s3://{self.bucket.bucket.bucket_name}/{PLACE}/deployment={self.deployment.name}/",
        )
        return archive

    def _tell_of_changes(self, trail: str, alarms_key: CustomerKey) -> None:
        name, region, partition = self.deployment.name, self.deployment.region, self.deployment.partition
        keys = {"logs": self.logs_key, "evidence": self.evidence_key.key, "alarms": alarms_key.key}
        keys |= {"ledgers": self.ledger_key.key} if self.ledger_key else {}
        found = changes.of_audit(
            name,
            region=region,
            partition=partition,
            trail=trail,
            bucket=self.bucket.bucket.bucket_name,
            topic_arn=self.alarms.arn,
        )
        for id, key in keys.items():
            found.append(changes.of_key(f"{id}-key", f"The key of the {id}", key.key_id))
        for change in found:
            self.tell_of(change, self.alarms)
        home = changes.IAM_EVENTS_IN[partition]
        if home != region:
            CfnOutput(
                self,
                "ChangesOfRoles",
                value=f"not told here: EventBridge sees the changes of IAM in {home} alone; the trail records them, "
                "and docs/alarms.md says what forwards them",
            )

    def _make_ledger_key(self, prefix: str) -> CustomerKey:
        """Make one key for the ledgers of all teams: which team reads which table is said by the teams' roles."""
        key = CustomerKey(
            self,
            "LedgerKey",
            alias=f"{prefix}/ledgers",
            description=f"Budgets of the teams of {self.deployment.name}",
            administrators=self.key_administrators,
        )
        # What making a table takes, and what reading and writing one does
        # (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html).
        key.allow_through(
            "dynamodb",
            [
                *("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
                *("kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
            ],
            sid="DynamoDbKeepsTheLedgers",
        )
        return key

    def _logs_key(self, alias: str, existing: str | None) -> kms.IKey:
        """Take the company's key, and say so, or make one."""
        if existing is not None:
            CfnOutput(self, "CompanyLogsKey", value=existing)
            return kms.Key.from_key_arn(self, "CompanyLogs", existing)
        made = CustomerKey(
            self,
            "LogsKey",
            alias=alias,
            description=f"Log groups of {self.deployment.name}",
            administrators=self.key_administrators,
        )
        made.allow_log_groups([f"{self.deployment.name}-*", "API-Gateway-Execution-Logs_*"])
        return made.key


def _administration(administrators: list[str]) -> str:
    """Say who manages the keys, for whoever looks at the stack instead of the settings."""
    if not administrators:
        return "OPEN: whoever IAM policies of the account let; name 'administrators' in cloister.yaml to close it"
    return f"closed to {', '.join(administrators)} and the account's root user"
