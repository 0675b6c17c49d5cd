"""The ledger's revocations and releases, held against one version of one registry."""

from govgate.engine import (
    Concern,
    Demands,
    Order,
    concerning,
    counts,
    registered,
    require_unquarantined,
    who_may,
)
from govgate.errors import DeniedError, GovgateError
from govgate.ledger import leaf_hash
from govgate.ports import ModelVersion
from govgate.project.book import Book
from govgate.project.claims import Claims, Opened
from govgate.project.in_force import InForce, require_grown
from govgate.project.known import Known
from govgate.records import Adoption, Registered, Request

_ATTESTATION = "govgate.attestation"


class Orders:
    """What was ordered about the models of one registry."""

    def __init__(self, registry: str, claims: Claims) -> None:
        """Ask for one registry.

        Args:
            registry: Its identity.
            claims: Opens what its versions carry.
        """
        self._registry, self._claims = registry, claims

    def newest(
        self, state: InForce, known: Known, version: ModelVersion | None, opened: Opened | None
    ) -> Order | None:
        """Give the newest order about a version, and about the bytes it was opened for.

        Raises:
            DeniedError: QUARANTINED, or the ledger is shorter than it was.
        """
        if version is not None:
            require_grown(known, version)
        if not known.orders:
            return None
        rule, people = state.demands.policy.revocation, state.demands.people
        return require_unquarantined(known.orders, self._concern(version, opened), rule, people)

    def carried(self, state: InForce, known: Known, version: ModelVersion) -> Opened | None:
        """Open what a version carries already, where that is a claim."""
        try:
            envelope = version.tags[_ATTESTATION].encode()
            return self._claims.open(state.book, known.trust, envelope)
        except (KeyError, DeniedError):
            return None

    def require_unjudged(self, state: InForce, known: Known, version: ModelVersion) -> None:
        """Check that an adoption would replace no decision.

        Raises:
            DeniedError: SUPERSEDED.
        """
        carried = self.carried(state, known, version)
        adopted = carried is not None and isinstance(carried.record, Adoption)
        if _ATTESTATION in version.tags and not adopted:
            msg = "it carries a decision, which no adoption replaces; run `govgate assess`"
            raise DeniedError(msg, "SUPERSEDED", "")

    def examine(
        self, state: InForce, known: Known, version: ModelVersion, envelope: bytes
    ) -> Order:
        """Find an order in the ledger, and check that it is the last word about this version.

        Args:
            state: The policy and the people in force, and the ledger.
            known: The ledger as far as it was followed.
            version: What the registry says of the version.
            envelope: DSSE bytes of the order's entry.

        Raises:
            DeniedError: With a reason code of docs/reference/reasons.md.
        """
        order = _found(state, known, envelope)
        concern = self._concern(version, self.carried(state, known, version))
        if order.revocation.target != concern.version:
            msg = f"the order is not about models:/{version.name}/{version.version} as it is "
            msg += "here; run `govgate revoke` for this version"
            raise DeniedError(msg, "SUBJECT_MISMATCH", order.revocation.digest)
        _require_authority(order, state, concern)
        rule, people = state.demands.policy.revocation, state.demands.people
        last = concerning(known.orders, concern, rule, people)[-1]
        if last != order:
            msg = f"entry {last.index} of the ledger is newer than entry {order.index}; "
            raise DeniedError(msg + "hand that over", "SUPERSEDED", order.revocation.digest)
        return order

    def _concern(self, version: ModelVersion | None, opened: Opened | None) -> Concern:
        content = opened.claim.subject.content if opened else None
        trainer = opened.trained_by if opened else None
        named = registered(version, self._registry) if version else None
        return Concern(named, content, trainer)


def require_unstopped(book: Book, demands: Demands, request: Request) -> None:
    """Check, before a model is promoted, that nobody stopped it.

    Raises:
        DeniedError: QUARANTINED.
    """
    target, version = request.target, None
    if target is not None:
        version = Registered(**target.model_dump(exclude={"aliases"}))
    concern = Concern(version, request.subject.content, request.trained_by)
    rule, people = demands.policy.revocation, demands.people
    require_unquarantined(book.known().orders, concern, rule, people)


def _require_authority(order: Order, state: InForce, concern: Concern) -> None:
    rule, people = state.demands.policy.revocation, state.demands.people
    if order.actor is None or not counts(order, rule, people, concern.trained_by):
        raise DeniedError(who_may(order, rule), "NOT_AUTHORISED", order.revocation.digest)


def _found(state: InForce, known: Known, envelope: bytes) -> Order:
    try:
        index = state.book.first(leaf_hash(envelope))
    except GovgateError as why:
        msg = f"the ledger cannot be read: {why}"
        raise DeniedError(msg, "VERIFY_UNAVAILABLE", "") from why
    found = [o for o in known.orders if o.index == index]
    if not found:
        msg = "what was handed over is no order of the published ledger; run `govgate revoke`, "
        raise DeniedError(msg + "which records it first", "NOT_IN_LEDGER", "")
    return found[0]
