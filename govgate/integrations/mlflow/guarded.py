"""The registry store with a guard in front, and what all its duties share.

Source: MLflow 3.17.2, `mlflow.store.model_registry.sqlalchemy_store`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from mlflow.store.model_registry.dbmodels.models import SqlRegisteredModel
from sqlalchemy.orm import Session

from govgate.errors import DeniedError
from govgate.integrations.mlflow.content import folder_of
from govgate.integrations.mlflow.entities import as_version
from govgate.integrations.mlflow.names import ATTESTATION
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

    def believe(self, envelope: bytes) -> None:
        """Check who signed an attestation, before its model's bytes are read."""

    def examine(self, envelope: bytes, version: ModelVersion, content: str) -> Examined:
        """Judge an attestation that is about to be recorded."""

    def admit(
        self, envelope: bytes, version: ModelVersion, alias: str, content: str | None
    ) -> object:
        """Judge a move to an alias, or with content None a read through it."""

    def content_of_folder(self, path: Path) -> str:
        """Return the tree digest of the files in a folder."""


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

    def _content(self, location: str) -> str:
        """Digest the bytes that a loader of this version would be given.

        Raises:
            DeniedError: They cannot be read.
        """
        try:
            with folder_of(location) as folder:
                return self._guard.content_of_folder(folder)
        except Exception as why:
            msg = f"its bytes cannot be read ({why}); put them where the server can, and retry"
            raise DeniedError(msg, "VERIFY_UNAVAILABLE", "") from why

    def _entity(self, place: Place) -> Any:
        return self._stock.get_model_version(place.model, place.version)

    def _location(self, place: Place) -> str:
        return str(self._stock.get_model_version_download_uri(place.model, place.version))

    def _require_unmoved(self, place: Place, location: str) -> None:
        """Refuse when a version's bytes are no longer where they were digested.

        Raises:
            DeniedError: They are elsewhere now.
        """
        if self._location(place) != location:
            msg = "its bytes moved while they were read; try again"
            raise DeniedError(msg, "DIGEST_MISMATCH", "")

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
        self._guard.admit(envelope.encode(), as_version(entity), alias, content)
