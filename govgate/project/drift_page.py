"""Evidently's page about a model's data, kept where it can be erased.

Source: docs/how-to/keep-evidence.md.
"""

from govgate.canon import canonical
from govgate.collect.drift.columns import comparable, families_of, first_rows, wanted
from govgate.collect.drift.options import DriftOptions
from govgate.errors import EvidenceError
from govgate.policy import Policy
from govgate.ports import Profiled
from govgate.project.measuring import Inputs, open_table

_NEEDS = ("reference", "current")
NAME = "drift.html"
"""Of the file that is kept."""


def draw_drift(policy: Policy, inputs: Inputs) -> bytes:
    """Draw the columns that the policy's rule about drift compares.

    Args:
        policy: Whose `collect` options of gate drift say which columns; all where it has none.
        inputs: Among them reference and current, as for `Project.measure`.

    Raises:
        EvidenceError: A table is missing, has no rows, or no column that can be drawn.
    """
    from govgate.adapters.evidently_page import evidently_page

    if absent := [name for name in _NEEDS if name not in inputs]:
        msg = f"there is no input {absent[0]!r} to draw; hand over {' and '.join(_NEEDS)}"
        raise EvidenceError(msg)
    reference, current = (open_table(inputs[name]) for name in _NEEDS)
    if isinstance(reference, Profiled) or isinstance(current, Profiled):
        msg = "a profile has no rows to draw; hand over the table itself"
        raise EvidenceError(msg)
    rule = next((rule for rule in policy.rules if rule.gate == "drift"), None)
    options = DriftOptions.model_validate_json(canonical(rule.collect if rule else {}))
    names = wanted(reference.columns, current.columns, options.columns, options.exclude)
    before = families_of(first_rows(reference, names, "reference"))
    now = families_of(first_rows(current, names, "current"))
    can = comparable(names, before, now).families
    return evidently_page(reference, current, [name for name in names if name in can])
