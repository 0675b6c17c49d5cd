"""Nobody reads or writes data, model or ledger but those the policy names.

Source: docs/reference/gates/access.md.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import ClassVar, Literal

from pydantic import Field

from govgate.gate import Body, Bounds, Gate, Planted
from govgate.plot import Bars, Plot
from govgate.records import AtMost, Finding, Place, Record, Word

_RIGHTS = ("read", "write", "administer")


class Grant(Record):
    """That somebody may do something at a place."""

    who: Word
    """Such as "everyone", "group staff", "role mlflow" or an ARN."""
    may: Literal["read", "write", "administer"]
    on: Place
    by: Word
    """What says so, such as "bucket policy, statement Readers"."""
    conditional: bool = False
    wildcard: bool = False
    """True where the statement is about every action or every resource."""


class Identity(Record):
    """Who acts in a part, and what proves to be them: ids of keys, and ARNs."""

    part: Word
    holds: tuple[Word, ...]


class AccessFacts(Body):
    """Who may do what, as modes, access lists, policies and database grants say it."""

    KIND: ClassVar[str] = "access/v1"

    places: tuple[Place, ...] = Field(min_length=1)
    grants: tuple[Grant, ...]
    identities: tuple[Identity, ...] = ()
    unknown: tuple[Word, ...] = ()


class AccessBounds(Bounds):
    """Who may do what; who may write may read, and who may administer may do both."""

    readers: tuple[Word, ...] = ()
    """Who may read."""
    writers: tuple[Word, ...] = ()
    """Who may write and read."""
    administrators: tuple[Word, ...] = ()
    """Who may own files and tables, and change who else may do what."""
    conditions: Literal["refuse", "trust"] = "refuse"
    """Whether a grant with a condition counts as one without, or not at all."""
    wildcards: Literal["refuse", "accept"] = "refuse"
    """Whether a statement may be about every action or every resource."""
    separate: tuple[Word, ...] = ("gate", "log", "approvers")
    """Parts of which no two may be played with the same key or principal."""

    def admits(self, grant: Grant) -> bool:
        """Tell whether somebody named may do this."""
        if grant.conditional and self.conditions == "trust":
            return True
        named = {
            "read": (*self.readers, *self.writers, *self.administrators),
            "write": (*self.writers, *self.administrators),
            "administer": self.administrators,
        }
        return grant.who in named[grant.may]


class Access(Gate[AccessFacts, AccessBounds]):
    """Everybody who may read or write is named, and no one plays two parts."""

    title = "Only those named have access"
    newest_speaks = True

    def judge(self, body: AccessFacts, bounds: AccessBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        first = body.unknown[0] if body.unknown else ""
        yield _none("facts not found out", len(body.unknown), "{fact}", first)
        for place in body.places:
            for right in _RIGHTS:
                found = [g for g in body.grants if (g.on, g.may) == (place, right)]
                wrong = [g for g in found if not bounds.admits(g)]
                who = [f"{g.who} ({g.by})" for g in wrong[:3]]
                step = f"take it from {', '.join(who)}, or name them in the policy" if who else ""
                about = f"who may {right} and is not named, {place}"
                yield _none(about, len({g.who for g in wrong}), "{holder}", step)
        if bounds.wildcards == "refuse":
            wide = sorted({g.by for g in body.grants if g.wildcard})
            step = f"name actions and resources in {', '.join(wide[:3])}" if wide else ""
            yield _none("statements about everything", len(wide), "{statement}", step)
        yield from _separate(body, bounds)

    def plots(self, body: AccessFacts, bounds: AccessBounds) -> tuple[Plot, ...]:  # noqa: ARG002
        """See `Gate.plots`."""
        series = {
            right: tuple(
                float(len({g.who for g in body.grants if (g.on, g.may) == (place, right)}))
                for place in body.places
            )
            for right in _RIGHTS
        }
        return (Bars("Who may do what", body.places, series, "holders"),)

    def planted(self) -> Planted[AccessFacts, AccessBounds]:
        """See `Gate.planted`."""

        def shown(who: str) -> AccessFacts:
            grant = Grant(who=who, may="read", on="data", by="mode")
            return AccessFacts(places=("data",), grants=(grant,))

        bounds = AccessBounds(readers=("group staff",), separate=())
        return Planted(bounds, shown("group staff"), shown("everyone"))


def _separate(body: AccessFacts, bounds: AccessBounds) -> Iterator[Finding]:
    holds = {identity.part: {*identity.holds} for identity in body.identities}
    for part in bounds.separate:
        absent = 0 if holds.get(part) else 1
        yield _none(f"unknown holders, {part}", absent, "{part}", f"name keys of {part} to collect")
    for one, other in combinations(bounds.separate, 2):
        both = sorted(holds.get(one, set()) & holds.get(other, set()))
        step = f"give {one} another key or principal than {both[0]}" if both else ""
        yield _none(f"held by both {one} and {other}", len(both), "{key}", step)


def _none(about: str, seen: int, unit: str, step: str) -> Finding:
    limit = AtMost(value=0.0)
    return Finding(about=about, observed=float(seen), limit=limit, unit=unit, remedy=step)
