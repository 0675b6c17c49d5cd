"""What the pages list is what the code has: nothing missing, nothing made up."""

import argparse
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import BaseModel

from govgate import errors
from govgate.cli.main import build_parser
from govgate.policy import People, Person, Policy, Rule, read_policy
from govgate.ports import ModelVersion
from govgate.project import Project, create_project
from govgate.project.settings import (
    KeySettings,
    LedgerSettings,
    RegistrySettings,
    S3Settings,
    Settings,
    TrustSettings,
    WorkerSettings,
)

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"
COMMON = {"-h", "--help", "--project", "--json"}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    return text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def test_every_error_stands_beside_its_exit_code():
    rows = re.findall(r"^\| (\d+) \| ([^|]*) \|", page("reference/exit-codes.md"), re.MULTILINE)
    told = {name: int(code) for code, names in rows for name in re.findall(r"`(\w+)`", names)}
    kinds = [v for v in vars(errors).values() if isinstance(v, type)]
    assert told == {kind.__name__: kind.exit_code for kind in kinds}


def test_the_short_table_of_help_holds_no_other_code():
    short = {int(n) for n in re.findall(r"\b\d+\b", build_parser().epilog or "")}
    assert short <= {
        int(n) for n in re.findall(r"^\| (\d+)", page("reference/exit-codes.md"), re.MULTILINE)
    }


def reasons_in_code() -> set[str]:
    raised = re.compile(r'(?:Denied|Pending)Error\([^)"]*(?:"[^"]*"[^)"]*)*?"([A-Z][A-Z_]{4,})"')
    named = re.compile(r'(?:Denied|Pending)Error, "([A-Z_]+)"')
    sources = [p.read_text(encoding="utf-8") for p in (REPOSITORY / "govgate").rglob("*.py")]
    return {reason for text in sources for each in (raised, named) for reason in each.findall(text)}


def test_every_reason_is_explained():
    found = reasons_in_code()
    assert {"PENDING", "EXPIRED", "NO_ATTESTATION", "DIGEST_MISMATCH"} <= found
    assert found - set(first_cells(page("reference/reasons.md"))) == set()


def test_no_reason_is_made_up():
    sources = [p.read_text(encoding="utf-8") for p in (REPOSITORY / "govgate").rglob("*.py")]
    told = first_cells(page("reference/reasons.md"))
    assert [r for r in told if not any(f'"{r}"' in text for text in sources)] == []


def fields(kind: type[BaseModel], prefix: str = "") -> set[str]:
    return {prefix + name for name in kind.model_fields}


def test_every_field_of_the_policy_is_explained():
    text = page("reference/policy-file.md")
    assert set(first_cells(section(text, "The policy"))) == fields(Policy)
    assert set(first_cells(section(text, "A rule"))) == fields(Rule)


def test_the_example_of_the_policy_can_be_used():
    text = page("reference/policy-file.md").split("```yaml\n")[1].split("```")[0]
    assert len(read_policy(text).rules) == 2


def test_every_field_of_the_people_file_is_explained():
    assert set(People.model_fields) == {"people"}
    assert set(first_cells(page("reference/people-file.md"))) == fields(Person)


def test_every_field_of_the_project_file_is_explained():
    parts = {
        "ledger": LedgerSettings,
        "keys": KeySettings,
        "trust": TrustSettings,
        "registry": RegistrySettings,
        "workers": WorkerSettings,
    }
    whole = fields(Settings) - set(parts)
    for name, kind in parts.items():
        whole |= fields(kind, f"{name}.")
    told = page("reference/project-file.md").split("\n## ")[0]
    assert set(first_cells(told)) == whole


def test_every_field_of_a_bucket_is_explained():
    told = section(page("reference/project-file.md"), "A bucket")
    assert set(first_cells(told)) == fields(S3Settings)


def verbs(parser: argparse.ArgumentParser, words: str) -> Iterator[tuple[str, set[str]]]:
    inner = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not inner:
        told = {word for a in parser._actions for word in a.option_strings}
        yield words, {word for word in told if word.startswith("--")} - COMMON
    for action in inner:
        for name, below in action.choices.items():
            yield from verbs(below, f"{words} {name}")


VERBS = dict(verbs(build_parser(), "govgate"))


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_verb_is_explained_with_all_its_words(verb):
    told = re.findall(r"^\| `(--[\w-]+)", section(page("reference/cli.md"), verb), re.MULTILINE)
    assert set(told) == VERBS[verb]


def test_no_verb_is_made_up():
    told = re.findall(r"^## (govgate .+)$", page("reference/cli.md"), re.MULTILINE)
    assert sorted(told) == sorted(VERBS)


def used_in(text: str) -> set[str]:
    """Verbs that a page or guide tells its reader to run."""
    shell = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    found = re.findall(r"`govgate ([a-z]+)", text)
    return {*found, *re.findall(r"^govgate ([a-z]+)", shell, re.MULTILINE)}


TEXTS = {
    str(path.relative_to(REPOSITORY)): path
    for path in (*sorted(DOCS.rglob("*.md")), *sorted(REPOSITORY.glob("*.md")))
}


@dataclass(frozen=True)
class StandIn:
    """A registry that knows one model."""

    def version(self, name: str, version: str) -> ModelVersion:
        return ModelVersion(name, version, 1_767_268_800_000, "models:/m-1", "", {}, ())

    def content(self, _version: ModelVersion) -> str:
        return "sha256:" + "ab" * 32


def test_the_example_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    create_project(tmp_path / "credit", name="credit")
    monkeypatch.chdir(tmp_path / "credit")
    monkeypatch.delenv("GOVGATE_PROJECT", raising=False)
    monkeypatch.setattr(Project, "registry", StandIn())
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    example = readme.split("```python\n")[1].split("```")[0]
    alike = pa.table({"sex": ["f", "m"] * 2000, "label": [1, 1, 0, 0] * 1000})
    scored = alike.append_column("prediction", alike["label"])
    exec(compile(example, "README.md", "exec"), {"scored": scored})  # noqa: S102 -- our own page
    assert capsys.readouterr().out == "False\n"  # alike, but nobody has signed
    outcomes = Project(tmp_path / "credit").latest("models:/credit/2").decision.outcomes
    assert outcomes["bias"] == "passed"


@pytest.mark.parametrize("path", TEXTS.values(), ids=TEXTS.keys())
def test_a_page_names_only_verbs_that_exist(path):
    known = {verb.split()[1] for verb in VERBS}
    assert used_in(path.read_text(encoding="utf-8")) - known == set()


def test_the_drawing_of_the_rooms_is_the_contract():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    drawing = section(page("explanation/architecture.md"), "Rooms").split("```text\n")[1]
    drawn = [re.split(r"\s{2,}", line)[0] for line in drawing.split("```")[0].splitlines()]
    assert [line for line in drawn if line] == layers


def test_every_decision_record_is_in_the_index():
    records = sorted(p.name for p in (DOCS / "adr").glob("[0-9]*.md"))
    index = re.findall(r"\]\(([0-9][^)]*\.md)\)", page("adr/README.md"))
    assert index == records
    numbers = [name.partition("-")[0] for name in records]
    assert numbers == [f"{n:04}" for n in range(1, len(records) + 1)]
    for name in records:
        text = page(f"adr/{name}")
        assert [
            h for h in ("Question", "Decision", "Because", "Cost") if f"\n## {h}\n" not in text
        ] == []
