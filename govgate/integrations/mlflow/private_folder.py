"""A folder of our own for a model's bytes, kept as long as somebody may read from it.

MLflow's loaders keep paths: artifacts of a Python model, code on `sys.path`.
"""

import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PARTS = ("_model_impl", "python_model", "context")
"""Where MLflow's pyfunc model keeps what reads from the folder and may outlive its wrapper."""

_FOR_EVER: list["PrivateFolder"] = []
"""Folders of models that cannot be watched; they go when the process ends."""


class PrivateFolder:
    """Made with mode 0700; removed with its last user, and at the process's end at the latest."""

    def __init__(self, beside: str | None = None) -> None:
        """Make the folder.

        Args:
            beside: Folder to make it in; None takes the system's place for temporary files.
        """
        self.path = Path(tempfile.mkdtemp(prefix="govgate-", dir=beside))
        self.remove = weakref.finalize(self, _remove, self.path, os.getpid())

    def keep_for(self, model: Any) -> None:
        """Keep the folder while a loaded model, or a part of it, is in use."""
        for user in _users(model):
            try:
                # A finalizer holds its arguments, so this folder, until `user` is gone.
                weakref.finalize(user, _nothing, self)
            except TypeError:
                self.keep()

    def keep(self) -> None:
        """Keep the folder until the process ends."""
        _FOR_EVER.append(self)


def _users(model: Any) -> Iterator[Any]:
    yield model
    for name in _PARTS:
        model = getattr(model, name, None)
        if model is None:
            return
        yield model


def _nothing(_: PrivateFolder) -> None:
    pass


def _remove(path: Path, maker: int) -> None:
    if os.getpid() != maker:
        return  # a forked worker ends; those it was forked from go on
    # Somebody else could make a folder of that name again, and be imported from.
    sys.path[:] = [entry for entry in sys.path if not Path(entry).is_relative_to(path)]
    shutil.rmtree(path, ignore_errors=True)
