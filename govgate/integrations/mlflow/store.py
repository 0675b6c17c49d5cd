"""What MLflow calls to open a registry that refuses.

MLflow loads this module in the middle of `import mlflow`, on servers and in
clients, so nothing of MLflow may be imported before the store is built.

Source: MLflow, `mlflow.tracking.registry.StoreRegistry`.
"""

import os
from typing import Any

SCHEME = "govgate+"
"""Stands before the database's own scheme; without the plugin such a URI opens nothing."""


def build_store(store_uri: str) -> Any:
    """Open the registry database behind the guard of the project in GOVGATE_PROJECT.

    Args:
        store_uri: Such as "govgate+sqlite:///registry.db", or "govgate+postgresql://host/db".

    Returns:
        MLflow's own store class, guarded; the one that knows workspaces where they are on.

    Raises:
        ProjectError: MLflow is untested, or the project's settings, keys, policy or people
            cannot be read.
    """
    from mlflow.environment_variables import MLFLOW_ENABLE_WORKSPACES
    from mlflow.server.constants import READ_REPLICA_BACKEND_STORE_URI_ENV_VAR
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
    from mlflow.store.model_registry.sqlalchemy_workspace_store import (
        WorkspaceAwareSqlAlchemyStore,
    )

    from govgate.errors import GovgateError, ProjectError
    from govgate.integrations.mlflow.assembly import guarded
    from govgate.project import open_guard, require_tested_mlflow

    stock = WorkspaceAwareSqlAlchemyStore if MLFLOW_ENABLE_WORKSPACES.get() else SqlAlchemyStore
    try:
        require_tested_mlflow()
        guard = open_guard()
    except GovgateError as why:
        msg = f"the registry stays shut: {why.args[0]}"
        raise ProjectError(msg) from why
    replica = os.environ.get(READ_REPLICA_BACKEND_STORE_URI_ENV_VAR)
    return guarded(stock)(store_uri.removeprefix(SCHEME), guard, replica)


def require_guarded_artifacts() -> None:
    """Refuse to serve artifacts that anybody may change after they were judged.

    Raises:
        ProjectError: The server serves artifacts from a place that no guard stands before.
    """
    from govgate.errors import ProjectError

    place = os.environ.get("_MLFLOW_SERVER_ARTIFACT_DESTINATION", "")
    serves = os.environ.get("_MLFLOW_SERVER_SERVE_ARTIFACTS") == "true"
    if serves and not place.startswith(SCHEME):
        msg = f"artifacts are served from {place or 'an unnamed place'}, where judged bytes can be "
        msg += f"changed; write {SCHEME} before it in --artifacts-destination"
        raise ProjectError(msg)
