"""Insist on a yes."""

from collections.abc import Iterator
from datetime import datetime

from govgate.errors import DeniedError, PendingError
from govgate.records import Decision, Finding, Verdict


def failures(decision: Decision) -> Iterator[tuple[Verdict, Finding]]:
    """Yield every finding that is not satisfied, with its verdict, in the policy's order."""
    for verdict in decision.verdicts:
        for finding in verdict.findings:
            if not finding.satisfied:
                yield verdict, finding


def require(decision: Decision, *, at: datetime) -> None:
    """Return only when the decision allows, now.

    Args:
        decision: What was decided.
        at: The present moment.

    Raises:
        PendingError: Sign-off is all that is missing.
        DeniedError: A gate failed, or the decision is not yet or no longer valid.
    """
    name = decision.request.subject.name
    if not decision.allowed:
        reasons = "; ".join(_said(v) for v in decision.verdicts if v.blocks)
        kind, code = (PendingError, "PENDING") if decision.pending else (DeniedError, "NOT_ALLOWED")
        msg = f"{name} is not allowed: {reasons}; run `govgate explain {name}`"
        blocking = tuple(v.gate for v in decision.verdicts if v.blocks)
        raise kind(msg, code, decision.digest, blocking)
    if not decision.decided_at <= at < decision.expires_at:
        msg = f"the decision on {name} is valid from {decision.decided_at} to "
        msg += f"{decision.expires_at}, not now; run `govgate assess {name}`"
        raise DeniedError(msg, "EXPIRED", decision.digest)


def _said(verdict: Verdict) -> str:
    """The first finding that is not satisfied, and how many more there are."""
    first, *more = [f for f in verdict.findings if not f.satisfied]
    seen = first.observed if isinstance(first.observed, str) else f"{first.observed:.4g}"
    others = f", and {len(more)} more" if more else ""
    return (
        f"{verdict.gate}: {first.about} is {seen}, must be {first.limit} ({first.answer}){others}"
    )
