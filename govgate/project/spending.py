"""What was spent of people's privacy, found in the whole ledger and recorded in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from govgate.canon import canonical
from govgate.engine.spends import read_spend
from govgate.errors import EvidenceError
from govgate.gates import find_gate
from govgate.gates.privacy_budget import PrivacyBudget
from govgate.policy import Policy
from govgate.project.book import GATE, Book, Writing
from govgate.records import Evidence, Subject
from govgate.records.spend import SPEND, Spend

if TYPE_CHECKING:
    from govgate.ledger import Entry


@dataclass(frozen=True)
class Spent:
    """A spend as the ledger holds it."""

    index: int
    evidence: Evidence


def spends_in(book: Book) -> Iterator[Spent]:
    """Yield every spend that the ledger holds, in its order."""
    found: dict[int, Entry] = {}
    # A long record is kept beside the entry, which then does not hold the kind's name.
    for holding in (SPEND, '"recordRef"'):
        found |= {e.index or 0: e for e in book.entries(holding) if e.kind == "evidence/v1"}
    for index, entry in sorted(found.items()):
        if entry.record.get("kind") == SPEND:
            yield Spent(index, Evidence.model_validate_json(canonical(entry.record)))


def spent_before(
    book: Book, policy: Policy, content: str, *, given: bool = False, end: int | None = None
) -> tuple[Evidence, ...]:
    """Give the spends of others that a subject's budget is set against.

    First come, first served, by the order of the ledger, which nobody can choose: what
    others recorded after the subject's last spend is theirs to answer for.

    Args:
        book: The ledger.
        policy: Whose rules say whether anybody asks.
        content: The subject's.
        given: Whether a spend of the subject is about to be recorded, after all others.
        end: Index from which entries are not looked at; None looks at all.
    """
    if all(rule.gate != PrivacyBudget.name for rule in policy.rules):
        return ()
    spends = [s for s in spends_in(book) if end is None or s.index < end]
    own = [s.index for s in spends if s.evidence.subject.content == content]
    last = own[-1] if own and not given else len(spends) and spends[-1].index + 1
    return tuple(
        s.evidence for s in spends if s.index < last and s.evidence.subject.content != content
    )


def record_spend(book: Book, subject: Subject, spend: Spend, at: datetime) -> int:
    """Record what a release cost the people of a data set; durable and published.

    Args:
        book: The ledger.
        subject: What is released.
        spend: What it cost.
        at: The present moment.

    Returns:
        The index of the entry.
    """
    evidence = Evidence(
        subject=subject,
        kind=SPEND,
        taken_at=at,
        taken_by=f"{SPEND} ({find_gate(PrivacyBudget.name).made_by})",
        population={"releases": 1},
        materials={"data set": spend.data_set},
        body=spend.model_dump(mode="json"),
    )
    writing = Writing("evidence/v1", subject, evidence)
    index = book.write([writing], book.gate_signer(), GATE)
    book.publish()
    return index


def new_spend(fields: dict[str, object]) -> Spend:
    """Check what somebody wants to record.

    Args:
        fields: As `Spend` has them.

    Raises:
        EvidenceError: One is absent, or no number that can be added up.
    """
    try:
        return Spend.model_validate(fields)
    except ValidationError as why:
        first = why.errors()[0]
        msg = f"{'.'.join(map(str, first['loc']))}: {first['msg']}; give what the release cost"
        raise EvidenceError(msg) from why


def require_readable(evidence: Evidence) -> None:
    """Refuse a spend that could not be counted, before it stands in the ledger for ever.

    Raises:
        EvidenceError: It cannot.
    """
    if evidence.kind == SPEND:
        read_spend(evidence)
