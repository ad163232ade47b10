"""What will be deployed: the templates of a cloud assembly, or of any folder, by stack."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

Json = Any
_SUFFIXES = (".json", ".yaml", ".yml", ".template")
#: What a template may have, beside what is said to be unseen
#: (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html).
_SECTIONS = frozenset(
    (
        *("AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata", "Outputs", "Parameters"),
        *("Resources", "Rules"),
    )
)


class AssemblyError(Exception):
    """A folder cannot be reviewed. The message says what was found and what would be right."""


@dataclass(frozen=True)
class Resource:
    """One resource of a template.

    Attributes
    ----------
    stack, id
        Where it is: the stack's name, and the logical id.
    type
        CloudFormation's type.
    properties
        As written, intrinsic functions and all.
    body
        The whole of it, with `DeletionPolicy` and `Metadata`.
    """

    stack: str
    id: str
    type: str
    properties: Mapping[str, Json] = field(repr=False)
    body: Mapping[str, Json] = field(repr=False)

    @property
    def place(self) -> str:
        """Where it stands, for messages: `STACK/LOGICAL-ID`."""
        return f"{self.stack}/{self.id}"


@dataclass(frozen=True)
class Template:
    """One stack's template.

    Attributes
    ----------
    stack
        The stack's name; of a plain folder, the file's.
    body
        The template.
    account, region
        Where it is deployed to, as the assembly says; None where it does not.
    properties
        What the assembly's manifest says of the stack, termination protection for example; None where there is none.
    file, sha256
        The template's file, and the hash of its bytes.
    """

    stack: str
    body: Mapping[str, Json] = field(repr=False)
    account: str | None = None
    region: str | None = None
    properties: Mapping[str, Json] | None = field(default=None, repr=False)
    file: str = ""
    sha256: str = ""

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """The resources by logical id.

        Raises
        ------
        AssemblyError
            If one has no type.
        """
        found: dict[str, Resource] = {}
        for id, body in self.body["Resources"].items():
            if not isinstance(body, Mapping) or not isinstance(body.get("Type"), str):
                raise AssemblyError(f"{self.stack}/{id} has no Type: it cannot be reviewed")
            found[id] = Resource(self.stack, id, body["Type"], body.get("Properties") or {}, body)
        return found


@dataclass(frozen=True)
class Assembly:
    """All templates that are deployed together.

    Example
    -------
    >>> bucket = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}
    >>> [resource.place for resource in Assembly([Template("Data", bucket)]).of_type("AWS::S3::Bucket")]
    ['Data/Bucket']
    """

    templates: list[Template]

    @classmethod
    def read(cls, folder: Path) -> Assembly:
        """Read a cloud assembly, as `cdk synth` writes it, or a folder of templates in JSON or YAML.

        Raises
        ------
        AssemblyError
            If the folder holds no template, or one that cannot be read.
        """
        if not folder.is_dir():
            raise AssemblyError(f"{folder} is no folder")
        found = list(_assembly(folder)) if (folder / "manifest.json").is_file() else list(_folder(folder))
        if not found:
            raise AssemblyError(f"{folder} holds no CloudFormation template: give a cdk.out or a folder of templates")
        names = [template.stack for template in found]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise AssemblyError(f"{folder} has two templates called {twice[0]}")
        return cls(found)

    @cached_property
    def by_stack(self) -> dict[str, Template]:
        """The templates by the name of their stack."""
        return {template.stack: template for template in self.templates}

    def resources(self) -> Iterator[Resource]:
        """Yield all resources of all stacks."""
        for template in self.templates:
            yield from template.resources.values()

    @cached_property
    def by_type(self) -> dict[str, list[Resource]]:
        """The resources of all stacks by their type."""
        found: dict[str, list[Resource]] = {}
        for resource in self.resources():
            found.setdefault(resource.type, []).append(resource)
        return found

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of some types, of one type after the other."""
        return (resource for kind in types for resource in self.by_type.get(kind, ()))

    @cached_property
    def _by_stack_and_type(self) -> dict[tuple[str, str], list[Resource]]:
        found: dict[tuple[str, str], list[Resource]] = {}
        for resource in self.resources():
            found.setdefault((resource.stack, resource.type), []).append(resource)
        return found

    def within(self, stack: str, *types: str) -> Iterator[Resource]:
        """Yield the resources of some types of one stack, without looking at any other's."""
        return (resource for kind in types for resource in self._by_stack_and_type.get((stack, kind), ()))


