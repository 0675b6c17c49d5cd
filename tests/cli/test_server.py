"""govgate server says what is unsafe, hides what is secret, and becomes `mlflow server`."""

import os
import runpy
import sys

import pytest

from govgate.cli.main import main
from govgate.project import create_project


class Became(Exception):  # noqa: N818 -- no error: what replaced the process
    """What the process would have become."""


@pytest.fixture
def started(tmp_path, monkeypatch):
    """Start a server that never runs; give its words."""
    folder = tmp_path / "project"
    create_project(folder, name="credit")
    for name in ("GOVGATE_PROJECT", "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX"):
        monkeypatch.setenv(name, "x")
        monkeypatch.delenv(name)

    def become(module, **how):
        assert (module, how["run_name"]) == ("mlflow", "__main__")
        raise Became(sys.argv)

    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr(runpy, "run_module", become)

    def start(*more):
        with pytest.raises(Became) as caught:
            main(["server", "--project", str(folder), "--port", "0", *more])
        return caught.value.args[0]

    start.folder = folder
    return start


def after(words, option):
    return words[words.index(option) + 1]


def test_by_default_everything_is_in_the_folder(started):
    words = started()

    database = f"sqlite:///{started.folder}/mlflow.db"
    assert after(words, "--backend-store-uri") == database
    assert after(words, "--registry-store-uri") == f"govgate+{database}"
    assert str(started.folder / "mlartifacts") in after(words, "--artifacts-destination")
    assert "--serve-artifacts" in words
    assert os.environ["GOVGATE_PROJECT"] == str(started.folder)
    assert os.environ["MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX"].startswith("^(models")


def test_rows_files_and_people_can_be_elsewhere(started, capsys):
    database = "postgresql://mlflow:secret@db/mlflow"
    words = started("--database", database, "--artifacts", "s3://models/prod", "--basic-auth")

    assert after(words, "--registry-store-uri") == f"govgate+{database}"
    assert after(words, "--artifacts-destination").endswith("s3://models/prod")
    assert after(words, "--app-name") == "basic-auth"
    said = capsys.readouterr().err
    assert "secret" not in said
    assert "unsafe: database: its password stands in the command line" in said
    assert "unsafe: private keys: keys/gate, keys/log are private" in said


def test_words_for_mlflow_are_passed_on(started):
    assert started("--", "--workers", "2")[-2:] == ["--workers", "2"]


def test_a_server_that_would_guard_nothing_does_not_start(started, capsys):
    words = ("server", "--project", str(started.folder), "--port", "0")
    code = main([*words, "--", "--registry-store-uri", "sqlite:///x.db"])

    assert code == 2
    assert "would take the guard away" in capsys.readouterr().err
