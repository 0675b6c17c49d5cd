"""Judge, judge again, insist, and let a model through.

Room:        engine
Holds:       assess, recheck, require, admit, promote
May import:  policy, gates, gate, ledger, records, ports, canon, errors, pydantic
May touch:   only the ports it is handed
Rule:        the same arguments give the same bytes; time is an argument
"""

from govgate.engine.admit import Admission, admit, require_alias
from govgate.engine.assess import Shown, assess
from govgate.engine.attestation import attestation_of, read_attestation
from govgate.engine.promote import promote
from govgate.engine.recheck import recheck
from govgate.engine.require import failures, require
from govgate.engine.signatures import sentence, signers, verified_sign_offs

__all__ = [
    "Admission",
    "Shown",
    "admit",
    "assess",
    "attestation_of",
    "failures",
    "promote",
    "read_attestation",
    "recheck",
    "require",
    "require_alias",
    "sentence",
    "signers",
    "verified_sign_offs",
]
