"""The project's ledger: records go in, entries whose signature was checked come out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from govgate.adapters.clock import RandomIds, SystemClock
from govgate.adapters.files import FileStore
from govgate.adapters.keys import read_public
from govgate.adapters.outbox import FileOutbox
from govgate.errors import AuthorityError, LedgerError, StoreError, TamperedError
from govgate.ledger import (
    KEY_EVENT,
    MAY_SIGN,
    SPOOL_FLUSH,
    Actor,
    ActorKind,
    Appended,
    Checkpoint,
    Cleared,
    Entry,
    Locking,
    Log,
    Packed,
    Pin,
    Report,
    Sender,
    Signed,
    TileReader,
    Trust,
    TrustedSigner,
    apply_key_event,
    audit_versions,
    checkpoint_key,
    clear_partials,
    introduce,
    introduced,
    keyid,
    lateness,
    payload_of,
    read_entry,
    read_ours,
    verify_log,
    write_entry,
)
from govgate.policy import LEAST_RETENTION_DAYS, People
from govgate.project.belief import NEEDS_ROLE, Belief, require_key
from govgate.project.keys import log_vkeys, open_log_signers, open_signer
from govgate.project.known import Following, Known
from govgate.project.settings import Settings, read_text
from govgate.project.stores import open_store, open_versions
from govgate.project.verifying import Processes, VerifiedHead
from govgate.records import KeyEvent, Record, Subject

if TYPE_CHECKING:
    from govgate.ports import Signer


Progress = Callable[[int, int], None]

GATE = Actor(kind=ActorKind.SERVICE, id="gate")
"""The gate runner, as entries name it."""


@dataclass(frozen=True)
class Writing:
    """One record on its way into the ledger."""

    kind: str
    subject: Subject
    record: Record


def gate_keys(folder: Path, settings: Settings) -> dict[str, bytes]:
    """Key id to raw public key of the gate runners this project trusts."""
    raw = [read_public(read_text(folder / path)) for path in settings.trust.gate]
    return {keyid(key): key for key in raw}


class Book:
    """One ledger, and whom it believes."""

    def __init__(
        self, folder: Path, settings: Settings, people: People, retention_days: int
    ) -> None:
        """Open the ledger of a project folder.

        Args:
            folder: The project's folder.
            settings: Its settings.
            people: Whose sign-offs are believed.
            retention_days: How long nobody may delete what is written; of the policy in force.
        """
        self._folder = folder
        self._settings = settings
        self._retention_days = retention_days
        self.store = open_store(folder, settings.ledger, retention_days)
        self._head = folder / ".govgate"
        self._base = base = self._trust(people)
        self._introduced = False
        self._log = Log(self.store, settings.ledger.origin, base.log_vkeys, self.pinned())
        self._belief = Belief(base, self._log)
        self._following = Following(self._belief, self.store)
        self._sender = Sender(self._log, FileOutbox(self._head / "outbox"), SystemClock())

    def _trust(self, people: People) -> Trust:
        signers = {
            k: TrustedSigner(raw, GATE.id, GATE.kind, MAY_SIGN[GATE.kind])
            for k, raw in gate_keys(self._folder, self._settings).items()
        }
        for person in people.people:
            for key, raw in person.public_keys.items():
                if key in signers:
                    msg = f"{person.id} holds a gate runner's key; give the person another"
                    raise AuthorityError(msg)
                lacking = {k for k, r in NEEDS_ROLE.items() if not people.holds(person.id, r)}
                kinds = MAY_SIGN[ActorKind.HUMAN] - lacking
                signers[key] = TrustedSigner(raw, person.id, ActorKind.HUMAN, kinds)
        return Trust(
            log_vkeys=log_vkeys(self._folder, self._settings),
            signers=signers,
            witness_vkeys=self._settings.trust.witnesses,
            witness_quorum=self._settings.trust.witness_quorum,
        )

    @property
    def trust(self) -> Trust:
        """Whom to believe, and where, after every key event the ledger holds now.

        Raises:
            GovgateError: The ledger cannot be read, or a key event in it does not hold.
        """
        return self._belief.now()

    def known(self) -> Known:
        """What the ledger holds now that no decision may overlook.

        Raises:
            GovgateError: The ledger cannot be read, or a key event in it does not hold.
        """
        return self._following.now()

    def export_trust(self) -> Trust:
        """As `trust`, with the newest checkpoint pinned: what an auditor is given."""
        newest = self._log.checkpoint()
        pins = (Pin(newest.checkpoint.size, newest.checkpoint.root),) if newest else ()
        return replace(self.trust, pinned=pins)

    def write(self, writings: Sequence[Writing], signer: "Signer", actor: Actor) -> int:
        """Append records in one commit; they are durable when this returns.

        What an earlier process left in the outbox goes first; where that is
        this very write, cut short by a crash, it is not written twice.

        Args:
            writings: At least one.
            signer: Who signs them all.
            actor: Whose key the signer is.

        Returns:
            The index of the first entry.
        """
        trust, done = self.trust, self._finish(writings, actor)
        for writing in writings:
            require_key(trust, writing.kind, actor, signer)
        if done is None:
            done = self._sender.send(self._sign(writings, signer, actor), RandomIds().new())
        return done.start

    def write_key_event(
        self, event: KeyEvent, actor: Actor, signer: "Signer", *more: "Signer"
    ) -> int:
        """Append a change of whose signatures count; it holds from its own place on.

        Args:
            event: What changes.
            actor: Who changes it.
            signer: The actor's key.
            more: Keys that sign too: the one that begins, and of a log the one it replaces.

        Returns:
            The index of the entry.

        Raises:
            AuthorityError: This actor may not change this key so.
        """
        subject = Subject(
            name=f"key of {event.name or event.keyid[:12]}", content=f"sha256:{event.keyid}"
        )
        writing = Writing(KEY_EVENT, subject, event)
        self.flush()
        trust = self.trust
        require_key(trust, KEY_EVENT, actor, signer)
        (envelope,) = self._sign([writing], signer, actor, *more)
        # Tried before it is written: an entry that does not hold could never be taken back.
        apply_key_event(trust, read_entry(envelope, trust, self.store, self._belief.end))
        return self._sender.send([envelope], RandomIds().new()).start

    def write_or_keep(
        self, writings: Sequence[Writing], signer: "Signer", actor: Actor
    ) -> int | None:
        """As `write`, but `on_unavailable: spool` keeps them where the store does not answer.

        Returns:
            The index of the first entry; None when they wait in the outbox.
        """
        if self._settings.ledger.on_unavailable == "block":
            return self.write(writings, signer, actor)
        done = None
        with suppress(StoreError):
            done = self._finish(writings, actor)
        if done is None:
            envelopes = self._sign(writings, signer, actor)
            done = self._sender.send_or_keep(envelopes, RandomIds().new())
        return done.start if done else None

    def flush(self) -> list[tuple[Packed, Appended]]:
        """Finish what earlier writes left in the outbox; say of promised ones how late they are."""
        return self._sender.flush(self._record_lateness)

    def _finish(self, writings: Sequence[Writing], actor: Actor) -> Appended | None:
        """Flush, and give where these very records were written by that."""
        wanted = [(w.kind, w.subject, w.record.digest, actor) for w in writings]
        for packed, appended in self.flush():
            places = enumerate(packed.entries, appended.start)
            entries = [read_entry(e, self.trust, self.store, at) for at, e in places]
            if [(e.kind, e.subject, e.record_digest, e.actor) for e in entries] == wanted:
                return appended
        return None

    def _record_lateness(self, packed: Packed, appended: Appended) -> None:
        late = lateness(packed, appended, SystemClock())
        subject = Subject(
            name=f"ledger {self._settings.ledger.origin}", content=f"sha256:{appended.leaves[0]}"
        )
        envelopes = self._sign([Writing(SPOOL_FLUSH, subject, late)], self.gate_signer(), GATE)
        self._sender.send(envelopes, RandomIds().new())

    def _sign(
        self, writings: Sequence[Writing], signer: "Signer", actor: Actor, *more: "Signer"
    ) -> list[bytes]:
        ids, clock = RandomIds(), SystemClock()
        return [
            write_entry(
                w.record,
                kind=w.kind,
                subject=w.subject,
                actor=actor,
                ids=ids,
                clock=clock,
                signers=[signer, *more],
                store=self.store,
            )
            for w in writings
        ]

    def gate_signer(self) -> "Signer":
        """The gate runner's own key."""
        return open_signer(self._folder, self._settings.keys.gate, self._settings.trust.gate[0])

    def log_signers(self) -> "list[Signer]":
        """The log's own keys: one, or two while one replaces the other."""
        return open_log_signers(self._folder, self._settings)

    def entries(self, holding: str = "", start: int = 0) -> Iterator[Entry]:
        """Yield committed entries, signatures checked, in order, without what is nobody's.

        Args:
            holding: Entries whose statement does not hold this text are left out before
                their signature is checked: what is about other things costs nothing.
            start: Index to begin at.

        Raises:
            LedgerError: An entry is not one, or is signed by nobody trusted.
        """
        trust = self.trust
        for index, envelope in self._log.entries(start):
            if _holds(envelope, holding.encode()):
                entry = read_ours(envelope, trust, self.store, index)
                if entry is not None:
                    yield entry

    def names_key(self, name: str) -> bool:
        """Tell whether a committed entry names a key id, truly or not, among its signatures."""
        return any(name.encode() in envelope for _, envelope in self._log.entries())

    def was_believed(self, name: str) -> bool:
        """Tell whether the log's key says that a key was believed once."""
        return introduced(self.store, self._base, name) is not None

    def publish(self) -> Checkpoint:
        """Sign a checkpoint over all that is committed, and remember it as seen."""
        self.flush()
        signers = self.log_signers()
        if not self._introduced:
            introduce(self.store, self._base, signers)
            self._introduced = True
        checkpoint = self._log.publish(*signers)
        self._remember()
        return checkpoint

    def clear(self, *, dry_run: bool = False) -> Cleared:
        """Remove the partial tiles that full ones made needless, after the newest checkpoint.

        Args:
            dry_run: Only look.
        """
        return clear_partials(self.store, self.head(), dry_run=dry_run)

    def verify(self, progress: Progress, *, full: bool = True, processes: int = 1) -> Report:
        """Check the whole log against the last head seen here, and remember the new one.

        Args:
            progress: Called with (entries done, entries in all).
            full: Whether to check again the signatures that were checked here before.
            processes: How many may share the work; a script that asks for more than 1
                must be one that can be imported, as `multiprocessing` has it.
        """
        trust, trouble = self._belief.best()
        verified = VerifiedHead(self._head, trust)
        with Processes(processes) as spread:
            report = verify_log(
                self.store,
                trust,
                self.pinned(),
                progress,
                verified=None if full else verified.read(),
                spread=spread,
            )
        versions = open_versions(self._settings.ledger)
        if versions is not None:
            report = report.with_versions(audit_versions(versions, self._locking()))
        report.raise_if_bad()
        if trouble:
            raise trouble
        if report.size:
            self._remember()
            verified.write(self.store.read(checkpoint_key(report.size)) or b"")
        return report

    def _locking(self) -> Locking | None:
        s3 = self._settings.ledger.s3
        if s3 is None or not s3.object_lock:
            return None
        least, wanted = timedelta(days=LEAST_RETENTION_DAYS), timedelta(days=self._retention_days)
        return Locking(least, wanted)

    def reader(self) -> TileReader:
        """The published tree, for proofs and for roots of earlier sizes."""
        head = self.head()
        return TileReader(self.store, head.size, head.root)

    @property
    def origin(self) -> str:
        """Name of the log, from the settings."""
        return self._log.origin

    @property
    def log_vkeys(self) -> tuple[str, ...]:
        """Keys of the log, each as in `ledger.log_keys`, from the trusted files."""
        return self._log.log_vkeys

    def find(self, leaf: bytes) -> int | None:
        """Index of a published entry by its leaf hash."""
        return self._log.find(leaf)

    def first(self, leaf: bytes) -> int | None:
        """Index at which an entry was first published, by its leaf hash."""
        return self._log.first(leaf)

    def prove(self, index: int) -> str:
        """Proof that a published entry is in the log, as `.tlog-proof` text."""
        return self._log.prove(index)

    def head(self) -> Checkpoint:
        """The newest published checkpoint."""
        return self._newest().checkpoint

    def pinned(self) -> bytes | None:
        """The last checkpoint seen here, or None on the first visit.

        Raises:
            StoreError: It is there and cannot be read.
        """
        try:
            return (self._head / "head").read_bytes()
        except FileNotFoundError:
            return None
        except OSError as why:
            msg = f"the last head seen cannot be read ({why}); mend the file's permissions"
            raise StoreError(msg) from why

    def _remember(self) -> None:
        FileStore(self._head).replace("head", self._newest().note)

    def _newest(self) -> Signed:
        newest = self._log.checkpoint()
        if newest is None:
            msg = "the ledger has no checkpoint; restore it from a copy, or publish it"
            raise LedgerError(msg)
        return newest


def _holds(envelope: bytes, text: bytes) -> bool:
    """Tell whether an entry's statement holds a text; what is no envelope has none."""
    try:
        return text in payload_of(envelope)
    except TamperedError:
        return False
