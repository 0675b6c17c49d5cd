"""What the search finds holds, and nothing finer beside it does."""

import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.anonymise import Rewriting, Search, count_cells, ladder_of
from govgate.errors import EvidenceError
from govgate.gates.anonymisation import AnonymisationBounds

OFF = dict.fromkeys(set(AnonymisationBounds.model_fields) - {"allowed_identifiers"})
QUASI = ("age", "zip")


def searched(frame, most=0, quasi=QUASI, **bounds):
    table = pa.Table.from_pandas(frame, preserve_index=False)
    names = [*quasi, *(name for name in ("ill", "wage") if name in frame)]
    cells = count_cells(table.to_batches(), names)
    ladders = {name: ladder_of(cells.distinct[name], cells.rows_of(name), None) for name in quasi}
    secrets = {name: name == "wage" for name in names if name not in quasi}
    search = Search(cells, ladders, secrets, AnonymisationBounds(**OFF | bounds), most)
    return search, cells, ladders, table


def released(frame, most=0, quasi=QUASI, **bounds):
    search, cells, ladders, table = searched(frame, most, quasi, **bounds)
    proposal = search.best()
    pieces = Rewriting(cells, ladders, proposal).rewrite(table.to_batches(), {})
    return proposal, pa.Table.from_batches(pieces).to_pandas()


def people(rows, seed=1):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": draw.integers(18, 90, rows),
            "zip": [f"{number:05}" for number in draw.integers(10_000, 10_400, rows)],
            "ill": draw.choice([*"abcd"], rows),
            "wage": draw.integers(0, 50, rows),
        }
    )


@pytest.mark.parametrize("most", [0, 40])
def test_what_is_released_holds_and_no_rung_could_be_lower(most):
    frame = people(800)
    search, *_ = searched(frame, most, min_k=5, min_l=2, max_t=0.5)
    best = search.best()
    _, out = released(frame, most, min_k=5, min_l=2, max_t=0.5)
    groups = out.groupby([*QUASI], dropna=False)
    assert groups.size().min() >= 5
    assert groups["ill"].nunique().min() >= 2
    assert len(out) == 800 - best.suppressed >= 800 - most
    for place, height in enumerate(best.heights):
        if height:
            lower = (*best.heights[:place], height - 1, *best.heights[place + 1 :])
            assert search._judged(lower) is None


@pytest.mark.parametrize("seed", range(5))
def test_no_choice_of_all_loses_less(seed):
    search, cells, ladders, _ = searched(people(600, seed), 30, min_k=4)
    best = search.best()
    rows = int(cells.rows.sum())

    def loss(proposal):
        return proposal.ncp * (rows - proposal.suppressed) + proposal.suppressed

    heights = itertools.product(*(range(len(rungs)) for rungs in ladders.values()))
    every = [found for at in heights if (found := search._judged(at))]
    assert loss(best) == min(map(loss, every))


def test_the_same_table_is_always_generalised_alike():
    first, out = released(people(500), 25, min_k=3)
    second, again = released(people(500).sample(frac=1, random_state=3), 25, min_k=3)
    assert first.heights == second.heights
    assert out.sort_values([*out]).to_numpy().tolist() == (
        again.sort_values([*again]).to_numpy().tolist()
    )


def test_what_needs_nothing_is_left_as_it_is():
    frame = pd.DataFrame({"age": [30, 40] * 20, "zip": ["10115"] * 40})
    best, out = released(frame, min_k=20)
    assert (best.heights, best.ncp, best.suppressed) == ((0, 0), 0.0, 0)
    assert best.discernibility == 800
    pd.testing.assert_frame_equal(out, frame)


def test_rows_that_are_left_out_cost_all_rows_in_discernibility():
    frame = pd.DataFrame({"age": [30] * 20 + [99], "zip": ["10115"] * 21})
    best, out = released(frame, 1, min_k=20)
    assert (best.suppressed, best.discernibility, len(out)) == (1, 400 + 21, 20)
    best, out = released(frame, 0, min_k=20)  # not one may be left out
    assert (best.suppressed, len(out), {*out["age"]}) == (0, 21, {"*"})


@pytest.mark.parametrize(
    "bounds",
    [
        {"min_k": 41},  # NOT OK: more than there are
        {"min_l": 5},  # NOT OK: more than anybody has
        {"max_alpha": 0.1},  # NOT OK: what all have in common
    ],
)
def test_what_cannot_be_reached_is_said(bounds):
    frame = people(40)
    with pytest.raises(EvidenceError, match="even with one value for all"):
        released(frame, 39, **bounds)


def test_the_risks_ask_for_rows_too():
    frame = people(400)
    for bound in ("max_prosecutor_risk", "max_journalist_risk"):
        _, out = released(frame, **{bound: 0.05})
        assert out.groupby([*QUASI]).size().min() >= 20
    _, out = released(frame, max_marketer_risk=0.01)
    assert len(out.groupby([*QUASI])) <= 4
    with pytest.raises(EvidenceError, match="no release has a risk of 0"):
        released(frame, max_prosecutor_risk=0.0)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 30) | st.none(), st.sampled_from("abc"), st.sampled_from("xyz")),
        min_size=1,
        max_size=60,
    ),
    k=st.integers(1, 6),
    share=st.floats(0, 0.5),
)
def test_every_release_is_as_alike_as_was_asked(rows, k, share):
    frame = pd.DataFrame(rows, columns=["age", "zip", "ill"]).astype({"age": "Int64"})
    most = int(share * len(frame))
    try:
        best, out = released(frame, most, min_k=k)
    except EvidenceError:
        assert len(frame) < k
        return
    assert out.groupby([*QUASI], dropna=False).size().min() >= k
    assert len(frame) - len(out) == best.suppressed <= most
