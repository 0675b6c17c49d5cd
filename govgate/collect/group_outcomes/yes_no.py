"""Reads a column of yes and no by its values."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from govgate.errors import EvidenceError
from govgate.profile.coding import Value

_BOOLEANS = {"false": 0, "true": 1}
"""As `profile.coding` writes them."""


@dataclass(frozen=True)
class YesNo:
    """One column of yes and no, and which of its values means yes."""

    column: str
    positive: str | int | bool | None

    def bit(self, value: Value) -> int:
        """Tell yes (1) from no (0).

        Raises:
            EvidenceError: The value is neither, or of another type than the positive one.
        """
        if self.positive is None:
            return self._plain(value)
        if isinstance(self.positive, bool):
            return int(value == str(self.positive).lower())
        if isinstance(value, str) != isinstance(self.positive, str):
            self._refuse(
                f"holds {value!r}, collect.positive is {self.positive!r}; write "
                "predictions and labels alike, and name one of their values"
            )
        return int(value == self.positive)

    def _plain(self, value: Value) -> int:
        if value in _BOOLEANS:
            return _BOOLEANS[str(value)]
        if isinstance(value, str):
            self._refuse(f"holds text such as {value!r}; set collect.positive")
        if isinstance(value, float) and 0 < value < 1:
            self.refuse_score(value)
        if value not in {0, 1}:
            self._refuse(
                f"holds {value:g} besides 0 and 1; set collect.positive to what is selected"
            )
        return int(value or 0)

    def refuse_score(self, value: float) -> NoReturn:
        """Say that the column holds scores.

        Raises:
            EvidenceError: Always.
        """
        self._refuse(f"holds scores such as {value:g}; decide on a threshold, write 0 and 1")

    def _refuse(self, why: str) -> NoReturn:
        msg = f"column {self.column!r} {why}"
        raise EvidenceError(msg)


def refuse_unseen(columns: Iterable[str], positive: Any, hits: int) -> None:
    """Say that the positive value never occurs, if it does not.

    Raises:
        EvidenceError: Nobody is positive in any of the columns.
    """
    if positive is not None and not hits:
        names = " and ".join(map(repr, columns))
        msg = f"{positive!r} never occurs in {names}; correct collect.positive"
        raise EvidenceError(msg)
