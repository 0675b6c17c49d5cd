"""Entries: from a record to signed bytes, and back to a record one may believe.

Source: docs/spec/entry.md, docs/spec/statement.md.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from govgate.canon import canonical, sha256
from govgate.errors import EvidenceError, TamperedError
from govgate.ledger.dsse import open_envelope, sign_envelope
from govgate.ledger.kept import evidence_key, keep, read_kept
from govgate.ledger.merkle import leaf_hash
from govgate.ledger.statement import Statement, read_statement, write_statement
from govgate.ledger.tiles import MAX_ENTRY_BYTES
from govgate.ledger.trust import MAY_SIGN, Actor, Trust
from govgate.ports import Clock, Ids, Signer, Store
from govgate.records import Record, Subject

MAX_STATEMENT_BYTES = 48_000
"""A longer one keeps its record in evidence/: base64 adds a third, and an entry ends at 65,535."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
"""RFC 3339 in UTC with milliseconds."""


@dataclass(frozen=True)
class Entry:
    """One entry of the log, verified."""

    index: int | None
    """Place in the log; None when it was handed over outside a log."""

    leaf: str
    """Leaf hash, 64 lowercase hex characters."""

    kind: str
    """Such as "decision/v1"."""

    subject: Subject
    entry_id: str
    time_created: datetime
    """As its writer says; the order of the log is by index."""

    actor: Actor
    record: dict[str, Any]
    """The record's JSON; a reader validates it as the record it expects."""

    keyids: tuple[str, ...]
    """Trusted keys that signed."""

    envelope: bytes
    """The entry's exact bytes."""

    @property
    def record_digest(self) -> str:
        """Digest that names the record."""
        return sha256(canonical(self.record))


def write_entry(  # noqa: PLR0913 -- all that an entry says, each by name
    record: Record,
    *,
    kind: str,
    subject: Subject,
    actor: Actor,
    ids: Ids,
    clock: Clock,
    signers: Sequence[Signer],
    store: Store,
) -> bytes:
    """Make the bytes of one entry; a long record goes to the evidence store first.

    Args:
        record: What is recorded.
        kind: Kind of statement, such as "evidence/v1".
        subject: What it is about.
        actor: Who acts; one of the signers is this actor's key.
        ids: Names the entry.
        clock: Dates it.
        signers: Keys that sign.
        store: Where long records are kept.

    Returns:
        The envelope, to be appended to the log.

    Raises:
        EvidenceError: This kind is not one of the actor's, or the entry would be too long.
    """
    if kind not in MAY_SIGN[actor.kind]:
        msg = f"a {actor.kind} writes no {kind}; have it written by whom docs/spec/keys.md names"
        raise EvidenceError(msg)
    body = _readable(record, kind)
    common = {
        "entryId": ids.new(),
        "timeCreated": write_time(clock.now()),
        "actor": actor.model_dump(mode="json"),
    }
    statement = write_statement(Statement(subject, kind, {**common, "record": body}))
    if len(statement) > MAX_STATEMENT_BYTES:
        reference = _reference(keep(canonical(body), store))
        statement = write_statement(Statement(subject, kind, {**common, "recordRef": reference}))
    envelope = sign_envelope(statement, signers)
    if len(envelope) > MAX_ENTRY_BYTES:
        msg = f"an entry of {len(envelope):,} bytes is over {MAX_ENTRY_BYTES:,}; "
        raise EvidenceError(msg + "sign with fewer keys")
    return envelope


def _readable(record: Record, kind: str) -> dict[str, Any]:
    """Give a record's JSON, once it is sure that every reader reads the same again.

    A float from 2**53 to 1e21 is written without point or exponent, and comes back
    as an integer that RFC 8785 refuses: the entry could never be read.

    Raises:
        EvidenceError: It would not come back.
    """
    body: dict[str, Any] = record.model_dump(mode="json")
    try:
        exact = canonical(json.loads(canonical(body))) == canonical(body)
    except ValueError as why:
        exact, said = False, str(why)
    else:
        said = "it reads otherwise than it was written"
    if not exact:
        msg = f"a number in this {kind} cannot be kept exactly ({said}); "
        raise EvidenceError(msg + "give a finite one below 2**53")
    return body


def _reference(digest: str) -> dict[str, Any]:
    return {"uri": evidence_key(digest), "digest": {"sha256": digest.removeprefix("sha256:")}}


def read_entry(envelope: bytes, trust: Trust, store: Store, index: int | None = None) -> Entry:
    """Verify an entry, then read it.

    Args:
        envelope: The entry's exact bytes.
        trust: Whose signatures count, and for what.
        store: Where long records are kept.
        index: Its place in the log, where it has one.

    Raises:
        TamperedError: It is malformed, or a signature or a kept record does not verify.
        AuthorityError: No trusted key signed it, or none that may sign this kind.
    """
    # (1) Nothing is read before a trusted key's signature over it verified.
    opened = open_envelope(envelope, trust.keys)
    statement = read_statement(opened.statement)
    # (2) The common fields are all there, and nothing else.
    entry_id, time_created, actor = _common(statement.predicate)
    # (3) The actor itself signed, and may.
    trust.authorise(statement.predicate_type, actor, opened.keyids, index)
    # (4) A record kept outside hashes to its reference.
    return Entry(
        index=index,
        leaf=leaf_hash(envelope).hex(),
        kind=statement.predicate_type,
        subject=statement.subject,
        entry_id=entry_id,
        time_created=time_created,
        actor=actor,
        record=_record(statement.predicate, store),
        keyids=opened.keyids,
        envelope=envelope,
    )


def _common(predicate: dict[str, Any]) -> tuple[str, datetime, Actor]:
    fields = predicate.keys() - {"record", "recordRef"}
    try:
        if fields != {"entryId", "timeCreated", "actor"} or len(predicate) != len(fields) + 1:
            raise ValueError(sorted(predicate))  # noqa: TRY301 -- one refusal for all
        actor = Actor.model_validate_json(canonical(predicate["actor"]))
        return _word(predicate["entryId"]), read_time(predicate["timeCreated"]), actor
    except (ValueError, TypeError, ValidationError) as why:
        msg = f"an entry's common fields are not as in docs/spec/statement.md ({why}); distrust it"
        raise TamperedError(msg) from why


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    return value


def _record(predicate: dict[str, Any], store: Store) -> dict[str, Any]:
    if "record" in predicate:
        record = predicate["record"]
    else:
        record = json.loads(_kept(predicate["recordRef"], store))
    if not isinstance(record, dict):
        msg = "an entry's record is not an object; distrust its signer"
        raise TamperedError(msg)
    return record


def _kept(reference: Any, store: Store) -> bytes:
    """Fetch a record that is kept outside its entry.

    Raises:
        TamperedError: It is missing, or does not hash to its reference.
    """
    try:
        digest = f"sha256:{reference['digest']['sha256']}"
        exact = reference == _reference(digest) and re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    except (KeyError, TypeError):
        exact = None
    if not exact:
        msg = f"{reference!r} does not refer to a record; distrust its signer"
        raise TamperedError(msg)
    return read_kept(digest, store)


def write_time(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_time(text: str) -> datetime:
    """Read what `write_time` wrote.

    Raises:
        ValueError: It is something else.
    """
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)
