"""The registry store with a guard in front, and what all its duties share.

Source: MLflow 3.17.2, `mlflow.store.model_registry.sqlalchemy_store`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from mlflow.store.model_registry.dbmodels.models import SqlRegisteredModel
from sqlalchemy.orm import Session

from govgate.errors import DeniedError
from govgate.integrations.mlflow.content import SealedAt, check, named_content, seal
from govgate.integrations.mlflow.destination import own_destination
from govgate.integrations.mlflow.entities import as_version
from govgate.integrations.mlflow.names import ATTESTATION, SEALED_URI
from govgate.integrations.mlflow.refusal import Place
from govgate.integrations.mlflow.session import OneSession
from govgate.ports import ModelVersion


class Examined(Protocol):
    """What a guard says of an attestation it accepts."""

    @property
    def tags(self) -> Mapping[str, str]:
        """Derived tags to write for people and search."""


class Guard(Protocol):
    """What the store asks of the front door; each method says no with `DeniedError`."""

    def is_free(self, model: str, alias: str) -> bool:
        """Tell whether the policy leaves this alias, or "stage:<Stage>", ungoverned."""

    @property
    def sealed_retention_days(self) -> int:
        """How long a sealed copy cannot be deleted, where the store can hold to that."""

    def believe(self, envelope: bytes, version: ModelVersion) -> str:
        """Check all of an attestation but the bytes, and return their tree digest as judged."""

    def examine(self, envelope: bytes, version: ModelVersion, content: str) -> Examined:
        """Judge an attestation that is about to be recorded."""

    def admit(
        self, envelope: bytes, version: ModelVersion, alias: str, content: str | None
    ) -> object:
        """Judge a move to an alias, or with content None a read through it."""


class GuardedStore:
    """What the duties share; stands before MLflow's store in the class order."""

    def __init__(self, db_uri: str, guard: Guard) -> None:
        """Open the database through MLflow, and put the guard in front."""
        self._stock.__init__(db_uri)
        self._guard = guard
        self._session = OneSession(self.ManagedSessionMaker)
        self.ManagedSessionMaker = self._session

    ManagedSessionMaker: Any

    @property
    def _stock(self) -> Any:
        """MLflow's own methods, unguarded."""
        return super()

    @contextmanager
    def _locked(self, model: str) -> Iterator[Session]:
        """Open one transaction that nobody else can write this model's rows beside.

        A write that changes nothing takes the lock on every database; on SQLite
        a read alone would let a writer in between the check and our write.
        """
        with self._session.transaction() as session:
            self._rows(session, SqlRegisteredModel).filter_by(name=model).update(
                {"last_updated_time": SqlRegisteredModel.last_updated_time},
                synchronize_session=False,
            )
            yield session

    def _rows(self, session: Session, table: type) -> Any:
        """Return MLflow's query over one table, in the workspace it serves."""
        return self._stock._get_query(session, table)  # noqa: SLF001 -- MLflow has no public name

    def _seal(self, place: Place, judged: str) -> SealedAt:
        """Seal the bytes of a version, or check the copy that is sealed already.

        Raises:
            DeniedError: They are not the judged ones, or cannot be read or kept.
        """
        with _readable():
            destination = own_destination(self._guard.sealed_retention_days)
            location = self._location(place)
            if named_content(location) == judged:
                with suppress(DeniedError):
                    return check(location, destination)
            return seal(self._origin(place), judged, destination)

    def _content(self, location: str) -> str:
        """Return the tree digest of a sealed copy, which is still what it was.

        Raises:
            DeniedError: It is not, or nothing was sealed.
        """
        with _readable():
            return check(location, own_destination(self._guard.sealed_retention_days)).content

    def _entity(self, place: Place) -> Any:
        return self._stock.get_model_version(place.model, place.version)

    def _origin(self, place: Place) -> str:
        return str(self._stock.get_model_version_download_uri(place.model, place.version))

    def _location(self, place: Place) -> str:
        """Tell where a loader of this version is sent: to the sealed bytes, if there are any."""
        return self._entity(place).tags.get(SEALED_URI) or self._origin(place)

    def _check(self, entity: Any, alias: str, content: str | None) -> None:
        """Ask the guard whether this version may be at the alias.

        Raises:
            DeniedError: It may not.
        """
        if self._guard.is_free(entity.name, alias):
            return
        envelope = entity.tags.get(ATTESTATION)
        if envelope is None:
            msg = "no decision allows it; run govgate promote"
            raise DeniedError(msg, "NO_ATTESTATION", "")
        served = content or named_content(entity.tags.get(SEALED_URI, "")) or None
        self._guard.admit(envelope.encode(), as_version(entity), alias, served)
        if served is None:
            msg = "the judged bytes were not sealed; run govgate promote, and the server seals them"
            raise DeniedError(msg, "NOT_SEALED", "")


def require_unmoved(before: str, now: str) -> None:
    """Refuse when a version's bytes are no longer where they were read.

    Raises:
        DeniedError: They are elsewhere now.
    """
    if now != before:
        msg = "its bytes moved while they were read; try again"
        raise DeniedError(msg, "DIGEST_MISMATCH", "")


@contextmanager
def _readable() -> Iterator[None]:
    """Turn whatever keeps the bytes from being read or kept into a refusal.

    Raises:
        DeniedError: With the cause.
    """
    try:
        yield
    except DeniedError:
        raise
    except Exception as why:
        msg = f"its bytes cannot be read or sealed ({why}); put them where the server can, retry"
        raise DeniedError(msg, "VERIFY_UNAVAILABLE", "") from why
