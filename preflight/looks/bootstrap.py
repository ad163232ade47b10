"""Whether the account is bootstrapped for the CDK, and whether its deploying role may make what the stacks hold."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, ok, stops, warning
from preflight.plan import Plan
from review.finding import Finding

_SOURCE = "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html"
_POLICY = "https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html"
# Older ones are refused by the rule that the CDK writes into every template.
OLDEST = 6
# What the stacks of any deployment begin with, a right of each service: AdministratorAccess has them all, and a policy
# of the company's own is asked about them.
_RIGHTS = (
    "apigateway:POST",
    "bedrock-mantle:CreateProject",
    "bedrock:CreateGuardrail",
    "bedrock:CreateGuardrailVersion",
    "cloudtrail:CreateTrail",
    "cloudwatch:PutMetricAlarm",
    "ec2:CreateSecurityGroup",
    "ec2:CreateVpcEndpoint",
    "iam:CreatePolicy",
    "iam:CreateRole",
    "iam:PassRole",
    "kms:CreateAlias",
    "kms:CreateKey",
    "lambda:CreateFunction",
    "logs:CreateLogGroup",
    "logs:PutResourcePolicy",
    "route53resolver:AssociateFirewallRuleGroup",
    "route53resolver:CreateResolverQueryLogConfig",
    "s3:CreateBucket",
    "s3:PutBucketPolicy",
)


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    name = f"/cdk-bootstrap/{plan.qualifier}/version"
    command = f"cdk bootstrap aws://{plan.account}/{plan.region}"
    found = account.ask("ssm", "GetParameter", Name=name, absent=("ParameterNotFound",))
    if found is None:
        yield stops(
            "bootstrap",
            name,
            f"account {plan.account} is not bootstrapped in {plan.region} with the qualifier '{plan.qualifier}'",
            why="cdk deploy puts templates and packages into the bucket, and deploys with the roles, that this makes.",
            cure=command,
            source=_SOURCE,
        )
        return
    version = str(found["Parameter"]["Value"])
    if not version.isdigit() or int(version) < OLDEST:
        yield stops(
            "bootstrap",
            name,
            f"the bootstrap stack has version {version}; {OLDEST} or newer is needed",
            why="The CDK writes a rule into every template that refuses an older one.",
            cure=command,
            source=_SOURCE,
        )
    else:
        yield ok("bootstrap", name, f"version {version}")
    yield _deployer(account, plan, command)


def _deployer(account: Account, plan: Plan, command: str) -> Finding:
    role = plan.names.deployer
    name = role.rpartition("/")[2]
    attached = account.ask("iam", "ListAttachedRolePolicies", RoleName=name, absent=("NoSuchEntity",))
    if attached is None:
        return stops(
            "deploying-role",
            role,
            "it is not there, though the version of a bootstrap stack is",
            why="CloudFormation deploys with this role.",
            cure=command,
            source=_SOURCE,
        )
    policies = [policy["PolicyArn"] for policy in attached["AttachedPolicies"]]
    if any(arn.endswith(":policy/AdministratorAccess") for arn in policies):
        return ok("deploying-role", role, "it has AdministratorAccess, as bootstrapping gives it")
    results = account.all(
        "iam",
        "SimulatePrincipalPolicy",
        "EvaluationResults",
        PolicySourceArn=role,
        ActionNames=list(_RIGHTS),
    )
    denied = sorted(result["EvalActionName"] for result in results if result["EvalDecision"] != "allowed")
    has = ", ".join(arn.rpartition("/")[2] for arn in policies) or "no managed policy"
    if not denied:
        return ok("deploying-role", role, f"it has {has}, which lets it make what the stacks begin with")
    return warning(
        "deploying-role",
        role,
        f"it has {has}; IAM's simulation on all resources denies it {', '.join(denied)}",
        why="CloudFormation makes everything as this role: a right that it lacks rolls the stack back.",
        cure=f"{command} --cloudformation-execution-policies with a policy that allows them, if it does not for the "
        "resources that the stacks name",
        source=_POLICY,
    )


LOOK = Look(
    "bootstrap",
    "Bootstrap version and deploying role",
    "cdk deploy works with what bootstrapping made.",
    _SOURCE,
    _ask,
)
