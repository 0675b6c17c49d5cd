"""Holding all that a registry shows against the ledger: what it serves, and what it left out.

Source: docs/spec/registry-tags.md, "Reconciliation". A server judges what passes through it; this
finds what went past it: rows written in the database, files written in the store, another server.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from govgate.canon import SPEC, canonical
from govgate.engine import attestation_of
from govgate.errors import DeniedError, GovgateError, StoreError
from govgate.ledger import leaf_hash
from govgate.ports import ModelVersion, Registry
from govgate.project.book import Book
from govgate.project.cross_check import disagreements
from govgate.project.guard import Guard
from govgate.records import Promotion

_GOVERNED_STAGES = ("Staging", "Production")
_MOVING = ("govgate.log.", "govgate.proof")
"""Derived tags that say how long the ledger was then; the cross-check judges them."""


@dataclass(frozen=True)
class Drift:
    """One thing that the registry shows and the ledger does not bear out, or the reverse."""

    about: str
    """Such as "models:/credit/2 @champion"."""

    reason: str
    """A code of docs/reference/reasons.md."""

    said: str
    """What is wrong; what to do."""


@dataclass(frozen=True)
class Reconciled:
    """What was held against the ledger."""

    versions: int
    places: int
    """Governed aliases and stages that some version is at."""

    promotions: int
    """Promotions in the ledger that should still show."""

    drift: tuple[Drift, ...]


@dataclass(frozen=True)
class _Place:
    """An alias, or a stage written "stage:Production", and the version there."""

    model: str
    alias: str
    number: str
    version: ModelVersion | None
    """None where the registry has no such version."""

    def __str__(self) -> str:
        return f"models:/{self.model}/{self.number} @{self.alias}"


def reconcile(book: Book, guard: Guard, registry: Registry, *, at: datetime) -> Reconciled:
    """Compare a registry with the ledger, which must have been verified.

    1. Every governed alias and stage holds a version that a decision allows there now, which
       the ledger holds, and whose bytes are those that were judged.
    2. Every tag of ours says what the ledger and the decision say.
    3. Every promotion in the ledger, while its decision holds, shows in the registry.

    Args:
        book: The ledger.
        guard: What the registry's server would say.
        registry: The registry as it is now.
        at: The present moment.
    """
    versions = list(registry.versions())
    places = list(_places(registry, versions))
    governed = [p for p in places if not guard.is_free(p.model, p.alias)]
    promotions = _promotions(book, at)
    drift = [
        *(found for place in governed for found in _at(place, book, guard, registry)),
        *_tags(book, guard, versions),
        *_unshown(promotions, places),
    ]
    return Reconciled(len(versions), len(governed), len(promotions), tuple(drift))


def _places(registry: Registry, versions: Iterable[ModelVersion]) -> Iterator[_Place]:
    known = {(v.name, v.version): v for v in versions}
    for alias in registry.aliases():
        found = known.get((alias.model, alias.version))
        yield _Place(alias.model, alias.name, alias.version, found)
    for version in known.values():
        if version.stage in _GOVERNED_STAGES:
            yield _Place(version.name, f"stage:{version.stage}", version.version, version)


def _at(place: _Place, book: Book, guard: Guard, registry: Registry) -> Iterator[Drift]:
    """Judge what is at a place as the server does, and then the bytes that it serves."""
    try:
        _require(place, book, guard, registry)
    except DeniedError as why:
        yield Drift(str(place), why.reason, str(why.args[0]))
    except StoreError as why:
        yield Drift(str(place), "VERIFY_UNAVAILABLE", str(why))


def _require(place: _Place, book: Book, guard: Guard, registry: Registry) -> None:
    if place.version is None:
        msg = "the registry has no such version; take the alias away"
        raise DeniedError(msg, "NO_ATTESTATION", "")
    envelope = place.version.tags.get("govgate.attestation")
    if envelope is None:
        msg = "no decision allows it; take it away, or run govgate promote"
        raise DeniedError(msg, "NO_ATTESTATION", "")
    claim = guard.resolve(envelope.encode(), place.version, place.alias, None)
    if book.find(leaf_hash(envelope.encode())) is None:
        msg = "its decision is not in the ledger; find out who signed it"
        raise DeniedError(msg, "NOT_IN_LEDGER", claim.record.digest)
    content, judged = registry.content(place.version), claim.subject.content
    if content != judged:
        msg = f"its bytes are {content} now, and {judged} was judged; take it away, and find out "
        raise DeniedError(msg + "who wrote them", "DIGEST_MISMATCH", claim.record.digest)


def _tags(book: Book, guard: Guard, versions: Iterable[ModelVersion]) -> Iterator[Drift]:
    ours = [v for v in versions if any(key.startswith("govgate.") for key in v.tags)]
    for version, why in disagreements(book, ours):
        yield Drift(f"models:/{version.name}/{version.version}", "TAGS_DISAGREE", str(why))
    for version in ours:
        for key, value in _derived(guard, version).items():
            said = version.tags.get(key)
            if said != value and not key.startswith(_MOVING):
                msg = f"its tag {key} says {said!r}, its decision {value!r}; find out who wrote it"
                yield Drift(f"models:/{version.name}/{version.version}", "TAGS_DISAGREE", msg)


def _derived(guard: Guard, version: ModelVersion) -> Mapping[str, str]:
    """Derive a version's tags anew; none where its decision holds no more."""
    envelope = version.tags.get("govgate.attestation", "").encode()
    content = f"sha256:{version.tags.get('govgate.subject_sha256')}"
    try:
        return guard.examine(envelope, version, content).tags if envelope else {}
    except GovgateError:
        return {}


def _promotions(book: Book, at: datetime) -> Mapping[tuple[str, str], Promotion]:
    """Find the newest promotion to each place; only those whose decision still allows."""
    until: dict[str, datetime] = {}
    for entry in book.entries(f"{SPEC}decision/v1"):
        if entry.kind == "decision/v1":
            decision = attestation_of(entry).decision
            until[decision.digest] = decision.expires_at
    newest: dict[tuple[str, str], Promotion] = {}
    for entry in book.entries(f"{SPEC}promotion/v1"):
        if entry.kind == "promotion/v1":
            done = Promotion.model_validate_json(canonical(entry.record))
            newest |= {(done.target.model, alias): done for alias in done.target.aliases}
    return {place: p for place, p in newest.items() if until.get(p.decision, at) > at}


def _unshown(
    promotions: Mapping[tuple[str, str], Promotion], places: Iterable[_Place]
) -> Iterator[Drift]:
    there: dict[tuple[str, str], list[_Place]] = {}
    for place in places:
        there.setdefault((place.model, place.alias), []).append(place)
    for (model, alias), done in promotions.items():
        found = there.get((model, alias), [])
        made = [(p.number, p.version.created_ms) for p in found if p.version]
        if (done.target.version, done.target.created_ms) in made:
            continue
        shown = ", ".join(p.number for p in found) or "no version"
        msg = f"the ledger's newest promotion put it there, and {shown} is there now; run "
        about = f"models:/{model}/{done.target.version}"
        msg += "govgate promote for the version that should be, or let the decision end"
        yield Drift(f"{about} @{alias}", "PROMOTION_NOT_SHOWN", msg)
