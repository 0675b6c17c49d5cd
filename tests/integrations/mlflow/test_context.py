"""Hints on runs: there when there is a project, and never in the way."""

import pytest

from govgate.integrations.mlflow.context import GovgateContext
from govgate.project import create_project


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "credit"
    create_project(folder, name="credit")
    monkeypatch.delenv("GOVGATE_PROJECT", raising=False)
    return folder


def test_a_run_says_which_project_policy_and_ledger_were_around(project, monkeypatch):
    monkeypatch.setenv("GOVGATE_PROJECT", str(project))
    context = GovgateContext()
    assert context.in_context()
    tags = context.tags()
    assert tags["govgate.project"] == "credit"
    assert tags["govgate.policy"] == "credit 1"
    assert set(tags) == {"govgate.project", "govgate.policy", "govgate.ledger"}


def test_the_project_is_found_above_the_working_folder(project, monkeypatch):
    below = project / "notebooks" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert GovgateContext().tags()["govgate.project"] == "credit"


@pytest.mark.parametrize("file", ["govgate.yaml", "policy.yaml"])
@pytest.mark.parametrize("text", [None, "", "- a list\n", "a: [", "\x00"])
def test_a_broken_project_leaves_the_run_alone(project, monkeypatch, file, text):
    monkeypatch.setenv("GOVGATE_PROJECT", str(project))
    if text is None:
        (project / file).unlink()
    else:
        (project / file).write_text(text)
    assert GovgateContext().tags() == {}


def test_without_a_project_there_is_nothing_to_say(tmp_path, monkeypatch):
    monkeypatch.setenv("GOVGATE_PROJECT", str(tmp_path))
    assert not GovgateContext().in_context()
    assert GovgateContext().tags() == {}


def test_mlflow_puts_the_hints_on_a_real_run(project, mlflow_server, monkeypatch):
    import mlflow

    monkeypatch.setenv("GOVGATE_PROJECT", str(project))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server.url)
    mlflow.set_tracking_uri(None)
    with mlflow.start_run(tags={"govgate.policy": "mine"}) as run:
        tags = mlflow.get_run(run.info.run_id).data.tags
    assert tags["govgate.project"] == "credit"
    assert tags["govgate.policy"] == "mine"  # only a hint: whoever runs may say otherwise
