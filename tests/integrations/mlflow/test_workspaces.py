"""MLflow's workspaces: a decision is about a model in one of them."""

from functools import partial
from pathlib import Path

import pytest
from mlflow.store.model_registry.sqlalchemy_workspace_store import WorkspaceAwareSqlAlchemyStore
from mlflow.utils.workspace_context import WorkspaceContext

from govgate.adapters.model_files import content_of_folder
from govgate.integrations.mlflow.store import build_store
from govgate.project import open_guard
from tests.integrations.mlflow.conftest import Real, Registry


@pytest.fixture
def spaces(governed, database, guard, served, tmp_path, monkeypatch):
    """A registry with workspaces, behind the real guard."""
    import shutil

    monkeypatch.setenv("MLFLOW_ENABLE_WORKSPACES", "true")
    own = type(governed)(Path(shutil.copytree(governed.folder, tmp_path / "project")))
    models = served / "workspaces" / "risk" / "1" / "models"
    models.mkdir(parents=True)
    registry = Registry(database, guard, models, WorkspaceAwareSqlAlchemyStore)
    registry.guard = registry.store._guard = open_guard(own.folder)
    yield Real(registry, own, tmp_path)
    registry.store._dispose_engine()


def decided(spaces, version, workspace):
    """Decide for a workspace; `Governed.request` asks for the one the version is in."""
    request = spaces.governed.request(
        version, content_of_folder(Path(version.source)), ["champion"]
    )
    target = request.target.model_copy(update={"workspace": workspace})
    request = request.model_copy(update={"target": target})
    spaces.governed.project().decide(request)
    spaces.governed.sign(request.subject.name, "olga", "rami")
    return spaces.governed.project().decide(request).envelope.decode()


def test_a_decision_of_the_same_workspace_is_a_way_through(spaces):
    with WorkspaceContext("risk"):
        version = spaces.registry.register()
        spaces.attest(version, decided(spaces, version, "risk"))
        spaces.alias()()
        assert spaces.store.get_model_version_by_alias("credit", "champion").version == 1


@pytest.mark.parametrize("other", ["default", "sales", "Risk"])
def test_a_decision_of_another_workspace_is_refused(spaces, refused, other):
    with WorkspaceContext("risk"):
        version = spaces.registry.register()
        envelope = decided(spaces, version, other)
        with refused("SUBJECT_MISMATCH"):
            spaces.attest(version, envelope)


def test_a_model_of_the_same_name_elsewhere_stays_refused(spaces, refused):
    with WorkspaceContext("risk"):
        version = spaces.registry.register()
        envelope = decided(spaces, version, "risk")
        spaces.attest(version, envelope)
        spaces.alias()()
    with WorkspaceContext("sales"):
        spaces.registry.register()
        with refused("NO_ATTESTATION"):
            spaces.alias()()
        with refused("SUBJECT_MISMATCH"):
            spaces.attest(spaces.store.get_model_version("credit", "1"), envelope)


def test_a_model_moved_by_the_deletion_of_its_workspace_needs_a_new_decision(spaces, refused):
    """What MLflow does with SET_DEFAULT: every row's workspace becomes the default one."""
    with WorkspaceContext("risk"):
        version = spaces.registry.register()
        spaces.attest(version, decided(spaces, version, "risk"))
        spaces.alias()()
    tables = ("registered_models", "model_versions", "model_version_tags",
              "registered_model_aliases", "registered_model_tags")  # fmt: skip
    for table in tables:
        spaces.registry.sql(f"UPDATE {table} SET workspace = 'default'")  # noqa: S608 -- ours

    with WorkspaceContext("default"):
        for step in (
            partial(spaces.store.get_model_version_by_alias, "credit", "champion"),
            partial(spaces.store.get_model_version_download_uri, "credit", "1"),
            spaces.alias(),
        ):
            with refused("SUBJECT_MISMATCH"):
                step()


def test_without_a_workspace_nothing_is_answered(spaces):
    from mlflow.exceptions import MlflowException

    with pytest.raises(MlflowException) as caught:
        spaces.alias()()

    assert caught.value.get_http_status_code() == 400


@pytest.mark.parametrize(
    ("on", "name"),
    [("true", "GuardedWorkspaceAwareSqlAlchemyStore"), ("false", "GuardedSqlAlchemyStore")],
)
def test_the_builder_takes_the_store_that_knows_workspaces_where_they_are_on(
    governed, database, monkeypatch, on, name
):
    monkeypatch.setenv("GOVGATE_PROJECT", str(governed.folder))
    monkeypatch.setenv("MLFLOW_ENABLE_WORKSPACES", on)

    store = build_store(f"govgate+sqlite:///{database}")

    assert (type(store).__name__, store.supports_workspaces) == (name, on == "true")
    store._dispose_engine()
