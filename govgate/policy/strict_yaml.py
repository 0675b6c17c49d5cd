"""YAML read the strict way: what a person could misread is an error with its line and column.

Refused: duplicate keys, YAML 1.1 booleans (`yes`, `off` ...), octal and
sexagesimal numbers, dates without quotes, infinities, anchors and aliases,
tags, merge keys, several documents, anything that is not JSON.

Source: YAML 1.2.2 section 10.2 (JSON schema); the YAML 1.1 type repository for what is refused.
"""

import difflib
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode

from govgate.canon import canonical
from govgate.errors import GovgateError, PolicyError

R = TypeVar("R", bound=BaseModel)
Path = tuple[Hashable, ...]
Place = tuple[int, int]
"""Line and column, each from 1."""

_NULL = re.compile(r"(?:null|~)?\Z")
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
_OLD_BOOLEAN = re.compile(r"(?i:y|yes|n|no|on|off|true|false)\Z")
_OLD_NUMBER = re.compile(r"[-+]?(?:\.[0-9]|[0-9][0-9_]*[:.0-9_xob]|\.inf|\.nan)", re.IGNORECASE)
_MAX_SAFE_INTEGER = 2**53 - 1  # RFC 8785 section 3.2.2.3


@dataclass(frozen=True)
class Document:
    """A value, and where each part of it stands in the text."""

    name: str
    value: Any
    places: dict[Path, Place]

    def place(self, path: Sequence[Hashable]) -> Place:
        """Line and column of the part at `path`, or of the nearest part around it."""
        for end in range(len(path), -1, -1):
            if tuple(path[:end]) in self.places:
                return self.places[tuple(path[:end])]
        return (1, 1)

    def where(self, path: Sequence[Hashable]) -> str:
        """Such as "policy.yaml, line 4, column 7"."""
        line, column = self.place(path)
        return f"{self.name}, line {line}, column {column}"


def read_yaml(text: str, name: str, error: type[GovgateError] = PolicyError) -> Document:
    """Read one YAML document.

    Args:
        text: The file's text.
        name: The file's name, for messages.
        error: What to raise.

    Returns:
        JSON types only, with the place of every part.

    Raises:
        GovgateError: Of the kind asked for, with line and column.
    """
    try:
        nodes = list(yaml.compose_all(text, Loader=_Composer))
    except yaml.MarkedYAMLError as why:
        mark = why.problem_mark or why.context_mark
        at = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        msg = f"{name}{at}: {why.problem or why.context}; correct the YAML there"
        raise error(msg) from why
    except yaml.YAMLError as why:
        msg = f"{name}: {why}; save it as plain UTF-8 text"
        raise error(msg) from why
    except RecursionError as why:
        msg = f"{name} is nested too deeply; write it flatter"
        raise error(msg) from why
    if len(nodes) != 1 or nodes[0] is None:
        msg = f"{name} holds {len(nodes)} YAML documents, not one; write one document in it"
        raise error(msg)
    reader = _Reader(name, error)
    return Document(name, reader.value(nodes[0], ()), reader.places)


def read_record(
    text: str, kind: type[R], name: str, error: type[GovgateError] = PolicyError
) -> tuple[R, Document]:
    """Read one YAML document into a record.

    Args:
        text: The file's text.
        kind: The record's type.
        name: The file's name, for messages.
        error: What to raise.

    Returns:
        The record, and the document for the places of later errors.

    Raises:
        GovgateError: Of the kind asked for, with line and column and the next step.
    """
    document = read_yaml(text, name, error)
    return validated(document.value, kind, document, (), error), document


def validated(
    value: Any, kind: type[R], document: Document, path: Path, error: type[GovgateError]
) -> R:
    """Check the part of a document at `path` against a record's type.

    Args:
        value: The part, as JSON.
        kind: The record's type.
        document: Where it stands.
        path: Where in the document.
        error: What to raise.

    Returns:
        The record.

    Raises:
        GovgateError: Of the kind asked for, with line and column and the next step.
    """
    try:
        return kind.model_validate_json(canonical(value))
    except ValidationError as why:
        first = why.errors()[0]
        at = document.where((*path, *first["loc"]))
        msg = f"{at}: {_explained(dict(first), kind)}"
        raise error(msg) from why


def _explained(first: dict[str, Any], kind: type[BaseModel]) -> str:
    field = ".".join(str(part) for part in first["loc"]) or "the document"
    match first["type"]:
        case "extra_forbidden":
            word = str(first["loc"][-1])
            near = difflib.get_close_matches(word, _fields(kind), n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_fields(kind))}"
            return f"unknown field {word!r}; {hint}"
        case "missing":
            return f"{field} is missing; add it"
        case "string_type":
            return f"{field} is {first['input']!r}, not text; put it in quotes"
        case _:
            said = first["msg"].removeprefix("Value error, ")
            said = said[:1].lower() + said[1:]
            return said if ";" in said else f"{field}: {said}; correct it"


def _fields(kind: type[BaseModel]) -> list[str]:
    """Names of a record's fields and, one floor down, of the records within it."""
    names = list(kind.model_fields)
    for field in kind.model_fields.values():
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                names += [n for n in part.model_fields if n not in names]
    return names


class _Composer(yaml.SafeLoader):
    """Composes nodes; refuses anchors, which could make a small file huge, and tags."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        for what in ("anchor", "tag"):
            if getattr(event, what, None):
                problem = f"{what}s and aliases of YAML are not allowed"
                raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        node: Node | None = super().compose_node(parent, index)
        return node


class _Reader:
    """Turns nodes into JSON, keeping places."""

    def __init__(self, name: str, error: type[GovgateError]) -> None:
        self.name = name
        self.error = error
        self.places: dict[Path, Place] = {}

    def value(self, node: Node, path: Path) -> Any:
        self.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.value(key_node, (*path, "<key>"))
            del self.places[(*path, "<key>")]
            if not isinstance(key, str):
                self.refuse(key_node, f"the key {key!r} is not text; put it in quotes")
            if key in found:
                self.refuse(key_node, f"{key!r} stands here a second time; remove one of the two")
            at = key_node.start_mark
            self.places[*path, key] = (at.line + 1, at.column + 1)
            found[key] = self.value(value_node, (*path, key))
        return found

    def scalar(self, node: ScalarNode) -> Any:
        text = node.value
        if node.style:
            return text
        if text in {"true", "false"}:
            return text == "true"
        if _OLD_BOOLEAN.match(text):
            self.refuse(node, f"{text!r} is a word to some readers, yes or no to others; "
                              "write true or false, or put it in quotes")  # fmt: skip
        if _NULL.match(text):
            return None
        if _INT.match(text):
            return self.number(node, int(text))
        if _FLOAT.match(text):
            return self.number(node, float(text))
        if _OLD_NUMBER.match(text) or node.tag != "tag:yaml.org,2002:str":
            self.refuse(node, f"{text!r} is a number, a date or a tag to some readers; "
                              "put it in quotes, or write a plain decimal number")  # fmt: skip
        return text

    def number(self, node: ScalarNode, number: float) -> float:
        if abs(number) > _MAX_SAFE_INTEGER:
            self.refuse(node, f"{node.value} is too large to be kept exactly; write a smaller one")
        return number

    def refuse(self, node: Node, what: str) -> None:
        mark = node.start_mark
        msg = f"{self.name}, line {mark.line + 1}, column {mark.column + 1}: {what}"
        raise self.error(msg)
