"""What a kind of identifier is: its form, its check, and what columns of it are called."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError

Check = Callable[[str, tuple[str, ...]], bool | None]
"""Text and regions to: valid; of the form and not valid; or, None, not of the form after all."""

_BEFORE = r"(?<![A-Za-z0-9])(?<![0-9A-Za-z]-)(?<![0-9]\.)"
_AFTER = r"(?![A-Za-z0-9])(?![-.][0-9])"

_LONGEST = 300
"""Letters of a cell that may be one identifier as a whole."""


def holds(_text: str, _regions: tuple[str, ...]) -> bool:
    """Say that the form alone is the check."""
    return True


def checked(validate: Callable[[str], str], *, ranges: bool = False) -> Check:
    """Make a check from a validator of python-stdnum.

    Args:
        validate: Raises where the number is wrong, and says whether form or checksum is.
        ranges: A number out of its ranges is invalid, and not of another form: where there is
            no checksum, the ranges are what chance is measured by.
    """
    wrong = (InvalidChecksum, InvalidComponent) if ranges else (InvalidChecksum,)

    def check(text: str, _regions: tuple[str, ...]) -> bool | None:
        try:
            validate(text)
        except wrong:
            return False
        except (ValidationError, ValueError):
            return None
        return True

    return check


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of identifier."""

    name: str

    form: str = ""
    """Python regular expression of bounded length; "" where only the column's name tells."""

    sieve: str = ""
    """RE2 expression that lets through whatever has the form; "" makes it from `form`."""

    gate: str = ""
    """Cheaper expression shared by several kinds, asked first."""

    check: Check = holds

    chance: float | None = 0.0005
    """Share of text of this form that is valid by chance; None measures it on other digits.
    The default lets two different ones be no accident, and one alone a suspicion."""

    named: str = ""
    """Regular expression of the words in names of columns that hold it, joined by "_"."""

    hinted: str = ""
    """The same, of names that may mean something else too: then it is suspected at most."""

    loose: str = ""
    """Form of a whole cell that is believed only in a column so named; "" takes `form`."""

    loosely: Check | None = None
    """Check of such a cell; `check` when None."""

    sure: bool = True
    """Form and checksum are enough; else, without the column's name, it is only suspected."""

    alone: bool = True
    """Believed in a sentence without a word such as `named` before it."""

    @cached_property
    def finder(self) -> re.Pattern[str]:
        """Finds the form between other text."""
        return re.compile(f"{_BEFORE}(?:{self.form}){_AFTER}")

    @cached_property
    def sieved(self) -> str:
        """RE2 expression to ask every cell, "" where no form is looked for."""
        if self.sieve or not self.form:
            return self.sieve
        return f"(?:^|[^A-Za-z0-9])(?:{self.form})(?:$|[^A-Za-z0-9])"

    @cached_property
    def whole(self) -> re.Pattern[str]:
        """Fits a whole cell of a column that is named like this kind."""
        return re.compile(self.loose or self.form)

    def fits(self, cell: str, regions: tuple[str, ...]) -> bool:
        """Tell whether a whole cell may be of this kind, given that its column is named so."""
        if len(cell) > _LONGEST or not self.whole.fullmatch(cell):
            return False
        return bool((self.loosely or self.check)(cell, regions))
