"""The page: whole, one file, every value escaped, the same bytes for the same input, whatever is in the templates."""

import copy
import itertools
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from review.assembly import Assembly, Template
from review.deployment import Deployment
from review.page.evidence import Evidence
from review.page.page import render
from review.page.questions import QUESTIONS
from review.page.write import changed
from review.verdict import Verdict, review
from review.waivers import Register
from tests.review.page.parsed import Page
from tests.review.proof.conftest import good
from tests.review.spoiling import spoiled

Json = Any
DAY = date(2026, 11, 28)
EVIL = "</script><script>alert(1)</script>\"' onload=x <img src=https://evil.example/x> &amp; {{ 7*7 }} \u202e\x07"


def verdict_of(deployment: Deployment) -> Verdict:
    return review(deployment, Register(), DAY)


def small(change: Callable[[Json], None] = lambda _: None) -> Evidence:
    """The evidence of a small deployment, changed."""
    templates = good()
    change(templates)
    return evidence_of(templates)


def evidence_of(templates: Json) -> Evidence:
    assembly = Assembly([Template(name, body, region="eu-west-1") for name, body in templates.items()])
    return Evidence(verdict_of(Deployment(assembly)), Path("nowhere"))


@pytest.fixture(scope="module")
def example(cdk_out: Path) -> Evidence:
    """The evidence of the example deployment."""
    return Evidence(verdict_of(Deployment.read(cdk_out)), cdk_out)


@pytest.fixture(scope="module")
def page(example: Evidence) -> Page:
    """The page of the example deployment."""
    return Page(render(example))


def test_every_element_is_closed_and_every_id_is_its_own(page: Page) -> None:
    assert page.unclosed == []
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_link_within_the_page_has_its_end(page: Page) -> None:
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    inside = [a["href"][1:] for a in page.of("a") if a["href"].startswith("#")]
    assert inside
    assert [link for link in inside if link not in ids] == []
    named = [name for _, a in page.elements for name in a.get("aria-labelledby", "").split()]
    assert [name for name in named if name not in ids] == []


