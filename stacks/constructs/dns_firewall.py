"""What a VPC's resolver answers: an isolated subnet otherwise still speaks to the world through it."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53resolver as resolver
from constructs import Construct

from stacks.constructs.fault import RUNBOOKS, described

_ALLOW, _BLOCK = 100, 200
# The first place that an association may have: no other rule group is asked before this one, unless Firewall Manager,
# which keeps the places below 101, puts one there
# (https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_AssociateFirewallRuleGroup.html).
_FIRST = 101


class DnsFirewall(Construct):
    """A DNS Firewall that lets a VPC resolve the named domains and nothing else, with an alarm on what is blocked.

    A name is data: a workload without any route can still send a prompt out, a label at a time, by asking the VPC's
    resolver for names below somebody's own domain. Security groups and network ACLs do not see these queries.

    When DNS Firewall cannot evaluate a query it blocks it: fail-closed is the service's default for a VPC, and
    CloudFormation has no type that could say so or change it
    (https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_UpdateFirewallConfig.html).

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    vpc
        The VPC; all of its workloads are covered.
    name
        Name of the rule group.
    allowed
        Names that are resolved; ``*.`` at the start stands for everything below a name. Redirections (CNAME) are
        followed to allowed names only.
    locked
        Whether the association refuses to be changed or removed until it is unlocked, a deletion of the stack included.
    runbooks
        Folder or URL of the runbooks, which the alarm's description names.

    Raises
    ------
    ValueError
        When nothing, or everything, is allowed.

    Example
    -------
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> firewall = DnsFirewall(
    ...     stack, "Dns", vpc=network.vpc, name="Cloister", allowed=["sts.us-east-1.amazonaws.com"]
    ... )
    >>> firewall.blocked.metric_name
    'FirewallRuleQueryVolume'
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        name: str,
        allowed: Sequence[str],
        locked: bool = True,
        runbooks: str = RUNBOOKS,
    ) -> None:
        super().__init__(scope, construct_id)
        if not allowed or "*" in allowed:
            raise ValueError(f"the names that {name} may resolve are {list(allowed)}: name each")
        self.allowed = resolver.CfnFirewallDomainList(
            self, "Allowed", name=f"{name}-allowed", domains=sorted(set(allowed))
        )
        self.everything = resolver.CfnFirewallDomainList(self, "Everything", name=f"{name}-everything", domains=["*"])
        rule = resolver.CfnFirewallRuleGroup.FirewallRuleProperty
        self.rules = resolver.CfnFirewallRuleGroup(
            self,
            "Rules",
            name=name,
            firewall_rules=[
                rule(
                    action="ALLOW",
                    priority=_ALLOW,
                    firewall_domain_list_id=self.allowed.attr_id,
                    firewall_domain_redirection_action="INSPECT_REDIRECTION_DOMAIN",
                ),
                rule(
                    action="BLOCK",
                    priority=_BLOCK,
                    firewall_domain_list_id=self.everything.attr_id,
                    firewall_domain_redirection_action="INSPECT_REDIRECTION_DOMAIN",
                    block_response="NXDOMAIN",
                ),
            ],
        )
        self.alarm = cloudwatch.Alarm(
            self,
            "Blocked",
            alarm_description=described(
                "A workload asked for a name that nothing of the deployment needs.", "blocked-names", runbooks
            ),
            metric=self.blocked,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self.association = resolver.CfnFirewallRuleGroupAssociation(
            self,
            "Association",
            name=name,
            firewall_rule_group_id=self.rules.attr_id,
            vpc_id=vpc.vpc_id,
            priority=_FIRST,
            mutation_protection="ENABLED" if locked else "DISABLED",
        )
        # Nothing that can fail may come after an association that is locked: it could not be rolled back.
        self.association.node.add_dependency(self.alarm)

    @property
    def blocked(self) -> cloudwatch.Metric:
        """Queries that were blocked, a sum each five minutes.

        Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-resolver-dns-firewall-with-cloudwatch.html
        """
        return cloudwatch.Metric(
            namespace="AWS/Route53Resolver",
            metric_name="FirewallRuleQueryVolume",
            dimensions_map={
                "FirewallRuleGroupId": self.rules.attr_id,
                "FirewallDomainListId": self.everything.attr_id,
            },
            statistic="Sum",
            period=Duration.minutes(5),
        )
