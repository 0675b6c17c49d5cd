"""What govgate needs of the world, said as protocols.

Room:        ports
Holds:       one protocol for each thing outside: a store, a clock, a signer, a table, a registry
May import:  records, tree, errors
May touch:   nothing; adapters do the touching
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable

from govgate.tree import File, FileDigest, Pieces

Done = TypeVar("Done")
"""What a job gives for one part of a table; it pickles."""


class Store(Protocol):
    """Bytes by key; keys are created once and never change, but for named hints.

    When a method returns, its write is durable. When it raises `StoreError`,
    the write may or may not have landed; callers must cope with both.
    """

    def read(self, key: str) -> bytes | None:
        """Return the bytes, or None when the key is absent.

        Raises:
            TamperedError: What is never removed was there, as the store's versions show.
            StoreError: The store did not answer.
        """

    def create(self, key: str, data: bytes) -> None:
        """Write a new key. The same bytes again succeed, so a retry is safe.

        Raises:
            ConflictError: The key exists with other bytes.
            StoreError: The write failed, or its answer was lost.
        """

    def replace(self, key: str, data: bytes) -> None:
        """Write a hint that may change, such as "checkpoint"; never evidence.

        Raises:
            StoreError: The write failed, or its answer was lost.
        """

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """Yield the keys that start with `prefix` and sort after `after`, in order.

        Raises:
            StoreError: The store did not answer.
        """

    def discard(self, key: str) -> int:
        """Remove a partial tile or bundle and all its versions; nothing else, whoever asks.

        Returns:
            Bytes that this freed; 0 when the key is absent.

        Raises:
            LedgerError: The key is of something that is never removed.
            StoreError: The removal failed, or its answer was lost.
        """


@dataclass(frozen=True)
class Version:
    """One of the things that a store keeps under a key: bytes, or the mark that it was deleted."""

    key: str
    id: str
    written_at: datetime
    """By the store's own clock."""

    size_bytes: int
    latest: bool
    """True when this is what the key reads as."""

    marker: bool
    """True when it only says that the key was deleted, and hides the bytes before it."""


class Versions(Protocol):
    """What a store keeps of keys that were written over or deleted."""

    def all(self, prefix: str = "") -> Iterator[Version]:
        """Yield all that is kept, in the order of the keys; of one key, bytes newest first.

        Raises:
            StoreError: The store did not answer.
        """

    def read(self, version: Version) -> bytes:
        """Return the bytes of one version.

        Raises:
            StoreError: The store did not answer, or the version has gone.
        """

    def locked_until(
        self, versions: Iterable[Version]
    ) -> Iterator[tuple[Version, datetime | None]]:
        """Say of each, in order, until when nobody can delete it; None where somebody can now.

        Raises:
            StoreError: The store did not answer, or one of them has gone.
        """


class Parcel(Protocol):
    """One batch in an outbox, held by this process alone until it is removed or released."""

    @property
    def name(self) -> str:
        """The batch's name."""

    def read(self) -> bytes:
        """Return what was put, and every line noted since.

        Raises:
            StoreError: It cannot be read.
        """

    def note(self, line: bytes) -> None:
        """Add a line at the end; durable when this returns, and absent or cut short otherwise.

        Raises:
            StoreError: It could not be written.
        """

    def remove(self) -> None:
        """Take the batch out of the outbox.

        Raises:
            StoreError: It is still there.
        """

    def release(self) -> None:
        """Let go of it; what was not removed is left for the next holder."""


class Outbox(Protocol):
    """Batches on their way into the ledger; they outlive the process that put them."""

    def put(self, name: str, data: bytes) -> Parcel:
        """Keep a batch, and hold it; durable when this returns.

        Raises:
            StoreError: Nothing was kept.
        """

    def left(self) -> Iterator[Parcel]:
        """Hold and yield the batches that nobody holds, in the order of their names.

        Raises:
            StoreError: The outbox cannot be read.
        """


class Secrets(Protocol):
    """Small secrets by name, outside the ledger: each can be destroyed, which erases its file."""

    def put(self, name: str, data: bytes) -> None:
        """Keep a new secret; durable when this returns.

        Raises:
            StoreError: It could not be written, or there is another of that name.
        """

    def read(self, name: str) -> bytes | None:
        """Return a secret, or None when there is none of that name.

        Raises:
            AuthorityError: Others than its owner can read it.
            StoreError: It cannot be read.
        """

    def destroy(self, name: str) -> None:
        """Make a secret unreadable for ever; one that is gone already is no error.

        Raises:
            StoreError: It may still be there.
        """

    def names(self) -> Iterator[str]:
        """Yield the names of all secrets, in order.

        Raises:
            StoreError: They cannot be listed.
        """


class Signer(Protocol):
    """One Ed25519 private key, wherever it is kept."""

    @property
    def public(self) -> bytes:
        """Raw public key, 32 bytes."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature, 64 bytes.

        Raises:
            AuthorityError: The key cannot be used.
        """


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""


class Ids(Protocol):
    """Makes names that nobody else has."""

    def new(self) -> str:
        """Return a UUID that sorts by time (RFC 9562 version 7), in lowercase hex with dashes."""


class Part(Protocol):
    """A piece of a table that is read alone, by this process or by a worker's: it pickles."""

    @property
    def name(self) -> str:
        """Its name in the table, such as "year=2026/part-0.parquet"; no other part has it."""

    @property
    def rows(self) -> int | None:
        """How many rows it has, where that is known without reading them."""

    @property
    def size(self) -> int:
        """How much there is to read: in bytes, or in rows where it is in no file."""

    def digest(self) -> FileDigest:
        """Read all its bytes, and say what they hash to.

        Raises:
            EvidenceError: It changed since it was listed, or cannot be read.
        """

    def batches(self, columns: Sequence[str], *, categorical: Sequence[str] = ()) -> Iterator[Any]:
        """As `Table.batches`, of this part alone.

        Raises:
            EvidenceError: It changed since it was listed, or cannot be read.
        """


