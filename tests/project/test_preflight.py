"""Each thing that is unsafe about a server has one line that says what to do."""

import re

import pytest

from govgate.cli.server import command
from govgate.errors import ProjectError
from govgate.project import SOURCES, create_project, examine_server

REGEX = "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX"
SAFE = {REGEX: SOURCES}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir(mode=0o755)
    create_project(folder, name="credit")
    for name in ("gate", "log"):
        (folder / "keys" / name).unlink()
    (folder / "mlflow.db").touch(0o644)
    (folder / "mlartifacts").mkdir(mode=0o755)
    return folder


def words(folder, *more, destination=None, **stores):
    line = [*command(folder, "127.0.0.1", 5000, **stores), *more]
    if destination:
        line[line.index("--artifacts-destination") + 1] = destination
    return line


def unsafe(folder, *more, environment=(), **stores):
    seen = SAFE | dict(environment)
    found = list(examine_server(folder, words(folder, *more, **stores)[4:], seen))
    return {h.about: h.said for h in found if not h.healthy}


def test_a_server_that_is_set_up_well_is_well(folder):
    assert unsafe(folder) == {}
    bucket = "govgate+s3://models/prod"
    assert unsafe(folder, database="postgresql://mlflow@db/mlflow", artifacts=bucket) == {}


@pytest.mark.parametrize(
    ("more", "stores", "environment", "about"),
    [
        ((), {"database": "postgresql://mlflow:secret@db/mlflow"}, {}, "database"),
        ((), {"destination": "mlartifacts"}, {}, "artifacts"),
        ((), {"destination": "s3://models/prod"}, {}, "artifacts"),
        (("--no-serve-artifacts",), {}, {}, "uploads"),
        (("--default-artifact-root", "s3://models/x"), {}, {}, "uploads"),
        (("--default-artifact-root=s3://models/x",), {}, {}, "uploads"),
        ((), {}, {REGEX: ""}, REGEX),
        ((), {}, {"MLFLOW_ENABLE_REMOTE_ASSISTANT": "True"}, "MLFLOW_ENABLE_REMOTE_ASSISTANT"),
        (
            ("--app-name", "basic-auth"),
            {},
            {"MLFLOW_BASIC_AUTH_FAIL_CLOSED": "false"},
            "MLFLOW_BASIC_AUTH_FAIL_CLOSED",
        ),
    ],
)
def test_what_is_unsafe_is_named_with_what_to_do(folder, more, stores, environment, about):
    found = unsafe(folder, *more, environment=environment, **stores)

    assert list(found) == [about]
    assert "; " in found[about]
    assert "secret" not in found[about]


@pytest.mark.parametrize("artifacts", ["s3://models/prod", "govgate+s3://models/prod"])
def test_the_scheme_that_guards_is_put_before_a_place_once(folder, artifacts):
    assert "govgate+s3://models/prod" in words(folder, artifacts=artifacts)


@pytest.mark.parametrize("place", ["mlflow.db", "mlartifacts"])
@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757])
def test_what_others_can_write_is_unsafe(folder, place, mode):
    (folder / place).chmod(mode)

    (said,) = unsafe(folder).values()

    assert said.endswith(f"run chmod go-w {folder / place}")


def test_a_folder_that_others_can_write_is_unsafe_for_what_lies_in_it(folder):
    folder.chmod(0o777)

    assert set(unsafe(folder)) == {"database", "artifacts"}


@pytest.mark.parametrize("name", ["gate", "log"])
def test_a_private_key_on_the_server_is_unsafe(folder, name):
    (folder / "keys" / name).touch()

    assert list(unsafe(folder)) == ["private keys"]


def test_an_mlflow_nobody_has_read_is_unsafe(folder, monkeypatch):
    monkeypatch.setattr("govgate.project.tested.TESTED_MLFLOW", ("3.0",))

    assert list(unsafe(folder)) == ["mlflow"]


@pytest.mark.parametrize(
    "more",
    [
        ("--registry-store-uri", "sqlite:///mlflow.db"),
        ("--registry-store-uri=sqlite:///mlflow.db",),
        ("--backend-store-uri", "sqlite:///other.db"),
        ("--artifacts-destination", "mlartifacts"),
    ],
)
def test_words_that_would_take_the_guard_away_start_nothing(folder, more):
    with pytest.raises(ProjectError, match="take the guard away"):
        unsafe(folder, *more)


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ("models:/m-1", True),  # OK
        ("models:/credit/1", True),  # OK
        ("runs:/1/model", True),  # OK
        ("mlflow-artifacts:/0/1/artifacts/model", True),  # OK
        ("prompt-template", True),  # OK
        ("prompt-template/../../etc", False),
        ("prompt-template\n", False),
        ("https://example.invalid/m", False),
        ("file:///etc", False),
        ("s3://models/m", False),
        ("x models:/m-1", False),
    ],
)
def test_a_version_comes_from_where_the_server_can_read(source, taken):
    assert bool(re.search(SOURCES, source)) is taken
