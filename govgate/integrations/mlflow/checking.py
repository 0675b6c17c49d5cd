"""What stands in for MLflow's own download while GOVGATE_VERIFY is set.

Every `load_model` of MLflow's, of whatever flavour, gets its files there.

Source: docs/spec/loading.md; MLflow 3.17.2, `_download_artifact_from_uri`.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlflow.models.model import MLMODEL_FILE_NAME
from mlflow.store.artifact.models_artifact_repo import ModelsArtifactRepository
from mlflow.utils.file_utils import local_file_uri_to_path

from govgate.errors import DeniedError
from govgate.integrations.mlflow.fetching import Asked, drop_uncovered, fetch, resolve
from govgate.integrations.mlflow.private_folder import PrivateFolder
from govgate.integrations.mlflow.verifying import fetch_verified
from govgate.project import require_loadable

_log = logging.getLogger("govgate.loading")
_trusted: ContextVar[Path | None] = ContextVar("govgate_trusted", default=None)


@contextmanager
def trusting(folder: Path) -> Iterator[None]:
    """Let MLflow read a verified folder without a second look, while in this context."""
    token = _trusted.set(folder.resolve())
    try:
        yield
    finally:
        _trusted.reset(token)


def checked(  # noqa: PLR0913, PLR0917 -- MLflow's arguments, after two of ours
    mode: str,
    original: Callable[..., str],
    artifact_uri: Any,
    output_path: Any = None,
    lineage_header_info: Any = None,
    tracking_uri: str | None = None,
    registry_uri: str | None = None,
) -> str:
    """Download as MLflow does, and refuse a model that no decision allows.

    Args:
        mode: What GOVGATE_VERIFY says.
        original: MLflow's own download.
        artifact_uri: See MLflow.
        output_path: See MLflow.
        lineage_header_info: See MLflow.
        tracking_uri: See MLflow.
        registry_uri: See MLflow.

    Returns:
        Path of what was downloaded.

    Raises:
        DeniedError: It may not be loaded, or the mode is none that we know.
    """
    uri, server = str(artifact_uri), tracking_uri or registry_uri
    if mode == "enforce":
        if not _passes(uri):
            return _enforced(uri, output_path, server)
    elif mode != "audit":
        msg = f"GOVGATE_VERIFY is {mode!r}; set it to enforce or audit, or unset it"
        raise DeniedError(msg, "VERIFY_UNAVAILABLE", "")
    found = original(artifact_uri, output_path, lineage_header_info, tracking_uri, registry_uri)
    if mode == "audit":
        _audit(uri, Path(found), server)
    return found


def _passes(uri: str) -> bool:
    """Tell whether it is a file here, which MLflow only reads, or a folder verified already."""
    here = Path(local_file_uri_to_path(uri)).resolve()
    trusted = _trusted.get()
    return here.is_file() or (trusted is not None and here.is_relative_to(trusted))


def _enforced(uri: str, output_path: Any, server: str | None) -> str:
    asked, private = _asked(uri, server), PrivateFolder(output_path)
    try:
        if asked.inner or ModelsArtifactRepository.is_models_uri(uri):
            whole = fetch_verified(asked, private.path, server=server)
        else:
            whole = fetch(asked, private.path, server)
            if _is_model(whole):
                require_loadable(whole, None, "")
        found = whole / asked.inner
        if output_path is None:
            private.keep()
            return str(found)
        return str(_moved(found, Path(output_path) / found.relative_to(private.path), asked))
    finally:
        if output_path is not None:
            private.remove()


def _asked(uri: str, server: str | None) -> Asked:
    """As `resolve`; a model's first file stands for the whole model."""
    above, _, name = uri.rpartition("/")
    if name == MLMODEL_FILE_NAME and not ModelsArtifactRepository.is_models_uri(uri):
        return replace(resolve(above, server), inner=name)
    return resolve(uri, server)


def _is_model(found: Path) -> bool:
    return (found / MLMODEL_FILE_NAME).is_file()


def _moved(found: Path, target: Path, asked: Asked) -> Path:
    """Move what was verified to where the caller wants it, and look again at what is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if found.is_file():
        shutil.move(found, target)
        return target
    shutil.copytree(found, target, dirs_exist_ok=True, copy_function=shutil.move)
    if not asked.inner and _is_model(target):
        # Files that lay there before would be loaded with the model.
        drop_uncovered(target)
        require_loadable(target, asked.version, asked.alias)
    return target


def _audit(uri: str, found: Path, server: str | None) -> None:
    if not _is_model(found):
        return
    try:
        asked = resolve(uri, server)
        require_loadable(found, asked.version, asked.alias)
    except Exception as why:  # noqa: BLE001 -- an audit stops nothing
        reason = getattr(why, "reason", "VERIFY_UNAVAILABLE")
        _log.warning("%s would be refused: %s: %s", uri, reason, why.args[0] if why.args else why)
