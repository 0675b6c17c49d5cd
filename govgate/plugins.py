"""Find what is installed: the classes in a package's files and behind an entry point.

Room: floor. Imports only errors.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from importlib.metadata import entry_points, version
from typing import TypeVar

from govgate.errors import ProjectError

T = TypeVar("T")


def installed(package: str, base: type[T]) -> Iterator[tuple[type[T], str]]:
    """Yield each concrete subclass of `base`, with "distribution version" for who made it.

    Args:
        package: A govgate room such as "govgate.gates": each of its files is looked
            through, and each module behind the entry point group of the same name.
        base: The class to look for.

    Yields:
        Classes defined in those modules, in no order that matters.

    Raises:
        ProjectError: An installed plugin cannot be imported.
    """
    room = importlib.import_module(package)
    for found in pkgutil.iter_modules(room.__path__):
        module = importlib.import_module(f"{package}.{found.name}")
        yield from ((kind, f"govgate {version('govgate')}") for kind in _defined(module, base))
    for point in entry_points(group=package):
        try:
            module = point.load()
        except Exception as why:
            msg = f"plugin {point.name!r} of {package} cannot be imported: {why}; fix or remove it"
            raise ProjectError(msg) from why
        made_by = f"{point.dist.name} {point.dist.version}" if point.dist else "unknown 0"
        yield from ((kind, made_by) for kind in _defined(module, base))


def _defined(module: object, base: type[T]) -> Iterator[type[T]]:
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, base)
            and value.__module__ == getattr(module, "__name__", None)
            and not getattr(value, "__abstractmethods__", None)
        ):
            yield value
