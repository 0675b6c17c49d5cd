"""What a policy tolerates, as a value that can answer for itself."""

from typing import Annotated, Literal

from pydantic import Field

from govgate.records.base import Record


class AtMost(Record):
    """Admits numbers up to and including `value`."""

    kind: Literal["at_most"] = "at_most"
    value: float

    def admits(self, observed: float | str) -> bool:
        """Tell whether `observed` is within the limit; a NaN or a word never is."""
        return not isinstance(observed, str) and observed <= self.value

    def __str__(self) -> str:
        """Say the limit as people write it."""
        return f"≤ {self.value:g}"


class AtLeast(Record):
    """Admits numbers from `value` up."""

    kind: Literal["at_least"] = "at_least"
    value: float

    def admits(self, observed: float | str) -> bool:
        """Tell whether `observed` is within the limit; a NaN or a word never is."""
        return not isinstance(observed, str) and observed >= self.value

    def __str__(self) -> str:
        """Say the limit as people write it."""
        return f"≥ {self.value:g}"


class Exactly(Record):
    """Admits one word."""

    kind: Literal["exactly"] = "exactly"
    value: str

    def admits(self, observed: float | str) -> bool:
        """Tell whether `observed` is that word."""
        return observed == self.value

    def __str__(self) -> str:
        """Say the limit as people write it."""
        return self.value


Limit = Annotated[AtMost | AtLeast | Exactly, Field(discriminator="kind")]
