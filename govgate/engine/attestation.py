"""A decision as the ledger and the registry hold it: a signed entry.

Source: docs/spec/entry.md, statement "decision/v1".
"""

from pydantic import ValidationError

from govgate.canon import canonical
from govgate.errors import AuthorityError, DeniedError, LedgerError
from govgate.ledger import Entry, Trust, read_entry
from govgate.ports import Store
from govgate.records import Attestation


def attestation_of(entry: Entry) -> Attestation:
    """Read a decision entry, its signature already checked.

    Raises:
        DeniedError: MALFORMED, when it is not a decision about the entry's subject.
    """
    try:
        attestation = Attestation.model_validate_json(canonical(entry.record))
    except ValidationError as why:
        said = why.errors()[0]["msg"]
        msg = f"the attestation is not a decision ({said}); run `govgate promote`, which writes one"
        raise DeniedError(msg, "MALFORMED", "") from why
    subject = attestation.decision.request.subject
    if (entry.kind, entry.subject) != ("decision/v1", subject):
        msg = f"the attestation is a {entry.kind} about {entry.subject.content}, its decision is "
        msg += f"about {subject.content}; run `govgate promote`, which writes one"
        raise DeniedError(msg, "MALFORMED", "")
    return attestation


def read_attestation(
    envelope: bytes, trust: Trust, store: Store, index: int | None = None
) -> tuple[Entry, Attestation]:
    """Open a decision's envelope.

    Args:
        envelope: DSSE bytes, the very bytes of the ledger's entry.
        trust: Whose signatures count.
        store: Where long records are kept.
        index: Its place in the ledger; without one, only keys in force now count.

    Returns:
        The entry, and the decision it holds.

    Raises:
        DeniedError: BAD_SIGNATURE when no trusted gate runner signed it, MALFORMED when
            it is not a decision.
    """
    try:
        entry = read_entry(envelope, trust, store, index)
    except (AuthorityError, LedgerError) as why:
        msg = f"the attestation cannot be believed: {why}"
        raise DeniedError(msg, "BAD_SIGNATURE", "") from why
    return entry, attestation_of(entry)
