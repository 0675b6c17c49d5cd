"""Move the alias, once everything that must hold holds."""

from datetime import datetime

from govgate.engine.require import require
from govgate.errors import DeniedError
from govgate.ports import ModelVersion, Registry
from govgate.records import Decision


def promote(
    decision: Decision, envelope: bytes, registry: Registry, version: ModelVersion, *, at: datetime
) -> None:
    """Hand the decision to the registry and move the aliases it names.

    1. The decision allows, now, and names a target.
    2. The registry still holds the bytes that were judged.
    3. The registry verifies the envelope for itself and keeps it.
    4. Each alias is moved; the registry checks once more.

    Args:
        decision: What was decided; durable in the ledger before this is called.
        envelope: Its DSSE envelope, the very bytes of the ledger's entry.
        registry: Where the model is registered.
        version: The version to promote.
        at: The present moment.

    Raises:
        DeniedError: The decision or the registry says no; no alias has moved.
    """
    require(decision, at=at)
    target, subject = decision.request.target, decision.request.subject
    if target is None:
        msg = f"the decision on {subject.name} names no alias; assess it with --alias"
        raise DeniedError(msg, "TARGET_MISMATCH", decision.digest)
    if (held := registry.content(version)) != subject.content:
        msg = f"{subject.name} holds {held}, judged was {subject.content}; assess it again"
        raise DeniedError(msg, "DIGEST_MISMATCH", decision.digest)
    registry.attest(version, envelope)
    for alias in target.aliases:
        registry.set_alias(version, alias)
