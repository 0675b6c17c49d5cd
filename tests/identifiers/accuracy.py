"""How often a column is decided rightly, by kind, with Wilson intervals.

python -m tests.identifiers.accuracy [--quick]

Writes the tables into docs/explanation/identifiers.md.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from govgate.identifiers import ColumnIdentifiers, IdentifierOptions, inspect
from govgate.measures.intervals import wilson
from tests.identifiers.corpus import Column, columns

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "identifiers.md"
BEGIN = "<!-- made by python -m tests.identifiers.accuracy -->"
END = "<!-- end of what was made -->"
Z = 1.959964
FULL, QUICK = ((40, 400, 1000), range(3)), ((40, 400), range(1))


def look_at(column: Column) -> ColumnIdentifiers:
    batch = pa.record_batch({column.name: column.cells})
    options = IdentifierOptions(regions=(column.region,))
    return inspect([batch], [column.name], options)[column.name]


@dataclass
class Score:
    """Of the columns of one group: how many there were, were sure, were sure or suspected."""

    columns: int = 0
    sure: int = 0
    flagged: int = 0

    def add(self, said: str) -> None:
        self.columns += 1
        self.sure += said == "identifier"
        self.flagged += said != "none"


@dataclass
class Scores:
    """All that was counted."""

    recall: dict[tuple[str, bool], Score] = field(default_factory=lambda: defaultdict(Score))
    by_source: dict[tuple[str, str], Score] = field(default_factory=lambda: defaultdict(Score))
    decoys: Score = field(default_factory=Score)
    decoys_flagged: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    confused: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    missed: list[str] = field(default_factory=list)

    def add(self, column: Column, seen: ColumnIdentifiers) -> None:
        said = {one.kind: one.decision for one in seen.found}
        for kind, decision in said.items():
            if decision == "identifier":
                (self.right if kind == column.kind else self.wrong)[kind] += 1
                if kind != column.kind:
                    self.confused[kind].add(column.kind or column.name)
        if column.kind is None:
            self.decoys.add(seen.decision)
            if seen.decision != "none":
                self.decoys_flagged[seen.why.partition(":")[0]].add(column.name)
            return
        decision = said.get(column.kind, "none")
        self.recall[column.kind, column.named].add(decision)
        self.by_source[column.source, column.locale].add(decision)
        if decision == "none":
            self.missed.append(f"{column.kind} {column.source} {column.locale} {len(column.cells)}")


def scored(corpus: Iterable[Column]) -> Scores:
    scores = Scores()
    for column in corpus:
        scores.add(column, look_at(column))
    return scores


def share(hits: int, trials: int, places: int = 2) -> str:
    if not trials:
        return "-"
    found = wilson(hits, trials, Z)
    return f"{found.value:.3f} ({found.low:.{places}f} to {found.high:.{places}f})"


def tables(scores: Scores) -> str:
    holding = sum(score.columns for score in scores.recall.values())
    made_by = f"Faker {version('faker')}, mimesis {version('mimesis')}"
    lines = [
        f"{made_by}; {holding} columns with an identifier, {scores.decoys.columns} without.",
        "",
    ]
    lines.append(
        "| kind | recall, named | recall, no name | at least suspected, no name | precision |"
    )
    lines.append("| --- | --- | --- | --- | --- |")
    for kind in sorted({kind for kind, _ in scores.recall}):
        named, bare = scores.recall[kind, True], scores.recall[kind, False]
        right, wrong = scores.right[kind], scores.wrong[kind]
        cells = [share(named.sure, named.columns), share(bare.sure, bare.columns)]
        cells += [share(bare.flagged, bare.columns), share(right, right + wrong)]
        lines.append(f"| `{kind}` | {' | '.join(cells)} |")
    lines += ["", "| generator and locale | columns | recall | at least suspected |"]
    lines.append("| --- | --- | --- | --- |")
    for (source, locale), score in sorted(scores.by_source.items()):
        cells = [share(score.sure, score.columns), share(score.flagged, score.columns)]
        lines.append(f"| {source}, {locale} | {score.columns} | {' | '.join(cells)} |")
    decoys = scores.decoys
    lines += ["", "| columns without an identifier | called one | called one or suspected |"]
    lines.append("| --- | --- | --- |")
    called = f"{share(decoys.sure, decoys.columns, 3)} | {share(decoys.flagged, decoys.columns, 3)}"
    lines.append(f"| {decoys.columns} | {called} |")
    if scores.decoys_flagged:
        each = sorted(scores.decoys_flagged.items())
        named = [f"`{kind}` in {', '.join(sorted(names))}" for kind, names in each]
        lines += ["", f"Called or suspected wrongly: {'; '.join(named)}."]
    return "\n".join(lines)


def main() -> int:
    sizes, seeds = QUICK if "--quick" in sys.argv else FULL
    scores = scored(columns(sizes, seeds))
    text = tables(scores)
    print(text)
    print("missed:", *sorted(set(scores.missed)), sep="\n  ")
    print("confused:", {kind: sorted(of) for kind, of in scores.confused.items()})
    if "--quick" not in sys.argv:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
        print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
