"""Aliases and stages: moved only with a decision, and asked again at every read.

Source: MLflow 3.17.2, `AbstractStore.set_registered_model_alias` and its kin.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from mlflow.exceptions import MlflowException

from govgate.integrations.mlflow.guarded import GuardedStore, require_unmoved
from govgate.integrations.mlflow.names import (
    GOVERNED_STAGES,
    require_plain_alias,
    stage_alias,
    version_number,
)
from govgate.integrations.mlflow.refusal import Place, refusing

_log = logging.getLogger("govgate.registry")


class GuardsPromotion(GuardedStore):
    """Judges every move of an alias or stage, and every read through one."""

    def set_registered_model_alias(self, name: str, alias: str, version: object) -> None:
        """Move an alias to a version that a decision allows there."""
        place = Place(name, str(version_number(version)), alias)
        with refusing(place):
            require_plain_alias(alias)
        with self._admission(place):
            self._stock.set_registered_model_alias(name, alias, place.version)
        _log.warning("moved %r", place)

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Take an alias away, which is always allowed and always logged."""
        self._stock.delete_registered_model_alias(name, alias)
        _log.warning("removed %r", Place(name, "", alias))

    def transition_model_version_stage(
        self,
        name: str,
        version: object,
        stage: str,
        archive_existing_versions: bool,  # noqa: FBT001 -- MLflow's signature
    ) -> Any:
        """Move a version to a stage; Staging and Production need a decision."""
        place = Place(name, str(version_number(version)), stage_alias(stage))
        governed = place.alias.removeprefix("stage:") in GOVERNED_STAGES
        with self._admission(place) if governed else nullcontext():
            moved = self._stock.transition_model_version_stage(
                name, place.version, stage, archive_existing_versions
            )
        _log.warning("moved %r", place)
        return moved

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        """Return the version an alias points to, if it may still be there."""
        found = self._stock.get_model_version_by_alias(name, alias)
        if alias.lower() != "latest":
            self._ask_again(found, alias)
        return found

    def get_latest_versions(self, name: str, stages: list[str] | None = None) -> Any:
        """Return the newest version of each stage, if the governed ones may still be there."""
        found = self._stock.get_latest_versions(name, stages)
        for entity in found:
            if entity.current_stage in GOVERNED_STAGES:
                self._ask_again(entity, stage_alias(entity.current_stage))
        return found

    def get_model_version_download_uri(self, name: str, version: object) -> str:
        """Tell where a version's bytes are, if it may be at one of the places it is at."""
        place = Place(name, str(version_number(version)))
        with self._session.transaction():
            self._require_one(self._entity(place))
            return self._location(place)

    @contextmanager
    def _admission(self, place: Place) -> Iterator[None]:
        """Hold one transaction in which the version may be moved to the place, or refuse.

        The quick questions come first, so that nobody makes the server read a
        large model for nothing, and its bytes are read before the lock is taken.
        """
        with self._session.transaction(), refusing(place):
            self._check(self._entity(place), place.alias, None)
            location = self._location(place)
        with refusing(place):
            free = self._guard.is_free(place.model, place.alias)
            content = None if free else self._content(location)
        with self._locked(place.model):
            with refusing(place):
                require_unmoved(location, self._location(place))
                self._check(self._entity(place), place.alias, content)
            yield

    def _require_one(self, entity: Any) -> None:
        """Refuse a version that is at some places, and may be at none of them."""
        places = [*entity.aliases]
        if entity.current_stage in GOVERNED_STAGES:
            places.append(stage_alias(entity.current_stage))
        refusals = []
        for alias in places:
            try:
                self._ask_again(entity, alias)
            except MlflowException as why:
                refusals.append(why)
            else:
                return
        if refusals:
            raise refusals[0]

    def _ask_again(self, entity: Any, alias: str) -> None:
        with refusing(Place(entity.name, str(entity.version), alias)):
            self._check(entity, alias, None)
