"""Why a mechanical mutant that nothing sees is no loss; one that has no reason here is a gap."""

from __future__ import annotations

import re

#: What the end of a mutant's name is, and why it changes nothing that the deployment promises.
REASONS: tuple[tuple[str, str], ...] = (
    (
        r"no (.*\.)?(Description|GroupDescription|AlarmDescription|DisplayName)$",
        "a text for people; where it carries a promise, as a guardrail version's does, a rule reads it",
    ),
    (
        r"no (Name|PolicyName|QueryDefinitionName|.*\.Name|.*\.Id|StatementId|DashboardName|RuleName)$",
        "CloudFormation makes a name up where the registry does not require one; names that policies know are held to",
    ),
    (r"no (Tags|.*Tags)$", "a tag for people or for cost; the tag that policies know is held to"),
    (
        r"no (DependsOn|.*DependsOn.*)$",
        "an order of deployment; the orders that matter, of locks and logs, are held to",
    ),
    (
        r"no (MapPublicIpOnLaunch|AssignIpv6AddressOnCreation|PendingWindowInDays|TracingEnabled|InstanceTenancy"
        r"|EnableDnsSupport|.*\.(FromPort|ToPort|TracingEnabled|BucketKeyEnabled|EventCategory))$",
        "what AWS takes where it is left out is the same",
    ),
    (
        r"GatewayResponse|ApiUnauthorized",
        "an answer of API Gateway's own: its words and form, held to by the tests of the stacks",
    ),
    (
        r"Environment|ResponseTransferMode|IntegrationHttpMethod|TimeoutInMillis|AuthorizerResultTtlInSeconds",
        "how the function works: it refuses to start, or the tests on the embedded AWS fail, without it",
    ),
)


def reason(name: str) -> str:
    """Why a survivor is none; empty for a gap.

    Example
    -------
    >>> reason("Audit/LogsKey: no Description")[:17]
    'a text for people'
    >>> reason("Audit/LogsKey: deleted")
    ''
    """
    return next((said for pattern, said in REASONS if re.search(pattern, name)), "")
