"""The guard on a real PostgreSQL server, with every scheme that names one."""

import threading
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.utils.uri import extract_db_type_from_uri, get_uri_scheme

from govgate.adapters.model_files import content_of_folder
from govgate.integrations.mlflow.store import SCHEME, build_store
from govgate.project import open_guard
from tests.integrations.mlflow.conftest import Registry

OURS = [e for e in entry_points(group="mlflow.model_registry_store") if e.name.startswith(SCHEME)]


@pytest.fixture(scope="module")
def blank(postgresql):
    """One database with MLflow's tables; tests take names nobody else has."""
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

    uri = postgresql()
    SqlAlchemyStore(uri)._dispose_engine()
    return uri


@pytest.fixture
def there(blank, guard, served):
    models = served / "1" / "models"
    models.mkdir(parents=True)
    made = Registry(blank, guard, models)
    yield made
    made.store._dispose_engine()


def test_every_scheme_is_found_by_mlflow_as_it_is_written():
    from mlflow.tracking._model_registry.utils import _get_store_registry

    assert len(OURS) >= 11
    for entry in OURS:
        uri = f"{entry.name}://user@host/database"
        # MLflow takes the whole scheme, driver and all, and looks no further.
        assert get_uri_scheme(uri) == entry.name
        assert _get_store_registry().get_store_builder(uri) is build_store
        assert extract_db_type_from_uri(uri.removeprefix(SCHEME)) in {
            *("sqlite", "postgresql", "mysql", "mssql")
        }


def test_a_scheme_with_a_driver_nobody_listed_opens_nothing():
    from mlflow.tracking._model_registry.utils import _get_store_registry
    from mlflow.tracking.registry import UnsupportedModelRegistryStoreURIException

    with pytest.raises(UnsupportedModelRegistryStoreURIException):
        _get_store_registry().get_store_builder("govgate+postgresql+own://host/database")


@pytest.mark.parametrize("scheme", ["govgate+postgresql", "govgate+postgresql+psycopg2"])
def test_the_builder_opens_postgresql(blank, governed, monkeypatch, scheme):
    monkeypatch.setenv("GOVGATE_PROJECT", str(governed.folder))
    store = build_store(scheme + blank.removeprefix("postgresql"))

    assert store.db_type == "postgresql"
    assert type(store).__name__ == "GuardedSqlAlchemyStore"
    store._dispose_engine()


def test_there_is_a_way_through_a_real_guard(there, governed):
    there.store._guard = open_guard(governed.folder)
    version = there.register("pg-credit")
    envelope = governed.decide(version, content_of_folder(Path(version.source))).envelope.decode()
    there.tag(version, "govgate.attestation", envelope)

    there.store.set_registered_model_alias("pg-credit", "champion", "1")

    found = there.store.get_model_version_by_alias("pg-credit", "champion")
    assert (found.version, found.tags["govgate.decision"]) == (1, "allowed")
    assert (
        there.store.get_model_version_download_uri("pg-credit", "1")
        == found.tags["govgate.sealed_uri"]
    )


def test_what_is_refused_leaves_no_row(there, refused):
    there.register("pg-refused")

    with refused("NO_ATTESTATION"):
        there.store.set_registered_model_alias("pg-refused", "champion", "1")
    with refused("NO_ATTESTATION"):
        there.store.transition_model_version_stage(
            "pg-refused", "1", "Production", archive_existing_versions=True
        )

    assert there.store.get_registered_model("pg-refused").aliases == {}
    assert there.store.get_model_version("pg-refused", "1").current_stage == "None"


@contextmanager
def suppress_refusals(codes):
    try:
        yield
    except MlflowException as why:
        codes.add(why.get_http_status_code())


@pytest.mark.parametrize("name", ["a\x00b", "\udcff", "x" * 5000])
def test_what_postgresql_cannot_hold_is_no_fault_of_the_server(there, name):
    for step in (
        lambda: there.store.set_registered_model_alias(name, "champion", "1"),
        lambda: there.store.get_model_version_by_alias(name, "champion"),
        lambda: there.store.get_registered_model(name),
        lambda: there.store.search_model_versions(f"name='{name}'"),
    ):
        codes = {200}
        with suppress_refusals(codes):
            step()
        assert max(codes) < 500


def rival_of(blank):
    import psycopg2

    rival = psycopg2.connect(blank)
    rival.cursor().execute("SET lock_timeout = '200ms'")
    return rival


def test_nobody_writes_between_the_check_and_the_move(there, blank, monkeypatch):
    import psycopg2

    version = there.register("pg-lock")
    there.attest(version)
    admit, tried = there.guard.admit, []

    def interfere(envelope, version, alias, content):
        if content is not None:
            rival = rival_of(blank)
            with pytest.raises(psycopg2.errors.LockNotAvailable):
                rival.cursor().execute(
                    "UPDATE registered_models SET description = 'mine' WHERE name = 'pg-lock'"
                )
            rival.close()
            tried.append(alias)
        return admit(envelope, version, alias, content)

    monkeypatch.setattr(there.guard, "admit", interfere)

    there.store.set_registered_model_alias("pg-lock", "champion", "1")

    assert tried == ["champion"]


def test_two_servers_on_one_database_wait_for_each_other(there, blank, guard, monkeypatch):
    """A new attestation and a move of one model never cross, from two connections."""
    version = there.register("pg-two")
    there.attest(version)
    second = Registry(blank, guard, there.models)
    admit, order, inside = guard.admit, [], threading.Event()

    def slowly(envelope, version, alias, content):
        if content is not None:
            inside.set()
            other.join(1)
            order.append("checked")
            assert other.is_alive(), "the other server wrote while we held the model"
        return admit(envelope, version, alias, content)

    def attest():
        inside.wait(10)
        second.attest(version)
        order.append("attested")

    monkeypatch.setattr(guard, "admit", slowly)
    other = threading.Thread(target=attest)
    other.start()
    there.store.set_registered_model_alias("pg-two", "champion", "1")
    order.append("moved")
    other.join(20)

    assert order[0] == "checked"
    assert sorted(order) == ["attested", "checked", "moved"]
    second.store._dispose_engine()
