"""Evidently's page: from the same sample every time, with nothing that cannot be drawn."""

import os

import numpy as np
import pandas as pd
import pytest

from govgate.adapters.evidently_page import evidently_page, sampled
from govgate.adapters.tables import read_table
from govgate.errors import EvidenceError


def people(rows, seed=1):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": draw.integers(18, 90, rows),
            "region": draw.choice(["north", "south"], rows),
            "name": [f"Ms Nobody {i}" for i in range(rows)],
            "lost": np.full(rows, np.nan),
        }
    )


def test_a_sample_is_bounded_without_repeats_and_the_same_again():
    table = read_table(pd.DataFrame({"i": range(600_000)}))
    drawn = sampled(table, ["i"], most=1000).column("i").to_pylist()
    assert len(set(drawn)) == 1000
    assert drawn == sorted(drawn)
    assert sampled(table, ["i"], most=1000).column("i").to_pylist() == drawn
    # every part of the table has its chance
    assert np.histogram(drawn, 6, (0, 600_000))[0] == pytest.approx(1000 / 6, rel=0.4)
    other = sampled(read_table(pd.DataFrame({"i": range(599_999)})), ["i"], most=1000)
    assert other.column("i").to_pylist() != drawn


def test_a_small_table_is_taken_whole():
    assert sampled(read_table({"i": [3, 1, 2]}), ["i"]).column("i").to_pylist() == [3, 1, 2]


def test_the_page_shows_columns_and_no_names(monkeypatch):
    monkeypatch.delenv("DO_NOT_TRACK", raising=False)
    reference, current = (read_table(people(2000, seed)) for seed in (1, 2))
    page = evidently_page(reference, current, reference.columns)
    assert b"<html" in page
    assert b"region" in page
    assert b"Ms Nobody" not in page
    assert os.environ["DO_NOT_TRACK"] == "1"


def test_where_nothing_can_be_drawn_that_is_said():
    table = read_table(people(2000))
    with pytest.raises(EvidenceError, match="none of these columns can be drawn"):
        evidently_page(table, table, ["name", "lost"])
