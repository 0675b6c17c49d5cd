"""Judge, judge again, insist, and let a model through.

Room:        engine
Holds:       assess, recheck, require, admit, promote
May import:  policy, gates, gate, ledger, records, ports, canon, errors, pydantic
May touch:   only the ports it is handed
Rule:        the same arguments give the same bytes; time is an argument
"""

from govgate.engine.admit import Admission, Demands, admit, claim_of, count, require_standing
from govgate.engine.adoption import ADOPTION, admit_adoption, adoption_of, require_carried
from govgate.engine.assess import Shown, assess
from govgate.engine.attestation import attestation_of, read_attestation
from govgate.engine.here import Claim, registered, require_alias
from govgate.engine.promote import promote
from govgate.engine.quarantine import (
    REVOCATION,
    Concern,
    Order,
    concerning,
    counts,
    require_after,
    require_unquarantined,
    revocation_of,
    who_may,
)
from govgate.engine.recheck import recheck
from govgate.engine.require import failures, require
from govgate.engine.signatures import sentence, signers, verified_sign_offs

__all__ = [
    "ADOPTION",
    "REVOCATION",
    "Admission",
    "Claim",
    "Concern",
    "Demands",
    "Order",
    "Shown",
    "admit",
    "admit_adoption",
    "adoption_of",
    "assess",
    "attestation_of",
    "claim_of",
    "concerning",
    "count",
    "counts",
    "failures",
    "promote",
    "read_attestation",
    "recheck",
    "registered",
    "require",
    "require_after",
    "require_alias",
    "require_carried",
    "require_standing",
    "require_unquarantined",
    "revocation_of",
    "sentence",
    "signers",
    "verified_sign_offs",
    "who_may",
]
