"""What a ledger says that no decision may overlook: orders, policies, and the time.

Source: docs/spec/revocation.md; docs/spec/registry-tags.md, "What needs an attestation".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from govgate.canon import canonical
from govgate.engine import REVOCATION, Order, revocation_of
from govgate.errors import AuthorityError, GovgateError, TamperedError
from govgate.ledger import Entry, Trust, payload_of, read_ours, read_statement
from govgate.policy import Policy
from govgate.ports import Store
from govgate.project.belief import POLICY, Belief
from govgate.records import Revocation


@dataclass(frozen=True)
class Known:
    """A ledger as far as it was followed."""

    trust: Trust
    """Whose signatures count, after every key event."""

    end: int
    """How many entries were followed."""

    orders: tuple[Order, ...]
    """Every revocation and release, in order."""

    policies: Mapping[str, Policy]
    """Digest to policy: each that ever came into force."""

    newest_at: datetime | None
    """When the newest entry that a trusted key signed was written, as its writer says."""


class Following:
    """Opens what was noted while a ledger was followed; each entry once."""

    def __init__(self, belief: Belief, store: Store) -> None:
        """Follow a log."""
        self._belief, self._store = belief, store
        self._known: Known | None = None
        self._opened: dict[int, tuple[bool, Entry | None]] = {}

    def now(self) -> Known:
        """Follow the ledger to its end.

        Raises:
            GovgateError: It cannot be read, or a key event in it does not hold.
        """
        trust = self._belief.now()
        end, known = self._belief.end, self._known
        if known is None or known.end != end:
            known = self._known = self._open(trust, end)
        return known

    def _open(self, trust: Trust, end: int) -> Known:
        if self._known is None or self._known.trust is not trust:
            self._opened = {}
        orders: list[Order] = []
        policies: dict[str, Policy] = {}
        said: set[bytes] = set()
        for index, envelope in self._belief.noted:
            # Whoever can write to the store can append a copy: what was said once counts once.
            statement = _statement(envelope)
            if statement is None or statement in said:
                continue
            if index not in self._opened:
                self._opened[index] = self._verified(trust, index, envelope)
            ours, entry = self._opened[index]
            if not ours:
                continue  # nor does a copy by nobody, made in time, hide what one of ours says
            said.add(statement)
            if entry is not None and entry.kind == POLICY:
                policies |= _policy(entry)
            else:
                orders += _order(entry, index, envelope)
        return Known(trust, end, tuple(orders), policies, self._newest_at(trust))

    def _verified(self, trust: Trust, index: int, envelope: bytes) -> tuple[bool, Entry | None]:
        """Tell whether an entry is one of ours, and give it where it can be believed."""
        try:
            entry = read_ours(envelope, trust, self._store, index)
        except (AuthorityError, TamperedError):
            return True, None
        return entry is not None, entry

    def _newest_at(self, trust: Trust) -> datetime | None:
        for index, envelope in reversed(self._belief.last):
            _, entry = self._verified(trust, index, envelope)
            if entry is not None:
                return entry.time_created
        # Strangers can fill the last few; what was noted still sets a bound.
        opened = (entry for _, (_, entry) in sorted(self._opened.items(), reverse=True))
        return next((entry.time_created for entry in opened if entry is not None), None)


def _statement(envelope: bytes) -> bytes | None:
    """Take the statement out; None for junk, which must not stop a whole registry."""
    try:
        return payload_of(envelope)
    except TamperedError:
        return None


def _policy(entry: Entry) -> dict[str, Policy]:
    try:
        policy = Policy.model_validate_json(canonical(entry.record))
    except ValidationError:
        return {}  # of another govgate: nothing that was decided under it holds here
    return {policy.digest: policy} if policy.digest == entry.subject.content else {}


def _order(entry: Entry | None, index: int, envelope: bytes) -> list[Order]:
    """Read an order of ours; whose signer is believed no longer, it counts where it stops a model.

    Were it left out, striking a person off the list would lift their quarantines.
    """
    try:
        if entry is not None:
            is_order = entry.kind == REVOCATION
            return [Order(index, revocation_of(entry), entry.actor)] if is_order else []
        statement = read_statement(payload_of(envelope))
        if statement.predicate_type != REVOCATION:
            return []
        record = canonical(statement.predicate["record"])
        return [Order(index, Revocation.model_validate_json(record), None)]
    except (GovgateError, ValidationError, KeyError, ValueError):
        return []
