"""What one differentially private release cost."""

from typing import Annotated

from pydantic import Field

from govgate.records.base import Digest, Record, Word

SPEND = "dp-spend/v1"
"""Kind of the evidence whose body is a `Spend`."""


class Spend(Record):
    """One release about the people of a data set: a model, a table, an answer to a query.

    Source: (epsilon, delta) as Dwork and Roth 2014, doi:10.1561/0400000042, definition 2.4.
    """

    data_set: Digest
    """Of the people's data as they were before anything was taken from them."""

    release: Word
    """Its name, which no other release about this data set has."""

    mechanism: Word
    """How noise was added, such as "dp-sgd" or "laplace"."""

    epsilon: Annotated[float, Field(gt=0)]
    delta: Annotated[float, Field(ge=0, lt=1)]
    rho: Annotated[float, Field(gt=0)] | None = None
    """Of zero-concentrated differential privacy, where the mechanism has it (Gaussian noise)."""


class CountedSpend(Spend):
    """A spend, and whose."""

    subject: Digest
    """Content of the subject that was released."""
