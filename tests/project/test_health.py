"""`govgate doctor` notices what MLflow only warns of: a plugin that is gone or broken."""

from importlib.metadata import EntryPoint

import pytest

from govgate.project import examine_health
from govgate.project import health as room

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
