"""That a model moved, and on what ground."""

from govgate.records.base import Digest, Record, Utc
from govgate.records.subject import Target


class Promotion(Record):
    """The aliases of one version were moved on the strength of one decision."""

    decision: Digest
    target: Target
    promoted_at: Utc
