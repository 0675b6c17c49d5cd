"""The page about drift is kept where it can be erased."""

import json

import numpy as np
import pandas as pd
import pytest

from govgate.cli.main import main
from govgate.errors import EvidenceError


def tables(folder):
    draw = np.random.default_rng(1)
    paths = {}
    for name, shift in (("reference", 0), ("current", 1)):
        paths[name] = str(folder / f"{name}.parquet")
        pd.DataFrame({"income": draw.normal(shift, 1, 500), "id": range(500)}).to_parquet(
            paths[name]
        )
    return paths


def test_a_page_is_sealed_found_and_erased(office, tmp_path, capsys):
    words = [f"--input={name}={path}" for name, path in tables(tmp_path).items()]
    drawn = ["evidence", "draw", "--project", str(office.folder), "--about", office.model]
    assert main([*drawn, *words, "--json"]) == 0
    handle = json.loads(capsys.readouterr().out)["digest"]
    page = office.fetch(handle)
    assert b"income" in page
    office.erase(handle)
    with pytest.raises(EvidenceError, match="erased"):
        office.fetch(handle)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda paths: paths.pop("current"), "there is no input 'current' to draw; hand over"),
        (lambda paths: paths.update(reference="ref.json"), "a profile has no rows to draw"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_nothing_is_kept(office, tmp_path, change, said):
    paths = tables(tmp_path)
    change(paths)
    if paths["reference"] == "ref.json":
        from govgate.project.profiling import profile_table, write_profile

        write_profile(profile_table({"a": [1.0, 2.0]}), tmp_path / "ref.json")
        paths["reference"] = str(tmp_path / "ref.json")
    with pytest.raises(EvidenceError, match=said):
        office.project.keep_drift_page(office.model, paths)
    assert office.kinds() == []
