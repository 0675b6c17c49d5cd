"""Entries that are nobody's: they neither count nor stand in the way.

Source: docs/spec/entry.md, "Entries that are nobody's", whose rules are numbered as here.
Whoever can write to the store can append anything. What they append must block no honest work;
and leaving an entry out must never hide one of ours.
"""

from govgate.errors import AuthorityError, TamperedError
from govgate.ledger.dsse import is_signed_by, take_apart
from govgate.ledger.entry import Entry, read_entry
from govgate.ledger.introduced import introduced
from govgate.ledger.trust import Trust, TrustedSigner
from govgate.ports import Store


def read_ours(envelope: bytes, trust: Trust, store: Store, index: int) -> Entry | None:
    """Verify an entry of the log, then read it.

    Args:
        envelope: The entry's exact bytes.
        trust: Whose signatures count, and where.
        store: Where the log is.
        index: Its place in the log.

    Returns:
        The entry; None where it is nobody's.

    Raises:
        TamperedError: It is ours, and it, or its kept record, is malformed.
        AuthorityError: It is ours, and its signer may not sign that, or is believed no longer.
    """
    try:
        return read_entry(envelope, trust, store, index)
    except (TamperedError, AuthorityError):
        if is_nobodys(envelope, trust, store, index):
            return None
        raise


def is_nobodys(envelope: bytes, trust: Trust, store: Store, index: int) -> bool:
    """Tell whether an entry, which could not be read, was never one of ours.

    Raises:
        AuthorityError: It is signed by a key that was believed before and is not now.
    """
    # (1) It is no envelope: no writer of ours writes that.
    try:
        statement, signatures = take_apart(envelope)
    except TamperedError:
        return True
    # (2) A key that is believed signed: it is ours, unless every such key had ended before.
    signers = _who_signed(statement, signatures, trust)
    if signers:
        return all(_had_ended(signer, index) for signer in signers)
    # (3) A key that was believed before signed: somebody took its line away.
    for name in sorted(signatures.keys() - trust.signers.keys()):
        public = introduced(store, trust, name)
        if public and is_signed_by(public, signatures[name], statement):
            msg = f"entry {index} is signed by the key {name[:12]}, which this ledger believed and "
            msg += "nobody holds now; put its line back into people.yaml, or into trust.gate of "
            msg += "govgate.yaml: what it signed is read with it (`govgate keys revoke` ends a key)"
            raise AuthorityError(msg)
    # (4) Nobody who was ever believed signed it.
    return True


def read_or_disown(envelope: bytes, trust: Trust, store: Store, index: int) -> Entry | None:
    """As `read_ours` to an audit, which passes over only what the log itself gives the reason for.

    Returns:
        The entry; None where only keys signed it that had ended, or that were disowned.

    Raises:
        TamperedError: It, or its kept record, is malformed.
        AuthorityError: Nobody signed it who may sign that there.
    """
    try:
        return read_entry(envelope, trust, store, index)
    except (TamperedError, AuthorityError):
        if _is_disowned(envelope, trust, store, index):
            return None
        raise


def _is_disowned(envelope: bytes, trust: Trust, store: Store, index: int) -> bool:
    try:
        statement, signatures = take_apart(envelope)
    except TamperedError:
        return False
    signers = _who_signed(statement, signatures, trust)
    if signers:
        return all(_had_ended(signer, index) for signer in signers)
    # Who disowns a key that was believed once would hide what it signed.
    return signatures.keys() <= trust.disowned and not any(
        introduced(store, trust, name) for name in signatures
    )


def _who_signed(
    statement: bytes, signatures: dict[str, bytes], trust: Trust
) -> list[TrustedSigner]:
    known = [(trust.signers[n], s) for n, s in signatures.items() if n in trust.signers]
    return [who for who, sig in known if is_signed_by(who.public, sig, statement)]


def _had_ended(signer: TrustedSigner, index: int) -> bool:
    return signer.revoked_at_index is not None and signer.revoked_at_index <= index