def test_nothing_is_loaded_from_anywhere(page: Page) -> None:
    loading = {"src", "srcset", "data", "action", "poster", "background", "ping", "style", "xlink:href"}
    assert [(tag, a) for tag, a in page.elements if loading & a.keys()] == []
    assert {tag for tag, _ in page.elements} & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "use",
    } == set()
    assert all(a["href"].startswith(("#", "https://")) for a in page.of("a"))
    policy = next(a["content"] for a in page.of("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "url(" not in page.html.replace("url(#tip)", "")


def test_it_is_in_the_order_and_language_that_a_screen_reader_needs(page: Page) -> None:
    assert page.of("html")[0]["lang"] == "en"
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert [a for a in page.of("svg") if not (a["role"] == "img" and a["aria-labelledby"])] == []
    assert [a for a in page.of("button") if a.get("type") != "button"] == []


def test_each_of_the_twenty_questions_is_asked_and_answered(page: Page, example: Evidence) -> None:
    assert len(QUESTIONS) == 20
    for number, question in enumerate(QUESTIONS, 1):
        assert f"{number}. {question.asks}" in page.text
        answer = question.answer(example)
        assert answer.lines or answer.beyond, question.asks
        assert not any("cannot be answered" in text for text in answer.beyond), (question.asks, answer.beyond)


def test_a_line_that_answers_is_the_line_of_its_file(example: Evidence, cdk_out: Path) -> None:
    found = 0
    for question in QUESTIONS:
        for line in question.answer(example).lines:
            if line.number:
                text = (cdk_out / line.file).read_text().splitlines()[line.number - 1]
                name = line.about.rpartition(".")[2] if "." in line.about else line.about.partition("/")[2]
                assert (
                    name.isdigit() or f'"{name}"' in text or line.about.partition("/")[2].partition(".")[0] in text
                ), line
                found += 1
    assert found > 50


def test_every_claim_rule_waiver_and_template_is_on_it(page: Page, example: Evidence) -> None:
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {f"claim-{proof.claim.id}" for proof in example.verdict.proofs} <= ids
    assert {f"rule-{judged.rule.id}" for judged in example.verdict.rules} <= ids
    for template in example.verdict.deployment.assembly.templates:
        assert template.sha256 in page.text


def test_the_same_input_gives_the_same_bytes(example: Evidence, cdk_out: Path) -> None:
    again = Evidence(verdict_of(Deployment.read(cdk_out)), cdk_out)
    assert render(again) == render(example)


def test_what_fails_stands_first_with_its_witness() -> None:
    def spoil(templates: Json) -> None:
        statement = templates["Atlas"]["Resources"]["Rights"]["Properties"]["PolicyDocument"]["Statement"][0]
        statement["Action"] = "bedrock-mantle:*"
        templates["Network"]["Resources"]["Nat"] = {"Type": "AWS::EC2::NatGateway"}

    page = Page(render(small(spoil)))
    assert "Fail." in page.text
    assert "Witness." in page.text
    assert "bedrock-mantle:" in page.text
    assert "FAILS network-closed" in page.text
    assert page.text.index("What needs to be done") < page.text.index("1. Who can call which model?")


def named_evil(templates: Json) -> None:
    """Put something evil wherever a template can have a text."""
    team = templates["Atlas"]["Resources"]
    for name in list(team):
        properties = team[name]["Properties"]
        properties["Description"] = properties["Tags"] = EVIL
        if "FunctionName" in properties or team[name]["Type"].endswith("Function"):
            properties["FunctionName"] = EVIL
        if team[name]["Type"].endswith("RestApi"):
            properties["Name"] = EVIL
    team[EVIL] = {"Type": "AWS::EC2::InternetGateway", "Properties": {EVIL: EVIL}}
    team["Odd"] = {"Type": EVIL, "Properties": {}}
    templates["Network"]["Resources"]["Mantle"]["Properties"]["PolicyDocument"]["Statement"][0]["Action"] = EVIL


def test_no_value_of_a_template_becomes_a_part_of_the_page() -> None:
    plain, evil = Page(render(small())), Page(render(small(named_evil)))
    assert len(evil.of("script")) == len(plain.of("script")) == 1
    assert {tag for tag, _ in evil.elements} <= {tag for tag, _ in plain.elements} | {"pre", "ul", "li", "details"}
    assert not any(name.startswith("on") for _, attributes in evil.elements for name in attributes)
    assert "alert(1)" in evil.text
    assert "{{ 7*7 }}" in evil.text
    assert "\u202e" not in evil.html
    assert "\x07" not in evil.html


@pytest.mark.parametrize("number", range(25))
def test_a_template_that_makes_no_sense_has_a_page_too(number: int) -> None:
    templates = good()
    templates["Atlas"] = {**templates["Atlas"], "Resources": spoiled(templates["Atlas"]["Resources"], number, 3)}
    page = Page(render(evidence_of(templates)))
    assert page.unclosed == []


def test_what_the_last_change_widened_is_said(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    for name, body in good().items():
        (old / f"{name}.json").write_text(json.dumps(body))
    templates = copy.deepcopy(good())
    rights = templates["Atlas"]["Resources"]["Rights"]["Properties"]["PolicyDocument"]["Statement"]
    rights.append({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"})
    found = evidence_of(templates)
    change = changed(old, found.verdict)
    assert [text for text in change.wider if "sqs:SendMessage" in text]
    page = Page(render(Evidence(found.verdict, Path("nowhere"), change)))
    assert "sqs:SendMessage" in page.text
    assert re.search(r"It grants (1 kind of request|[0-9]+ kinds of requests) not granted before", page.text)


def test_the_picture_grows_as_the_teams_do() -> None:
    def teams(count: int) -> int:
        templates = good()
        for n in range(count):
            body = json.dumps(templates["Atlas"]).replace("gemma-a", f"gemma-a{n}")
            templates[f"Team{n}"] = json.loads(body)
        return len(render(evidence_of(templates)))

    one, two, four = teams(1), teams(2), teams(4)
    assert four - two < 2.2 * (two - one) + 2000


def test_an_answer_says_no_more_than_the_results_do(cdk_out: Path) -> None:
    assembly = Assembly.read(cdk_out)
    audit = next(t for t in assembly.templates if t.stack.endswith("Audit"))
    trail = next(r for r in audit.resources.values() if r.type == "AWS::CloudTrail::Trail")
    body = copy.deepcopy(dict(audit.body))
    body["Resources"][trail.id]["Properties"]["EnableLogFileValidation"] = False
    spoiled_audit = Template(audit.stack, body, audit.account, audit.region, audit.properties, audit.file)
    rest = [t for t in assembly.templates if t is not audit]
    found = Evidence(verdict_of(Deployment(Assembly([*rest, spoiled_audit]))), cdk_out)
    (tampering,) = (q for q in QUESTIONS if q.id == "tampering")
    before = tampering.answer(Evidence(verdict_of(Deployment(assembly)), cdk_out)).says
    after = tampering.answer(found).says
    assert any(text.startswith("This is not shown: Every trail") for text in after)
    assert not any(text.startswith("This is not shown") for text in before)
