"""Aliases and stages: moved only with a decision, and asked again at every read.

Source: MLflow 3.17.2, `AbstractStore.set_registered_model_alias` and its kin.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from mlflow.exceptions import MlflowException

from govgate.integrations.mlflow.actor import acting_person
from govgate.integrations.mlflow.entities import as_version
from govgate.integrations.mlflow.guarded import GuardedStore
from govgate.integrations.mlflow.names import (
    DECISION,
    GOVERNED_STAGES,
    MOVED_BY,
    SEALED_URI,
    require_plain_alias,
    stage_alias,
    version_number,
)
from govgate.integrations.mlflow.refusal import Place, mark_of, refusing
from govgate.ports import ModelVersion

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
        _log.warning("%s moved %r", acting_person(), place)

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Take an alias away, which is always allowed and always logged."""
        self._stock.delete_registered_model_alias(name, alias)
        _log.warning("%s removed %r", acting_person(), Place(name, "", alias))

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
        _log.warning("%s moved %r", acting_person(), place)
        return moved

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        """Return the version an alias points to, if it may still be there."""
        with self._session.transaction():
            found = self._stock.get_model_version_by_alias(name, alias)
            if alias.lower() != "latest":
                self._ask_again(as_version(found), alias)
        return found

    def get_latest_versions(self, name: str, stages: list[str] | None = None) -> Any:
        """Return the newest version of each stage, if the governed ones may still be there."""
        with self._session.transaction():
            found = self._stock.get_latest_versions(name, stages)
            for entity in found:
                if entity.current_stage in GOVERNED_STAGES:
                    self._ask_again(as_version(entity), stage_alias(entity.current_stage))
        return found

    def get_model_version_download_uri(self, name: str, version: object) -> str:
        """Tell where a version's bytes are, if it may be at one of the places it is at."""
        place = Place(name, str(version_number(version)))
        with self._session.transaction():
            found = self._version(place, places=True)
            self._require_one(found)
            return found.tags.get(SEALED_URI) or self._origin(place)

    @contextmanager
    def _admission(self, place: Place) -> Iterator[None]:
        """Hold one transaction in which the version may be moved to the place, or refuse."""
        with self._locked(place.model):
            version = self._version(place)
            with self._judging(place) as would:
                self._check(version, place.alias)
            self._stamp(place, version.tags, would)
            yield

    def _stamp(self, place: Place, held: Mapping[str, str], would: list[str]) -> None:
        """Write who moves a version and, where it is only audited, what would have been said."""
        derived = {MOVED_BY: f"{acting_person()} @{place.alias}"}
        if self._is_audited(place.model):
            derived[DECISION] = mark_of(would[0]) if would else "allowed"
        self._write(place, {key: v for key, v in derived.items() if held.get(key) != v})

    def _require_one(self, version: ModelVersion) -> None:
        """Refuse a version in quarantine, or at some places where it may be at none of them."""
        with self._judging(Place(version.name, version.version)):
            self._guard.require_unquarantined(version)
        places = [*version.aliases]
        if version.stage in GOVERNED_STAGES:
            places.append(stage_alias(version.stage))
        refusals = []
        for alias in places:
            try:
                self._ask_again(version, alias)
            except MlflowException as why:
                refusals.append(why)
            else:
                return
        if refusals:
            raise refusals[0]

    def _ask_again(self, version: ModelVersion, alias: str) -> None:
        with self._judging(Place(version.name, version.version, alias)):
            self._check_again(version, alias)
