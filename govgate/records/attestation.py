"""A decision with the people's own signatures that it rests on."""

from govgate.records.base import Record
from govgate.records.decision import Decision


class Attestation(Record):
    """What the ledger's decision entry holds, and the registry is handed.

    The sign-offs travel with the decision, so that a registry counts them again
    and a stolen gate key cannot forge anybody's yes.
    """

    decision: Decision
    sign_offs: tuple[str, ...]
    """DSSE envelopes of the sign-offs shown for the decision's package, as UTF-8 JSON text."""
