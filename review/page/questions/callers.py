"""Who calls which model, how one request is followed, and what each role may do."""

from __future__ import annotations

from review.assembly import Resource
from review.page import words
from review.page.answer import Answer, Question, answer
from review.page.evidence import Evidence
from review.page.questions.said import judged, proved
from review.page.source import Line
from review.page.ways import Way
from review.words import many


def _who(evidence: Evidence) -> Answer:
    rows: list[list[str]] = []
    lines: list[Line] = []
    for way in evidence.ways:
        callers = ", ".join(map(evidence.shown, way.callers)) or "not named in the templates"
        rows.append([way.name, callers, way.check, ", ".join(way.models) or "any model", ", ".join(way.tiers) or "any"])
        lines += _names(evidence, way)
    return answer(
        proved(evidence, "model-calls"),
        proved(evidence, "own-project"),
        proved(evidence, "api-callers"),
        headings=("Stack", "Callers", "Found out by", "Models", "Service tiers"),
        rows=rows,
        lines=[*lines, *evidence.claim("model-calls"), *evidence.claim("api-callers")],
        beyond=(
            "Who may take on a caller's role stands in that role's trust policy, which is not of these templates.",
        ),
    )


def _names(evidence: Evidence, way: Way) -> list[Line]:
    found: list[Line] = []
    if way.authorizer is not None:
        variables = (way.authorizer.properties.get("Environment") or {}).get("Variables") or {}
        named = ("Variables", "CLOISTER_CALLERS") if "CLOISTER_CALLERS" in variables else ()
        found.append(evidence.line(way.authorizer, "Environment", *named))
    elif way.api is not None:
        found.append(evidence.line(way.api, "Policy"))
    return [*found, _policy(evidence, way.identity.resource)]


def _policy(evidence: Evidence, role: Resource) -> Line:
    """The line of the policy that is put to a role."""
    own = evidence.verdict.deployment.resolver.reference(role.id, role.stack)
    for policy in evidence.policies_by_role.get(own, []):
        return evidence.line(policy, "PolicyDocument")
    return evidence.line(role)


def _roles(evidence: Evidence) -> Answer:
    rows: list[list[str]] = []
    lines: list[Line] = []
    for identity in evidence.verdict.deployment.identities.all:
        takes = ", ".join(identity.services) or "principals that its trust policy names"
        said = "; ".join(words.statement(s) for s in [*identity.groups[0], *identity.denials])
        bound = "yes" if identity.boundary else "no"
        rows.append([identity.resource.place, takes, evidence.shown(said) or "nothing", bound])
        lines.append(_policy(evidence, identity.resource))
    return answer(
        f"The templates make {many(len(rows), 'principal')}. By policies of its own, each may do what stands here, "
        f"and nothing else.",
        proved(evidence, "nothing-changed"),
        headings=("Role", "Taken on by", "What it may do", "Has a permissions boundary"),
        rows=rows,
        lines=[*lines, *evidence.claim("nothing-changed")],
        beyond=("Roles that no template here makes (administrators, deployers, callers) have policies of their own.",),
    )


def _followed(evidence: Evidence) -> Answer:
    lines = [evidence.line(stage, "AccessLogSetting", "Format") for stage in evidence.of_type("AWS::ApiGateway::Stage")]
    lines += [evidence.line(w.function, "LoggingConfig", "LogGroup") for w in evidence.ways if w.function is not None]
    lines += [evidence.line(trail, "AdvancedEventSelectors") for trail in evidence.of_type("AWS::CloudTrail::Trail")]
    return answer(
        "The API's access log, the function's own log group and the trail each have a part of it. The fields of the "
        "access log stand in its format below.",
        *judged(evidence, "access-is-logged", "records-go-to-a-kept-group", "trail-records-model-calls"),
        lines=[*lines, *evidence.rule("access-is-logged", "records-go-to-a-kept-group", "trail-records-model-calls")],
        beyond=(
            "That the function writes one record for each request, and what is in it, is its code's: "
            "docs/faults.md, and the tests of lambdas/proxy/audit.",
            "What CloudTrail writes of a call of bedrock-mantle shows in a live account alone.",
        ),
    )


QUESTIONS = {
    "who": Question("who", "Who can call which model?", _who),
    "roles": Question("roles", "What may each role do, in words?", _roles),
    "followed": Question("followed", "How is one request followed from the caller to the model?", _followed),
}
