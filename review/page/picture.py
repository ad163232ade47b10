"""The picture of a deployment, drawn from its templates: who reaches what, through which endpoint, by which policy."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from review.assembly import Resource
from review.page import words
from review.page.evidence import Evidence
from review.page.questions.data import stores
from review.page.ways import Way, reached
from review.rules.facts import allowing, functions, service_of
from review.words import many

_WIDTH, _GAP, _LINE, _TOP = 196, 44, 15, 84
#: As many letters as fit in a box; a name without spaces is broken too.
_LETTERS = 27
#: The columns, from who asks to who answers.
COLUMNS = (
    ("Callers", "outside of the templates"),
    ("Way in", "endpoint in the VPC"),
    ("API", "private, by its policy"),
    ("Functions", "in the VPC"),
    ("Way out", "endpoint in the VPC"),
    ("Services of AWS", "outside of the VPC"),
)


@dataclass
class Box:
    """A thing in the picture.

    Attributes
    ----------
    place
        Which resource it is; the name of what is none.
    title, lines
        What stands in it.
    column, y
        Where it is.
    kind
        What it is drawn as.
    wrong
        Ids of the rules and claims that it fails.
    """

    place: str
    title: str
    texts: tuple[str, ...]
    column: int
    kind: str
    y: float = 0
    wrong: tuple[str, ...] = ()
    lines: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Break the lines."""
        texts = (*self.texts, *(f"FAILS {rule}" for rule in self.wrong))
        self.lines = tuple(line for text in texts for line in textwrap.wrap(text, _LETTERS) or [""])
        self.title = (
            textwrap.shorten(self.title, _LETTERS - 2, placeholder="…") if " " in self.title else _cut(self.title)
        )

    @property
    def x(self) -> float:
        """Its left."""
        return 16 + self.column * (_WIDTH + _GAP)

    @property
    def width(self) -> float:
        """Its width."""
        return _WIDTH

    @property
    def height(self) -> float:
        """Its height."""
        return 32 + _LINE * len(self.lines)


@dataclass(frozen=True)
class Arrow:
    """Who reaches whom, and by what."""

    start: Box
    end: Box
    says: str

    @property
    def path(self) -> str:
        """The line, as SVG draws it."""
        x1, y1 = self.start.x + self.start.width, self.start.y + self.start.height / 2
        x2, y2 = self.end.x - 3, self.end.y + self.end.height / 2
        middle = (x1 + x2) / 2
        return f"M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}"


