"""The UCI Adult data set: who of the 1994 United States census earned more than 50,000 dollars.

Source: Kohavi and Becker (1996), https://doi.org/10.24432/C5XW20; with a header line, without
the spaces after commas and the final full stops. "?" marks an unknown value.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

LABEL = "income"
PROTECTED = ["sex", "race"]
PROXIES = ["relationship", "marital_status"]
"""Husband and Wife say the sex outright; marital status comes close."""

NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
WORDS = ["workclass", "occupation", "native_country", *PROXIES, *PROTECTED]
FEATURES = [*NUMBERS, *WORDS]
"""Not `fnlwgt`, the census's sampling weight, nor `education`, which says `education_num` again."""


@dataclass(frozen=True)
class Adult:
    """The usual split."""

    training: pd.DataFrame
    """32,561 people."""

    held_out: pd.DataFrame
    """16,281 people."""


def read_adult(folder: Path) -> Adult:
    """Read `adult_train.csv` and `adult_test.csv`.

    Args:
        folder: Where they are.

    Returns:
        Both tables; an unknown value is the word "?", not a missing one.
    """
    tables = (pd.read_csv(folder / f"adult_{part}.csv") for part in ("train", "test"))
    return Adult(*tables)
