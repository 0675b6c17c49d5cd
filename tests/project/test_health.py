"""The doctor says in one line each what is unsafe where it runs."""

from importlib.metadata import EntryPoint

import pytest

from govgate.project import create_project, examine_health
from govgate.project import health as room


@pytest.mark.parametrize(
    ("name", "uri", "healthy"),
    [
        ("MLFLOW_REGISTRY_URI", "", True),  # OK
        ("MLFLOW_REGISTRY_URI", "http://127.0.0.1:5000", True),  # OK
        ("MLFLOW_TRACKING_URI", "https://registry.example", True),  # OK
        # NOT OK: a store that is opened here, past the server
        ("MLFLOW_REGISTRY_URI", "sqlite:////srv/mlflow.db", False),
        ("MLFLOW_TRACKING_URI", "postgresql://mlflow:secret@db/mlflow", False),
    ],
)
def test_an_environment_that_goes_past_the_server_is_unsafe(
    tmp_path, monkeypatch, name, uri, healthy
):
    for each in ("MLFLOW_REGISTRY_URI", "MLFLOW_TRACKING_URI"):
        monkeypatch.setenv(each, "")
    monkeypatch.setenv(name, uri)
    create_project(tmp_path / "project", name="credit")

    (way,) = [h for h in examine_health(tmp_path / "project") if h.about == "way"]

    assert way.healthy is healthy
    assert healthy or f"{name} is a {uri.partition(':')[0]} store" in way.said
    assert "secret" not in way.said


CONTEXT = "mlflow.run_context_provider"


def plugins(tmp_path):
    return next(line for line in examine_health(tmp_path) if line.about == "plugins")


def test_all_plugins_are_found_here(tmp_path, monkeypatch):
    monkeypatch.delenv("GOVGATE_VERIFY", raising=False)
    assert plugins(tmp_path).healthy
    assert "unset" in plugins(tmp_path).said


BROKEN = [
    [],  # NOT OK: not installed
    ["govgate.integrations.mlflow.nothing:GovgateContext"],  # NOT OK: it cannot be imported
    ["govgate.integrations.mlflow.context:Nothing"],  # NOT OK: it holds no such class
    ["json:JSONDecoder"],  # NOT OK: somebody else's
]


@pytest.mark.parametrize("group", sorted(room._PLUGINS))
@pytest.mark.parametrize("values", BROKEN)
def test_a_plugin_that_is_gone_or_broken_is_unhealthy(tmp_path, monkeypatch, group, values):
    stock = room.entry_points
    name = room._PLUGINS[group]

    def found(**asked):
        if asked["group"] != group:
            return stock(**asked)
        return [EntryPoint(name, value, group) for value in values]

    monkeypatch.setattr(room, "entry_points", found)
    looked = plugins(tmp_path)
    assert not looked.healthy
    assert group in looked.said
    assert "; " in looked.said


@pytest.mark.parametrize(
    ("mode", "healthy"),
    [("enforce", True), ("audit", True), ("", False), ("on", False), ("ENFORCE", False)],
)
def test_a_mode_that_is_none_is_unhealthy(tmp_path, monkeypatch, mode, healthy):
    monkeypatch.setenv("GOVGATE_VERIFY", mode)
    assert plugins(tmp_path).healthy is healthy
