"""Renaming and deleting: never while a governed alias or stage points there.

Source: MLflow 3.17.2; aliases follow a rename, and die with their version.
"""

import logging
from collections.abc import Iterator
from typing import Any

from mlflow.store.model_registry.dbmodels.models import SqlModelVersion, SqlRegisteredModelAlias
from sqlalchemy.orm import Session

from govgate.errors import DeniedError
from govgate.integrations.mlflow.guarded import GuardedStore
from govgate.integrations.mlflow.names import GOVERNED_STAGES, stage_alias, version_number
from govgate.integrations.mlflow.refusal import Place, refusing

_log = logging.getLogger("govgate.registry")


class GuardsRemoval(GuardedStore):
    """Judges whatever would take a governed version from under its alias."""

    def rename_registered_model(self, name: str, new_name: str) -> Any:
        """Rename a model that no governed alias of either name would point to."""
        with self._locked(name) as session:
            self._require_unused(session, Place(name), new_name)
            return self._stock.rename_registered_model(name, new_name)

    def delete_registered_model(self, name: str) -> None:
        """Delete a model that no governed alias points to."""
        with self._locked(name) as session:
            self._require_unused(session, Place(name))
            self._stock.delete_registered_model(name)

    def delete_model_version(self, name: str, version: object) -> None:
        """Delete a version that no governed alias points to."""
        place = Place(name, str(version_number(version)))
        with self._locked(name) as session:
            self._require_unused(session, place)
            self._stock.delete_model_version(name, place.version)

    def _require_unused(self, session: Session, place: Place, new_name: str | None = None) -> None:
        """Refuse when a version concerned is at a place that the old or new name governs.

        Raises:
            DeniedError: It is in use there; leaves as HTTP 403.
        """
        names = [place.model] if new_name is None else [place.model, new_name]
        for version, alias in self._places(session, place.model):
            if place.version not in {"", version}:
                continue
            with refusing(Place(place.model, version, alias)):
                governed = [name for name in names if not self._guard.is_free(name, alias)]
                if any(self._guard.mode(name) != "audit" for name in governed):
                    msg = "it is in use there; take the alias or stage away first"
                    raise DeniedError(msg, "GOVERNED_IN_USE", "")
                for name in governed:
                    _log.warning("let through, as %s is only audited: it is in use", name)

    def _places(self, session: Session, model: str) -> Iterator[tuple[str, str]]:
        """Yield (version, alias or "stage:<Stage>") for each place a version is at."""
        for row in self._rows(session, SqlRegisteredModelAlias).filter_by(name=model):
            yield str(row.version), row.alias
        staged = SqlModelVersion.current_stage.in_(GOVERNED_STAGES)
        for row in self._rows(session, SqlModelVersion).filter_by(name=model).filter(staged):
            yield str(row.version), stage_alias(row.current_stage)
