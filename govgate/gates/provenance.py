"""Every data set behind the model is known to the byte, licensed, lawful and not kept too long.

Source: ISO/IEC 42001:2023, A.7.5; Regulation (EU) 2016/679, articles 5, 6, 7 and 9;
docs/reference/gates/provenance.md.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from govgate.gate import Body, Bounds, End, Gate, Planted
from govgate.plot import Bars, Plot
from govgate.records import AtLeast, AtMost, DataSet, Digest, Exactly, Finding, Record, Word


class DataUsed(Record):
    """One data set of the model's lineage, and the record that is bound to its digest."""

    name: Word
    """As the run calls it, cut short, with the first digits of its digest."""

    context: str = ""
    """What for, such as "training"."""

    content: Digest | None = None
    """The whole digest; None where none was logged."""

    record: DataSet | None = None
    """What `datasets.yaml` says of this digest."""

    licence_known: bool = False
    """Whether the record's licence is an SPDX expression."""


class DataOrigins(Body):
    """The data sets that a model's run used, and what is not known of them."""

    KIND: ClassVar[str] = "provenance/v1"

    gaps: tuple[Word, ...] = ()
    """What of the lineage could not be followed, in words."""

    data: tuple[DataUsed, ...] = ()


class ProvenanceBounds(Bounds):
    """What data a model may come from."""

    licences: Annotated[tuple[Word, ...], Field(min_length=1)]
    """SPDX licences that are allowed; of "A OR B" one must be, of "A AND B" both."""
    lawful_bases: tuple[Word, ...] = ()
    """Bases of GDPR article 6(1) that are allowed for personal data; none listed: any."""
    special_categories: bool = False
    """Whether data of GDPR article 9 are allowed, on a basis of article 9(2)."""
    contexts: tuple[Word, ...] = ()
    """Contexts that must be there, such as training; none listed: at least one data set."""


class Provenance(Gate[DataOrigins, ProvenanceBounds]):
    """Every data set is named by a whole digest, and its record allows its use."""

    title = "The data may be used, and are known to the byte"
    newest_speaks = True

    def judge(self, body: DataOrigins, bounds: ProvenanceBounds) -> Iterator[Finding]:
        """See `Gate.judge`."""
        first = body.gaps[0] if body.gaps else "the lineage"
        ask = f"mend what could not be followed: {first}"[:500]
        yield _found("gaps in the lineage", float(len(body.gaps)), AtMost(value=0.0), ask)
        ask = "log the data that the model was trained on with govgate.mlflow_dataset"
        count = float(len(body.data))
        yield _found("data sets in the lineage", count, AtLeast(value=1.0), ask)
        for context in bounds.contexts:
            there = "present" if context in {d.context for d in body.data} else "absent"
            yield _is(f"data for {context}", there, "present", ask)
        for data in body.data:
            yield from _of_data(data, bounds)

    def ends(self, body: DataOrigins, bounds: ProvenanceBounds) -> tuple[End, ...]:
        """See `Gate.ends`."""
        del bounds
        held = ((d.name, d.record.ends_at) for d in body.data if d.record)
        ask = "erase the data and train without them, or renew the retention in datasets.yaml"
        return tuple(End(f"retention, {name}", at, ask) for name, at in held if at)

    def plots(self, body: DataOrigins, bounds: ProvenanceBounds) -> tuple[Plot, ...]:
        """See `Gate.plots`."""
        wanting = [sum(not f.satisfied for f in _of_data(d, bounds)) for d in body.data]
        counts = {"findings": tuple(map(float, wanting))}
        names = tuple(d.name for d in body.data)
        return (Bars("what is wanting of each data set", names, counts, "findings"),)

    def planted(self) -> Planted[DataOrigins, ProvenanceBounds]:
        """See `Gate.planted`."""
        digest = f"sha256:{'ab' * 32}"
        words = {"name": "census", "source": "a census", "licence": "CC0-1.0", "contact": "data"}
        record = DataSet(**words, content=digest, personal=False)  # type: ignore[arg-type]
        known = DataUsed(name="census", content=digest, record=record, licence_known=True)
        unknown = DataUsed(name="census", content=digest)
        bounds = ProvenanceBounds(licences=("CC0-1.0",))
        return Planted(bounds, DataOrigins(data=(known,)), DataOrigins(data=(unknown,)))


def _of_data(data: DataUsed, bounds: ProvenanceBounds) -> Iterator[Finding]:
    name, record = data.name, data.record
    ask = "log it with govgate.mlflow_dataset, and train again"
    yield _is(f"whole digest, {name}", "present" if data.content else "absent", "present", ask)
    ask = f"write a record of {data.content or 'its digest'} into datasets.yaml"
    yield _is(f"record, {name}", "present" if record else "absent", "present", ask)
    if record is None:
        return
    allowed = data.licence_known and _allows(record.licence, bounds.licences)
    ask = f"{record.licence} is not on the policy's list; use other data, or have the list changed"
    yield _is(f"licence, {name}", "allowed" if allowed else "not allowed", "allowed", ask)
    ask = f"complete the record of {name} in datasets.yaml"
    yield _is(f"missing of the record, {name}", ", ".join(record.lacks) or "none", "none", ask)
    if record.personal and bounds.lawful_bases and record.lawful_basis:
        fits = record.lawful_basis in bounds.lawful_bases
        ask = f"{record.lawful_basis} is not a basis that the policy allows; use other data"
        yield _is(f"lawful basis, {name}", "allowed" if fits else "not allowed", "allowed", ask)
    if not bounds.special_categories:
        there = "present" if record.special_categories else "absent"
        ask = "take special categories out of the data, or have the policy allow them"
        yield _is(f"special categories, {name}", there, "absent", ask)


def _allows(licence: str, allowed: tuple[str, ...]) -> bool:
    """Tell whether an SPDX expression is met by what is allowed; in brackets only as a whole."""
    if licence in allowed or "(" in licence:
        return licence in allowed
    return any(
        all(each in allowed for each in choice.split(" AND ")) for choice in licence.split(" OR ")
    )


def _is(about: str, seen: str, wanted: str, ask: str) -> Finding:
    return Finding(about=about, observed=seen, limit=Exactly(value=wanted), unit="", remedy=ask)


def _found(about: str, count: float, limit: AtLeast | AtMost, ask: str) -> Finding:
    return Finding(about=about, observed=count, limit=limit, unit="1", remedy=ask)
