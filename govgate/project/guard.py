"""What a registry asks before it lets anything happen; holds public keys only."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from govgate.adapters.clock import SystemClock
from govgate.engine import Admission, admit, attestation_of, read_attestation, require_alias
from govgate.errors import DeniedError, GovgateError, ProjectError
from govgate.ledger import Entry, Trust, leaf_hash, read_entry
from govgate.policy import People, Policy, read_people
from govgate.ports import ModelVersion
from govgate.project.book import Book
from govgate.project.measuring import lint_policy
from govgate.project.settings import find_folder, read_settings, read_text
from govgate.records import Attestation, Decision


@dataclass(frozen=True)
class Examined:
    """A decision that may be kept with a version, and what people may read of it there."""

    decision: Decision
    tags: Mapping[str, str]
    """Derived tags, see docs/spec/registry-tags.md."""


class Guard:
    """The judge's word, held against one version of one registry."""

    def __init__(self, folder: Path) -> None:
        """Read settings, policy, people and public keys; whatever is missing is an error now."""
        self._folder = folder
        self._settings = read_settings(folder)
        self._clock = SystemClock()
        self._seen: tuple[tuple[int, int], ...] = ()
        self._policy, self._people, self._book = self._in_force()

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

    def is_free(self, model: str, alias: str) -> bool:  # noqa: ARG002 -- exempt models come later
        """Tell whether an alias, or a stage written "stage:Production", needs no decision."""
        return self._in_force()[0].is_free(alias)

    def believe(self, envelope: bytes, version: ModelVersion) -> str:
        """Check all but the bytes, before anybody reads and copies them for an envelope's sake.

        Returns:
            The tree digest that was judged.

        Raises:
            DeniedError: With a reason code.
        """
        attestation, _, _ = self._checked(envelope, version, None)
        return attestation.decision.request.subject.content

    def admit(
        self, envelope: bytes, version: ModelVersion, alias: str, content: str | None
    ) -> Decision:
        """Check that the envelope lets this version carry this alias, now.

        Args:
            envelope: DSSE bytes of the decision's entry.
            version: What the registry says of the version.
            alias: The alias, or a stage written "stage:Production".
            content: Tree digest of the version's bytes, or None when it is only resolved.

        Returns:
            The decision.

        Raises:
            DeniedError: With a reason code.
        """
        attestation, _, _ = self._checked(envelope, version, content)
        require_alias(attestation.decision, alias)
        return attestation.decision

    def examine(self, envelope: bytes, version: ModelVersion | None, content: str) -> Examined:
        """Check that the envelope may be kept with this version: all of `admit`, and the ledger.

        Args:
            envelope: DSSE bytes of the decision's entry.
            version: What the registry says of the version; None for bytes met without one.
            content: Tree digest of the version's bytes.

        Returns:
            The decision and the tags derived from it.

        Raises:
            DeniedError: With a reason code.
        """
        attestation, leaf, said_yes = self._checked(envelope, version, content)
        index = self._index(leaf, attestation.decision)
        return Examined(
            attestation.decision, self._tags(attestation.decision, leaf, index, said_yes)
        )

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
        entries = self._in_force()[2].entries(digest)
        found = [e for e in entries if e.kind == "decision/v1" and e.subject.content == content]
        settled = [e for e in found if not attestation_of(e).decision.pending]
        return next((e.envelope for e in reversed(settled or found)), None)

    def _checked(
        self, envelope: bytes, version: ModelVersion | None, content: str | None
    ) -> tuple[Attestation, str, tuple[str, ...]]:
        policy, people, book = self._in_force()
        entry, attestation = _open(book, envelope)
        admission = Admission(self.registry_id, policy, people, self._clock.now())
        said_yes = admit(attestation, version, admission, content=content)
        return attestation, entry.leaf, said_yes

    def _index(self, leaf: str, decision: Decision) -> int:
        try:
            index = self._book.find(bytes.fromhex(leaf))
        except GovgateError as why:
            msg = f"the ledger cannot be read: {why}"
            raise DeniedError(msg, "VERIFY_UNAVAILABLE", decision.digest) from why
        if index is None:
            msg = "the decision is not in the published ledger; run `govgate promote`, which "
            raise DeniedError(msg + "records it first", "NOT_IN_LEDGER", decision.digest)
        return index

    def _tags(
        self, decision: Decision, leaf: str, index: int, said_yes: tuple[str, ...]
    ) -> dict[str, str]:
        head = self._book.head()
        gates = ", ".join(f"{gate}={outcome}" for gate, outcome in decision.outcomes.items())
        return {
            "govgate.decision": "allowed",
            "govgate.policy": decision.policy_name,
            "govgate.policy_sha256": decision.policy.removeprefix("sha256:"),
            "govgate.subject_sha256": decision.request.subject.content.removeprefix("sha256:"),
            "govgate.gates": gates,
            "govgate.signers": ", ".join(said_yes),
            "govgate.expires": decision.expires_at.isoformat(timespec="seconds"),
            "govgate.log.origin": self._settings.ledger.origin,
            "govgate.log.index": str(index),
            "govgate.log.leaf_sha256": leaf,
            "govgate.log.size": str(head.size),
            "govgate.log.root": base64.b64encode(head.root).decode(),
            "govgate.proof": self._book.prove(index),
        }

    def _in_force(self) -> tuple[Policy, People, Book]:
        # As the files are now: a change needs no restart.
        paths = [self._folder / p for p in (self._settings.policy, self._settings.people)]
        try:
            seen = tuple((stat.st_mtime_ns, stat.st_size) for stat in map(os.stat, paths))
        except OSError as why:
            msg = f"the policy in force cannot be read ({why}); put the file back"
            raise DeniedError(msg, "VERIFY_UNAVAILABLE", "") from why
        if seen != self._seen:
            policy, people = lint_policy(paths[0]), read_people(read_text(paths[1]), paths[1].name)
            self._policy, self._people = policy, people
            self._book = Book(self._folder, self._settings, people, policy.retention_days)
            self._seen = seen
        return self._policy, self._people, self._book


def _open(book: Book, envelope: bytes) -> tuple[Entry, Attestation]:
    """Open a decision, and look at every key behind it, as the ledger has it now.

    Raises:
        DeniedError: A key behind it counts no more, or never did.
    """
    try:
        trust = book.trust
        place = book.find(leaf_hash(envelope)) if trust.ended else None
    except GovgateError as why:
        msg = f"the ledger cannot be read: {why}"
        raise DeniedError(msg, "VERIFY_UNAVAILABLE", "") from why
    entry, attestation = read_attestation(envelope, trust, book.store, place)
    if trust.ended:
        _require_keys(book, trust, attestation)
    return entry, attestation


def _require_keys(book: Book, trust: Trust, attestation: Attestation) -> None:
    for signed in map(str.encode, attestation.sign_offs):
        try:
            read_entry(signed, trust, book.store, book.find(leaf_hash(signed)))
        except GovgateError as why:
            raise DeniedError(str(why), "SIGN_OFF", attestation.decision.digest) from why


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
