"""`govgate.load_model`: MLflow's loaders, for what a decision allows and nothing else."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
from mlflow.exceptions import MlflowException

from govgate.errors import ProjectError, StoreError
from govgate.integrations.mlflow.checking import trusting
from govgate.integrations.mlflow.fetching import resolve
from govgate.integrations.mlflow.private_folder import PrivateFolder
from govgate.integrations.mlflow.verifying import fetch_verified
from govgate.project import registry_of


def load_model(
    model_uri: str | Path,
    *,
    project: Path | str | None = None,
    flavor: str = "pyfunc",
    **more: Any,
) -> Any:
    """Load a model that a decision in force allows; nothing of another is ever run.

    Args:
        model_uri: "models:/NAME@ALIAS", "models:/NAME/VERSION", "models:/m-ID", "runs:/RUN/PATH",
            another URI that MLflow loads from, or a folder.
        project: A folder with govgate.yaml; None takes GOVGATE_PROJECT, then this folder
            and those above.
        flavor: Which loader of MLflow's, such as "sklearn".
        more: What that loader takes besides the URI.

    Returns:
        What `mlflow.FLAVOR.load_model` returns; its files go with it.

    Raises:
        DeniedError: It is not allowed, or that could not be verified; with a reason code.
        ProjectError: There is no such flavour, or `dst_path` is given.
        StoreError: The registry or the bytes cannot be reached.
    """
    load = _loader(flavor)
    if "dst_path" in more:
        msg = "dst_path would load another copy than the verified one; leave it out"
        raise ProjectError(msg)
    where = Path(project) if project is not None else None
    server, private = _server(where), PrivateFolder()
    try:
        asked = resolve(str(model_uri), server)
        folder = fetch_verified(asked, private.path, where, server)
    except (MlflowException, OSError) as why:
        private.remove()
        msg = f"{model_uri} cannot be fetched ({why}); correct the URI, or try again"
        raise StoreError(msg) from why
    except BaseException:
        private.remove()
        raise
    with trusting(folder):
        model = load(str(folder / asked.inner), **more)
    private.keep_for(model)
    return model


def _loader(flavor: str) -> Callable[..., Any]:
    name = f"mlflow.{flavor}" if flavor.isidentifier() else "mlflow.none"
    try:
        load: Callable[..., Any] = importlib.import_module(name).load_model
    except (ImportError, AttributeError) as why:
        msg = f"there is no loader mlflow.{flavor}.load_model here ({why}); name an installed one"
        raise ProjectError(msg) from why
    return load


def _server(project: Path | None) -> str | None:
    """The project's registry, unless MLflow was told another."""
    return None if mlflow.is_tracking_uri_set() else registry_of(project)
