"""What a user calls a model, read strictly."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from govgate.errors import ProjectError

_REGISTERED = re.compile(
    r"models:/(?P<name>[^/@]+)(?:/(?P<version>[1-9][0-9]*)|(?P<alias>@[\w-]+))"
)
_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9_-]*|stage:(?:Staging|Production)")


@dataclass(frozen=True)
class ModelName:
    """A registered version, or a folder on this machine."""

    folder: Path | None = None
    name: str = ""
    version: str = ""
    """Digits, or "@" and an alias."""


def read_model_name(text: str) -> ModelName:
    """Read "models:/NAME/VERSION", "models:/NAME@ALIAS" or the path of a folder.

    Raises:
        ProjectError: It is none of them.
    """
    if not text.startswith("models:"):
        return ModelName(folder=Path(text))
    if found := _REGISTERED.fullmatch(text):
        return ModelName(name=found["name"], version=found["version"] or found["alias"])
    msg = f"{text!r} is not models:/NAME/VERSION or models:/NAME@ALIAS; write one of them"
    raise ProjectError(msg)


def read_aliases(aliases: Iterable[str]) -> tuple[str, ...]:
    """Check and sort aliases.

    Raises:
        ProjectError: One holds letters that look like others, or a stage that needs no decision.
    """
    for alias in aliases:
        if not _ALIAS.fullmatch(alias):
            msg = f"{alias!r} is not an alias; use letters, digits, - and _, or stage:Production"
            raise ProjectError(msg)
    return tuple(sorted(set(aliases)))
