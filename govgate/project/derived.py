"""What people may read of a decision beside the version it is about; never evidence.

Source: docs/spec/registry-tags.md, "Derived tags".
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from govgate.engine import Order
from govgate.errors import DeniedError, LedgerError, StoreError
from govgate.ports import ModelVersion
from govgate.project.book import Book
from govgate.project.claims import Opened
from govgate.records import Adoption, Record


@dataclass(frozen=True)
class Examined:
    """A record that may be kept with a version, and what people may read of it there."""

    record: Record
    tags: Mapping[str, str]
    """Derived tags."""


def tags(book: Book, opened: Opened, said_yes: tuple[str, ...]) -> dict[str, str]:
    """Derive the tags of a decision or an adoption.

    Args:
        book: The ledger.
        opened: The claim.
        said_yes: Who said yes, for people.

    Raises:
        DeniedError: It is not in the published ledger, or that cannot be read.
    """
    try:
        index = book.find(bytes.fromhex(opened.entry.leaf))
        if index is None:
            msg = "the decision is not in the published ledger; run `govgate promote`, which "
            raise DeniedError(msg + "records it first", "NOT_IN_LEDGER", opened.claim.record.digest)
        log = {**_head(book), "govgate.proof": book.prove(index)}
    except (LedgerError, StoreError) as why:
        msg = f"the ledger cannot be read: {why}"
        raise DeniedError(msg, "VERIFY_UNAVAILABLE", opened.claim.record.digest) from why
    return {
        **_said(opened),
        "govgate.decision": "allowed",
        "govgate.subject_sha256": opened.claim.subject.content.removeprefix("sha256:"),
        "govgate.signers": ", ".join(said_yes),
        **log,
        "govgate.log.origin": book.origin,
        "govgate.log.index": str(index),
        "govgate.log.leaf_sha256": opened.entry.leaf,
    }


def order_tags(book: Book, order: Order, version: ModelVersion) -> dict[str, str]:
    """Derive the tags of a revocation or release; those of the attestation stay.

    Args:
        book: The ledger.
        order: What was ordered.
        version: What the registry says of the version.

    Raises:
        DeniedError: The ledger cannot be read.
    """
    decision = "quarantined" if order.stops else "revoked"
    if "govgate.log.size" not in version.tags:
        return {"govgate.decision": decision}
    try:
        return {"govgate.decision": decision, **_head(book)}
    except (LedgerError, StoreError) as why:
        msg = f"the ledger cannot be read: {why}"
        raise DeniedError(msg, "VERIFY_UNAVAILABLE", order.revocation.digest) from why


def _head(book: Book) -> dict[str, str]:
    head = book.head()
    return {
        "govgate.log.size": str(head.size),
        "govgate.log.root": base64.b64encode(head.root).decode(),
    }


def _said(opened: Opened) -> dict[str, str]:
    if isinstance(opened.record, Adoption):
        ends = opened.record.expires_at
        return {"govgate.gates": "adopted", "govgate.expires": _written(ends)}
    decision = opened.record.decision
    gates = ", ".join(f"{gate}={outcome}" for gate, outcome in decision.outcomes.items())
    return {
        "govgate.policy": decision.policy_name,
        "govgate.policy_sha256": decision.policy.removeprefix("sha256:"),
        "govgate.gates": gates,
        "govgate.expires": _written(decision.expires_at),
    }


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