def _assembly(folder: Path) -> Iterator[Template]:
    """The stacks of a manifest, those of the stages within it, and nested stacks, which no manifest names."""
    artifacts = _parse(folder / "manifest.json").get("artifacts") or {}
    named: set[str] = set()
    for id, artifact in artifacts.items():
        properties = artifact.get("properties") or {}
        if artifact.get("type") == "cdk:cloud-assembly":
            yield from _assembly(folder / properties["directoryName"])
        elif artifact.get("type") == "aws:cloudformation:stack":
            named.add(properties["templateFile"])
            account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
            yield Template(
                stack=properties.get("stackName") or id,
                body=_template(folder / properties["templateFile"]),
                file=properties["templateFile"],
                sha256=_sha256(folder / properties["templateFile"]),
                account=account if account.isdigit() else None,
                region=region if region and not region.startswith("unknown") else None,
                properties=properties,
            )
    for name in sorted(_assets(folder, artifacts) - named):
        path = folder / name
        yield Template(name.removesuffix(".template.json"), _template(path), file=name, sha256=_sha256(path))


def _assets(folder: Path, artifacts: Mapping[str, Json]) -> set[str]:
    """The templates among the assets of an assembly; one that a former synthesis left there is none of them."""
    files = [
        file
        for artifact in artifacts.values()
        if artifact.get("type") == "cdk:asset-manifest"
        for file in (_parse(folder / artifact["properties"]["file"]).get("files") or {}).values()
    ]
    paths = {str((file.get("source") or {}).get("path", "")) for file in files}
    return {path for path in paths if path.endswith(".template.json")}


def _folder(folder: Path) -> Iterator[Template]:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in _SUFFIXES and path.is_file():
            body = _parse(path)
            if isinstance(body, Mapping) and "Resources" in body:
                yield Template(path.name.split(".")[0], _checked(path, body), file=path.name, sha256=_sha256(path))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _template(path: Path) -> Mapping[str, Json]:
    return _checked(path, _parse(path))


def _checked(path: Path, body: Json) -> Mapping[str, Json]:
    if not isinstance(body, Mapping) or not isinstance(body.get("Resources"), Mapping):
        raise AssemblyError(f"{path.name} is no CloudFormation template: it has no Resources")
    for element in ("Transform", "Fn::Transform"):
        if element in body:
            raise AssemblyError(f"{path.name} has a {element}: what it makes of the template is not seen here")
    strange = [str(name) for name in body if name not in _SECTIONS]
    if strange:
        raise AssemblyError(f"{path.name} has {strange[0]}, which is no section of a template that is known here")
    return body


def _parse(path: Path) -> Json:
    try:
        text = path.read_text("utf-8")
        if path.suffix.lower() == ".json":
            return json.loads(text, object_pairs_hook=_once)
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as wrong:
        raise AssemblyError(f"{path.name} cannot be read: {wrong}") from None


def _once(members: list[tuple[str, Json]]) -> dict[str, Json]:
    """An object whose names are each there once: of two, who deploys it may take the other."""
    made = dict(members)
    if len(made) < len(members):
        names = [name for name, _ in members]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in an object")
    return made


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms, `!Ref` and the like, as the long ones; names that are there once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Json]:
        """Make a mapping.

        Raises
        ------
        ValueError
            If a name stands twice in it.
        """
        written = [key.value for key, _ in node.value]
        if len(set(map(str, written))) < len(written):
            raise ValueError(f"a name stands twice in a mapping: {node.start_mark}")
        return super().construct_mapping(node, deep)


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> Json:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Json = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {name: value.split(".", 1) if name == "Fn::GetAtt" and isinstance(value, str) else value}


yaml.add_multi_constructor("!", _short_form, Loader=_Loader)
# A date is text in a template: Version: 2012-10-17.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
