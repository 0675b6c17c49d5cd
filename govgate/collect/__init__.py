"""The collectors, one a file, and how to find them.

Room:        collect
Holds:       measurements: tables -> evidence body; every file here is one collector
May import:  collector, gates, gate, ports, profile, measures, records, plugins, errors,
             pydantic, numpy, pyarrow, pandas, evidently
May touch:   the tables it is handed and one outside library, imported late
Rule:        measures what is there, never judges; no collector imports another
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from govgate.collector import Collector
from govgate.errors import ProjectError
from govgate.plugins import installed


@dataclass(frozen=True)
class Installed:
    """A collector, and the distribution it came from."""

    collector: Collector[Any]
    made_by: str


@cache
def _all_collectors() -> dict[str, Installed]:
    found: dict[str, Installed] = {}
    for kind, made_by in installed(__name__, Collector):  # type: ignore[type-abstract]
        if kind.kind in found:
            msg = f"two collectors make {kind.kind!r}; uninstall one"
            raise ProjectError(msg)
        found[kind.kind] = Installed(kind(), made_by)
    return found


def find_collector(kind: str) -> Installed | None:
    """Return the collector of that kind of evidence, or None when people must supply it.

    Args:
        kind: Such as "group-outcomes/v1".
    """
    return _all_collectors().get(kind)
