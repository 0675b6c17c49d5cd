"""What a registry asks before it lets anything happen; holds public keys only."""

import os
from pathlib import Path

from govgate.engine import (
    Admission,
    Claim,
    admit_adoption,
    attestation_of,
    require_after,
    require_alias,
    require_carried,
    require_standing,
)
from govgate.errors import DeniedError, ProjectError
from govgate.policy import Mode
from govgate.ports import ModelVersion
from govgate.project.claims import Claims, Opened
from govgate.project.derived import Examined, order_tags, tags
from govgate.project.in_force import InForce, Rules, Watch, known_now
from govgate.project.known import Known
from govgate.project.orders import Orders
from govgate.project.settings import find_folder, read_settings
from govgate.records import Adoption, Record


class Guard:
    """The judge's word, held against one version of one registry."""

    def __init__(self, folder: Path) -> None:
        """Read settings, policy, people and public keys; whatever is missing is an error now."""
        self._settings = read_settings(folder)
        self._rules = Rules(folder, self._settings)
        self._claims = Claims()
        self._orders = Orders(self._settings.registry.id, self._claims)
        self.watch = Watch()

    @property
    def registry_id(self) -> str:
        """Identity of the registry, as decisions name it."""
        return self._settings.registry.id

    @property
    def registry_uri(self) -> str:
        """Address of this registry, for its clients."""
        return self._settings.registry.uri

    @property
    def sealed_retention_days(self) -> int:
        """How long a sealed copy cannot be deleted, where the bucket has Object Lock."""
        return self._settings.registry.sealed_retention_days

    def mode(self, model: str) -> Mode:
        """Tell what a no means for a model."""
        return self._rules.now().demands.policy.mode_of(model)

    def is_free(self, model: str, alias: str) -> bool:
        """Tell whether an alias, or a stage written "stage:Production", needs no decision."""
        policy = self._rules.now().demands.policy
        return policy.mode_of(model) is Mode.EXEMPT or policy.is_free(alias)

    def believe(self, envelope: bytes, version: ModelVersion) -> str:
        """Check all but the bytes, before anybody reads and copies them for an envelope's sake.

        Returns:
            The tree digest that was judged.

        Raises:
            DeniedError: With a reason code.
        """
        opened, _ = self._checked(envelope, version, None, moving=True)
        return opened.claim.subject.content

    def admit(
        self, envelope: bytes, version: ModelVersion, alias: str, content: str | None
    ) -> Claim:
        """Check that the envelope lets this version move to this alias, now.

        Args:
            envelope: DSSE bytes of the decision's or adoption's entry.
            version: What the registry says of the version.
            alias: The alias, or a stage written "stage:Production".
            content: Tree digest of the bytes it is served by, or None where it is not known.

        Returns:
            What the decision or adoption is good for.

        Raises:
            DeniedError: With a reason code.
        """
        opened, _ = self._checked(envelope, version, content, moving=True)
        require_alias(opened.claim, alias)
        return opened.claim

    def resolve(
        self, envelope: bytes, version: ModelVersion, alias: str, content: str | None
    ) -> Claim:
        """Check that a version may still be where it was moved to before.

        As `admit`, but a decision holds until it expires under the policy it names, where
        that one is in the ledger; its sign-offs are counted again among the people known now.

        Raises:
            DeniedError: With a reason code.
        """
        opened, _ = self._checked(envelope, version, content, moving=False)
        require_alias(opened.claim, alias)
        return opened.claim

    def vouch(self, envelope: bytes, version: ModelVersion | None, content: str | None) -> Claim:
        """Check that bytes may be loaded: as `resolve`, and the ledger holds the envelope.

        Args:
            envelope: DSSE bytes of the decision's or adoption's entry.
            version: What the registry says of the version; None for bytes met without one.
            content: Tree digest of the bytes, or None before they are fetched.

        Returns:
            What the decision or adoption is good for.

        Raises:
            DeniedError: With a reason code.
        """
        opened, _ = self._checked(envelope, version, content, moving=False)
        if self._claims.first(self._state()[0].book, envelope) is None:
            msg = "the decision is not in the published ledger; run `govgate promote`, which "
            raise DeniedError(msg + "records it first", "NOT_IN_LEDGER", opened.claim.record.digest)
        return opened.claim

    def require_unquarantined(self, version: ModelVersion) -> None:
        """Check a version that needs no decision where it is: a quarantine holds there too.

        Raises:
            DeniedError: QUARANTINED, or the ledger cannot be read.
        """
        state, known = self._state()
        self._orders.newest(state, known, version, self._orders.carried(state, known, version))

    def examine(self, envelope: bytes, version: ModelVersion, content: str) -> Examined:
        """Check that the envelope may be kept with this version: all of `admit`, and the ledger.

        Args:
            envelope: DSSE bytes of the decision's or adoption's entry.
            version: What the registry says of the version, with the attestation it carries.
            content: Tree digest of the version's bytes.

        Returns:
            The record and the tags derived from it.

        Raises:
            DeniedError: With a reason code.
        """
        opened, said_yes = self._checked(envelope, version, content, moving=True)
        state, known = self._state()
        if isinstance(opened.record, Adoption):
            require_carried(opened.record, version)
            self._orders.require_unjudged(state, known, version)
        return Examined(opened.claim.record, tags(state.book, opened, said_yes))

    def derive(self, envelope: bytes, version: ModelVersion, content: str) -> Examined:
        """Derive anew what people may read of an attestation that a version carries already.

        Args:
            envelope: DSSE bytes of the decision's or adoption's entry.
            version: What the registry says of the version.
            content: Tree digest that its tags name.

        Returns:
            The record and its tags.

        Raises:
            DeniedError: It holds no more, or the ledger does not hold it.
        """
        opened, said_yes = self._checked(envelope, version, content, moving=False)
        return Examined(opened.claim.record, tags(self._state()[0].book, opened, said_yes))

    def carried(self, version: ModelVersion) -> Record | None:
        """Give the decision or adoption that a version carries; None where that is neither."""
        opened = self._orders.carried(*self._state(), version)
        return opened.claim.record if opened else None

    def examine_order(self, envelope: bytes, version: ModelVersion) -> Examined:
        """Check that a revocation or release may be kept with this version.

        Args:
            envelope: DSSE bytes of its entry.
            version: What the registry says of the version.

        Returns:
            The record and the tags derived from it.

        Raises:
            DeniedError: It is by nobody who may, not about this version, or not the newest.
        """
        state, known = self._state()
        order = self._orders.examine(state, known, version, envelope)
        return Examined(order.revocation, order_tags(state.book, order, version))

    def decision_about(self, content: str) -> bytes | None:
        """Find what the ledger last said of these bytes, under whatever name.

        A decision that only lacks signatures is not the last word: asking for one more
        alias takes nothing away.

        Args:
            content: Tree digest of a model's bytes.

        Returns:
            The envelope of the newest settled decision, else of the newest; None without any.
        """
        digest = content.removeprefix("sha256:")
        entries = self._state()[0].book.entries(digest)
        found = [e for e in entries if e.kind == "decision/v1" and e.subject.content == content]
        settled = [e for e in found if not attestation_of(e).decision.pending]
        return next((e.envelope for e in reversed(settled or found)), None)

    def _checked(
        self, envelope: bytes, version: ModelVersion | None, content: str | None, *, moving: bool
    ) -> tuple[Opened, tuple[str, ...]]:
        state, known = self._state()
        at = self.watch.now(known)
        opened = self._claims.open(state.book, known.trust, envelope)
        order = self._orders.newest(state, known, version, opened)
        if isinstance(opened.record, Adoption):
            admission = Admission(self.registry_id, state.demands, at, moving)
            held = _adopted(opened.record, version)
            said_yes = admit_adoption(opened.record, held, admission, content=content)
        else:
            named = opened.record.decision.policy
            demands = state.demands if moving else state.demands_of(named, known)
            admission = Admission(self.registry_id, demands, at, moving)
            require_standing(opened.record, version, admission, content=content)
            said_yes = self._claims.count(known.trust, opened, demands)
        if order is not None:
            index = self._claims.first(state.book, envelope)
            entry = opened.entry
            require_after(order, index, entry.time_created, opened.claim.record.digest)
        return opened, said_yes

    def _state(self) -> tuple[InForce, Known]:
        state = self._rules.now()
        return state, known_now(state.book)


def _adopted(adoption: Adoption, version: ModelVersion | None) -> ModelVersion:
    """Give the version an adoption is held against: it speaks for no bytes without one.

    Raises:
        DeniedError: There is none.
    """
    if version is None:
        msg = f"an adoption holds for {adoption.subject.name} alone; load it by that name"
        raise DeniedError(msg, "SUBJECT_MISMATCH", adoption.digest)
    return version


def open_guard(folder: Path | None = None) -> Guard:
    """Open the guard of a project.

    Args:
        folder: A folder with govgate.yaml; None takes GOVGATE_PROJECT, then this folder
            and those above.

    Returns:
        The guard.

    Raises:
        ProjectError: Settings, keys, policy or people are missing or not in order.
    """
    start = folder or Path(os.environ.get("GOVGATE_PROJECT") or ".")
    try:
        return Guard(find_folder(start.resolve()))
    except DeniedError as why:
        raise ProjectError(str(why.args[0])) from why
