"""The append-only log of what was measured, decided, signed and promoted.

Room:        ledger
Holds:       entries, commits, tiles, checkpoints and proofs, and how each is verified
May import:  records, ports, canon, errors, cryptography, pydantic
May touch:   only the ports it is handed
Rule:        every format here is specified in docs/spec/ first, with worked bytes
"""

from govgate.ledger.checkpoint import Checkpoint, Signed, checkpoint_key, open_checkpoint
from govgate.ledger.commit import is_quarantine_entry
from govgate.ledger.dsse import Opened, keyid, open_envelope, payload_of, sign_envelope
from govgate.ledger.entry import Entry, evidence_key, read_entry, write_entry
from govgate.ledger.key_events import KEY_EVENT, apply_key_event, replay
from govgate.ledger.log import Appended, Log, create_log, read_log
from govgate.ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from govgate.ledger.note import open_note, read_vkey, sign_note, vkey
from govgate.ledger.outbox import SPOOL_FLUSH, Packed, Sender, SpoolFlush, lateness
from govgate.ledger.pieces import Backdated, Found, Piece
from govgate.ledger.proof import verify_proof
from govgate.ledger.reader import TileReader
from govgate.ledger.report import Report
from govgate.ledger.sighting import sighting
from govgate.ledger.statement import Statement, read_statement, write_statement
from govgate.ledger.trust import MAY_SIGN, Actor, ActorKind, Pin, Trust, TrustedSigner
from govgate.ledger.trust_file import read_trust, write_tlog_policy, write_trust
from govgate.ledger.verify import verify_log

__all__ = [
    "KEY_EVENT",
    "MAY_SIGN",
    "SPOOL_FLUSH",
    "Actor",
    "ActorKind",
    "Appended",
    "Backdated",
    "Checkpoint",
    "Entry",
    "Found",
    "Log",
    "Opened",
    "Packed",
    "Piece",
    "Pin",
    "Report",
    "Sender",
    "Signed",
    "SpoolFlush",
    "Statement",
    "TileReader",
    "Trust",
    "TrustedSigner",
    "apply_key_event",
    "checkpoint_key",
    "create_log",
    "evidence_key",
    "is_quarantine_entry",
    "keyid",
    "lateness",
    "leaf_hash",
    "open_checkpoint",
    "open_envelope",
    "open_note",
    "payload_of",
    "read_entry",
    "read_log",
    "read_statement",
    "read_trust",
    "read_vkey",
    "replay",
    "sighting",
    "sign_envelope",
    "sign_note",
    "verify_consistency",
    "verify_inclusion",
    "verify_log",
    "verify_proof",
    "vkey",
    "write_entry",
    "write_statement",
    "write_tlog_policy",
    "write_trust",
]
