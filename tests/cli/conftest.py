"""A project with a bias rule and a sign-off rule, a model folder, and its predictions."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from govgate.cli.main import main
from govgate.project import create_person_key, create_project

POLICY = """\
name: credit
version: "1"
rules:
  - gate: bias
    rationale: r
    owner: risk
    bounds:
      attributes: [sex]
      max_opportunity_gap: null
      max_odds_gap: null
  - gate: sign-off
    rationale: r
    owner: risk
"""
PEOPLE = {"tess": "trainer", "olga": "model-owner", "rami": "risk"}


def predictions(f: int = 1000, m: int = 1000, total: int = 2000) -> pd.DataFrame:
    """`f` and `m` people selected of `total` in each group."""
    chosen = [1] * f + [0] * (total - f) + [1] * m + [0] * (total - m)
    sex = ["f"] * total + ["m"] * total
    return pd.DataFrame({"sex": sex, "prediction": chosen, "label": chosen})


@dataclass
class Desk:
    """A person at a terminal in a project's folder."""

    folder: Path

    def __call__(self, *words: str) -> int:
        return main([*words, "--project", str(self.folder)])

    def assess(self, frame: pd.DataFrame | None = None, *more: str) -> int:
        words = ["assess", self.model, "--trained-by", "tess", *more]
        if frame is not None:
            frame.to_parquet(self.folder / "p.parquet")
            words += ["--input", f"predictions={self.folder / 'p.parquet'}"]
        return self(*words)

    def sign(self, person: str, *more: str, key: str = "") -> int:
        words = ["--as", person, "--role", PEOPLE[person], "--yes"]
        file = self.folder / "people" / (key or person)
        return self("sign", self.model, *words, "--key", str(file), *more)

    @property
    def model(self) -> str:
        return str(self.folder / "model")

    def policy(self, text: str) -> None:
        (self.folder / "policy.yaml").write_text(text)


@pytest.fixture
def desk(tmp_path) -> Desk:
    folder = tmp_path / "project"
    create_project(folder, name="credit")
    lines = ["people:"]
    for person, role in PEOPLE.items():
        public = create_person_key(folder / "people" / person, person)
        lines.append(f'  - {{id: {person}, name: {person}, roles: [{role}], keys: ["{public}"]}}')
    (folder / "people.yaml").write_text("\n".join(lines) + "\n")
    (folder / "model").mkdir()
    (folder / "model" / "MLmodel").write_text("flavors: {}\n")
    desk = Desk(folder)
    desk.policy(POLICY)
    return desk


@pytest.fixture
def frame():
    return predictions


@pytest.fixture
def policy_text() -> str:
    return POLICY


FOLDER = (
    "  folder: ledger           # the audit trail; keep it, back it up, show it to your auditor\n"
)


@pytest.fixture
def move(desk):
    """Put the ledger of the desk's project into a bucket, in govgate.yaml only."""

    def to(endpoint, bucket, **more):
        fields = {"bucket": bucket, "prefix": "audit", "endpoint": endpoint.url} | more
        lines = "".join(f"    {name}: {value}\n" for name, value in fields.items())
        path = desk.folder / "govgate.yaml"
        text = path.read_text()
        assert FOLDER in text
        path.write_text(text.replace(FOLDER, f"  s3:\n{lines}"))
        shutil.rmtree(desk.folder / "ledger")

    return to
