"""Where a file stops being YAML, as a person finds it: at what was begun, and not where its end was looked for."""

from __future__ import annotations

import yaml

from stacks.settings.errors import Mistake

__all__ = ["no_yaml"]

_CLOSED_BY = {"[": "]", "{": "}", '"': '"', "'": "'"}
#: What the parser says, by its beginning, and what a person does about it.
_RIGHT = {
    "found character '\\t'": "indent with spaces, not tabs",
    "found character": "put the value in quotes",
    "mapping values": "indent the line as those beside it, or put a value that holds ': ' in quotes",
    "expected <block end>": "indent the line as those beside it",
    "but found another document": "a file is one document: take '---' away",
}
# As PyYAML calls what it was at (https://github.com/yaml/pyyaml/blob/6.0.2/lib/yaml/scanner.py, parser.py).
_KEY, _TEXT, _LISTS = "while scanning a simple key", "while scanning a quoted scalar", "while parsing a flow "


def no_yaml(text: str, file: str, error: yaml.MarkedYAMLError) -> Mistake:
    """Return the mistake that an error of the parser is.

    Parameters
    ----------
    text
        What the file holds.
    file
        Its name for messages.
    error
        What the parser says.

    Examples
    --------
    >>> try:
    ...     yaml.compose("name: atlas\\nmodels: [a,\\n  b\\n", Loader=yaml.SafeLoader)
    ... except yaml.MarkedYAMLError as error:
    ...     print(no_yaml("name: atlas\\nmodels: [a,\\n  b\\n", "atlas.yaml", error))
    atlas.yaml:2: not YAML: what begins with [ has no end; close it with ]
    """
    problem, context = error.problem_mark or error.context_mark, error.context_mark
    if problem is None:
        return Mistake(file, 0, "", f"not YAML: {error.problem}", "mend the syntax")
    if error.context == _KEY and context is not None:
        return Mistake(file, context.line + 1, "", "not YAML: found no ':' after the key", "write 'key: value'")
    if problem.index >= len(text.rstrip()):
        begun = context if error.context == _TEXT else _unclosed(text)
        if begun is not None and (end := _CLOSED_BY.get(text[begun.index : begun.index + 1])):
            found = f"not YAML: what begins with {text[begun.index]} has no end"
            return Mistake(file, begun.line + 1, "", found, f"close it with {end}")
    within = ""
    if context is not None and str(error.context).startswith(_LISTS) and context.line != problem.line:
        within = f", in what begins on line {context.line + 1}"
    said = str(error.problem)
    right = next((right for begin, right in _RIGHT.items() if said.startswith(begin)), "mend the syntax")
    return Mistake(file, problem.line + 1, "", f"not YAML: {said}{within}", right)


def _unclosed(text: str) -> yaml.Mark | None:
    """Where the innermost list or mapping in brackets begins that is not closed."""
    begun: list[yaml.Mark] = []
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken):
                begun.append(token.start_mark)
            elif isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken) and begun:
                begun.pop()
    except yaml.YAMLError:
        pass
    return begun[-1] if begun else None
