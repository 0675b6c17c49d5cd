"""Which releases of MLflow the guard was held against, method by method."""

import os
from importlib.metadata import version

from govgate.errors import ProjectError

TESTED_MLFLOW = ("3.17",)
"""Minor versions whose registry store was read and attacked."""

ALLOW = "GOVGATE_UNTESTED_MLFLOW"
"""Set to "yes-" and the whole version by who takes the risk, for that version only."""


def is_tested(found: str) -> bool:
    """Tell whether a release, such as "3.17.2", is of a tested minor version."""
    return ".".join(found.split(".")[:2]) in TESTED_MLFLOW


def require_tested_mlflow() -> None:
    """Refuse to guard a store that nobody has read.

    Raises:
        ProjectError: This MLflow is of an untested minor version, and nobody took the risk.
    """
    found = version("mlflow")
    if is_tested(found) or os.environ.get(ALLOW) == f"yes-{found}":
        return
    msg = f"MLflow {found} is not tested ({', '.join(TESTED_MLFLOW)} is), so a new way round the "
    msg += f"guard could be open; install a tested one, or set {ALLOW}=yes-{found}"
    raise ProjectError(msg)
