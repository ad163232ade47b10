"""What intrinsic functions come to before anything is deployed: texts, with marks for what is made up later.

What cannot be known for sure is refused: a parameter that decides, a condition, a macro.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from review import names
from review.assembly import Assembly, Resource, Template
from review.names import Place

Json = Any
_NO_VALUE = object()
#: The Region of an ARN.
_REGION = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+){1,3}-\d{1,2}):")
#: What comes of a function whose argument is not of its form.
_MALFORMED = (TypeError, ValueError, KeyError, AttributeError, IndexError)


class UnreadableError(Exception):
    """A value of a template cannot be known before it is deployed. The message says where, and why."""


#: A dynamic reference: CloudFormation puts in its place what Systems Manager or Secrets Manager holds that day
#: (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html).
_DYNAMIC = "{{resolve:"


class Resolver:
    """Resolves what the templates of an assembly write.

    Parameters
    ----------
    assembly
        All templates: one refers to another's outputs.
    account
        The account, where no template says which; None for a number that none of them writes.

    Example
    -------
    >>> body = {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}
    >>> resolver = Resolver(Assembly([Template("Data", body, region="eu-west-1")]))
    >>> resolver.value({"Fn::GetAtt": ["Key", "Arn"]}, "Data")
    'arn:aws:kms:eu-west-1:100000000001:key/<Data.Key>'
    """

    def __init__(self, assembly: Assembly, account: str | None = None) -> None:
        self.assembly = assembly
        self._account = account
        self._open: list[tuple[str, str]] = []
        # What was resolved before: a deployment's templates do not change, and every rule asks for the same parts.
        self._places: dict[str, Place] = {}
        self._properties: dict[tuple[str, str, str], Json] = {}
        self._names: dict[tuple[str, str, str | None], str] = {}

    @cached_property
    def account(self) -> str:
        """The account's number; of an assembly for any account, one that no template writes."""
        known = {template.account for template in self.assembly.templates if template.account}
        if len(known) > 1:
            raise UnreadableError(f"the stacks are for several accounts: {', '.join(sorted(known))}")
        if known:
            return known.pop()
        return self._account or self.stranger(1)

    def stranger(self, number: int) -> str:
        """The number of an account that no template writes."""
        return next(a for a in map(str, range(100000000000 + number, 10**12)) if a not in self._written)

    @cached_property
    def _written(self) -> str:
        return str([template.body for template in self.assembly.templates])

    @cached_property
    def _named_region(self) -> str:
        """The Region of templates that nobody says one of: the one that their ARNs name most, or a word for it."""
        found = Counter(_REGION.findall(self._written)).most_common(1)
        return found[0][0] if found else "region-1"

    @cached_property
    def _exports(self) -> dict[Json, tuple[Template, str]]:
        return {
            self.value(output["Export"]["Name"], template.stack): (template, id)
            for template in self.assembly.templates
            for id, output in (template.body.get("Outputs") or {}).items()
            if "Export" in output
        }

    def place(self, stack: str) -> Place:
        """Where a stack is deployed to."""
        if stack not in self._places:
            self._places[stack] = self._place(stack)
        return self._places[stack]

    def _place(self, stack: str) -> Place:
        region = self.assembly.by_stack[stack].region or self._named_region
        partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
        return Place(partition, region, self.account)

    def of(self, resource: Resource, name: str) -> Json:
        """Return a property of a resource, resolved; None if it has none of the name.

        It is resolved once, and shared: nobody changes what is returned.

        Raises
        ------
        UnreadableError
            If it cannot be known.
        """
        asked = (resource.stack, resource.id, name)
        if asked not in self._properties:
            found = self.value(resource.properties.get(name), resource.stack, f"{resource.place}.{name}")
            self._properties[asked] = None if found is _NO_VALUE else found
        return self._properties[asked]

    def text(self, resource: Resource, name: str) -> str | None:
        """Return a property of a resource that is a text; None if it has none of the name."""
        found = self.of(resource, name)
        if found is not None and not isinstance(found, str):
            raise UnreadableError(f"{resource.place}.{name} is no text")
        return found

    def arn(self, resource: Resource, attribute: str = "Arn") -> str:
        """Return the ARN of a resource."""
        return self.attribute(resource.id, attribute, resource.stack)

    def reference(self, id: str, stack: str) -> str:
        """Return what `Ref` gives of a resource."""
        asked = (stack, id, None)
        if asked not in self._names:
            self._names[asked] = names.reference(self._resource(id, stack, "Ref"), self.place(stack), self.text)
        return self._names[asked]

    def attribute(self, id: str, name: str, stack: str) -> str:
        """Return what `Fn::GetAtt` gives of a resource."""
        asked = (stack, id, name)
        if asked not in self._names:
            resource = self._resource(id, stack, "Fn::GetAtt")
            found = names.attribute(resource, name, self.place(stack), self.text)
            self._names[asked] = found or names.mark(resource, name)
        return self._names[asked]

    def value(self, written: Json, stack: str, where: str = "") -> Json:
        """Resolve a value as deep as it goes.

        Raises
        ------
        UnreadableError
            If a part of it cannot be known.
        """
        where = where or stack
        if isinstance(written, list):
            return [v for v in (self.value(item, stack, where) for item in written) if v is not _NO_VALUE]
        if not isinstance(written, Mapping):
            return _fixed(written, where)
        functions = [name for name in written if name == "Ref" or str(name).startswith("Fn::")]
        if functions and len(written) == 1:
            return self._function(str(functions[0]), written[functions[0]], stack, where)
        if functions:
            raise UnreadableError(f"{where} has {functions[0]} beside others: what comes of them is not known before")
        resolved = {key: self.value(item, stack, where) for key, item in written.items()}
        return {key: item for key, item in resolved.items() if item is not _NO_VALUE}

    # ---- the functions ----

    def _function(self, name: str, argument: Json, stack: str, where: str) -> Json:
        method = _FUNCTIONS.get(name)
        if method is None:
            raise UnreadableError(f"{where} has {name}, which is not known before it is deployed")
        try:
            return _fixed(method(self, argument, stack, where), where)
        except _MALFORMED as wrong:
            raise UnreadableError(f"{where} has a {name} of a form that is not known: {wrong}") from None

    def _ref(self, name: Json, stack: str, where: str) -> Json:
        place = self.place(stack)
        pseudo = {
            "AWS::AccountId": place.account,
            "AWS::Region": place.region,
            "AWS::Partition": place.partition,
            "AWS::URLSuffix": "amazonaws.com.cn" if place.partition == "aws-cn" else "amazonaws.com",
            "AWS::StackName": stack,
            "AWS::NoValue": _NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        if name in (self.assembly.by_stack[stack].body.get("Parameters") or {}):
            raise UnreadableError(f"{where} depends on the parameter {name!r}, which is given when it is deployed")
        return self.reference(str(name), stack)

    def _get_att(self, argument: Json, stack: str, where: str) -> Json:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) != 2 or not all(isinstance(part, str) for part in parts):
            raise UnreadableError(f"{where} has a Fn::GetAtt of {argument!r}")
        resource = self.assembly.by_stack[stack].resources.get(parts[0])
        if resource is not None and (resource.type, parts[1]) == ("AWS::EC2::VPCEndpoint", "DnsEntries"):
            return self._own_names(resource)
        return self.attribute(parts[0], parts[1], stack)

    def _own_names(self, endpoint: Resource) -> list[str]:
        """Return the DNS entries of an endpoint: its hosted zone and its Regional name, of which the id is not known
        (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-vpcendpoint.html).
        """
        service = str(self.of(endpoint, "ServiceName")).rpartition(".")[2]
        region = self.place(endpoint.stack).region
        own = f"<{endpoint.stack}.{endpoint.id}>"
        return [f"{own}:{own}.{service}.{region}.vpce.amazonaws.com"]

    def _join(self, argument: Json, stack: str, where: str) -> str:
        separator, parts = argument
        return str(separator).join(self._texts(parts, stack, where))

    def _sub(self, argument: Json, stack: str, where: str) -> str:
        text, own = argument if isinstance(argument, list) else (argument, {})

        def replaced(found: re.Match[str]) -> str:
            name = found[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in own:
                return self._texts([own[name]], stack, where)[0]
            function = {"Fn::GetAtt": name.split(".", 1)} if "." in name else {"Ref": name}
            return self._texts([function], stack, where)[0]

        return re.sub(r"\$\{([^}]+)\}", replaced, text)

    def _split(self, argument: Json, stack: str, where: str) -> list[str]:
        separator, text = argument
        return self._texts([text], stack, where)[0].split(separator)

    def _select(self, argument: Json, stack: str, where: str) -> Json:
        index, items = argument
        known = self.value(items, stack, where)
        if not isinstance(known, list) or not 0 <= int(index) < len(known):
            raise UnreadableError(f"{where} selects {index} of what is no list of that length")
        return known[int(index)]

    def _import(self, argument: Json, stack: str, where: str) -> Json:
        name = self._texts([argument], stack, where)[0]
        if name not in self._exports:
            raise UnreadableError(f"{where} imports {name!r}, which no template here exports")
        return self._output(*self._exports[name], where)

    def _stack_output(self, argument: Json, _stack: str, where: str) -> Json:
        template = self.assembly.by_stack.get(argument.get("StackName"))
        if template is None or argument.get("OutputName") not in (template.body.get("Outputs") or {}):
            raise UnreadableError(f"{where} asks for an output that no template here has: {argument}")
        return self._output(template, argument["OutputName"], where)

    def _output(self, template: Template, id: str, where: str) -> Json:
        if (template.stack, id) in self._open:
            raise UnreadableError(f"{where} refers to itself by way of {template.stack}.{id}")
        self._open.append((template.stack, id))
        try:
            return self.value(template.body["Outputs"][id]["Value"], template.stack, f"{template.stack}.Outputs.{id}")
        finally:
            self._open.pop()

    def _texts(self, parts: Json, stack: str, where: str) -> list[str]:
        known = self.value(parts, stack, where)
        if not isinstance(known, list) or not all(isinstance(part, str | int) for part in known):
            raise UnreadableError(f"{where} puts together what is no list of texts")
        return [str(part) for part in known]

    def _resource(self, id: str, stack: str, function: str) -> Resource:
        found = self.assembly.by_stack[stack].resources.get(id)
        if found is None:
            raise UnreadableError(f"{stack} has a {function} of {id!r}, which it does not have")
        return found


def _fixed(value: Json, where: str) -> Json:
    """A value that CloudFormation puts nothing else in the place of, whether it is written so or put together."""
    if isinstance(value, str) and _DYNAMIC in value:
        raise UnreadableError(f"{where} has {value!r}, which is looked up when it is deployed")
    return value


_FUNCTIONS = {
    "Ref": Resolver._ref,
    "Fn::GetAtt": Resolver._get_att,
    "Fn::Join": Resolver._join,
    "Fn::Sub": Resolver._sub,
    "Fn::Split": Resolver._split,
    "Fn::Select": Resolver._select,
    "Fn::ImportValue": Resolver._import,
    "Fn::GetStackOutput": Resolver._stack_output,
}
