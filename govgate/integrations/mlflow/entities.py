"""MLflow's model version, in govgate's words.

Source: MLflow 3.17.2, `mlflow.entities.model_registry.ModelVersion`.
"""

from typing import Any

from govgate.ports import ModelVersion


def as_version(entity: Any) -> ModelVersion:
    """Write MLflow's model version as govgate's."""
    return ModelVersion(
        name=entity.name,
        version=str(entity.version),
        created_ms=int(entity.creation_timestamp),
        source=entity.source or "",
        run_id=entity.run_id or "",
        tags=dict(entity.tags),
        aliases=tuple(entity.aliases),
        stage=entity.current_stage or "None",
        workspace=entity.workspace,
    )
