import pytest
from mlflow.store.model_registry.abstract_store import AbstractStore
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

from govgate.integrations.mlflow.assembly import guarded
from govgate.integrations.mlflow.operations import (
    GUARDED,
    HARMLESS,
    KNOWN,
    READS,
    THROUGH_GUARDED,
    unknown,
)


def test_every_public_method_of_mlflows_store_is_sorted():
    assert unknown(SqlAlchemyStore) == frozenset()
    assert unknown(AbstractStore) == frozenset()


def test_no_list_names_a_method_that_is_not_there():
    assert {name for name in KNOWN if not hasattr(AbstractStore, name)} == set()


def test_the_lists_do_not_overlap():
    assert len(KNOWN) == sum(map(len, (GUARDED, THROUGH_GUARDED, READS, HARMLESS)))


def test_each_guarded_method_is_ours_and_no_other_is():
    store = guarded(SqlAlchemyStore)
    ours = {
        name
        for name in KNOWN
        if getattr(store, name).__module__.startswith("govgate.integrations.mlflow")
    }

    assert ours == GUARDED


def test_a_method_nobody_sorted_is_refused(database, guard, refused):
    class NextYears(SqlAlchemyStore):
        def set_model_version_rank(self, *_):
            pytest.fail("it must not be reached")

    store = guarded(NextYears)(f"sqlite:///{database}", guard)

    with refused("UNKNOWN_OPERATION"):
        store.set_model_version_rank("credit", "1")
    store._dispose_engine()
