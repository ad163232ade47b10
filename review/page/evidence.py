"""What the report is made from: a verdict, the files it is about, and what two versions differ in."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from review.assembly import Resource
from review.finding import Finding, Status
from review.page import words
from review.page.source import Line, Path_, Sources
from review.page.ways import Way, ways
from review.proof.claim import Proof
from review.rules.rule import UNREADABLE
from review.verdict import Judged, Verdict

Json = Any
RESULTS = "results.json"


@dataclass(frozen=True)
class Change:
    """What a change grants and takes away, in sentences.

    Attributes
    ----------
    since
        What the deployment before it is called.
    wider, narrower, parts
        Requests that are let through now, and that were; doors and ways that differ.
    """

    since: str
    wider: Sequence[str] = ()
    narrower: Sequence[str] = ()
    parts: Sequence[str] = ()


@dataclass(frozen=True)
class Package:
    """A function's package, as it lies beside the templates.

    Attributes
    ----------
    name
        Its file.
    sha256
        Of its bytes.
    files
        Each file in it, with the hash of its bytes.
    """

    name: str
    sha256: str
    files: tuple[tuple[str, str], ...]

    @property
    def tops(self) -> tuple[str, ...]:
        """What lies at its top: its packages and files."""
        return tuple(sorted({name.partition("/")[0] for name, _ in self.files}))

    @property
    def installed(self) -> tuple[str, ...]:
        """Distributions that were installed into it, by the folders that installers leave."""
        ends = (".dist-info", ".egg-info")
        return tuple(
            sorted({name.partition("/")[0] for name, _ in self.files if name.partition("/")[0].endswith(ends)})
        )


@dataclass(frozen=True)
class Evidence:
    """A verdict with everything that the report shows of it.

    Attributes
    ----------
    verdict
        What the review came to.
    folder
        The templates' folder.
    change
        What the last change widened; None if nothing before it was given.
    """

    verdict: Verdict
    folder: Path = field(repr=False)
    change: Change | None = None

    @cached_property
    def sources(self) -> Sources:
        """The templates' files."""
        return Sources(self.verdict.deployment.assembly, self.folder)

    @cached_property
    def ways(self) -> list[Way]:
        """The ways to a model."""
        return ways(self.verdict.deployment)

    @cached_property
    def proofs(self) -> dict[str, Proof]:
        """The proofs by the id of their claim."""
        return {proof.claim.id: proof for proof in self.verdict.proofs}

    @cached_property
    def rules(self) -> dict[str, Judged]:
        """The rules' results by the id of the rule."""
        return {judged.rule.id: judged for judged in self.verdict.rules}

    @cached_property
    def findings(self) -> list[Finding]:
        """All results, as findings."""
        return self.verdict.findings()

    @cached_property
    def halting(self) -> dict[str, list[str]]:
        """What halts a deployment, by the place that it is about: ids of rules and claims."""
        found: dict[str, list[str]] = {}
        for finding in self.findings:
            if finding.status.halts:
                found.setdefault(finding.where, []).append(finding.code)
        return found

    @cached_property
    def policies_by_role(self) -> dict[str, list[Resource]]:
        """The policies that are resources of their own, by the name of the principal that they are put to."""
        found: dict[str, list[Resource]] = {}
        for policy in self.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            for kind in ("Roles", "Users", "Groups"):
                for name in self.read(policy, kind) or []:
                    found.setdefault(str(name), []).append(policy)
        return found

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of some types."""
        return list(self.verdict.deployment.assembly.of_type(*types))

    def read(self, resource: Resource, name: str) -> Json:
        """A property of a resource, resolved where it can be, and as it is written where it cannot."""
        try:
            return self.verdict.deployment.resolver.of(resource, name)
        except UNREADABLE:
            return resource.properties.get(name)

    def shown(self, text: Json) -> str:
        """A value in words: the number that stands for an account that no template names is said to be one."""
        said = words.value(text)
        return said.replace(self._stand_in, "ACCOUNT") if self._stand_in else said

    @cached_property
    def _stand_in(self) -> str:
        """The number that stands for the account, where no template names one."""
        named = any(template.account for template in self.verdict.deployment.assembly.templates)
        return "" if named else self.verdict.deployment.account

    def line(self, resource: Resource, *path: str | int) -> Line:
        """The line of a property, with what it says."""
        where: Path_ = ("Properties", *path) if path and path[0] not in resource.body else tuple(path)
        found: Json = resource.body
        for part in where:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                found = None
        if path and where[0] == "Properties" and len(path) == 1:
            found = self.read(resource, str(path[0]))
        return self.sources.line(resource, where, self.shown(resource.type if not path else found))

    def claim(self, id: str) -> list[Line]:
        """The line of a claim in the results."""
        proof = self.proofs.get(id)
        return [Line(RESULTS, 0, id, f"{proof.status.value}: {self.shown(proof.found)}")] if proof else []

    def rule(self, *ids: str) -> list[Line]:
        """The lines of rules in the results."""
        known = [self.rules[id] for id in ids if id in self.rules]
        return [Line(RESULTS, 0, j.rule.id, f"{j.status.value}: {j.rule.title}") for j in known]

    def passes(self, claim: str) -> bool:
        """Whether a claim is proved."""
        return claim in self.proofs and self.proofs[claim].status is Status.PASS

    @cached_property
    def packages(self) -> list[Package]:
        """The functions' packages that lie beside the templates."""
        found = []
        for path in sorted(self.folder.glob("asset.*.zip")):
            data = path.read_bytes()
            try:
                with zipfile.ZipFile(path) as package:
                    names = sorted(name for name in package.namelist() if not name.endswith("/"))
                    files = tuple((name, hashlib.sha256(package.read(name)).hexdigest()) for name in names)
            except (zipfile.BadZipFile, OSError):
                files = ()
            found.append(Package(path.name, hashlib.sha256(data).hexdigest(), files))
        return found
