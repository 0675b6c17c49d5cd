"""How well one column tells another.

Source: Goodman and Kruskal 1954, Measures of Association for Cross Classifications, Journal of the
American Statistical Association 49:732-764, section 5.2 (lambda).
"""

from collections.abc import Iterable, Sequence


def told_share(table: Iterable[Sequence[int]]) -> float:
    """Give lambda: how many of the mistakes in guessing a class are avoided by knowing a value.

    Args:
        table: For each value the rows of each class, in one order of classes.

    Returns:
        In [0, 1]: 1 means that the value determines the class, 0 that it does not help, or that
        there is one class alone.
    """
    rows = [*table]
    totals = [sum(column) for column in zip(*rows, strict=True)]
    blind = sum(totals) - max(totals, default=0)
    knowing = sum(sum(row) - max(row) for row in rows)
    return (blind - knowing) / blind if blind else 0.0


def pooled(table: Iterable[Sequence[int]], least: int) -> list[list[int]]:
    """Put neighbours together until each row counts enough.

    A value seen once always "determines" its class; only what repeats can tell.

    Args:
        table: As for `told_share`, in an order in which neighbours are alike.
        least: Rows that each pooled value has at least, but the last.

    Returns:
        A table of the same totals.
    """
    done: list[list[int]] = []
    for row in table:
        if done and sum(done[-1]) < least:
            done[-1] = [a + b for a, b in zip(done[-1], row, strict=True)]
        else:
            done.append([*row])
    return done