class Picture:
    """The picture.

    Parameters
    ----------
    evidence
        What is drawn.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._boxes: dict[str, Box] = {}
        self.arrows: list[Arrow] = []
        self._rows()
        bottom = max((box.y + box.height for box in self._boxes.values()), default=float(_TOP))
        self._shared(bottom)
        self._lane("Kept", bottom_of(self.boxes, _TOP) + 50, self._kept())
        self._lane("Wrong", bottom_of(self.boxes, _TOP) + 50, self._elsewhere())

    @property
    def boxes(self) -> list[Box]:
        """Everything that is drawn."""
        return list(self._boxes.values())

    @property
    def pairs(self) -> list[tuple[str, str, str]]:
        """The arrows in words."""
        return [(a.start.place, a.end.place, a.says) for a in self.arrows]

    @cached_property
    def lanes(self) -> list[tuple[str, float]]:
        """The headings of what lies below the ways, each with where it stands."""
        titles = {"kept": "What is kept", "wrong": "What halts, and is on no way above"}
        found = []
        for kind, title in titles.items():
            tops = [box.y for box in self.boxes if box.kind == kind]
            if tops:
                found.append((title, min(tops) - 14))
        return found

    @property
    def columns(self) -> list[tuple[str, str, float]]:
        """Each column's heading, what it is, and its left."""
        return [(title, what, 16 + n * (_WIDTH + _GAP)) for n, (title, what) in enumerate(COLUMNS)]

    @property
    def band(self) -> float:
        """How far down the columns reach."""
        return bottom_of([box for box in self.boxes if box.kind not in ("kept", "wrong")], _TOP) + 16

    @property
    def width(self) -> float:
        """The whole width."""
        return 32 + len(COLUMNS) * _WIDTH + (len(COLUMNS) - 1) * _GAP

    @property
    def height(self) -> float:
        """The whole height."""
        return bottom_of(self.boxes, _TOP) + 20

    # ---- what is drawn ----

    def _box(self, key: str, title: str, texts: Iterable[str], column: int, kind: str) -> Box:
        if key not in self._boxes:
            wrong = tuple(dict.fromkeys(self._evidence.halting.get(key, ())))
            shown = tuple(self._evidence.shown(text) for text in texts)
            self._boxes[key] = Box(key, self._evidence.shown(title), shown, column, kind, wrong=wrong)
        return self._boxes[key]

    def _arrow(self, start: Box, end: Box, says: str) -> None:
        self.arrows.append(Arrow(start, end, self._evidence.shown(says)))

    def _rows(self) -> None:
        y = float(_TOP)
        for way in self._evidence.ways:
            row = self._way(way)
            for column in {box.column for box in row}:
                down = y
                for box in (b for b in row if b.column == column):
                    box.y = down
                    down += box.height + 14
            y = max((box.y + box.height for box in row), default=y) + 24

    def _way(self, way: Way) -> list[Box]:
        """Draw what is a way's own; return it, from the left to the right."""
        identity, row = way.identity, []
        names = [words.short(caller) for caller in way.callers[:6]]
        more = [f"and {len(way.callers) - 6} more"] if len(way.callers) > 6 else []
        caller = self._box(f"callers of {way.name}", way.name, [*names, *more] or ["not named here"], 0, "caller")
        row.append(caller)
        rights = [f"role may use {', '.join(way.models) or 'any model'}", f"tiers {', '.join(way.tiers) or 'any'}"]
        rights += [f"in {words.short(project)}" for project in way.projects] + [
            "guardrail first" if way.version else "NO GUARDRAIL IN ITS ENVIRONMENT"
        ]
        place = way.function.place if way.function else identity.resource.place
        proxy = self._box(
            place, self._called(way.function) if way.function else identity.resource.id, rights, 3, "function"
        )
        row.append(proxy)
        if way.api is not None:
            said = "a token of the caller's" if way.authorizer is not None else way.check
            api = self._box(way.api.place, self._called(way.api), [f"takes {said}"], 2, "api")
            row.append(api)
            for door in way.doors:
                box = self._endpoint(door, 1)
                self._arrow(caller, box, "HTTPS on 443, to the endpoint that the API's policy names")
                self._arrow(box, api, f"calls with {way.check}")
            if not way.doors:
                self._arrow(caller, api, "calls through no endpoint that the API names")
            self._arrow(api, proxy, "invokes it, for this API alone")
            if way.authorizer is not None:
                asked = self._box(
                    way.authorizer.place, self._called(way.authorizer), ["checks the caller's token"], 3, "function"
                )
                row.append(asked)
                self._arrow(api, asked, "asks it who calls")
                self._leads(asked, way.authorizer)
        for endpoint in way.endpoints:
            self._arrow(
                proxy, self._endpoint(endpoint, 4), "HTTPS on 443, by its security group, and the endpoint's policy"
            )
        return row

    def _called(self, resource: Resource) -> str:
        """A function or API by its name, without the stack's before it."""
        kind = "Name" if resource.type.endswith("RestApi") else "FunctionName"
        name = words.value(self._evidence.read(resource, kind) or resource.id)
        return name.removeprefix(f"{resource.stack}-")

    def _leads(self, box: Box, function: Resource) -> None:
        for endpoint in reached(self._evidence.verdict.deployment, function):
            self._arrow(
                box, self._endpoint(endpoint, 4), "HTTPS on 443, by its security group, and the endpoint's policy"
            )

    def _endpoint(self, endpoint: Resource, column: int) -> Box:
        deployment = self._evidence.verdict.deployment
        found = (
            next((a.document for a in deployment.attached("AWS::EC2::VPCEndpoint") if a.resource is endpoint), None)
            if endpoint.place not in self._boxes
            else None
        )
        actions = [v for s in (allowing(found) if found else ()) if s.action for v in s.action.values]
        said = f"policy lets {', '.join(dict.fromkeys(actions)) or 'nothing'} through" if found else "NO POLICY"
        service = service_of(deployment, endpoint)
        box = self._box(endpoint.place, service, [said], column, "endpoint")
        if column == len(COLUMNS) - 2 and service not in self._boxes:
            self._arrow(
                box,
                self._box(service, service, self._of_service(service), column + 1, "service"),
                "answers through this endpoint alone",
            )
        return box

    def _of_service(self, service: str) -> list[str]:
        ways = self._evidence.ways
        projects = {project for way in ways for project in way.projects}
        guardrails = {words.short(name) for way in ways for name in way.guardrails}
        models = {model for way in ways for model in way.models}
        said = {
            "bedrock-mantle": ["runs the models", f"{many(len(projects), 'Project')}, {many(len(models), 'model')}"],
            "bedrock-runtime": ["judges prompts and answers", f"guardrails in use: {len(guardrails)}"],
            "sts": ["says whose a token is"],
            "s3": ["holds images that prompts name"],
        }
        return said.get(service, [])

    def _shared(self, bottom: float) -> None:
        """Put what several ways share in the middle of its column."""
        for function in functions(self._evidence.verdict.deployment):
            if function.resource.place not in self._boxes:
                box = self._box(function.resource.place, function.resource.id, ["on no way to a model"], 3, "function")
                box.y = bottom + 24
                bottom = box.y + box.height
                self._leads(box, function.resource)
        for column in (1, 4, 5):
            shared = [box for box in self.boxes if box.column == column and box.kind in ("endpoint", "service")]
            whole = sum(box.height for box in shared) + 24 * max(len(shared) - 1, 0)
            y = max(float(_TOP), (_TOP + bottom - whole) / 2)
            for box in shared:
                box.y = y
                y += box.height + 24

    def _kept(self) -> Iterator[Box]:
        grouped: dict[tuple[str, str, str], list[Resource]] = {}
        for store, key, kept in stores(self._evidence):
            grouped.setdefault((store.type, key, kept), []).append(store)
        for n, ((kind, key, kept), found) in enumerate(grouped.items()):
            name = kind.rpartition("::")[2]
            texts = [
                f"kept {kept}",
                f"by {key}",
                *(f"FAILS {r}" for s in found for r in self._evidence.halting.get(s.place, ())),
            ]
            yield self._box(f"kept {n}", f"{len(found)} x {name}" if len(found) > 1 else name, texts, 0, "kept")

    def _elsewhere(self) -> Iterator[Box]:
        for place, codes in self._evidence.halting.items():
            if place not in self._boxes:
                yield self._box(place, place.partition("/")[2] or place, [place.partition("/")[0]], 0, "wrong")
                assert codes  # noqa: S101 - what halts has said why

    def _lane(self, _title: str, y: float, boxes: Iterable[Box]) -> None:
        down = y
        for n, box in enumerate(list(boxes)):
            box.column = n % len(COLUMNS)
            if box.column == 0 and n:
                y = down + 16
            box.y = y
            down = max(down, box.y + box.height)


def bottom_of(boxes: Iterable[Box], least: float) -> float:
    """Return how far down some boxes reach."""
    return max((box.y + box.height for box in boxes), default=least)


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS - 3 else f"{text[: _LETTERS - 4]}…"
