"""Whatever a client sends: a refusal or an error of its own making, never one that is retried.

MLflow's client retries 429 and every 5xx, and loses the message.
"""

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag
from mlflow.exceptions import MlflowException

WEIRD = st.one_of(
    st.sampled_from(
        ["", " ", "credit", "\0", "a\0b", "\udcff", "\n", "0", "-1", "1", "01", "1e9", "9" * 40,
         "latest", "stage:Production", "Production", "None", "govgate.attestation",
         "govgate.revocation", "GOVGATE.x", "../..", "a/b", "a:b", "x" * 300, "x" * 6000,
         "\U0001f600", "\u202ecredit", "models:/credit/1", "{}", "null", "true"]
    ),
    st.text(max_size=30),
    st.text(alphabet=string.printable, max_size=30),
)  # fmt: skip
VERSION = st.one_of(WEIRD, st.integers(min_value=-(2**70), max_value=2**70))
TAG = st.builds(lambda k, v: (k, v), WEIRD, WEIRD)

CALLS = {
    "set_registered_model_alias": (WEIRD, WEIRD, VERSION),
    "delete_registered_model_alias": (WEIRD, WEIRD),
    "get_model_version_by_alias": (WEIRD, WEIRD),
    "get_latest_versions": (WEIRD, st.one_of(st.none(), st.lists(WEIRD, max_size=3))),
    "get_model_version_download_uri": (WEIRD, VERSION),
    "transition_model_version_stage": (WEIRD, VERSION, WEIRD, st.booleans()),
    "set_model_version_tag": (WEIRD, VERSION, TAG.map(lambda t: ModelVersionTag(*t))),
    "delete_model_version_tag": (WEIRD, VERSION, WEIRD),
    "set_registered_model_tag": (WEIRD, TAG.map(lambda t: RegisteredModelTag(*t))),
    "delete_registered_model_tag": (WEIRD, WEIRD),
    "create_registered_model": (
        WEIRD,
        st.lists(TAG.map(lambda t: RegisteredModelTag(*t)), max_size=2),
    ),
    "create_model_version": (
        *(WEIRD, WEIRD, st.none()),
        st.lists(TAG.map(lambda t: ModelVersionTag(*t)), max_size=2),
    ),
    "rename_registered_model": (WEIRD, WEIRD),
    "delete_registered_model": (WEIRD,),
    "delete_model_version": (WEIRD, VERSION),
    "update_webhook": (WEIRD, WEIRD),
    "delete_webhook": (WEIRD,),
}


def test_every_guarded_method_is_tried():
    from govgate.integrations.mlflow.operations import GUARDED

    assert set(CALLS) == GUARDED


@pytest.mark.parametrize("name", sorted(CALLS))
def test_no_input_makes_an_error_that_is_retried(real, name):
    real.promoted()

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.tuples(*CALLS[name]))
    def attempt(arguments):
        codes = set()
        try:
            getattr(real.store, name)(*arguments)
        except MlflowException as why:
            codes.add(why.get_http_status_code())
        assert codes <= {400, 403, 404}

    attempt()
    assert real.store._stock.get_registered_model("credit").aliases in ({"champion": 1}, {})
