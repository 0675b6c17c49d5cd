"""Holding all that a registry shows against the ledger: what it serves, and what it left out.

Source: docs/spec/registry-tags.md, "Reconciliation". A server judges what passes through it; this
finds what went past it: rows written in the database, files written in the store, another server.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from govgate.errors import DeniedError, GovgateError, StoreError
from govgate.policy import Mode
from govgate.ports import ModelVersion, Registry
from govgate.project.book import Book
from govgate.project.cross_check import disagreements
from govgate.project.guard import Guard
from govgate.project.placed import Copies, placed, why_not
from govgate.project.unshown import promotions_of, unshown
from govgate.records import Adoption

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
class StandingAdoption:
    """A version that is served on a person's word, for a while."""

    about: str
    aliases: tuple[str, ...]
    adopted_by: str
    expires_at: datetime
    why_not: str
    """Reason why it holds no more, such as "EXPIRED"; empty while it holds."""


@dataclass(frozen=True)
class Reconciled:
    """What was held against the ledger."""

    versions: int
    places: int
    """Governed aliases and stages that some version is at."""

    promotions: int
    """Promotions in the ledger that should still show."""

    copies: int
    """Sealed copies that were read and hashed in full."""

    drift: tuple[Drift, ...]
    audited: tuple[Drift, ...]
    """What the server lets through, as the policy only audits these models."""

    adopted: tuple[StandingAdoption, ...]


def reconcile(
    book: Book, guard: Guard, registry: Registry, *, at: datetime, all_copies: bool = False
) -> Reconciled:
    """Compare a registry with the ledger, which must have been verified.

    1. Every governed alias and stage holds a version that a decision or an adoption allows there
       now, which the ledger holds, and whose sealed bytes are those that were judged. What is in
       quarantine is nowhere, free aliases among them.
    2. Every tag of ours says what the ledger and the decision say.
    3. Every promotion in the ledger, while its decision holds, shows in the registry.

    Args:
        book: The ledger.
        guard: What the registry's server would say.
        registry: The registry as it is now.
        at: The present moment.
        all_copies: Whether to read the sealed bytes of every version, wherever it is.
    """
    versions = [v for v in registry.versions() if guard.mode(v.name) is not Mode.EXEMPT]
    copies = Copies(registry)
    places = [p for p in placed(registry, versions) if guard.mode(p.model) is not Mode.EXEMPT]
    promotions = promotions_of(book, guard, versions, at)
    stands = [(p.model, Drift(str(p), *found)) for p in places
              if (found := why_not(p, book, guard, copies))]  # fmt: skip
    stands += [
        (model, Drift(about, "PROMOTION_NOT_SHOWN", said))
        for model, about, said in unshown(promotions, places)
    ]
    audited = [d for model, d in stands if guard.mode(model) is Mode.AUDIT]
    drift = [d for model, d in stands if guard.mode(model) is not Mode.AUDIT]
    drift += _tags(book, guard, versions)
    if all_copies:
        drift += _unread(versions, copies)
    return Reconciled(
        versions=len(versions),
        places=sum(not guard.is_free(p.model, p.alias) for p in places),
        promotions=len(promotions),
        copies=len(copies.found),
        drift=tuple(drift),
        audited=tuple(audited),
        adopted=tuple(_adopted(guard, versions)),
    )


def _tags(book: Book, guard: Guard, versions: Iterable[ModelVersion]) -> Iterator[Drift]:
    ours = [v for v in versions if any(key.startswith("govgate.") for key in v.tags)]
    for version, why in disagreements(book, ours):
        yield Drift(_name(version), "TAGS_DISAGREE", str(why))
    for version in ours:
        for key, value in _derived(guard, version).items():
            said = version.tags.get(key)
            if said != value and not key.startswith(_MOVING):
                msg = f"its tag {key} says {said!r}, its decision {value!r}; find out who wrote it"
                yield Drift(_name(version), "TAGS_DISAGREE", msg)


def _derived(guard: Guard, version: ModelVersion) -> Mapping[str, str]:
    """Derive a version's tags anew; none where its decision holds no more."""
    try:
        derived = dict(_held(guard, version))
    except GovgateError:
        return {}
    if guard.mode(version.name) is Mode.AUDIT:
        # Says there what the last move would have been answered.
        derived.pop("govgate.decision", None)
    return derived


def _held(guard: Guard, version: ModelVersion) -> Mapping[str, str]:
    """Derive the tags of what a version carries.

    Raises:
        DeniedError: It holds no more.
    """
    envelope = version.tags.get("govgate.attestation", "").encode()
    content = f"sha256:{version.tags.get('govgate.subject_sha256')}"
    return guard.derive(envelope, version, content).tags if envelope else {}


def _unread(versions: Iterable[ModelVersion], copies: Copies) -> Iterator[Drift]:
    """Read the sealed copies that no place led to: a rollback or a release would serve them."""
    for version in versions:
        if "govgate.sealed_uri" in version.tags and not copies.has_read(version):
            try:
                copies.require(version)
            except DeniedError as why:
                yield Drift(_name(version), why.reason, str(why.args[0]))
            except StoreError as why:
                yield Drift(_name(version), "VERIFY_UNAVAILABLE", str(why))


def _adopted(guard: Guard, versions: Iterable[ModelVersion]) -> Iterator[StandingAdoption]:
    for version in versions:
        record = guard.carried(version)
        if isinstance(record, Adoption):
            ended = ""
            try:
                _held(guard, version)
            except DeniedError as why:
                ended = why.reason
            aliases, by = record.target.aliases, record.adopted_by
            yield StandingAdoption(_name(version), aliases, by, record.expires_at, ended)


def _name(version: ModelVersion) -> str:
    return f"models:/{version.name}/{version.version}"
