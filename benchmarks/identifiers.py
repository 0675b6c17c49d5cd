"""Personal identifiers in a million text cells, beside Presidio without a language model.

    python benchmarks/identifiers.py [FOLDER] [--cells 1_000_000] [--peer-cells 4_000]

Twenty columns, made once, seeded: each of six kinds alone in its cell, and inside sentences;
and eight columns that hold none, though some look like it. Presidio lives in an environment of
its own, made on demand in FOLDER; it reads the same number of cells of every column, as many as
it can finish, and its time is scaled up by cells. It has no rule for columns; a kind is said to
be in a column when at least one in twenty of the cells has it, which suits it best. CPU seconds,
imports and reading included. Exit code 1 when a bar is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PRESIDIO = "presidio-analyzer==2.2.366"
BAR = 100
OFTEN = 0.05
Said = dict[str, list[str]]
"""Column to the kinds that were found in it."""

KINDS = {
    "email": "EMAIL_ADDRESS",
    "phone": "PHONE_NUMBER",
    "payment-card": "CREDIT_CARD",
    "iban": "IBAN_CODE",
    "us-ssn": "US_SSN",
    "ip-address": "IP_ADDRESS",
}
LOOKALIKES = {
    "sku": "###-##-####",
    "order": "##########",
    "grouped": "#### #### #### ####",
    "reference": "###-###-####",
    "long": "################",
    "version": "#.#.#.#",
    "words": "",
    "times": "2024-0%-1# 0#:##:##",
}


def make(folder: Path, cells: int) -> None:
    import random

    import pyarrow as pa
    from faker import Faker
    from pyarrow import parquet

    fake, draw = Faker("en_US"), random.Random(20260101)  # noqa: S311 -- must come out alike
    fake.seed_instance(20260101)
    sentences = [fake.sentence(nb_words=12) for _ in range(5_000)]
    makers = {
        "email": fake.email,
        "phone": lambda: (
            f"({draw.randrange(201, 990)}) 555-{draw.randrange(100, 199):04}"
            if draw.random() < 0.1
            else fake.numerify("(%##) %##-####")
        ),
        "payment-card": fake.credit_card_number,
        "iban": fake.iban,
        "us-ssn": fake.ssn,
        "ip-address": fake.ipv4,
    }
    rows = cells // 20
    columns: dict[str, list[str]] = {}
    for kind, maker in makers.items():
        some = [maker() for _ in range(min(rows, 5_000))]
        columns[f"{kind} alone"] = [draw.choice(some) for _ in range(rows)]
        columns[f"{kind} inside"] = [
            f"{draw.choice(sentences)} It is {draw.choice(some)}, said no. {row}."
            if draw.random() < 0.3
            else f"{draw.choice(sentences)} {row}"
            for row in range(rows)
        ]
    for name, template in LOOKALIKES.items():
        columns[f"{name} decoy"] = [
            fake.numerify(template) if template else f"{draw.choice(sentences)} {row}"
            for row in range(rows)
        ]
    # called c0 to c19, for a name would help us
    table = pa.table({f"c{at}": column for at, column in enumerate(columns.values())})
    folder.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, path_of(folder, cells), row_group_size=1 << 16)
    (folder / "identifiers_truth.json").write_text(json.dumps([*columns]), encoding="utf-8")


def path_of(folder: Path, cells: int) -> Path:
    return folder / f"identifiers_{cells}.parquet"


def ours(path: Path) -> tuple[Said, float]:
    from govgate.adapters.tables import read_table
    from govgate.identifiers import IdentifierOptions, inspect

    started_s = time.process_time()
    table = read_table(path)
    options = IdentifierOptions(kinds=tuple(KINDS))
    found = inspect(table.batches(table.columns), table.columns, options)
    said = {name: [*each.kinds] for name, each in found.items()}
    return said, time.process_time() - started_s


def presidio() -> Any:
    os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = ""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    engine = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "no_op"}])
    engine.load()
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def presidios(path: Path) -> tuple[Said, float]:
    """Runs in the other environment, where govgate is not."""
    analyzer, names = presidio(), {theirs: mine for mine, theirs in KINDS.items()}
    started_s = time.process_time()
    said: Said = {}
    for column, texts in json.loads(path.read_text(encoding="utf-8")).items():
        counts = dict.fromkeys(KINDS, 0)
        for text in texts:
            found = analyzer.analyze(text=text, language="en", entities=[*names])
            for kind in {names[each.entity_type] for each in found}:
                counts[kind] += 1
        said[column] = [kind for kind, count in counts.items() if count >= OFTEN * len(texts)]
    return said, time.process_time() - started_s


ENGINES = {"govgate": ours, "presidio": presidios}


def measured(python: str, engine: str, path: Path) -> tuple[Said, float, float, float]:
    """What was said, CPU seconds in all and of the work, and peak MiB of one fresh process."""
    command = [python, __file__, "--engine", engine, "--file", str(path)]
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    said, _ = child.stdout.read(), child.stdout.close()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{engine} failed after {time.perf_counter() - started:.0f} s")
    unit = 1 if sys.platform == "darwin" else 1024
    found, work_s = json.loads(said)
    return found, used.ru_utime + used.ru_stime, work_s, used.ru_maxrss * unit / 2**20


def other_python(folder: Path) -> str:
    place = folder / "presidio"
    if not (place / ".done").exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", PRESIDIO]
        subprocess.run(pip, check=True)
        (place / ".done").touch()
    return str(place / "bin" / "python")


def few(folder: Path, path: Path, cells: int) -> Path:
    """The first cells of every column, for the environment that has no Arrow."""
    from pyarrow import parquet

    rows = cells // 20
    table = next(parquet.ParquetFile(path).iter_batches(rows))
    part = folder / f"identifiers_{cells}.json"
    part.write_text(json.dumps(table.to_pydict()), encoding="utf-8")
    return part


def scores(said: dict[str, list[str]], truth: list[str]) -> tuple[float, float]:
    """Recall and precision over (column, kind)."""
    real = {(f"c{at}", name.split()[0]) for at, name in enumerate(truth) if "decoy" not in name}
    told = {(column, kind) for column, kinds in said.items() for kind in kinds}
    return len(told & real) / len(real), len(told & real) / max(1, len(told))


def compare(folder: Path, cells: int, peer_cells: int) -> int:
    path = path_of(folder, cells)
    if not path.exists():
        make(folder, cells)
    truth = json.loads((folder / "identifiers_truth.json").read_text(encoding="utf-8"))
    part = few(folder, path, peer_cells)
    mine, mine_s, _, mine_mib = measured(sys.executable, "govgate", path)
    theirs, theirs_s, work_s, theirs_mib = measured(other_python(folder), "presidio", part)
    # its start is paid once, whatever it reads
    whole_s = theirs_s + work_s * (cells / peer_cells - 1)
    print(f"six kinds, {cells:,} cells, {path.stat().st_size / 1e6:.0f} MB")
    head = ("engine", "cells", "CPU s", "for all", "peak MiB", "recall", "precision")
    print("".join(f"{each:>11}" for each in head))
    for engine, done, cpu_s, all_s, mib, found in (
        ("govgate", cells, mine_s, mine_s, mine_mib, mine),
        ("presidio", peer_cells, theirs_s, whole_s, theirs_mib, theirs),
    ):
        recall, precision = scores(found, truth)
        print(f"{engine:>11}{done:>11,}{cpu_s:>11.2f}{all_s:>11.1f}{mib:>11.0f}", end="")
        print(f"{recall:>11.3f}{precision:>11.3f}")
    (recall, precision), (their_recall, their_precision) = (
        scores(mine, truth),
        scores(theirs, truth),
    )
    bars = {
        f"{whole_s / mine_s:.0f} times less CPU time, of {BAR}": whole_s >= BAR * mine_s,
        "no lower recall by column": recall >= their_recall,
        "higher precision by column": precision > their_precision,
    }
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    return 0 if all(bars.values()) else 1


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[1] / ".cache")
    asked.add_argument("--cells", type=int, default=1_000_000)
    asked.add_argument("--peer-cells", type=int, default=4_000)
    asked.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    asked.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.engine:
        said, work_s = ENGINES[given.engine](given.file)
        print(json.dumps([said, work_s]))
        return 0
    return compare(given.folder, given.cells, given.peer_cells)


if __name__ == "__main__":
    sys.exit(main())
