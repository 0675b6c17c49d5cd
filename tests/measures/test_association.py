"""Lambda: what a value tells of a class, against worked numbers."""

import pytest

from govgate.measures.association import pooled, told_share


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # the value determines the class; it does not help; it helps by half
        ([[10, 0], [0, 10]], 1.0),
        ([[5, 5], [5, 5]], 0.0),
        ([[7, 3], [3, 7]], 0.4),
        ([[10, 0, 0], [0, 10, 10]], 0.5),
        # one class alone cannot be told; nor can nothing
        ([[10], [5]], 0.0),
        ([[0, 0]], 0.0),
        ([], 0.0),
    ],
)
def test_lambda(table, expected):
    assert told_share(table) == expected


def test_pooling_keeps_the_totals_and_reaches_the_least():
    table = [[1, 0], [0, 1], [2, 0], [5, 5], [1, 0]]
    done = pooled(table, 3)
    assert done == [[3, 1], [5, 5], [1, 0]]
    assert pooled([], 3) == []
