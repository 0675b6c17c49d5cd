"""What MLflow calls to open an artifact store that keeps judged bytes as they are.

MLflow loads this module in the middle of `import mlflow`, on servers and in
clients, so nothing of MLflow may be imported before a repository is built.

Source: MLflow 3.17.2, `mlflow.store.artifact.artifact_repository_registry`.
"""

import os
import sys
from typing import Any

from govgate.integrations.mlflow.environment import DESTINATION, GUARDED

_REGISTRY = "mlflow.store.artifact.artifact_repository_registry"
_COVERED = ("", "file", "s3")
"""Stock schemes that reach the same folders and buckets, if a client names them."""


def build_repo(
    artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
) -> Any:
    """Open MLflow's own repository for a place, guarded.

    Args:
        artifact_uri: Such as "govgate+s3://models/registry"; the plain scheme does as well.
        tracking_uri: MLflow's.
        registry_uri: MLflow's.
    """
    from govgate.integrations.mlflow.frozen import guarded_repository

    return guarded_repository(artifact_uri.removeprefix(GUARDED), tracking_uri, registry_uri)


def cover_stock(registry: Any) -> None:
    """Put the guard before the stock schemes too, in a server that is guarded.

    A client can create an experiment whose artifacts lie at "file:///...", and
    the server writes there for it: around the guard, if that is not guarded.

    Args:
        registry: MLflow's `ArtifactRepositoryRegistry`.
    """
    if os.environ.get(DESTINATION, "").startswith(GUARDED):
        for scheme in _COVERED:
            registry.register(scheme, build_repo)


if _REGISTRY in sys.modules:
    # An attribute that is gone by then is an error, which leaves `govgate+` unknown: shut.
    cover_stock(sys.modules[_REGISTRY]._artifact_repository_registry)  # noqa: SLF001 -- no public name
