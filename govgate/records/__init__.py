"""The nouns of governance, as frozen records.

Room:        records
Holds:       what is written down: requests, evidence, findings, verdicts, decisions, sign-offs
May import:  canon, errors, pydantic
May touch:   nothing; no file, clock, network or random number
Rule:        what can be derived is a property, never a field, so a record cannot lie
"""

from govgate.records.adoption import Adoption
from govgate.records.attachment import Attachment, Erasure, KeptFile
from govgate.records.attestation import Attestation
from govgate.records.base import Digest, Record, Utc, Word
from govgate.records.cells import (
    ByPerson,
    ClassCell,
    LabelledCell,
    Moments,
    NumberCell,
    RowsByPerson,
    ScoreBins,
    ScoredCell,
    UnlabelledCell,
)
from govgate.records.decision import Decision
from govgate.records.evidence import Evidence
from govgate.records.finding import Answer, Finding, Interval
from govgate.records.joint_tables import JointTables
from govgate.records.key_event import KeyAction, KeyEvent
from govgate.records.limits import AtLeast, AtMost, Exactly, Limit
from govgate.records.promotion import Promotion
from govgate.records.revocation import Revocation, RevocationAction
from govgate.records.sign_off import Meaning, Package, SignOff
from govgate.records.subject import Registered, Request, Subject, Target
from govgate.records.verdict import Outcome, Severity, Verdict
from govgate.records.waiver import Waiver

__all__ = [
    "Adoption",
    "Answer",
    "AtLeast",
    "AtMost",
    "Attachment",
    "Attestation",
    "ByPerson",
    "ClassCell",
    "Decision",
    "Digest",
    "Erasure",
    "Evidence",
    "Exactly",
    "Finding",
    "Interval",
    "JointTables",
    "KeptFile",
    "KeyAction",
    "KeyEvent",
    "LabelledCell",
    "Limit",
    "Meaning",
    "Moments",
    "NumberCell",
    "Outcome",
    "Package",
    "Promotion",
    "Record",
    "Registered",
    "Request",
    "Revocation",
    "RevocationAction",
    "RowsByPerson",
    "ScoreBins",
    "ScoredCell",
    "Severity",
    "SignOff",
    "Subject",
    "Target",
    "UnlabelledCell",
    "Utc",
    "Verdict",
    "Waiver",
    "Word",
]
