"""Find a version's bytes from the server, and keep the judged ones.

Only places the server can read by itself count. Where a client's loader would
fetch elsewhere, such as another web address, nothing is sealed and nothing
can be promoted.

Source: MLflow 3.17.2, `mlflow.server.handlers.get_model_version_artifact_handler`.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlparse

from mlflow.utils.uri import validate_path_is_safe

from govgate.errors import StoreError
from govgate.integrations.mlflow.destination import Destination, vault_at
from govgate.project import SERVED, experiment_of, is_reserved, named_content

_DIRECT = ("", "file", "s3")
"""Schemes the server's own credentials open; http is left out, as it may go anywhere."""

_FALLBACK = "0"
"""MLflow's first experiment: who may read it may read what came from outside any."""


@dataclass(frozen=True)
class SealedAt:
    """Judged bytes where every loader is sent."""

    uri: str
    content: str
    signing_root: str


def seal(location: str, judged: str, destination: Destination) -> SealedAt:
    """Freeze a version's folder, and seal its bytes where they are the judged ones.

    Args:
        location: Such as "mlflow-artifacts:/1/models/m-3f2a/artifacts" or "s3://bucket/model".
        judged: Tree digest that a decision is about.
        destination: The server's.

    Raises:
        DeniedError: The bytes are others by now.
        StoreError: They cannot be reached from the server, or not be kept.
    """
    sealing = destination.sealing
    if named_content(location) == judged:
        return _at(sealing.check(_served(location)))
    folder = _inside(location, destination)
    if folder is None:
        return _at(sealing.seal(vault_at(location).files(""), _FALLBACK, judged))
    experiment = experiment_of(folder)
    if not experiment or is_reserved(folder):
        msg = f"{location} is not one model's folder; register the model from models:/m-<id>"
        raise StoreError(msg)
    sealing.freeze(folder)
    return _at(sealing.seal(sealing.vault.files(folder), experiment, judged))


def check(location: str, destination: Destination) -> SealedAt:
    """Check that a sealed copy is what it was; see `Sealing.check`."""
    return _at(destination.sealing.check(_served(location)))


def _at(sealed: Any) -> SealedAt:
    return SealedAt(SERVED + sealed.folder, sealed.content, sealed.signing_root)


def _inside(location: str, destination: Destination) -> str | None:
    """Return the folder below the destination, or None where the bytes are elsewhere.

    Raises:
        StoreError: The bytes cannot be reached from the server.
    """
    scheme = urlparse(location).scheme
    if scheme == "mlflow-artifacts":
        return _served(location)
    if scheme not in _DIRECT:
        msg = f"the server cannot read {location}; register the model from models:/m-<id>"
        raise StoreError(msg)
    return destination.below(destination.place_of(location))


def _served(location: str) -> str:
    from mlflow.server import handlers

    if not handlers._is_serving_proxied_artifacts():  # noqa: SLF001 -- MLflow has no public name
        msg = f"this server serves no artifacts, so cannot read {location}; add --serve-artifacts"
        raise StoreError(msg)
    path = handlers._get_proxied_run_artifact_destination_path(location)  # noqa: SLF001 -- as above
    path = handlers._get_workspace_scoped_repo_path_if_enabled(path)  # noqa: SLF001 -- as above
    return str(validate_path_is_safe(path)).strip("/")
