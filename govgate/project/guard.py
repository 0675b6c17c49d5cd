"""What a registry asks before it lets anything happen; holds public keys only."""

import os
from pathlib import Path

from govgate.adapters.model_files import content_of_folder
from govgate.engine import (
    Admission,
    admit_adoption,
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

    def content_of_folder(self, folder: Path) -> str:
        """Tree digest of a model folder on this machine.

        Raises:
            EvidenceError: It cannot be read, or holds a link.
        """
        return content_of_folder(folder)

    def mode(self, model: str) -> Mode:
        """Tell what a no means for a model."""
        return self._rules.now().demands.policy.mode_of(model)

    def is_free(self, model: str, alias: str) -> bool:
        """Tell whether an alias, or a stage written "stage:Production", needs no decision."""
        policy = self._rules.now().demands.policy
        return policy.mode_of(model) is Mode.EXEMPT or policy.is_free(alias)

    def believe(self, envelope: bytes) -> None:
        """Check who signed, before anybody reads a model's bytes for an envelope's sake.

        Raises:
            DeniedError: Nobody trusted signed it, or it is no decision and no adoption.
        """
        state, known = self._state()
        self._claims.open(state.book, known.trust, envelope)

    def admit(
        self, envelope: bytes, version: ModelVersion, alias: str, content: str | None
    ) -> Record:
        """Check that the envelope lets this version move to this alias, now.

        Args:
            envelope: DSSE bytes of the decision's or adoption's entry.
            version: What the registry says of the version.
            alias: The alias, or a stage written "stage:Production".
            content: Tree digest of the version's bytes, or None where they are not read.

        Returns:
            The decision or adoption.

        Raises:
            DeniedError: With a reason code.
        """
        opened, _ = self._checked(envelope, version, content, moving=True)
        require_alias(opened.claim, alias)
        return opened.claim.record

    def resolve(self, envelope: bytes, version: ModelVersion, alias: str) -> Record:
        """Check that a version may still be where it was moved to before.

        As `admit`, but a decision holds until it expires under the policy it names, where
        that one is in the ledger; its sign-offs are counted again among the people known now.

        Raises:
            DeniedError: With a reason code.
        """
        opened, _ = self._checked(envelope, version, None, moving=False)
        require_alias(opened.claim, alias)
        return opened.claim.record

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

    def _checked(
        self, envelope: bytes, version: ModelVersion, content: str | None, *, moving: bool
    ) -> tuple[Opened, tuple[str, ...]]:
        state, known = self._state()
        at = self.watch.now(known)
        opened = self._claims.open(state.book, known.trust, envelope)
        order = self._orders.newest(state, known, version, opened)
        if isinstance(opened.record, Adoption):
            admission = Admission(self.registry_id, state.demands, at, moving)
            said_yes = admit_adoption(opened.record, version, admission, content=content)
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
