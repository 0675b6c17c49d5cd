"""What a bypass is: prepared honestly, tried once, and looked at from behind."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

import requests

from tests.integrations.mlflow.bypasses.lab import Lab, Side

FAMILIES = (
    "aliases",
    "requests_bent",
    "stages",
    "tags",
    "attestations",
    "versions",
    "files",
    "databases",
    "stopped",
    "adopted",
    "modes",
    "elsewhere",
)
"""Modules of this folder; each begins with one sentence for the page."""

WAYS = {
    "malformed": "400",
    "dropped": "done without it",
    "judged bytes": "still served",
    "nothing": "nothing there to move",
}
"""How a bypass may come to nothing without a refusal of the guard's own."""


@dataclass(frozen=True)
class Step:
    """The last step of a bypass."""

    last: Callable[[], requests.Response]
    landed: Callable[[], bool]
    """Whether the bypass had its effect, asked of the rows and the served files."""


@dataclass(frozen=True)
class Probe:
    """One bypass."""

    family: str
    number: str
    says: str
    """What the attacker does, for the page."""

    stopped: str
    """Reason of the refusal, or one of WAYS."""

    bites: bool
    """Whether stock MLflow lets it through; what stock refuses too proves nothing of ours."""

    prepare: Callable[[Side], Step]

    def __str__(self) -> str:
        return f"{self.number}-{self.prepare.__name__}"


@dataclass(frozen=True)
class Seen:
    """What came of a bypass on one side."""

    status: int
    reason: str
    """Of the guard's refusal; "" without one."""

    landed: bool
    changed: tuple[str, ...]
    """Tables of the registry that are not as before the last step."""


PROBES: list[Probe] = []


def probe(number, says, stopped, *, bites=True):
    """Add the function below to the probes."""

    def add(function):
        family = function.__module__.rpartition(".")[2]
        PROBES.append(Probe(family, number, says, stopped, bites, function))
        return function

    return add


def all_probes() -> list[Probe]:
    """Every probe, family by family."""
    for family in FAMILIES:
        importlib.import_module(f"tests.integrations.mlflow.bypasses.{family}")
    return sorted(PROBES, key=lambda one: FAMILIES.index(one.family))


def attempt(probe: Probe, side: Side) -> Seen:
    """Prepare a bypass, try it, and look."""
    step = probe.prepare(side)
    before = side.rows()
    answer = step.last()
    after = side.rows()
    changed = tuple(name for name, rows in before.items() if rows != after[name])
    return Seen(answer.status_code, reason_of(answer), step.landed(), changed)


def reason_of(answer: requests.Response) -> str:
    """Reason of a refusal of the guard's, or ""."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    whole = (
        isinstance(body, dict)
        and {
            "error_code": "PERMISSION_DENIED",
            "error_class": "GOVGATE_DENIED",
        }.items()
        <= body.items()
    )
    if not whole or not body["message"].startswith("[govgate] "):
        return ""
    return str(body["govgate"]["reason"])


def held(probe: Probe, seen: Seen) -> bool:
    """Tell whether the guarded side did what the probe says it must."""
    if seen.landed:
        return False
    if probe.stopped in {"dropped", "judged bytes"}:
        return seen.status < 400
    if seen.changed:
        return False
    if probe.stopped == "malformed":
        return seen.status == 400
    if probe.stopped == "nothing":
        return True
    return seen.status == 403 and seen.reason == probe.stopped


def run(probe: Probe, lab: Lab) -> tuple[Seen, Seen]:
    """Try a bypass on stock MLflow, then on the guarded one."""
    return attempt(probe, lab.stock), attempt(probe, lab.guarded)


def family_says(family: str) -> str:
    """Heading of a family: the first line of its module, without the full stop."""
    module = importlib.import_module(f"tests.integrations.mlflow.bypasses.{family}")
    return (module.__doc__ or "").splitlines()[0].rstrip(".")
