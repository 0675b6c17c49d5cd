"""Tables of every kind of column, and Python's own counting of them."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from govgate.profile import plan_for


def make_table(rows, seed=0):
    r = np.random.default_rng(seed)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    hidden = r.random(rows) < 0.1
    return pa.table(
        {
            "normal": pa.array(r.normal(size=rows), mask=hidden),
            "heavy": r.standard_cauchy(rows) * 1e3,
            "zeros": np.where(r.random(rows) < 0.4, 0, r.gamma(2, 2, rows)),
            "odd": np.where(r.random(rows) < 0.2, np.nan, np.where(hidden, np.inf, r.random(rows))),
            "whole": pa.array(r.integers(-50, 50, rows), mask=hidden),
            "narrow": r.normal(size=rows).astype(np.float32),
            "half": r.normal(size=rows).astype(np.float16),
            "unsigned": r.integers(0, 2**63, rows, np.uint64) * np.uint64(2),
            "price": pa.array([Decimal(int(n)) / 100 for n in r.integers(0, 9999, rows)]),
            "moment": pa.array(
                [start + timedelta(seconds=int(n)) for n in r.integers(0, 9**9, rows)]
            ),
            "day": pa.array(
                [date(2026, 1, 1) + timedelta(int(n)) for n in r.integers(0, 999, rows)]
            ),
            "clock": pa.array([time(int(n) % 24, int(n) % 60) for n in r.integers(0, 999, rows)]),
            "flag": pa.array(r.random(rows) < 0.3, mask=hidden),
            "colour": pa.array(
                np.array(["red", "green", "blue"])[r.integers(0, 3, rows)], mask=hidden
            ),
            "code": pa.array([f"c{n}" for n in np.minimum(r.geometric(0.02, rows), 400)]),
            "note": pa.array([f"{n:x}" * 3 for n in r.integers(0, 2**40, rows)]),
            "nothing": pa.nulls(rows),
        }
    )


@pytest.fixture(scope="session")
def table():
    return make_table(3000)


@pytest.fixture(scope="session")
def plan(table):
    plan = plan_for(table.to_batches(), cells=[["colour", "flag"], ["whole"]])
    return plan.model_copy(update={"most_categories": 100})
