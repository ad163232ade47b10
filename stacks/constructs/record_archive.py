"""Records as objects that nobody can delete: from their log groups to a bucket, by AWS's own path."""

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.bucket import AuditBucket
from stacks.constructs.fault import RUNBOOKS, described
from stacks.constructs.key import CustomerKey
from stacks.constructs.log_group import EncryptedLogGroup

#: Where the objects are: a day of UTC in each folder, by which Athena leaves out what a question is not about.
PLACE = "records"
_DAY = "day=!{timestamp:yyyy-MM-dd}/"
_KEEPS = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey")
# What is no record stays behind: the lines that Lambda itself writes.
_RECORDS = '{ $.record = "*" }'


class RecordArchive(Construct):
    """A Firehose stream that takes records of log groups and writes them to a bucket, a line of JSON each, in gzip.

    CloudWatch Logs sends what a group's subscription lets through; Firehose unpacks it, takes each record out of its
    envelope, as it was written, and delivers it within five minutes. No code of this project is on the way, and neither
    role can read, change or delete an object. What cannot be delivered is tried for a day, and raises an alarm before.

    The bucket's default retention locks what arrives. S3 wants a checksum with what is put into a locked bucket
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html); that Firehose sends one is not documented:
    look for the first objects before you rely on them.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    name
        Name of the stream, unique in the account and Region.
    deployment
        Name of the deployment: its records are in a folder of their own.
    bucket
        Where the records go.
    key
        Key of the bucket, and of what waits in the stream.
    runbooks
        Folder or URL of the runbooks, which the alarm's description names.

    Example
    -------
    >>> key = CustomerKey(stack, "Key", alias="cloister/evidence", description="Audit bucket")
    >>> key.allow_log_groups()
    >>> bucket = AuditBucket(stack, "Evidence", key=key.key, retention_days=400, lock="compliance")
    >>> group = EncryptedLogGroup(stack, "Records", key=key.key, retention_days=400)
    >>> archive = RecordArchive(
    ...     stack, "Archive", name="Cloister-records", deployment="Cloister", bucket=bucket, key=key
    ... )
    >>> archive.take(group)
    >>> archive.staleness.metric_name
    'DeliveryToS3.DataFreshness'
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        deployment: str,
        bucket: AuditBucket,
        key: CustomerKey,
        runbooks: str = RUNBOOKS,
    ) -> None:
        super().__init__(scope, construct_id)
        self._name = name
        place = f"{PLACE}/deployment={deployment}"
        role = self._delivery_role(bucket, key, place)
        processor = firehose.CfnDeliveryStream.ProcessorProperty
        parameter = firehose.CfnDeliveryStream.ProcessorParameterProperty
        self.stream = firehose.CfnDeliveryStream(
            self,
            "Stream",
            delivery_stream_name=name,
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=firehose.CfnDeliveryStream.DeliveryStreamEncryptionConfigurationInputProperty(
                key_type="CUSTOMER_MANAGED_CMK", key_arn=key.arn
            ),
            extended_s3_destination_configuration=firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty(
                bucket_arn=bucket.bucket.bucket_arn,
                role_arn=role.role_arn,
                prefix=f"{place}/{_DAY}",
                error_output_prefix=f"{place}/undelivered/!{{firehose:error-output-type}}/{_DAY}",
                compression_format="GZIP",
                buffering_hints=firehose.CfnDeliveryStream.BufferingHintsProperty(
                    interval_in_seconds=300, size_in_m_bs=64
                ),
                encryption_configuration=firehose.CfnDeliveryStream.EncryptionConfigurationProperty(
                    kms_encryption_config=firehose.CfnDeliveryStream.KMSEncryptionConfigProperty(awskms_key_arn=key.arn)
                ),
                # https://docs.aws.amazon.com/firehose/latest/dev/writing-with-cloudwatch-logs-decompression.html
                processing_configuration=firehose.CfnDeliveryStream.ProcessingConfigurationProperty(
                    enabled=True,
                    processors=[
                        processor(
                            type="Decompression",
                            parameters=[parameter(parameter_name="CompressionFormat", parameter_value="GZIP")],
                        ),
                        processor(
                            type="CloudWatchLogProcessing",
                            parameters=[parameter(parameter_name="DataMessageExtraction", parameter_value="true")],
                        ),
                        processor(
                            type="AppendDelimiterToRecord",
                            parameters=[parameter(parameter_name="Delimiter", parameter_value="\\n")],
                        ),
                    ],
                ),
            ),
        )
        self.stream.node.add_dependency(role)
        self._sender = self._sending_role()
        #: Raised when records have waited for an hour.
        self.alarm = cloudwatch.Alarm(
            self,
            "Late",
            alarm_description=described(
                "Records do not reach the evidence bucket: Firehose tries for a day, and then keeps none.",
                "late-records",
                runbooks,
            ),
            metric=self.staleness,
            threshold=Duration.hours(1).to_seconds(),
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    @property
    def staleness(self) -> cloudwatch.Metric:
        """Age of the oldest record that has not been delivered, in seconds, the maximum each five minutes.

        Source: https://docs.aws.amazon.com/firehose/latest/dev/cloudwatch-metrics.html
        """
        return cloudwatch.Metric(
            namespace="AWS/Firehose",
            metric_name="DeliveryToS3.DataFreshness",
            dimensions_map={"DeliveryStreamName": self._name},
            statistic="Maximum",
            period=Duration.minutes(5),
        )

    def take(self, group: EncryptedLogGroup) -> None:
        """Take a log group's records from now on.

        Parameters
        ----------
        group
            The group, of this account and Region, of this stack or another.
        """
        logs.CfnSubscriptionFilter(
            group,
            "Archive",
            log_group_name=group.name,
            filter_name="cloister-archive",
            filter_pattern=_RECORDS,
            destination_arn=self.stream.attr_arn,
            role_arn=self._sender.role_arn,
        )

    def _delivery_role(self, bucket: AuditBucket, key: CustomerKey, place: str) -> iam.Role:
        """The role that Firehose writes with (https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html)."""
        stack = Stack.of(self)
        objects = bucket.bucket.arn_for_objects(f"{place}/*")
        # What waits in the stream is under the key by a grant that Firehose makes for whoever sets the stream up.
        key.allow_through("firehose", _KEEPS, sid="FirehoseKeepsWhatWaits")
        key.allow_through("s3", ["kms:GenerateDataKey"], sid="FirehoseWritesTheBucket")
        return iam.Role(
            self,
            "Delivery",
            description="Firehose writes records to the evidence bucket",
            assumed_by=iam.ServicePrincipal(
                "firehose.amazonaws.com", conditions={"StringEquals": {"sts:ExternalId": stack.account}}
            ),
            inline_policies={
                "Deliver": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            sid="WriteRecords",
                            actions=["s3:AbortMultipartUpload", "s3:PutObject"],
                            resources=[objects],
                        ),
                        iam.PolicyStatement(
                            sid="FindTheBucket",
                            actions=["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                            resources=[bucket.bucket.bucket_arn],
                        ),
                        iam.PolicyStatement(
                            sid="EncryptRecords",
                            actions=["kms:Decrypt", "kms:GenerateDataKey"],
                            resources=[key.arn],
                            conditions={
                                "StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"},
                                "StringLike": {"kms:EncryptionContext:aws:s3:arn": objects},
                            },
                        ),
                    ]
                )
            },
        )

    def _sending_role(self) -> iam.Role:
        """The role that CloudWatch Logs sends with
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample).
        """
        stack = Stack.of(self)
        groups = stack.format_arn(
            service="logs", resource="log-group", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        return iam.Role(
            self,
            "Sending",
            description="CloudWatch Logs sends records to the archive's stream",
            assumed_by=iam.ServicePrincipal("logs.amazonaws.com", conditions={"ArnLike": {"aws:SourceArn": groups}}),
            inline_policies={
                "Send": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            sid="SendRecords",
                            actions=["firehose:PutRecord", "firehose:PutRecordBatch"],
                            resources=[self.stream.attr_arn],
                        )
                    ]
                )
            },
        )
