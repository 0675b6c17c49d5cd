"""The append-only log of what was measured, decided, signed and promoted.

Room:        ledger
Holds:       entries, commits, tiles, checkpoints and proofs, and how each is verified
May import:  records, ports, canon, errors, cryptography, pydantic
May touch:   only the ports it is handed
Rule:        every format here is specified in docs/spec/ first, with worked bytes
"""

from govgate.ledger.attached import ATTACHMENT, ERASURE, attachment_of, erasure_of, file_blocks
from govgate.ledger.blocks import (
    BLOCK_BYTES,
    Manifest,
    Survey,
    keep_blocks,
    read_blocks,
    survey,
    unchanged,
)
from govgate.ledger.checkpoint import Checkpoint, Signed, checkpoint_key, open_checkpoint
from govgate.ledger.clear import Cleared, clear_partials
from govgate.ledger.commit import is_quarantine_entry
from govgate.ledger.disowned import read_ours
from govgate.ledger.dsse import Opened, keyid, open_envelope, payload_of, sign_envelope
from govgate.ledger.entry import Entry, read_entry, write_entry
from govgate.ledger.introduced import introduce, introduced
from govgate.ledger.kept import evidence_key
from govgate.ledger.key_events import KEY_EVENT, apply_key_event, replay
from govgate.ledger.log import Appended, Log, create_log, read_log
from govgate.ledger.log_keys import (
    LogKey,
    read_log_key,
    read_log_keys,
    split_retired,
    write_retired,
)
from govgate.ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from govgate.ledger.note import open_note, read_vkey, sign_note, vkey
from govgate.ledger.outbox import SPOOL_FLUSH, Packed, Sender, SpoolFlush, lateness
from govgate.ledger.pieces import Backdated, Found, Piece
from govgate.ledger.proof import verify_proof
from govgate.ledger.reader import TileReader
from govgate.ledger.report import Report, raise_first
from govgate.ledger.sealing import SECRET_BYTES, Secret, read_secret, seal, unseal, write_secret
from govgate.ledger.sighting import sighting
from govgate.ledger.statement import Statement, read_statement, write_statement
from govgate.ledger.trust import MAY_SIGN, Actor, ActorKind, Pin, Trust, TrustedSigner
from govgate.ledger.trust_file import read_trust, write_tlog_policy, write_trust
from govgate.ledger.verify import verify_log
from govgate.ledger.version_audit import Locking, VersionAudit, audit_versions

__all__ = [
    "ATTACHMENT",
    "BLOCK_BYTES",
    "ERASURE",
    "KEY_EVENT",
    "MAY_SIGN",
    "SECRET_BYTES",
    "SPOOL_FLUSH",
    "Actor",
    "ActorKind",
    "Appended",
    "Backdated",
    "Checkpoint",
    "Cleared",
    "Entry",
    "Found",
    "Locking",
    "Log",
    "LogKey",
    "Manifest",
    "Opened",
    "Packed",
    "Piece",
    "Pin",
    "Report",
    "Secret",
    "Sender",
    "Signed",
    "SpoolFlush",
    "Statement",
    "Survey",
    "TileReader",
    "Trust",
    "TrustedSigner",
    "VersionAudit",
    "apply_key_event",
    "attachment_of",
    "audit_versions",
    "checkpoint_key",
    "clear_partials",
    "create_log",
    "erasure_of",
    "evidence_key",
    "file_blocks",
    "introduce",
    "introduced",
    "is_quarantine_entry",
    "keep_blocks",
    "keyid",
    "lateness",
    "leaf_hash",
    "open_checkpoint",
    "open_envelope",
    "open_note",
    "payload_of",
    "raise_first",
    "read_blocks",
    "read_entry",
    "read_log",
    "read_log_key",
    "read_log_keys",
    "read_ours",
    "read_secret",
    "read_statement",
    "read_trust",
    "read_vkey",
    "replay",
    "seal",
    "sighting",
    "sign_envelope",
    "sign_note",
    "split_retired",
    "survey",
    "unchanged",
    "unseal",
    "verify_consistency",
    "verify_inclusion",
    "verify_log",
    "verify_proof",
    "vkey",
    "write_entry",
    "write_retired",
    "write_secret",
    "write_statement",
    "write_tlog_policy",
    "write_trust",
]
