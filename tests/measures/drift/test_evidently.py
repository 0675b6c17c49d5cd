"""Every method and its choice, beside the real Evidently."""

import numpy as np
import pandas as pd
import pytest

from govgate.measures.drift.evidently import TITLES, compare_counts, compare_numbers
from tests.collect.drift.oracle import by_evidently

NUMBER_METHODS = ("wasserstein", "jensenshannon", "psi", "ks")
CATEGORY_METHODS = ("jensenshannon", "psi", "chisquare", "z")


def numbers(rows: int, seed: int, shift: float) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "normal": draw.normal(shift, 1, rows),
            "lognormal": draw.lognormal(shift, 2, rows),
            "cauchy": draw.standard_cauchy(rows) * (1 + shift),
            "short": draw.normal(shift, 1, rows).astype(np.float32),
            "whole": draw.integers(0, 100 + int(20 * shift), rows),
            "narrow whole": draw.integers(0, 24, rows),
            "bytes": draw.integers(0, 99, rows).astype(np.uint8),
            "twenty": draw.integers(0, 20, rows),
            "twenty one": draw.integers(0, 21, rows),
            "five": draw.integers(0, 5, rows) * 0.5,
            "six": draw.choice(6, rows, p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.05]),
            "three": draw.choice(3, rows, p=[0.5 + shift / 5, 0.3 - shift / 5, 0.2]),
            "two": (draw.random(rows) < 0.3 + shift / 5).astype(int),
            "one": np.full(rows, 7.0),
            "zero inflated": np.where(draw.random(rows) < 0.3, 0.0, draw.gamma(2, 2, rows)),
            "with holes": draw.normal(shift, 1, rows),
            "large": draw.normal(1e9, 1, rows),
            "tiny": draw.normal(shift, 1e-7, rows),
        }
    )
    frame.loc[draw.random(rows) < 0.2, "with holes"] = np.nan
    frame.loc[draw.random(rows) < 0.05, "with holes"] = np.inf
    frame.loc[draw.random(rows) < 0.05, "lognormal"] = -np.inf
    return frame


def words(rows: int, seed: int, shift: float) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "region": draw.choice(
                ["north", "south", "east"], rows, p=[0.5 - shift / 5, 0.3 + shift / 5, 0.2]
            ),
            "many": draw.choice([f"v{i}" for i in range(200)], rows),
            "member": draw.random(rows) < 0.5 + shift / 10,
            "lone": np.full(rows, "x"),
            "new": draw.choice(["a", "b", "c", "d"][: 3 + (seed % 2)], rows),
            "holes": draw.choice(["p", "q", "r"], rows),
        }
    ).astype({"holes": object})
    frame.loc[draw.random(rows) < 0.3, "holes"] = None
    return frame


def clean(column: pd.Series) -> pd.Series:
    return column.replace([np.inf, -np.inf], np.nan).dropna()


def apart(ours: float, theirs: float) -> float:
    if not np.isfinite(theirs):
        return 0.0 if not np.isfinite(ours) else np.inf
    return abs(ours - theirs) / max(1.0, abs(theirs))


SIZES = [(40, 40, 0.3), (1000, 1500, 0.0), (1001, 700, 0.3), (12_000, 11_000, 0.1)]
"""Rows of both tables, and how far the current one is shifted."""


@pytest.mark.parametrize("sizes", SIZES)
def test_the_default_method_and_its_value_for_numbers(sizes):
    reference, current = numbers(sizes[0], 1, 0.0), numbers(sizes[1], 2, sizes[2])
    for name, (method, value, _) in by_evidently(reference, current).items():
        ours = compare_numbers(*(clean(f[name]).to_numpy() for f in (reference, current)))
        assert TITLES[ours.method] == method, name
        assert apart(ours.value, value) <= 1e-12, (name, ours.value, value)


@pytest.mark.parametrize("sizes", SIZES)
def test_the_default_method_and_its_value_for_categories(sizes):
    reference, current = words(sizes[0], 2, 0.0), words(sizes[1], 3, sizes[2])
    for name, (method, value, _) in by_evidently(reference, current, [*reference]).items():
        counts = [clean(f[name]).value_counts().to_dict() for f in (reference, current)]
        ours = compare_counts(*counts)
        assert TITLES[ours.method] == method, name
        assert apart(ours.value, value) <= 1e-12, (name, ours.value, value)


@pytest.mark.parametrize("method", NUMBER_METHODS)
@pytest.mark.parametrize("sizes", [(300, 250), (4000, 3001)])
def test_every_method_that_can_be_asked_for_numbers(method, sizes):
    reference, current = numbers(sizes[0], 4, 0.0), numbers(sizes[1], 5, 0.2)
    theirs = by_evidently(reference, current, methods=dict.fromkeys(reference, method))
    for name, (_, value, _) in theirs.items():
        ours = compare_numbers(*(clean(f[name]).to_numpy() for f in (reference, current)), method)
        assert ours.method == method
        assert apart(ours.value, value) <= 1e-12, (name, ours.value, value)


@pytest.mark.parametrize("method", CATEGORY_METHODS)
@pytest.mark.parametrize("sizes", [(300, 250), (4000, 3001)])
def test_every_method_that_can_be_asked_for_categories(method, sizes):
    columns = ["member", "lone"] if method == "z" else ["region", "many", "member", "new", "holes"]
    reference, current = words(sizes[0], 2, 0.0)[columns], words(sizes[1], 3, 0.3)[columns]
    theirs = by_evidently(reference, current, columns, dict.fromkeys(columns, method))
    for name, (_, value, _) in theirs.items():
        counts = [clean(f[name]).value_counts().to_dict() for f in (reference, current)]
        assert apart(compare_counts(*counts, method).value, value) <= 1e-12, name
