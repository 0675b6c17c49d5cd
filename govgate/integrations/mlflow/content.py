"""Find a version's bytes from the server, as a folder that can be digested.

Only places the server can read by itself count. Where a client's loader would
fetch elsewhere, such as another web address, nothing is digested and nothing
can be promoted.

Source: MLflow 3.17.2, `mlflow.server.handlers.get_model_version_artifact_handler`.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlparse

from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.utils.uri import validate_path_is_safe

from govgate.errors import StoreError

_DIRECT = ("", "file", "s3")
"""Schemes the server's own credentials open; http is left out, as it may go anywhere."""


@contextmanager
def folder_of(location: str) -> Iterator[Path]:
    """Give the folder with the bytes at a version's download URI.

    Args:
        location: Such as "mlflow-artifacts:/1/models/m-3f2a/artifacts" or a local path.

    Yields:
        The folder itself where it is local, else a copy that is removed afterwards.

    Raises:
        StoreError: The bytes cannot be reached from the server.
    """
    repository, path = _repository(location)
    with ExitStack() as copies:
        if isinstance(repository, LocalArtifactRepository):
            folder = Path(str(repository.get_local_path(path)))
        else:
            temporary = copies.enter_context(TemporaryDirectory(prefix="govgate-"))
            folder = Path(str(repository.download_artifacts(path, temporary)))
        if not folder.is_dir():
            msg = f"no folder of model files at {location}; log the model again"
            raise StoreError(msg)
        yield folder


def _repository(location: str) -> tuple[Any, str]:
    scheme = urlparse(location).scheme
    if scheme == "mlflow-artifacts":
        return _served(location)
    if scheme not in _DIRECT:
        msg = f"the server cannot read {location}; register the model from models:/m-<id>"
        raise StoreError(msg)
    return get_artifact_repository(location), ""


def _served(location: str) -> tuple[Any, str]:
    from mlflow.server import handlers

    if not handlers._is_serving_proxied_artifacts():  # noqa: SLF001 -- MLflow has no public name
        msg = f"this server serves no artifacts, so cannot read {location}; add --serve-artifacts"
        raise StoreError(msg)
    path = handlers._get_proxied_run_artifact_destination_path(location)  # noqa: SLF001 -- as above
    repository = handlers._get_artifact_repo_mlflow_artifacts()  # noqa: SLF001 -- as above
    return repository, str(validate_path_is_safe(path))
