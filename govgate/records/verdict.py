"""What one gate says of one subject."""

from enum import StrEnum

from govgate.records.base import Digest, Record, Word
from govgate.records.finding import Finding


class Outcome(StrEnum):
    """How a verdict ends. There is no "skipped": what was not seen did not pass."""

    PASSED = "passed"
    WAIVED = "waived"
    FAILED = "failed"


class Severity(StrEnum):
    """What a failed verdict does: BLOCK denies, WARN is shown and recorded."""

    BLOCK = "block"
    WARN = "warn"


class Verdict(Record):
    """The findings of one gate, and the waiver that covers its failure, if any."""

    gate: Word
    made_by: Word
    """Distribution and version the gate came from, such as "govgate 0.1.0"."""

    severity: Severity
    findings: tuple[Finding, ...]
    waiver: Digest | None = None
    """Digest of the waiver relied on."""

    @property
    def outcome(self) -> Outcome:
        """PASSED needs at least one finding, and every one satisfied."""
        if self.findings and all(f.satisfied for f in self.findings):
            return Outcome.PASSED
        return Outcome.WAIVED if self.waiver else Outcome.FAILED

    @property
    def blocks(self) -> bool:
        """True when this verdict alone denies promotion."""
        return self.outcome is Outcome.FAILED and self.severity is Severity.BLOCK
