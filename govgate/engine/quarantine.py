"""Which models may not be served, as the ledger's revocations and releases have it.

Source: docs/spec/revocation.md, whose rules are numbered as here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from govgate.canon import canonical
from govgate.errors import DeniedError, TamperedError
from govgate.ledger import Actor, ActorKind, Entry
from govgate.policy import People, RevocationRule
from govgate.records import Registered, Revocation, RevocationAction

REVOCATION = "revocation/v1"
"""Kind of statement that goes with a `Revocation`."""


@dataclass(frozen=True)
class Order:
    """One revocation or release of the ledger."""

    index: int
    revocation: Revocation
    actor: Actor | None
    """Who signed; None where it is one of ours, and its signer is believed no longer."""

    @property
    def stops(self) -> bool:
        """True for a revocation, False for a release."""
        return self.revocation.action is RevocationAction.REVOKE


@dataclass(frozen=True)
class Concern:
    """Whom the orders are asked about."""

    version: Registered | None
    """None where only bytes are asked about."""

    content: str | None
    """Digest of its bytes, where it is known."""

    trained_by: str | None
    """Who trained it, where it is known; that person's release counts for nothing."""


def revocation_of(entry: Entry) -> Revocation:
    """Read a revocation entry.

    Raises:
        TamperedError: It is not about what its statement says.
    """
    try:
        revocation = Revocation.model_validate_json(canonical(entry.record))
    except ValidationError as why:
        msg = f"this is not a revocation ({why.errors()[0]['msg']}); distrust its signer"
        raise TamperedError(msg) from why
    if (entry.kind, entry.subject.content) != (REVOCATION, revocation.subject_content):
        msg = "a revocation is about other bytes than its statement; distrust its signer"
        raise TamperedError(msg)
    return revocation


def counts(order: Order, rule: RevocationRule, people: People, trained_by: str | None) -> bool:
    """Tell whether whoever signed an order may give it.

    Args:
        order: A revocation or a release.
        rule: The policy's.
        people: Who holds which role now.
        trained_by: Who trained the model, where it is known.
    """
    who = order.actor
    # (1) Nobody lifts a quarantine by striking its signer off the list of people.
    if who is None:
        return order.stops
    # (2) The gate runner may stop a model, and only a person may let it go on.
    if who.kind is ActorKind.SERVICE:
        return order.stops
    # (3) A person holds a role that the policy names; a trainer never releases.
    roles = rule.by if order.stops else rule.release_by
    if not order.stops and who.id == trained_by:
        return False
    return any(people.holds(who.id, role) for role in roles)


def who_may(order: Order, rule: RevocationRule) -> str:
    """Say that whoever signed an order may not give it, and who may."""
    action = order.revocation.action
    field, roles = ("by", rule.by) if order.stops else ("release_by", rule.release_by)
    msg = f"{order.actor.id if order.actor else 'nobody known'} may not {action} this model; "
    if not roles:
        return f"{msg}name roles in the policy's revocation.{field}, raise its version, try again"
    never = "" if order.stops else ", and did not train the model"
    return f"{msg}ask somebody who holds role {' or '.join(roles)}{never}"


def concerning(
    orders: Iterable[Order], concern: Concern, rule: RevocationRule, people: People
) -> list[Order]:
    """Give the orders about a version or its bytes that count, in the ledger's order."""
    return [o for o in orders if _keys(o) & _wanted(concern)
            and counts(o, rule, people, concern.trained_by)]  # fmt: skip


def require_unquarantined(
    orders: Iterable[Order], concern: Concern, rule: RevocationRule, people: People
) -> Order | None:
    """Check that no quarantine stands on a version or on its bytes.

    Args:
        orders: Those of the ledger, in its order.
        concern: The version.
        rule: The policy's.
        people: Who holds which role now.

    Returns:
        The newest order about it, all of them releases by now; None where there is none.

    Raises:
        DeniedError: QUARANTINED.
    """
    about = concerning(orders, concern, rule, people)
    # (4) Each order is about a version and about bytes; the last one about each decides.
    last = {key: order for order in about for key in _keys(order)}
    stopped = [o for key, o in last.items() if key in _wanted(concern) and o.stops]
    if stopped:
        order = max(stopped, key=lambda o: o.index)
        who = order.actor.id if order.actor else "somebody no longer known"
        msg = f"in quarantine by {who} ({order.revocation.reason}), entry {order.index} of the "
        msg += "ledger; serve an older version, or see to this one and run `govgate release`"
        raise DeniedError(msg, "QUARANTINED", "")
    return about[-1] if about else None


def require_after(order: Order, index: int | None, written_at: datetime, digest: str) -> None:
    """Check that a claim is newer than the last order about its model.

    Args:
        order: The newest revocation or release that counts.
        index: Where the claim first stood in the ledger; None where it never did.
        written_at: When it was written, as it was signed.
        digest: Of the claim, for the refusal.

    Raises:
        DeniedError: REVOKED.
    """
    # (5) By place and by time: the same statement can be put in another envelope, and an
    # old envelope be appended once more, but no copy changes what was signed.
    if index is None or index < order.index or written_at < order.revocation.ordered_at:
        msg = f"it was decided before the model was let go on by entry {order.index} of the ledger"
        raise DeniedError(msg + "; run `govgate assess` and `govgate promote`", "REVOKED", digest)


def _keys(order: Order) -> set[str | Registered]:
    keys: set[str | Registered] = {order.revocation.subject_content}
    if order.revocation.target is not None:
        keys.add(order.revocation.target)
    return keys


def _wanted(concern: Concern) -> set[str | Registered]:
    return {key for key in (concern.version, concern.content) if key is not None}
