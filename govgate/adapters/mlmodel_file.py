"""The file MLmodel: which of the names in it lead out of the model's own folder.

Source: MLflow 3.17.2, which joins these names to the folder's path and reads what is there.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from govgate.errors import EvidenceError

_NO_FILES = frozenset({"model_config", "uri"})
"""Keys of a flavour that MLflow never opens as a file: the user's own settings, and origins."""

_INSIDE = {"source_model_name": "model_binary"}
"""Key that names where weights came from, and the key beside it when they are in the folder."""


def names_outside(folder: Path) -> tuple[str, ...]:
    """Name what a model would read that lies outside its folder, and so in no tree digest.

    Args:
        folder: As MLflow saves a model.

    Returns:
        "flavour.key: value" of each absolute path and of each that climbs out, in the file's order.

    Raises:
        EvidenceError: There is no MLmodel, or it cannot be read.
    """
    import yaml

    try:
        said = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))
        flavors = said["flavors"].items()
    except (
        OSError,
        UnicodeDecodeError,
        yaml.YAMLError,
        KeyError,
        TypeError,
        AttributeError,
    ) as why:
        msg = f"{folder} holds no MLmodel that can be read ({type(why).__name__}); log it again"
        raise EvidenceError(msg) from why
    return tuple(f"{at}: {name}" for at, name in _names("", flavors) if _leaves(name))


def _names(at: str, pairs: Any) -> Iterator[tuple[str, str]]:
    pairs = [(str(key), value) for key, value in pairs]
    keys = {key for key, _ in pairs}
    for key, value in pairs:
        if key in _NO_FILES or _INSIDE.get(key) in keys:
            continue
        here = f"{at}.{key}".lstrip(".")
        if isinstance(value, str):
            yield here, value
        elif isinstance(value, dict | list):
            yield from _names(here, value.items() if isinstance(value, dict) else enumerate(value))


def _leaves(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or name.startswith(("~", "file:")) or ".." in path.parts
