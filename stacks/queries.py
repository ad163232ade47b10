"""Queries of CloudWatch Logs Insights, one for each runbook: they say why an alarm was raised, of whom, and how often.

The language: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html. The fields are those of
``docs/record.md``. They are kept once for the deployment and name no log group: an account and Region keeps 1,000
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html), whatever its teams.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["QUERIES"]

_LARGEST = "| sort requests desc\n| limit 20"

#: By runbook.
QUERIES: Mapping[str, str] = MappingProxyType(
    {
        "failing": f"""\
filter cause = "proxy" or record in ["crash", "init", "unsigned"]
| stats count(*) as requests, latest(time) as last by record, error, type, reason
{_LARGEST}""",
        "proxy-errors": f"""\
filter record = "inference" and cause = "proxy"
| stats count(*) as requests, latest(time) as last by error, status, retention
{_LARGEST}""",
        "function-errors": """\
filter record in ["began", "inference"]
| stats sum(strcontains(record, "began")) as begun, sum(strcontains(record, "inference")) as ended,
    latest(time) as last by request_id
| filter begun > ended
| sort last desc
| limit 50""",
        "concurrency": f"""\
filter record = "access" and status >= 500
| stats count(*) as requests by status, error, integration_status
{_LARGEST}""",
        "unrecorded": """\
filter record in ["crash", "init"]
| fields time, record, type, during, reason
| sort time desc
| limit 50""",
        "unsigned": """\
filter record = "unsigned"
| stats count(*) as times, sum(lines) as unsigned by reason
| sort times desc""",
        "undigested": f"""\
filter DigestErrors = 1
| stats count(*) as requests, latest(time) as last by digest.missing
{_LARGEST}""",
        "authorizer-errors": f"""\
filter record = "authorization" and decision = "error"
| stats count(*) as requests, latest(time) as last by reason
{_LARGEST}""",
        "services": f"""\
filter record = "inference" and cause in ["upstream", "guardrail"]
| stats count(*) as requests, latest(time) as last by cause, error, model
{_LARGEST}""",
        "upstream-errors": f"""\
filter record = "inference" and cause = "upstream"
| stats count(*) as requests, sum(upstream.attempts) as attempts by model, error, upstream.status
{_LARGEST}""",
        "throttles": f"""\
filter record = "inference" and upstream.status = 429
| stats count(*) as requests by model, tier, bin(5m)
{_LARGEST}""",
        "guardrail-errors": f"""\
filter record = "inference" and cause = "guardrail"
| stats count(*) as requests, sum(guardrail.throttled) as throttled, max(guardrail.ms) as longest by error
{_LARGEST}""",
        "latency": """\
filter record = "inference" and ispresent(ttft_ms)
| stats count(*) as requests, pct(ttft_ms, 95) as first, pct(guardrail.ms, 95) as guarding,
    pct(upstream.ms, 95) as answering, max(input_tokens) as longest by model, bin(5m)
| sort first desc
| limit 20""",
        "budget": f"""\
filter record = "inference"
| parse principal "assumed-role/*/*" as role, person
| stats sum(usd.model) as model_usd, sum(usd.guardrail) as guardrail_usd, count(*) as requests by role, person, model
{_LARGEST.replace("requests", "model_usd")}""",
        "platform-services": f"""\
filter record = "inference" and cause in ["upstream", "guardrail"]
| stats count(*) as requests, latest(time) as last by team, cause, error
{_LARGEST}""",
        "platform-upstream-errors": f"""\
filter record = "inference" and cause = "upstream"
| stats count(*) as requests, latest(time) as last by team, model, upstream.status
{_LARGEST}""",
        "platform-guardrail-errors": f"""\
filter record = "inference" and cause = "guardrail"
| stats count(*) as requests, sum(guardrail.throttled) as throttled by team, error
{_LARGEST}""",
        "masked-data": """\
filter ispresent(record)
| stats count(*) as lines, latest(time) as last by record, team
| sort lines desc
| limit 20""",
        "late-records": """\
filter record = "inference"
| stats count(*) as requests, latest(time) as last by team, bin(1h)
| sort last desc
| limit 48""",
        "blocked-names": f"""\
filter firewall_rule_action = "BLOCK"
| stats count(*) as requests by query_name, srcaddr
{_LARGEST}""",
    }
)
