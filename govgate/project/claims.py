"""Opening what a version carries: a decision or an adoption, believed and placed in the ledger."""

from dataclasses import dataclass, field

from govgate.engine import ADOPTION, Claim, Demands, adoption_of, attestation_of, claim_of, count
from govgate.errors import AuthorityError, DeniedError, GovgateError, LedgerError
from govgate.ledger import Entry, Trust, leaf_hash, read_entry
from govgate.project.book import Book
from govgate.records import Adoption, Attestation

_CACHED = 1_000
"""Claims kept open; a registry serves far fewer versions through aliases at a time."""


@dataclass(frozen=True)
class Opened:
    """An envelope, verified and read."""

    entry: Entry
    record: Attestation | Adoption

    @property
    def claim(self) -> Claim:
        """What it claims to be good for."""
        if isinstance(self.record, Adoption):
            return Claim(self.record.target, self.record.subject, self.record)
        return claim_of(self.record.decision)

    @property
    def trained_by(self) -> str | None:
        """Who trained the model, where it is known."""
        if isinstance(self.record, Adoption):
            return None
        return self.record.decision.request.trained_by


def read_claim(entry: Entry) -> Opened:
    """Read a decision or an adoption from an entry, its signature already checked.

    Raises:
        DeniedError: MALFORMED, when it is neither.
    """
    return Opened(entry, (adoption_of if entry.kind == ADOPTION else attestation_of)(entry))


@dataclass(frozen=True)
class _Kept:
    """What was verified while the same keys counted."""

    trust: Trust
    opened: dict[bytes, Opened] = field(default_factory=dict)
    counted: dict[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)


class Claims:
    """Opens envelopes, each once while the same keys count; several threads may ask."""

    def __init__(self) -> None:
        """Remember nothing."""
        self._kept: _Kept | None = None
        self._first: dict[bytes, int] = {}

    def open(self, book: Book, trust: Trust, envelope: bytes) -> Opened:
        """Verify an envelope, and every key behind it, as the ledger has it now.

        Raises:
            DeniedError: A key behind it counts no more, or never did, or it is no claim.
        """
        kept, leaf = self._under(trust), leaf_hash(envelope)
        if (opened := kept.opened.get(leaf)) is None:
            opened = kept.opened[leaf] = self._read(book, trust, envelope)
        return opened

    def count(self, trust: Trust, opened: Opened, demands: Demands) -> tuple[str, ...]:
        """Count a decision's sign-offs again, once for each policy and people file.

        Raises:
            DeniedError: They do not add up, or it is no decision.
        """
        kept = self._under(trust)
        key = (opened.entry.leaf, demands.policy_digest, demands.people_digest)
        if (said_yes := kept.counted.get(key)) is None:
            said_yes = kept.counted[key] = count(attestation_of(opened.entry), demands)
        return said_yes

    def _under(self, trust: Trust) -> _Kept:
        # A thread that began under other keys goes on with what was kept under those.
        kept = self._kept
        if kept is None or kept.trust is not trust or len(kept.opened) >= _CACHED:
            kept = self._kept = _Kept(trust)
        return kept

    def first(self, book: Book, envelope: bytes) -> int | None:
        """Say where an envelope first stood in the ledger, or None where it never did.

        Raises:
            DeniedError: VERIFY_UNAVAILABLE, when the ledger cannot be read.
        """
        leaf = leaf_hash(envelope)
        if leaf not in self._first:
            try:
                index = book.first(leaf)
            except GovgateError as why:
                msg = f"the ledger cannot be read: {why}"
                raise DeniedError(msg, "VERIFY_UNAVAILABLE", "") from why
            if index is None:
                return None
            self._first[leaf] = index
        return self._first[leaf]

    def _read(self, book: Book, trust: Trust, envelope: bytes) -> Opened:
        place = self.first(book, envelope) if trust.ended else None
        try:
            entry = read_entry(envelope, trust, book.store, place)
        except (AuthorityError, LedgerError) as why:
            msg = f"the attestation cannot be believed: {why}"
            raise DeniedError(msg, "BAD_SIGNATURE", "") from why
        opened = read_claim(entry)
        if trust.ended and isinstance(opened.record, Attestation):
            self._require_keys(book, trust, opened.record)
        return opened

    def _require_keys(self, book: Book, trust: Trust, attestation: Attestation) -> None:
        for signed in map(str.encode, attestation.sign_offs):
            try:
                read_entry(signed, trust, book.store, self.first(book, signed))
            except (AuthorityError, LedgerError) as why:
                raise DeniedError(str(why), "SIGN_OFF", attestation.decision.digest) from why
