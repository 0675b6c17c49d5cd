"""The registry store with a guard in front, and what all its duties share.

Source: MLflow 3.17.2, `mlflow.store.model_registry.sqlalchemy_store`.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from mlflow.entities.model_registry import ModelVersionTag
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.dbmodels.models import SqlRegisteredModel
from sqlalchemy.orm import Session

from govgate.errors import DeniedError
from govgate.integrations.mlflow.content import folder_of
from govgate.integrations.mlflow.names import ATTESTATION
from govgate.integrations.mlflow.refusal import Place, reason_of, refusing
from govgate.integrations.mlflow.session import OneSession
from govgate.ports import ModelVersion

_log = logging.getLogger("govgate.registry")


class Examined(Protocol):
    """What a guard says of an attestation it accepts."""

    @property
    def tags(self) -> Mapping[str, str]:
        """Derived tags to write for people and search."""


class Guard(Protocol):
    """What the store asks of the front door; each method says no with `DeniedError`."""

    def mode(self, model: str) -> str:
        """Tell what a no means for a model: "enforce", "audit" or "exempt"."""

    def is_free(self, model: str, alias: str) -> bool:
        """Tell whether the policy leaves this alias, or "stage:<Stage>", ungoverned."""

    def require_unquarantined(self, version: ModelVersion) -> None:
        """Judge a version that needs no decision where it is."""

    def believe(self, envelope: bytes) -> None:
        """Check who signed an attestation, before its model's bytes are read."""

    def examine(self, envelope: bytes, version: ModelVersion, content: str) -> Examined:
        """Judge an attestation that is about to be recorded."""

    def examine_order(self, envelope: bytes, version: ModelVersion) -> Examined:
        """Judge a revocation or release that is about to be recorded."""

    def admit(
        self, envelope: bytes, version: ModelVersion, alias: str, content: str | None
    ) -> object:
        """Judge a move to an alias; with content None all but the bytes."""

    def resolve(self, envelope: bytes, version: ModelVersion, alias: str) -> object:
        """Judge a read through an alias."""

    def content_of_folder(self, path: Path) -> str:
        """Return the tree digest of the files in a folder."""


class GuardedStore:
    """What the duties share; stands before MLflow's store in the class order."""

    def __init__(self, db_uri: str, guard: Guard, read_db_uri: str | None = None) -> None:
        """Open the database through MLflow, and put the guard in front."""
        self._stock.__init__(db_uri, read_db_uri=read_db_uri)
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
        """Ask the guard whether this version may move to the alias.

        Raises:
            DeniedError: It may not.
        """
        envelope = self._envelope(entity, alias)
        if envelope is not None:
            self._guard.admit(envelope, as_version(entity), alias, content)

    def _check_again(self, entity: Any, alias: str) -> None:
        """Ask the guard whether this version may still be at the alias.

        Raises:
            DeniedError: It may not.
        """
        envelope = self._envelope(entity, alias)
        if envelope is not None:
            self._guard.resolve(envelope, as_version(entity), alias)

    def _envelope(self, entity: Any, alias: str) -> bytes | None:
        """Give what a version carries for the guard, or None where it needs nothing.

        Raises:
            DeniedError: It needs a decision and carries none, or is in quarantine.
        """
        if self._guard.is_free(entity.name, alias):
            self._guard.require_unquarantined(as_version(entity))
            return None
        envelope = entity.tags.get(ATTESTATION)
        if envelope is None:
            msg = "no decision allows it; run govgate promote"
            raise DeniedError(msg, "NO_ATTESTATION", "")
        return str(envelope).encode()

    def _write(self, place: Place, derived: Mapping[str, str]) -> None:
        """Write derived tags of a version."""
        for key, value in derived.items():
            tag = ModelVersionTag(key, value)
            self._stock.set_model_version_tag(place.model, place.version, tag)

    @contextmanager
    def _judging(self, place: Place) -> Iterator[list[str]]:
        """Refuse; where the model is only audited, log and give the reason instead.

        Raises:
            MlflowException: The guard said no, or MLflow did.
        """
        reasons: list[str] = []
        try:
            with refusing(place):
                yield reasons
        except MlflowException as why:
            if not (reason_of(why) and self._is_audited(place.model)):
                raise
            _log.warning("let through, as %s is only audited: %s", place.model, why.message)
            reasons.append(reason_of(why))

    def _is_audited(self, model: str) -> bool:
        with refusing(Place(model)):
            return self._guard.mode(model) == "audit"


def as_version(entity: Any) -> ModelVersion:
    """Write MLflow's model version as govgate's."""
    return ModelVersion(
        name=entity.name,
        version=str(entity.version),
        created_ms=int(entity.creation_timestamp),
        source=entity.source or "",
        run_id=entity.run_id or "",
        tags=dict(entity.tags),
        aliases=tuple(entity.aliases),
        stage=entity.current_stage or "None",
        workspace=entity.workspace,
    )
