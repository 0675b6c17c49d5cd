"""What the guard costs: stock and guarded MLflow side by side, over HTTP, in milliseconds.

Both servers are real, on this machine, with the same settings; their calls alternate, so that
a busy machine slows both; a start is counted in milliseconds of processors, all processes of
a server together. Bars are ratios of medians. Run: `python benchmarks/registry.py`.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import requests

from tests.integrations.mlflow.bypasses.lab import API, Lab, Side, Version, open_lab

Call = Callable[[], requests.Response]
Row = tuple[str, list[float], list[float], float]
"""What was called, milliseconds on each server, and the bar of their ratio."""


CALLS, WARM_UP, STARTS = 200, 20, 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS, help="of each kind, on each server")
    parser.add_argument("--starts", type=int, default=STARTS, help="of each server, timed")
    parser.add_argument("--size-kib", type=int, default=1024, help="of the model's files")
    parser.add_argument("--strict", action="store_true", help="end with 1 when a bar is missed")
    chosen = parser.parse_args()
    files = {"MLmodel": b"flavors: {}\n", "model.bin": bytes(chosen.size_kib << 10)}
    started: dict[str, list[float]] = {"stock": [], "guarded": []}
    for left in reversed(range(chosen.starts)):
        with tempfile.TemporaryDirectory() as place, open_lab(Path(place)) as lab:
            started["stock"].append(lab.stock.server.started_cpu_s * 1000)
            started["guarded"].append(lab.guarded.server.started_cpu_s * 1000)
            rows = measured(lab, files, chosen.calls) if not left else []
    rows.append(("server start, CPU", started["stock"], started["guarded"], 1.05))
    print(f"model of {chosen.size_kib} KiB in 2 files, {chosen.calls} calls each, in turns; ms")
    return report(rows, strict=chosen.strict)


def measured(lab: Lab, files: dict[str, bytes], calls: int) -> list[Row]:
    """Time every kind of call, in turns, on a promoted version of each server."""
    sides = {"stock": lab.stock, "guarded": lab.guarded}
    versions = {name: side.promoted(files=files) for name, side in sides.items()}
    same_rows(sides["guarded"], versions["guarded"], sides["stock"], versions["stock"])
    fresh = itertools.count()

    def kinds(side: Side, version: Version) -> dict[str, tuple[Call, float]]:
        named = {"name": version.name, "version": version.version}
        get = side.session.get
        url = f"{side.server.url}/{API}"
        source = f"models:/{version.model_id}"
        more = {"model_id": version.model_id}
        return {
            "set an alias": (lambda: side.set_alias(version), 1.25),
            "resolve by alias": (lambda: side.resolve(version.name), 1.15),
            "get a version": (lambda: get(f"{url}/model-versions/get", params=named), 1.05),
            "set a free tag": (lambda: side.set_tag(version, "team", str(next(fresh))), 1.05),
            "search versions": (
                lambda: get(f"{url}/model-versions/search", params={"max_results": "100"}),
                1.05,
            ),
            "create a version": (
                lambda: side.ask(
                    "POST", f"{API}/model-versions/create", name="made", source=source, **more
                ),
                1.05,
            ),
        }

    for side in sides.values():
        side.ok("POST", f"{API}/registered-models/create", name="made")
    calls_of = {name: kinds(side, versions[name]) for name, side in sides.items()}
    return [
        (kind, *alternating(calls_of["stock"][kind][0], calls_of["guarded"][kind][0], calls), bar)
        for kind, (_, bar) in calls_of["stock"].items()
    ]


def same_rows(side: Side, version: Version, other: Side, its: Version) -> None:
    """Give the other side's version the same tags, so that both answer with as many bytes."""
    named = {"name": version.name, "version": version.version}
    url = f"{side.server.url}/{API}/model-versions/get"
    found = side.session.get(url, params=named, timeout=60).json()["model_version"]
    for tag in found["tags"]:
        other.set_tag(its, tag["key"], tag["value"]).raise_for_status()


def alternating(stock: Call, guarded: Call, calls: int) -> tuple[list[float], list[float]]:
    took: tuple[list[float], list[float]] = [], []
    for turn in range(calls + WARM_UP):
        # Who goes first alternates too.
        for which in (0, 1) if turn % 2 else (1, 0):
            begun = time.perf_counter()
            answer = (stock, guarded)[which]()
            passed = (time.perf_counter() - begun) * 1000
            if not answer.ok:
                sys.exit(f"a call failed: {answer.status_code} {answer.text[:300]}")
            if turn >= WARM_UP:
                took[which].append(passed)
    return took


def report(rows: list[Row], *, strict: bool) -> int:
    missed = 0
    head = ("call", "stock", "p95", "guarded", "p95", "ratio", "bar", "")
    print("{:<20}{:>9}{:>9}{:>9}{:>9}{:>8}{:>7} {}".format(*head))
    for name, stock, guarded, bar in rows:
        middles = statistics.median(stock), statistics.median(guarded)
        ratio = middles[1] / middles[0]
        missed += ratio > bar
        cells = middles[0], p95(stock), middles[1], p95(guarded)
        print(f"{name:<20}" + "".join(f"{c:>9.1f}" for c in cells), end="")
        print(f"{ratio:>8.2f}{bar:>7.2f} {'MISSED' if ratio > bar else ''}")
    return int(strict and missed > 0)


def p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)]


if __name__ == "__main__":
    sys.exit(main())
