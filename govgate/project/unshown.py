"""Promotions that the ledger holds and the registry should show.

Source: docs/spec/registry-tags.md, "Reconciliation".
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from govgate.canon import SPEC, canonical
from govgate.engine import attestation_of
from govgate.errors import DeniedError
from govgate.policy import Mode
from govgate.ports import ModelVersion
from govgate.project.book import Book
from govgate.project.guard import Guard
from govgate.project.placed import Placed
from govgate.records import Promotion

_ENDED = ("QUARANTINED", "REVOKED")
"""Why a promotion need not show any more, although its decision has not expired."""


def promotions_of(
    book: Book, guard: Guard, versions: Iterable[ModelVersion], at: datetime
) -> Mapping[tuple[str, str], Promotion]:
    """Find the newest promotion to each place; only those whose decision still allows.

    Args:
        book: The ledger.
        guard: Whose policy says which models are exempt, and who knows what was revoked.
        versions: The registry's.
        at: The present moment.

    Returns:
        Model and alias to the promotion.
    """
    until: dict[str, datetime] = {}
    for entry in book.entries(f"{SPEC}decision/v1"):
        if entry.kind == "decision/v1":
            decision = attestation_of(entry).decision
            until[decision.digest] = decision.expires_at
    newest: dict[tuple[str, str], Promotion] = {}
    for entry in book.entries(f"{SPEC}promotion/v1"):
        if entry.kind == "promotion/v1":
            done = Promotion.model_validate_json(canonical(entry.record))
            if guard.mode(done.target.model) is not Mode.EXEMPT:
                newest |= {(done.target.model, alias): done for alias in done.target.aliases}
    there = {(v.name, v.version, v.created_ms): v for v in versions}
    return {
        (model, alias): done
        for (model, alias), done in newest.items()
        if until.get(done.decision, at) > at and not _was_ended(guard, done, alias, there)
    }


def _was_ended(
    guard: Guard, done: Promotion, alias: str, there: Mapping[tuple[str, str, int], ModelVersion]
) -> bool:
    """Tell whether somebody stopped what was promoted, or released it since."""
    target = done.target
    version = there.get((target.model, target.version, target.created_ms))
    if version is None:
        return False
    envelope = version.tags.get("govgate.attestation", "").encode()
    try:
        guard.require_unquarantined(version)
        guard.resolve(envelope, version, alias, None)
    except DeniedError as why:
        return why.reason in _ENDED
    return False


def unshown(
    promotions: Mapping[tuple[str, str], Promotion], places: Iterable[Placed]
) -> Iterator[tuple[str, str, str]]:
    """Yield (model, place, what is wrong and what to do) for each promotion that does not show.

    Args:
        promotions: As `promotions_of` finds them.
        places: What the registry shows.
    """
    there: dict[tuple[str, str], list[Placed]] = {}
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
        yield model, f"{about} @{alias}", msg
