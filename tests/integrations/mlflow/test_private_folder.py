"""A private folder stays while it is used, and no longer."""

import gc
import os
import sys

import pytest

from govgate.integrations.mlflow import private_folder
from govgate.integrations.mlflow.private_folder import PrivateFolder


class Model:
    pass


def test_it_goes_with_the_last_part_that_may_read_from_it():
    model, inner = Model(), Model()
    model._model_impl, inner.python_model = inner, Model()
    folder = PrivateFolder()
    path = folder.path
    folder.keep_for(model)
    innermost = inner.python_model
    del folder, model, inner
    gc.collect()
    assert path.is_dir()
    del innermost
    gc.collect()
    assert not path.exists()


def test_a_model_that_cannot_be_watched_keeps_it_until_the_end(monkeypatch):
    kept = []
    monkeypatch.setattr(private_folder, "_FOR_EVER", kept)
    folder = PrivateFolder()
    folder.keep_for((1, 2))
    path = folder.path
    del folder
    gc.collect()
    assert path.is_dir()
    kept.pop().remove()
    assert not path.exists()


def test_code_in_it_cannot_be_imported_once_it_is_gone(monkeypatch):
    folder = PrivateFolder()
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder.path / "code"), str(folder.path)])
    before = len(sys.path)
    folder.remove()
    assert len(sys.path) == before - 2


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_worker_that_ends_leaves_it_to_the_others():
    folder = PrivateFolder()
    child = os.fork()
    if child == 0:
        folder.remove()
        os._exit(0)
    os.waitpid(child, 0)
    assert folder.path.is_dir()
    folder.remove()
    assert not folder.path.exists()


def test_nobody_else_may_look_into_it():
    folder = PrivateFolder()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    folder.remove()
