"""The doctor says in one line each what is unsafe where it runs."""

import pytest

from govgate.project import create_project, examine_health


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
