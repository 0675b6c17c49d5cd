"""How a rule says what drift is measured of, and how."""

from typing import Literal

from govgate.collector import Options

_NumberMethod = Literal["wasserstein", "jensenshannon", "psi", "ks"]
_CategoryMethod = Literal["jensenshannon", "psi", "chisquare", "z"]


class DriftOptions(Options):
    """Which columns to compare, and how."""

    columns: tuple[str, ...] | None = None
    """These alone; null takes all of both tables, and a column of one alone is not measured."""

    exclude: tuple[str, ...] = ()
    """Leave these out, such as identifiers and dates."""

    lengths: tuple[str, ...] = ()
    """Columns of free text to compare by the lengths of their values."""

    compat: Literal["evidently"] | None = None
    """Evidently's own numbers, with its blind spots; null judges by govgate's measures."""

    number_method: _NumberMethod | None = None
    """With compat, of columns of numbers; null takes Evidently's default."""

    category_method: _CategoryMethod | None = None
    """With compat, of columns of categories; null takes Evidently's default."""
