"""Put our check into MLflow's one download function, before any loader has hold of it.

MLflow's modules import that function by name, at different times. So the function
itself is changed, not the name it goes by: whoever holds it holds ours.

Source: docs/adr/0022-inside-mlflows-one-download.md.
"""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
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
    if _MODULE in sys.modules:
        put_in(sys.modules[_MODULE])
    else:
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Waits for one module, and steps aside once it is found."""

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        if name != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is None or spec.loader is None:
            raise ProjectError(_unlike(f"there is no {_MODULE}"))
        spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Changes the module as soon as it has run, and gives it its own loader back."""

    def __init__(self, stock: Loader) -> None:
        self._stock = stock

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._stock.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._stock
        if module.__spec__ is not None:
            module.__spec__.loader = self._stock
        self._stock.exec_module(module)
        put_in(module)


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
