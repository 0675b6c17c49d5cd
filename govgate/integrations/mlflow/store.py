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
        ProjectError: MLflow is untested, the server's artifacts are not guarded, or the
            project's settings, keys, policy or people cannot be read.
    """
    from mlflow.environment_variables import MLFLOW_ENABLE_WORKSPACES
    from mlflow.server.constants import READ_REPLICA_BACKEND_STORE_URI_ENV_VAR
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
    from mlflow.store.model_registry.sqlalchemy_workspace_store import (
        WorkspaceAwareSqlAlchemyStore,
    )

    from govgate.errors import GovgateError, ProjectError
    from govgate.integrations.mlflow.assembly import guarded
    from govgate.integrations.mlflow.destination import require_guarded_destination
    from govgate.project import open_guard, require_tested_mlflow

    stock = WorkspaceAwareSqlAlchemyStore if MLFLOW_ENABLE_WORKSPACES.get() else SqlAlchemyStore
    require_guarded_destination()
    try:
        require_tested_mlflow()
        guard = open_guard()
    except GovgateError as why:
        msg = f"the registry stays shut: {why.args[0]}"
        raise ProjectError(msg) from why
    replica = os.environ.get(READ_REPLICA_BACKEND_STORE_URI_ENV_VAR)
    return guarded(stock)(store_uri.removeprefix(SCHEME), guard, replica)
