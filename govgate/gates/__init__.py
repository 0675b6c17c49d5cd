"""The gates, one a file, and how to find them.

Room:        gates
Holds:       judgements: evidence body + bounds -> findings; every file here is one gate
May import:  gate, records, measures, plot, plugins, errors, pydantic
May touch:   nothing; a gate is given all it may know
Rule:        no gate imports another; a new gate is a new file and edits none
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from govgate.errors import PolicyError, UnknownGateError
from govgate.gate import Gate
from govgate.plugins import installed


@dataclass(frozen=True)
class Installed:
    """A gate, and the distribution it came from."""

    gate: Gate[Any, Any]
    made_by: str


@cache
def _all_gates() -> dict[str, Installed]:
    gates: dict[str, Installed] = {}
    for kind, made_by in installed(__name__, Gate):  # type: ignore[type-abstract]
        if kind.name in gates:
            msg = f"two gates are named {kind.name!r}; uninstall or rename one"
            raise PolicyError(msg)
        gates[kind.name] = Installed(kind(), made_by)
    return gates


def gate_names() -> tuple[str, ...]:
    """Names of every installed gate, sorted."""
    return tuple(sorted(_all_gates()))


def find_gate(name: str) -> Installed:
    """Return the gate of that name, once it has told its planted bodies apart.

    Args:
        name: Kebab case, such as "bias".

    Returns:
        The gate and who made it.

    Raises:
        UnknownGateError: No installed gate has that name.
        PolicyError: The gate fails its own planted bodies.
    """
    if name not in _all_gates():
        msg = f"no gate is named {name!r}; installed: {', '.join(gate_names())}"
        raise UnknownGateError(msg)
    if trouble := selftest(name):
        msg = f"gate {name!r} may not vote: {trouble}; fix the gate"
        raise PolicyError(msg)
    return _all_gates()[name]


@cache
def selftest(name: str) -> str:
    """Judge the gate's planted bodies.

    Args:
        name: Name of an installed gate.

    Returns:
        "" when the gate passes the good body and fails the bad one, else what is wrong.
    """
    gate = _all_gates()[name].gate
    try:
        planted = gate.planted()
        good = [f.satisfied for f in gate.judge(planted.good, planted.bounds)]
        bad = [f.satisfied for f in gate.judge(planted.bad, planted.bounds)]
    except Exception as why:  # noqa: BLE001 -- whatever a gate does wrong, it may not vote
        return f"its planted bodies raise {type(why).__name__}: {why}"
    if not good or not all(good):
        return "it does not pass its known-good body"
    return "" if bad and not all(bad) else "it does not fail its known-bad body"
