"""A URI is one model and perhaps a part of it, as MLflow reads it or more strictly."""

import pytest

from govgate.errors import DeniedError
from govgate.integrations.mlflow.fetching import _require_inside, _split

ID = "m-" + "0a" * 16

SPLIT = [
    ("models:/credit/2", ("models:/credit/2", "")),
    ("models:/credit/2/data/x", ("models:/credit/2", "data/x")),
    ("models:/credit@champion", ("models:/credit@champion", "")),
    ("models:/credit@champion/MLmodel", ("models:/credit@champion", "MLmodel")),
    (f"models:/{ID}", (f"models:/{ID}", "")),
    (f"models:/{ID}/MLmodel", (f"models:/{ID}", "MLmodel")),
    (f"models:/{ID}/data/x", (f"models:/{ID}", "data/x")),
    ("models:/m-credit/Production", ("models:/m-credit/Production", "")),
    ("models:/m-credit/2/MLmodel", ("models:/m-credit/2", "MLmodel")),
]


@pytest.mark.parametrize(("uri", "parts"), SPLIT)
def test_a_uri_is_split_into_model_and_part(uri, parts):
    assert _split(uri) == parts


@pytest.mark.parametrize("inner", ["", "MLmodel", "data/model.pkl", "a..b", "...", "a/.hidden"])
def test_a_part_inside_is_fine(inner):
    _require_inside("models:/credit/2", inner)


@pytest.mark.parametrize("inner", ["..", "../x", "a/../../x", "/etc/x", "a/..", "..\\x", "a\\b"])
def test_a_part_outside_is_refused(inner):
    with pytest.raises(DeniedError, match="leads out") as caught:
        _require_inside("models:/credit/2", inner)
    assert caught.value.reason == "MALFORMED"
