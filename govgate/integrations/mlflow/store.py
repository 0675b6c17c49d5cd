"""What MLflow calls to open a registry that refuses.

MLflow loads this module in the middle of `import mlflow`, on servers and in
clients, so nothing of MLflow may be imported before the store is built.

Source: MLflow, `mlflow.tracking.registry.StoreRegistry`.
"""

from typing import Any

SCHEME = "govgate+"
"""Stands before the database's own scheme; without the plugin such a URI opens nothing."""


def build_store(store_uri: str) -> Any:
    """Open the registry database behind the guard of the project in GOVGATE_PROJECT.

    Args:
        store_uri: Such as "govgate+sqlite:///registry.db".

    Returns:
        MLflow's own store class, guarded.

    Raises:
        ProjectError: The project's settings, keys, policy or people cannot be read,
            workspaces are on, or the server's artifacts are not guarded.
    """
    from mlflow.environment_variables import MLFLOW_ENABLE_WORKSPACES
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

    from govgate.errors import GovgateError, ProjectError
    from govgate.integrations.mlflow.assembly import guarded
    from govgate.integrations.mlflow.destination import require_guarded_destination
    from govgate.project import open_guard

    if MLFLOW_ENABLE_WORKSPACES.get():
        msg = "workspaces are on, and a decision names no workspace; unset MLFLOW_ENABLE_WORKSPACES"
        raise ProjectError(msg)
    require_guarded_destination()
    try:
        guard = open_guard()
    except GovgateError as why:
        msg = f"the registry stays shut: {why.args[0]}"
        raise ProjectError(msg) from why
    return guarded(SqlAlchemyStore)(store_uri.removeprefix(SCHEME), guard)
