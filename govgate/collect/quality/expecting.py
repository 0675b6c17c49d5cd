"""How many values of a column are not what the policy expects; never which."""

from typing import Any

from govgate.errors import EvidenceError
from govgate.ports import Table
from govgate.profile.types import as_numbers, family_of
from govgate.records import ColumnExpectation, ExpectationCounts
from govgate.rows import count_repeats


def counted_against(expectation: ColumnExpectation, name: str, table: Table) -> ExpectationCounts:
    """Count the values of a column that are not as expected.

    Args:
        expectation: What the policy says of it.
        name: The column's.
        table: Which has it.

    Raises:
        EvidenceError: Text is to be in ascending order.
    """
    outside = unlisted = backwards = 0
    last = None
    for batch in table.batches([name]):
        array = batch.column(name)
        outside += _outside(array, name, expectation)
        unlisted += _unlisted(array, expectation)
        if expectation.ascending:
            fell, last = _fallen(array, name, last)
            backwards += fell
    repeated = 0
    if expectation.unique:
        (repeated,) = count_repeats([lambda: table.batches([name])], [name]).repeated
    return ExpectationCounts(
        expectation=expectation.digest,
        outside=outside,
        unlisted=unlisted,
        repeated=repeated,
        backwards=backwards,
    )


def _outside(array: Any, name: str, expectation: ColumnExpectation) -> int:
    import numpy as np

    low, high = expectation.min, expectation.max
    if low is None and high is None:
        return 0
    family = family_of(array.type, name)
    if family not in {"integer", "float", "decimal", "empty"}:
        # what is no number is in no range of numbers
        return int(len(array) - array.null_count)
    values = as_numbers(array, family)
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    return int(((values < low) | (values > high)).sum())


def _unlisted(array: Any, expectation: ColumnExpectation) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not expectation.values:
        return 0
    texts = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    listed = pc.is_in(texts.cast(pa.string()), pa.array(expectation.values))
    return int(len(array) - array.null_count - (pc.sum(listed).as_py() or 0))


def _fallen(array: Any, name: str, last: Any) -> tuple[int, Any]:
    """Count values smaller than the one before; give the last value for the next piece.

    Raises:
        EvidenceError: It holds text.
    """
    import numpy as np

    family = family_of(array.type, name)
    if family == "text":
        msg = f"column {name!r} holds text, which has no order to keep; write times or numbers, "
        raise EvidenceError(msg + "or take `ascending` out of its expectation")
    values = as_numbers(array, family)
    if not len(values):
        return 0, last
    joined = values if last is None else np.concatenate([[last], values])
    return int((joined[1:] < joined[:-1]).sum()), values[-1]
