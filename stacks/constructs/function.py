"""What every function of a deployment has in common: where it stands, what it runs on, how it is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.network import FunctionNetwork

# The runtime that the wrapper script and the Runtime API client were measured on.
_RUNTIME = lambda_.Runtime.PYTHON_3_13
_ARCHITECTURE = lambda_.Architecture.ARM_64


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """What a function runs.

    Parameters
    ----------
    package
        The code.
    kind
        How the package was made, for the function's description: who deploys another kind sees a change.
    """

    package: lambda_.Code
    kind: str


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a machine a function gets, and for how long."""

    memory_mib: int
    timeout: Duration


def isolated_function(
    scope: Construct,
    *,
    name: str | None,
    description: str,
    code: FunctionCode,
    handler: str,
    size: Size,
    role: iam.IRole,
    log_group: logs.ILogGroup,
    network: FunctionNetwork,
    environment: Mapping[str, str],
) -> lambda_.Function:
    """Make a function in the isolated subnets, with a role and a log group that it was given.

    Parameters
    ----------
    scope
        The construct whose ``Function`` it becomes.
    name, description
        As Lambda shows it; without a name CloudFormation makes one.
    code, handler, environment
        What it runs.
    size
        Memory and time.
    role, log_group
        What it may do, and where its output goes.
    network
        Where it stands, and whom it may reach.
    """
    return lambda_.Function(
        scope,
        "Function",
        function_name=name,
        description=f"{description}; package {code.kind}",
        runtime=_RUNTIME,
        architecture=_ARCHITECTURE,
        code=code.package,
        handler=handler,
        memory_size=size.memory_mib,
        timeout=size.timeout,
        role=role,
        log_group=log_group,
        vpc=network.vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        security_groups=[network.security_group],
        environment=dict(environment),
    )
