"""Which names in MLmodel lead out of the model."""

import pytest

from govgate.adapters.mlmodel_file import names_outside
from govgate.errors import EvidenceError

ROWS = [
    ("f: {data: model.pkl, code: code, env: {conda: conda.yaml}}", 0),  # OK
    ("f: {python_version: 3.11.7, loader_module: mlflow.sklearn, code: null}", 0),  # OK
    ("f: {artifacts: {w: {path: artifacts/w.bin, uri: file:///tmp/w.bin}}}", 0),  # OK: an origin
    ("f: {model_config: {folder: /data, up: ../x}}", 0),  # OK: the user's own settings
    ("f: {source_model_name: /models/bert, model_binary: model}", 0),  # OK: weights inside
    ("f: {data: a..b/c.., code: ...}", 0),  # OK: dots, but no way up
    ("f: {source_model_name: /models/bert}", 1),  # NOT OK: weights outside
    ("f: {data: /etc/model.pkl}", 1),  # NOT OK
    ("f: {data: ../model.pkl}", 1),  # NOT OK
    ("f: {data: a/../../model.pkl}", 1),  # NOT OK
    ("f: {data: ~/model.pkl}", 1),  # NOT OK
    ("f: {data: 'file:/tmp/model.pkl'}", 1),  # NOT OK
    ("f: {artifacts: {w: {path: /tmp/w.bin}}}", 1),  # NOT OK
    ("f: {files: [{path: /a}, {path: ../b}]}", 2),  # NOT OK
    ("f: {data: /a}\n  g: {data: /b}", 2),  # NOT OK
]


@pytest.mark.parametrize(("flavors", "count"), ROWS)
def test_names_that_lead_out_are_found(tmp_path, flavors, count):
    (tmp_path / "MLmodel").write_text(f"flavors:\n  {flavors}\n")
    assert len(names_outside(tmp_path)) == count


def test_a_name_is_told_with_its_place(tmp_path):
    (tmp_path / "MLmodel").write_text("flavors: {f: {files: [{path: /a}]}}\n")
    assert names_outside(tmp_path) == ("f.files.0.path: /a",)


@pytest.mark.parametrize("text", [None, "", "[]", "flavors: []", "flavors:", "a: [", "\xff"])
def test_a_file_that_says_nothing_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "MLmodel").write_bytes(text.encode("latin-1"))
    with pytest.raises(EvidenceError, match="; "):
        names_outside(tmp_path)