class Table(Protocol):
    """Rows in named columns, read in pieces so that size does not matter.

    Text comes as Arrow `string` and categories as `dictionary<int32, ...>`, whatever the source.
    """

    @property
    def digest(self) -> str:
        """What names its rows: see docs/spec/tables.md."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""

    def batches(self, columns: Sequence[str], *, categorical: Sequence[str] = ()) -> Iterator[Any]:
        """Yield `pyarrow.RecordBatch` pieces with just these columns, part after part.

        Args:
            columns: Which columns, each in `self.columns`.
            categorical: Those of them to give dictionary-encoded, for counting.

        Raises:
            EvidenceError: A column is absent, or the table cannot be read.
        """

    def each(self, job: Callable[[Part], Done]) -> Iterator[Done]:
        """Do one thing with every part, side by side, and yield what came of each, in any order.

        When this ends without an error, every part was done, and was done once.

        Args:
            job: A function that pickles, such as a `functools.partial` of one in a module. What
                it gives is merged by the caller; the order must not matter.

        Raises:
            EvidenceError: A part cannot be read, a worker died of it, or the time was up; says
                which part.
        """


@runtime_checkable
class Profiled(Protocol):
    """A table of which only the profile was kept; whoever asks it for rows is refused."""

    @property
    def profile(self) -> Any:
        """What was counted, a `profile.TableProfile`."""


class Workers(Protocol):
    """Who does one thing with many parts: threads, processes, or other machines."""

    @property
    def deadline_s(self) -> float:
        """Seconds that all parts may take together."""

    def run(self, job: Callable[[Part], Done], parts: Sequence[Part]) -> Iterator[tuple[str, Done]]:
        """Yield the name of a part and what the job gave, as they come; errors of the job as is.

        Raises:
            EvidenceError: A worker died of a part, or the time was up; says which part.
        """


class Vault(Protocol):
    """Where a registry keeps its models' files, and in it what is written once.

    Paths have forward slashes and begin below the vault's root. Every method
    raises `StoreError` when the place does not answer.
    """

    def files(self, folder: str) -> Iterator[File]:
        """Yield what `tree.digest_tree` reads: each file below a folder, in no order."""

    def folders(self, folder: str) -> Iterator[str]:
        """Yield the names of the folders right below a folder; none where it is absent."""

    def write(self, path: str, pieces: Pieces) -> None:
        """Write a file that is not there yet; durable when this returns."""

    def lock(self, folder: str) -> None:
        """Let nobody change what is below a folder, as far as the place can hold to that."""

    def stamps(self, folder: str) -> Mapping[str, str]:
        """Tell path below the folder to a word that is another one once the bytes change."""

    def stamp(self, path: str) -> str:
        """Tell the stamp of one file; "" where it is absent."""

    def read(self, path: str) -> bytes | None:
        """Return a small file's bytes, or None when it is absent."""

    def create(self, path: str, data: bytes) -> None:
        """Write a small file and keep it; nothing happens where there is one."""

    def exists(self, path: str) -> bool:
        """Tell whether there is a file at the path."""

    def holds(self, folder: str) -> bool:
        """Tell whether there is anything below a folder."""

    def discard(self, folder: str) -> None:
        """Remove what is below a folder that was never locked."""


@dataclass(frozen=True)
class ModelVersion:
    """What a registry says of one registered version."""

    name: str
    version: str
    created_ms: int
    source: str
    """Where its bytes are, such as "models:/m-3f2a"."""

    run_id: str
    tags: Mapping[str, str]
    aliases: tuple[str, ...]
    stage: str = "None"
    """MLflow's stage, such as "Production"."""

    workspace: str = "default"


@dataclass(frozen=True)
class Alias:
    """One alias as a registry keeps it, whether or not anybody may read through it."""

    model: str
    name: str
    version: str


class Registry(Protocol):
    """A model registry that govgate guards."""

    def version(self, name: str, version: str) -> ModelVersion:
        """Return one registered version; `version` may be "@alias".

        Raises:
            StoreError: There is no such version, or the registry did not answer.
        """

    def versions(self) -> Iterator[ModelVersion]:
        """Yield every version of every model, with its tags; its aliases may be left out.

        Raises:
            StoreError: The registry did not answer.
        """

    def aliases(self) -> Iterator[Alias]:
        """Yield every alias of every model, whatever a guard says of it.

        Raises:
            StoreError: The registry did not answer.
        """

    def content(self, version: ModelVersion) -> str:
        """Return the tree digest of the version's bytes.

        Raises:
            StoreError: The bytes cannot be read.
        """

    def attest(self, version: ModelVersion, envelope: bytes) -> None:
        """Hand over the decision's envelope, which the registry verifies for itself.

        Raises:
            DeniedError: The registry refused it.
            StoreError: The registry did not answer.
        """

    def order(self, version: ModelVersion, envelope: bytes) -> None:
        """Hand over the envelope of a revocation or release, which the registry verifies itself.

        Raises:
            DeniedError: The registry refused it.
            StoreError: The registry did not answer.
        """

    def set_alias(self, version: ModelVersion, alias: str) -> None:
        """Move an alias, or a stage written "stage:Production", to this version.

        Raises:
            DeniedError: The registry refused it.
            StoreError: The registry did not answer.
        """
