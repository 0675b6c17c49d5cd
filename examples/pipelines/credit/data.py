"""Loan applications, made up from a seed: unfair past decisions, and the truth beside them.

Nobody in here exists. Women and young people were granted fewer loans than they would have
repaid: officers marked down gaps in a career (which mostly women have) and new bank accounts
(which mostly the young have), and neither says anything about repayment. A model that learns
from those decisions learns the habit too, without ever seeing sex or age.

Source: the construction of label bias by a proxy in Mehrabi et al. (2021), section 3.1.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

SEED = 20260101
TRAINING_ROWS = 20_000
HELD_OUT_ROWS = 40_000

IDENTIFIERS = ["name", "email", "national_id"]
PROTECTED = ["sex", "age_band"]
PROXIES = ["career_gap_months", "account_age_years"]
FEATURES = ["income", "debt_ratio", "late_payments", "savings_months", *PROXIES]

_FIRST = ["Ada", "Bela", "Cleo", "Dora", "Emil", "Finn", "Gala", "Hugo", "Ines", "Jona"]
_LAST = ["Adler", "Brandt", "Costa", "Dahl", "Ekman", "Faro", "Gruber", "Haas", "Ito", "Jansen"]


@dataclass(frozen=True)
class Loans:
    """What the bank has."""

    training: pd.DataFrame
    """Past applications; `granted` is what an officer decided."""

    held_out: pd.DataFrame
    """Applications granted at random, so that `repaid` is known for every one."""


def make_loans(
    training_rows: int = TRAINING_ROWS, held_out_rows: int = HELD_OUT_ROWS, seed: int = SEED
) -> Loans:
    """Make the same loans for the same arguments.

    Args:
        training_rows: How many past applications.
        held_out_rows: How many were granted at random.
        seed: Where the random numbers start.

    Returns:
        Both tables, with direct identifiers in them, as a source system would give them.
    """
    rng = np.random.default_rng(seed)
    training = _applicants(rng, training_rows, first_id=0)
    held_out = _applicants(rng, held_out_rows, first_id=training_rows)
    training["granted"] = _drawn(rng, _worth(training) - _habit(training))
    held_out["repaid"] = _drawn(rng, _worth(held_out))
    return Loans(training, held_out)


def without_identifiers(table: pd.DataFrame) -> pd.DataFrame:
    """Drop the columns that name a person; nothing after this step sees them."""
    return table.drop(columns=IDENTIFIERS)


def _applicants(rng: np.random.Generator, rows: int, first_id: int) -> pd.DataFrame:
    sex = rng.choice(["f", "m"], rows, p=[0.45, 0.55])
    age = rng.choice(["18-29", "30-49", "50+"], rows, p=[0.3, 0.4, 0.3])
    woman, young = sex == "f", age == "18-29"
    names = np.char.add(np.char.add(rng.choice(_FIRST, rows), " "), rng.choice(_LAST, rows))
    ids = np.arange(first_id, first_id + rows).astype(str)
    dotted = np.char.replace(np.char.lower(names), " ", ".")
    emails = np.char.add(np.char.add(dotted, ids), "@example.com")
    return pd.DataFrame(
        {
            "name": names,
            "email": emails,
            "national_id": np.char.add("NID-", np.char.zfill(ids, 8)),
            "sex": sex,
            "age_band": age,
            "income": rng.lognormal(10.4, 0.4, rows).round(-2),
            "debt_ratio": rng.beta(2, 5, rows).round(3),
            "late_payments": rng.poisson(0.8, rows),
            "savings_months": rng.gamma(2.0, 2.0, rows).round(1),
            "career_gap_months": rng.poisson(np.where(woman, 14.0, 2.0)),
            "account_age_years": rng.gamma(np.where(young, 2.0, 8.0), 1.0).round(1),
        }
    )


def _worth(table: pd.DataFrame) -> pd.Series:
    """Log odds that the loan is repaid: the same for like people of any group."""
    return (
        1.6 * np.log(table["income"] / 30_000)
        - 4.0 * (table["debt_ratio"] - 0.28)
        - 0.9 * (table["late_payments"] - 0.8)
        + 0.15 * (table["savings_months"] - 4.0)
        + 0.6
    )


def _habit(table: pd.DataFrame) -> pd.Series:
    """How far officers marked an application down for what says nothing about repayment."""
    return 0.10 * table["career_gap_months"] - 0.10 * (table["account_age_years"] - 6.0)


def _drawn(rng: np.random.Generator, log_odds: pd.Series) -> np.ndarray:
    return (rng.random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))).astype("int64")
