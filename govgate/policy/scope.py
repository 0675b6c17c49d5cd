"""Which models a policy governs, and who may take over or stop one outside its rules."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from govgate.policy.names import is_plain, matches
from govgate.records import Record, Utc, Word

_LONGEST_DAYS = 366
"""An adoption that outlasts a year is an exemption; write that instead."""

Glob = Annotated[
    str,
    StringConstraints(
        max_length=250, pattern=r"^[A-Za-z0-9*?](?:[A-Za-z0-9 ._*?-]*[A-Za-z0-9._*?-])?$"
    ),
]
"""Letters, digits, " ._-", and "*" and "?" for any; never a letter that looks like another."""


class Mode(StrEnum):
    """What a no means for a model."""

    ENFORCE = "enforce"
    """It is refused."""

    AUDIT = "audit"
    """It is let through, logged, and marked with what would have been said."""

    EXEMPT = "exempt"
    """Nobody asks."""


class Scope(Record):
    """How the models whose names fit a glob are governed."""

    models: Glob
    mode: Mode


class AdoptionRule(Record):
    """Who may answer for what was promoted before govgate came."""

    by: tuple[Word, ...] = Field(min_length=1)
    """Roles, one of which is enough."""

    before: Utc
    """Versions created at this moment or later are never adopted."""

    max_days: int = Field(ge=1, le=_LONGEST_DAYS)

    @property
    def longest(self) -> timedelta:
        """`max_days` as a timedelta."""
        return timedelta(days=self.max_days)


class RevocationRule(Record):
    """Who besides the gate runner may stop a model, and who alone may let it go on."""

    by: tuple[Word, ...] = ()
    """Roles that may put a model into quarantine."""

    release_by: tuple[Word, ...] = ()
    """Roles that may let it out; never the person who trained it."""


def mode_of(model: str, scopes: tuple[Scope, ...]) -> Mode:
    """Find how a model is governed; the first glob that fits decides.

    A name in disguise, with letters of another alphabet, width or nothing to be seen,
    is enforced: no leniency is reached by looking like somebody else.

    Args:
        model: Name of a registered model, as the registry has it.
        scopes: The policy's, in order.
    """
    found = next((s.mode for s in scopes if matches(model, s.models)), Mode.ENFORCE)
    return found if is_plain(model) else Mode.ENFORCE
