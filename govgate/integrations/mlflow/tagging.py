"""Tags that start with "govgate.": one is accepted and verified, the rest the server writes.

Source: docs/spec/registry-tags.md.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from mlflow.entities.model_registry import ModelVersionTag
from mlflow.store.model_registry.dbmodels.models import SqlModelVersionTag
from mlflow.utils.validation import _validate_model_version_tag
from sqlalchemy.orm import Session

from govgate.errors import DeniedError
from govgate.integrations.mlflow.actor import acting_person
from govgate.integrations.mlflow.guarded import GuardedStore, require_unmoved
from govgate.integrations.mlflow.names import (
    ATTESTATION,
    DECISION,
    MOVED_BY,
    RECORDED_BY,
    REGISTERED_BY,
    REVOCATION,
    SEALED_URI,
    SIGNING_ROOT,
    reserved,
    version_number,
)
from govgate.integrations.mlflow.refusal import Place, refusing

_KEPT = (ATTESTATION, REGISTERED_BY, REVOCATION, MOVED_BY)
"""Reserved tags that outlive a new decision; all others are derived from it anew."""


class GuardsTags(GuardedStore):
    """Judges every write of a reserved tag."""

    def set_model_version_tag(self, name: str, version: object, tag: Any) -> None:
        """Set a tag; an attestation or an order only after the guard has examined it."""
        place = Place(name, str(version_number(version)))
        if tag.key == ATTESTATION:
            _validate_model_version_tag(tag.key, tag.value)
            self._record(place, tag)
            return
        if tag.key == REVOCATION:
            _validate_model_version_tag(tag.key, tag.value)
            self._record_order(place, tag)
            return
        with refusing(place):
            _require_unreserved(tag.key)
        self._stock.set_model_version_tag(name, place.version, tag)

    def delete_model_version_tag(self, name: str, version: object, key: str) -> None:
        """Delete a tag that is not reserved."""
        place = Place(name, str(version_number(version)))
        with refusing(place):
            _require_unreserved(key)
        self._stock.delete_model_version_tag(name, place.version, key)

    def set_registered_model_tag(self, name: str, tag: Any) -> None:
        """Set a tag on a model; none of ours lives there."""
        with refusing(Place(name)):
            _require_unreserved(tag.key)
        self._stock.set_registered_model_tag(name, tag)

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Delete a tag from a model, if it is not reserved."""
        with refusing(Place(name)):
            _require_unreserved(key)
        self._stock.delete_registered_model_tag(name, key)

    def create_registered_model(
        self, name: str, tags: Iterable[Any] | None = None, *rest: Any, **more: Any
    ) -> Any:
        """Create a model without reserved tags."""
        tags = list(tags or ())
        with refusing(Place(name)):
            for tag in tags:
                _require_unreserved(tag.key)
        return self._stock.create_registered_model(name, tags, *rest, **more)

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Iterable[Any] | None = None,
        *rest: Any,
        **more: Any,
    ) -> Any:
        """Create a version whose reserved tags are the server's alone.

        Foreign ones are dropped, not refused: MLflow's copy of a version
        carries all its tags, and a copy has earned none of ours.
        """
        kept = [tag for tag in tags or () if not reserved(tag.key)]
        stamps = [
            ModelVersionTag(REGISTERED_BY, acting_person()),
            ModelVersionTag(DECISION, "pending"),
        ]
        return self._stock.create_model_version(name, source, run_id, kept + stamps, *rest, **more)

    def _record(self, place: Place, tag: Any) -> None:
        """Examine an attestation and write it with its derived tags, in one transaction."""
        envelope = tag.value.encode()
        with self._session.transaction(), refusing(place):
            origin, version = self._origin(place), self._version(place)
            judged = self._guard.believe(envelope, version)
        with refusing(place):
            sealed = self._seal(version, origin, judged)
        with self._locked(place.model) as session:
            with refusing(place):
                require_unmoved(origin, self._origin(place))
                version = self._version(place, places=True)
                examined = self._guard.examine(envelope, version, sealed.content)
            self._stock.set_model_version_tag(place.model, place.version, tag)
            stamps = {
                RECORDED_BY: acting_person(),
                SEALED_URI: sealed.uri,
                SIGNING_ROOT: sealed.signing_root,
            }
            self._derive(session, place, {**examined.tags, **stamps})

    def _record_order(self, place: Place, tag: Any) -> None:
        """Examine a revocation or release and write it with its derived tags."""
        with self._locked(place.model):
            with refusing(place):
                version = self._version(place, places=True)
                examined = self._guard.examine_order(tag.value.encode(), version)
            self._stock.set_model_version_tag(place.model, place.version, tag)
            self._write(place, {**examined.tags, RECORDED_BY: acting_person()})

    def _derive(self, session: Session, place: Place, derived: Mapping[str, str]) -> None:
        rows = self._rows(session, SqlModelVersionTag).filter(
            SqlModelVersionTag.name == place.model,
            SqlModelVersionTag.version == int(place.version),
        )
        for row in rows.all():
            if reserved(row.key) and row.key not in _KEPT and row.key not in derived:
                session.delete(row)
        self._write(place, derived)


def _require_unreserved(key: str) -> None:
    if reserved(key):
        msg = f"tag {key!r} is written by the server alone; hand over {ATTESTATION} instead"
        raise DeniedError(msg, "RESERVED_TAG", "")
