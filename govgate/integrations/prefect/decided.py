"""What a flow holds in its hand after the gates: a decision, and whose ledger keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from govgate.engine import require
from govgate.errors import DeniedError, PendingError
from govgate.project import Project, open_project
from govgate.records import Decision, Outcome, Severity


@dataclass(frozen=True)
class FlowDecision:
    """A decision, the project whose ledger keeps it, and what could not be measured."""

    decision: Decision
    folder: Path
    unmeasured: Mapping[str, str] = field(default_factory=dict)
    """Gate to why nothing was measured for it in this run."""

    @property
    def model(self) -> str:
        """The subject's name, such as "models:/credit/1"."""
        return self.decision.request.subject.name

    @property
    def blocked(self) -> dict[str, str]:
        """Gates that were not measured and whose rule blocks, not covered by a waiver."""
        needed = {
            v.gate
            for v in self.decision.verdicts
            if v.severity is Severity.BLOCK and v.outcome is not Outcome.WAIVED
        }
        return {gate: why for gate, why in self.unmeasured.items() if gate in needed}

    @property
    def allowed(self) -> bool:
        """True when the decision allows and every gate that blocks was measured."""
        return self.decision.allowed and not self.blocked

    @property
    def pending(self) -> bool:
        """True when sign-offs are all that is missing."""
        return self.decision.pending and not self.blocked

    def project(self) -> Project:
        """Open the project again: its people and policy may have changed meanwhile."""
        return open_project(self.folder)

    def enforce(self, *, sign_off: bool = True) -> None:
        """Return only when nothing stands against the model.

        Evidence of an earlier run may satisfy a rule; a run whose own measurement failed
        stops all the same.

        Args:
            sign_off: Whether missing sign-offs stop too.

        Raises:
            PendingError: Sign-offs are all that is missing.
            DeniedError: A gate failed, was not measured, or somebody said no.
        """
        denial = _denial(self.decision)
        if self.blocked:
            said = "; ".join(f"{g}: could not be measured: {w}" for g, w in self.blocked.items())
            first = denial.args[0] if denial else f"{self.model} is not allowed in this run"
            msg = f"{first}; {said}"
            failed = tuple(
                v.gate for v in self.decision.verdicts if v.blocks or v.gate in self.blocked
            )
            raise DeniedError(msg, "NOT_ALLOWED", self.decision.digest, failed)
        if denial and (sign_off or not isinstance(denial, PendingError)):
            raise denial


def _denial(decision: Decision) -> DeniedError | None:
    try:
        require(decision, at=decision.decided_at)
    except DeniedError as why:
        return why
    return None
