"""What the ledger holds, read for the judge."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from govgate.canon import canonical
from govgate.engine import Shown, attestation_of
from govgate.errors import PolicyError, TamperedError
from govgate.ledger import Entry
from govgate.policy import Policy
from govgate.records import Decision, Evidence, Record, SignOff, Waiver

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Decided:
    """A decision as the ledger holds it."""

    decision: Decision
    index: int
    envelope: bytes


def decided(entry: Entry) -> Decided:
    """Read a decision entry."""
    return Decided(attestation_of(entry).decision, entry.index or 0, entry.envelope)


def shown_by(entries: Iterable[Entry]) -> Shown:
    """Sort entries about one model into what the judge is shown.

    Nobody grants or signs in another's name: the entry's actor signed it, and a
    record that names somebody else is left out.

    Args:
        entries: Verified entries about one model.
    """
    ours = list(entries)
    return Shown(
        evidence=tuple(r for _, r in _records(ours, "evidence/v1", Evidence)),
        waivers=tuple(w for who, w in _records(ours, "waiver/v1", Waiver) if w.granted_by == who),
        sign_offs=tuple(
            s for who, s in _records(ours, "sign-off/v1", SignOff) if s.signed_by == who
        ),
    )


def _records(entries: Iterable[Entry], kind: str, record: type[R]) -> Iterator[tuple[str, R]]:
    """Yield who acted, and the record, of each entry of a kind."""
    for entry in entries:
        if entry.kind == kind:
            yield entry.actor.id, record.model_validate_json(canonical(entry.record))


def policy_of(decision: Decision, entries: Iterable[Entry]) -> Policy:
    """Find the policy that a decision names.

    Raises:
        TamperedError: The ledger does not hold it.
    """
    for entry in entries:
        if entry.kind == "policy/v1" and entry.subject.content == decision.policy:
            return Policy.model_validate_json(canonical(entry.record))
    msg = f"the ledger does not hold policy {decision.policy}; distrust the decision that names it"
    raise TamperedError(msg)


def is_recorded(policy: Policy, entries: Iterable[Entry]) -> bool:
    """Tell whether the ledger holds this policy.

    Raises:
        PolicyError: It holds another text of the same name and version.
    """
    for entry in entries:
        if entry.kind == "policy/v1" and entry.subject.name == f"policy {policy.title}":
            if entry.subject.content == policy.digest:
                return True
            msg = f"policy {policy.title} was used with another text ({entry.subject.content}); "
            raise PolicyError(msg + "raise its version")
    return False
