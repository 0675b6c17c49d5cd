"""What a model's URI stands for, and its bytes in a folder of our own.

An alias is resolved once, to a version; what is fetched is that version.

Source: MLflow 3.17.2, `mlflow.tracking.artifact_utils` and
`mlflow.store.artifact.models_artifact_repo`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.artifact.models_artifact_repo import ModelsArtifactRepository
from mlflow.store.artifact.utils.models import _parse_model_uri, get_model_name_and_version
from mlflow.tracking.artifact_utils import _get_root_uri_and_artifact_path

from govgate.errors import DeniedError
from govgate.integrations.mlflow.entities import as_version
from govgate.integrations.mlflow.names import stage_alias
from govgate.integrations.mlflow.refusal import ERROR_CLASS
from govgate.ports import ModelVersion
from govgate.tree import IGNORED

_MODEL_ID = re.compile(r"m-[0-9a-f]{32}")
"""As MLflow makes ids of logged models; a registered model's name may begin alike."""

_QUOTED = re.compile(
    rf'"message":"\[govgate\] ([^"]*)"[^{{}}]*"error_class":"{ERROR_CLASS}",'
    r'"govgate":{"reason":"([A-Z_]+)"'
)
"""A refusal of the artifact store, as MLflow quotes it in the text of its own error."""


@dataclass(frozen=True)
class Asked:
    """What somebody asked to load."""

    location: str
    """URI of a folder."""

    path: str = ""
    """What of it: the model, or another file or folder; "" where the folder is the model."""

    inner: str = ""
    """Path below that, where only a part of the model was asked for."""

    version: ModelVersion | None = None
    alias: str = ""
    """The alias it was asked for by, or a stage written "stage:Production"."""


def resolve(uri: str, server: str | None = None) -> Asked:
    """Say what a URI stands for.

    Args:
        uri: Any that MLflow loads a model from.
        server: Address of the tracking server; None takes MLflow's own setting.

    Raises:
        DeniedError: The registry refused to say, or the URI leads out of the model it names.
    """
    if not ModelsArtifactRepository.is_models_uri(uri):
        location, path = _get_root_uri_and_artifact_path(uri)
        return Asked(str(location), str(path))
    root, inner = _split(uri)
    _require_inside(uri, inner)
    parsed = _parse_model_uri(root)
    client = MlflowClient(tracking_uri=server, registry_uri=server)
    with telling_refusals():
        if parsed.model_id is not None:
            return Asked(
                str(client.get_logged_model(parsed.model_id).artifact_location), inner=inner
            )
        name, version = get_model_name_and_version(client, root)
        entity = client.get_model_version(name, version)
        location = client.get_model_version_download_uri(name, version)
    alias = parsed.alias or (stage_alias(parsed.stage) if parsed.stage else "")
    return Asked(str(location), "", inner, as_version(entity), str(alias))


def _split(uri: str) -> tuple[str, str]:
    """Part "models:/m-3f2a/MLmodel" too, which MLflow's own function takes for a stage."""
    root, inner = ModelsArtifactRepository.split_models_uri(uri)
    first, _, rest = root.removeprefix("models:/").partition("/")
    if _MODEL_ID.fullmatch(first) and rest:
        return f"models:/{first}", f"{rest}/{inner}".rstrip("/")
    return root, inner


def _require_inside(uri: str, inner: str) -> None:
    """Refuse a part that lies elsewhere: the model would be verified, and something else opened.

    Raises:
        DeniedError: It leads out of the model.
    """
    path = PurePosixPath(inner)
    if path.is_absolute() or ".." in path.parts or "\\" in inner:
        msg = f"{uri} leads out of the model; name a path inside it"
        raise DeniedError(msg, "MALFORMED", "")


def fetch(asked: Asked, into: Path, server: str | None = None) -> Path:
    """Copy what was asked for into a folder.

    Args:
        asked: Folder or file.
        into: An empty folder.
        server: As `resolve`.

    Returns:
        The copy, at the same path in that folder.

    Raises:
        DeniedError: The registry refused to hand it out.
    """
    with telling_refusals():
        repository = get_artifact_repository(
            asked.location, tracking_uri=server, registry_uri=server
        )
        found = Path(str(repository.download_artifacts(asked.path, str(into))))
    drop_uncovered(found)
    return found


def drop_uncovered(folder: Path) -> None:
    """Remove what no tree digest covers from a model's copy, lest it be opened."""
    for name in IGNORED:
        # In a folder of that name every file counts.
        if (folder / name).is_file():
            (folder / name).unlink()


@contextmanager
def telling_refusals() -> Iterator[None]:
    """Turn a registry's refusal into ours, with its reason; MLflow's other errors pass.

    Raises:
        DeniedError: The registry refused.
    """  # noqa: DOC501 -- the other error is MLflow's own, on its way
    try:
        yield
    except MlflowException as why:
        if (quoted := _QUOTED.search(str(why.message))) is not None:
            msg = f"a file of it is not handed out: {quoted[1]}"
            raise DeniedError(msg, quoted[2], "") from why
        if getattr(why, "error_class", None) != ERROR_CLASS:
            raise
        said = dict(getattr(why, "json", {}).get("govgate", {}))
        reason = str(said.get("reason", "NOT_ALLOWED"))
        raise DeniedError(why.message, reason, str(said.get("decision", ""))) from why
