"""Admission control for models: judge evidence, record the decision, hold or release the model."""

TYPE_CHECKING = False  # as type checkers know it; to import it would be all that this costs
if TYPE_CHECKING:
    from govgate.integrations.mlflow.dataset import mlflow_dataset
    from govgate.integrations.mlflow.loading import load_model

__all__ = ["load_model", "mlflow_dataset"]

_FROM = {
    "load_model": "govgate.integrations.mlflow.loading",
    "mlflow_dataset": "govgate.integrations.mlflow.dataset",
}
"""Names given here, and the module each is imported from when it is first asked for."""


def __getattr__(name: str) -> object:
    import importlib

    if name not in _FROM:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(_FROM[name]), name)
