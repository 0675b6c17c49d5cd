import json

import pytest
from mlflow.exceptions import MlflowException

from govgate.errors import DeniedError
from govgate.integrations.mlflow.refusal import Place, refusing


def said(error):
    with pytest.raises(MlflowException) as caught, refusing(Place("credit", "2", "champion")):
        raise error
    return caught.value


def test_a_refusal_is_403_with_a_reason_for_machines():
    why = "two people must sign; run govgate sign"
    refused = said(DeniedError(why, "PENDING", "sha256:ab", ("sign-off",)))

    body = json.loads(refused.serialize_as_json())
    assert refused.get_http_status_code() == 403
    assert body["error_code"] == "PERMISSION_DENIED"
    assert body["error_class"] == "GOVGATE_DENIED"
    assert body["message"] == (
        "[govgate] models:/credit/2 @champion: two people must sign; run govgate sign"
    )
    assert body["govgate"] == {
        "reason": "PENDING",
        "model": "credit",
        "version": "2",
        "alias": "champion",
        "failed_gates": ["sign-off"],
        "decision": "sha256:ab",
        "hint": "govgate explain models:/credit/2",
    }


def test_a_fault_of_the_guard_is_a_refusal_that_tells_no_secret():
    refused = said(KeyError("/etc/keys/gate"))

    assert refused.get_http_status_code() == 403
    assert refused.json_kwargs["govgate"]["reason"] == "VERIFY_UNAVAILABLE"
    assert "/etc/keys" not in refused.message


def test_a_refusal_about_a_whole_model_gives_no_hint_that_would_fail():
    with pytest.raises(MlflowException) as caught, refusing(Place("credit")):
        _deny()

    assert caught.value.json_kwargs["govgate"]["hint"] == ""


def _deny():
    msg = "reserved; hand over govgate.attestation"
    raise DeniedError(msg, "RESERVED_TAG", "")


def test_an_error_of_mlflows_own_passes_as_it_is():
    theirs = MlflowException.invalid_parameter_value("no such alias")

    assert said(theirs) is theirs


def test_a_refusal_is_logged_on_one_line(caplog):
    why = DeniedError("no; sign", "PENDING", "")

    with pytest.raises(MlflowException), refusing(Place("credit\nforged line", "2", "x")):
        raise why

    assert len(caplog.records) == 1
    assert "\n" not in caplog.records[0].getMessage()
