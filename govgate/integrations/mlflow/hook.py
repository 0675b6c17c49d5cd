"""Put our check into MLflow's one download function, before any loader has hold of it.

MLflow's modules import that function by name, at different times. So the function
itself is changed, not the name it goes by: whoever holds it holds ours.

Source: docs/adr/0022-inside-mlflows-one-download.md.
"""

from types import FunctionType, ModuleType
from typing import Any

from govgate.errors import ProjectError

_MODULE = "mlflow.tracking.artifact_utils"
_NAME = "_download_artifact_from_uri"
_KNOWN = (
    *("artifact_uri", "output_path", "lineage_header_info"),
    *("tracking_uri", "registry_uri"),
)
"""Arguments of the function that this was written for."""

_installed: dict[str, Any] = {}


def install(mode: str) -> None:
    """See to it that MLflow's downloads are checked, from its import on.

    Args:
        mode: What GOVGATE_VERIFY says; one that is unknown refuses every download.

    Raises:
        ProjectError: This MLflow is not the one this was written for; `import mlflow` fails.
    """
    _installed["mode"] = mode
    try:
        from mlflow.utils.import_hooks import register_post_import_hook

        register_post_import_hook(put_in, _MODULE)
    except (ImportError, AttributeError) as why:
        # MLflow only warns of these two, and would go on unguarded.
        raise ProjectError(_unlike(str(why))) from why


def put_in(module: ModuleType) -> None:
    """Change the function of a module just imported.

    Raises:
        ProjectError: There is no such function, or it takes other arguments.
    """
    found = getattr(module, _NAME, None)
    if not isinstance(found, FunctionType) or found.__closure__ or _arguments(found) != _KNOWN:
        raise ProjectError(_unlike(f"{_MODULE}.{_NAME} is another"))
    _installed["original"] = FunctionType(
        found.__code__, found.__globals__, f"{_NAME}_of_mlflow", found.__defaults__
    )
    found.__code__, found.__defaults__ = _ours.__code__, None


def checked_download(*given: Any, **named: Any) -> str:
    """Do what the changed function does."""
    from govgate.integrations.mlflow.checking import checked

    return checked(_installed["mode"], _installed["original"], *given, **named)


def _ours(*given: Any, **named: Any) -> str:
    # Runs with the globals of MLflow's module, so it knows no name of ours.
    from govgate.integrations.mlflow import hook  # noqa: PLW0406 -- it is another module there

    return hook.checked_download(*given, **named)


def _arguments(function: FunctionType) -> tuple[str, ...]:
    return function.__code__.co_varnames[: function.__code__.co_argcount]


def _unlike(why: str) -> str:
    return f"this MLflow cannot be made to verify ({why}); install a tested one, see govgate doctor"
