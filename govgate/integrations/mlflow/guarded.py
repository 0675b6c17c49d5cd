"""The registry store with a guard in front, and what all its duties share.

Source: MLflow 3.17.2, `mlflow.store.model_registry.sqlalchemy_store`.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from mlflow.entities.model_registry import ModelVersionTag
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.dbmodels.models import SqlRegisteredModel
from sqlalchemy.orm import Session

from govgate.errors import DeniedError
from govgate.integrations.mlflow.content import SealedAt, check, seal
from govgate.integrations.mlflow.destination import own_destination
from govgate.integrations.mlflow.entities import as_version
from govgate.integrations.mlflow.guard import Guard
from govgate.integrations.mlflow.names import ATTESTATION, SEALED_URI
from govgate.integrations.mlflow.refusal import Place, reason_of, refusing
from govgate.integrations.mlflow.session import OneSession
from govgate.integrations.mlflow.versions import read_version
from govgate.ports import ModelVersion
from govgate.project import named_content

_log = logging.getLogger("govgate.registry")


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

    def _seal(self, version: ModelVersion, origin: str, judged: str) -> SealedAt:
        """Seal the bytes of a version, or check the copy that is sealed already.

        Args:
            version: What the registry says of it.
            origin: Where MLflow has its bytes.
            judged: Tree digest of the bytes that were judged.

        Raises:
            DeniedError: They are not the judged ones, or cannot be read or kept.
        """
        with _readable():
            destination = own_destination(self._guard.sealed_retention_days)
            sealed = version.tags.get(SEALED_URI, "")
            if named_content(sealed) == judged:
                with suppress(DeniedError):
                    return check(sealed, destination)
            return seal(origin, judged, destination)

    def _version(self, place: Place, *, places: bool = False) -> ModelVersion:
        """Read what the guard asks about a version, from where rows are written.

        Args:
            place: The version.
            places: Whether its aliases are wanted too.
        """
        with self._session.transaction() as session:
            found = read_version(partial(self._rows, session), place, places=places)
            if found is None:
                return as_version(self._stock.get_model_version(place.model, place.version))
            return found

    def _origin(self, place: Place) -> str:
        return str(self._stock.get_model_version_download_uri(place.model, place.version))

    def _check(self, version: ModelVersion, alias: str) -> None:
        """Ask the guard whether this version, with the bytes it is served by, may move there.

        Raises:
            DeniedError: It may not.
        """
        envelope = self._envelope(version, alias)
        if envelope is None:
            return
        sealed = version.tags.get(SEALED_URI, "")
        self._guard.admit(envelope, version, alias, named_content(sealed) or None)
        _require_sealed(sealed)
        with _readable():
            check(sealed, own_destination(self._guard.sealed_retention_days))

    def _check_again(self, version: ModelVersion, alias: str) -> None:
        """Ask the guard whether this version may still be at the alias.

        Raises:
            DeniedError: It may not.
        """
        envelope = self._envelope(version, alias)
        if envelope is not None:
            sealed = version.tags.get(SEALED_URI, "")
            self._guard.resolve(envelope, version, alias, named_content(sealed) or None)
            _require_sealed(sealed)

    def _envelope(self, version: ModelVersion, alias: str) -> bytes | None:
        """Give what a version carries for the guard, or None where it needs nothing.

        Raises:
            DeniedError: It needs a decision and carries none, or is in quarantine.
        """
        if self._guard.is_free(version.name, alias):
            self._guard.require_unquarantined(version)
            return None
        envelope = version.tags.get(ATTESTATION)
        if envelope is None:
            msg = "no decision allows it; run govgate promote"
            raise DeniedError(msg, "NO_ATTESTATION", "")
        return envelope.encode()

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


def require_unmoved(before: str, now: str) -> None:
    """Refuse when a version's bytes are no longer where they were read.

    Raises:
        DeniedError: They are elsewhere now.
    """
    if now != before:
        msg = "its bytes moved while they were read; try again"
        raise DeniedError(msg, "DIGEST_MISMATCH", "")


def _require_sealed(location: str) -> None:
    if not named_content(location):
        msg = "the judged bytes were not sealed; run govgate promote, and the server seals them"
        raise DeniedError(msg, "NOT_SEALED", "")


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
