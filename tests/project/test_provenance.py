"""From the run's datasets and datasets.yaml to a decision that ends when the data must go."""

import json
from datetime import UTC, datetime

import pytest

from govgate.cli.main import main
from govgate.errors import EvidenceError, ProjectError
from govgate.ports import ModelVersion
from govgate.project import Project, create_project
from govgate.records import Request, Subject

SHA = "ab" * 32
CONTENT = "sha256:" + "ef" * 32
POLICY = """\
name: p
version: "1"
valid_days: 30
rules:
  - gate: provenance
    rationale: r
    owner: o
    bounds: {licences: [CC0-1.0]}
"""
RECORDS = """\
datasets:
  - name: census
    content: sha256:DIGEST
    source: a census
    licence: CC0-1.0
    contact: data office
    personal: true
    lawful_basis: public-task
    retention_until: "2026-01-10"
"""
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Tracking:
    """A tracking server with one run, which used one data set."""

    uri = "http://127.0.0.1:9"

    def __init__(self, tags):
        source = {"source": json.dumps({"tags": tags}), "name": "train", "digest": "12345678"}
        self.inputs = [{"dataset": source, "tags": []}]

    def version(self, _name, _version):
        return ModelVersion("credit", "2", 1, "runs:/r1/model", "r1", {}, ())

    def content(self, _version):
        return CONTENT

    def run(self, _run):
        return {"inputs": {"dataset_inputs": self.inputs}}


class Clock:
    def __init__(self, at):
        self.at = at

    def now(self):
        return self.at


@pytest.fixture
def project(tmp_path, monkeypatch):
    create_project(tmp_path / "p", name="p")
    (tmp_path / "p" / "policy.yaml").write_text(POLICY)
    (tmp_path / "p" / "datasets.yaml").write_text(RECORDS.replace("DIGEST", SHA))
    monkeypatch.setattr(Project, "registry", Tracking({"sha256": SHA}))
    for room in ("measuring", "front"):
        monkeypatch.setattr(f"govgate.project.{room}.SystemClock", lambda: Clock(NOON))
    return Project(tmp_path / "p")


REQUEST = Request(subject=Subject(name="models:/credit/2", content=CONTENT), trained_by="tess")


def judged(project, at=NOON):
    project._clock = Clock(at)
    evidence = project.measure(REQUEST, {})
    return project.judge(REQUEST, evidence)


def failures(decision):
    return [f.about for v in decision.verdicts for f in v.findings if not f.satisfied]


def test_a_record_bound_to_the_digest_lets_the_model_through_until_its_retention_ends(project):
    decision = judged(project)
    assert decision.allowed
    assert decision.expires_at == datetime(2026, 1, 11, tzinfo=UTC)


def test_from_the_day_after_the_last_the_answer_is_no(project):
    last = datetime(2026, 1, 10, 23, 59, tzinfo=UTC)
    assert judged(project, last).allowed
    over = judged(project, datetime(2026, 1, 11, tzinfo=UTC))
    assert failures(over) == ["retention, train (abababab)"]


def test_what_people_sign_does_not_change_day_by_day(project):
    one, other = judged(project), judged(project, datetime(2026, 1, 9, tzinfo=UTC))
    assert one.package.judgement == other.package.judgement


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        # OK: the digest of the rows binds as well
        ({"sha256": "cd" * 32, "rows": SHA}, []),
        # NOT OK: MLflow's own digest alone, or another data set of the same name
        ({}, ["whole digest, train", "record, train"]),
        ({"sha256": "cd" * 32}, ["record, train (cdcdcdcd)"]),
    ],
)
def test_only_a_whole_digest_binds(project, monkeypatch, tags, expected):
    monkeypatch.setattr(Project, "registry", Tracking(tags))
    assert failures(judged(project)) == expected


def test_without_the_file_there_are_no_records(project):
    (project.folder / "datasets.yaml").unlink()
    assert failures(judged(project)) == ["record, train (abababab)"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("personal: true", "personal: yes", "datasets.yaml, line 7"),
        ("public-task", "because", "lawful_basis"),
        ("contact: data office", "", "contact"),
        ("  - name: census", "  - nom: census", "datasets.yaml, line 2"),
    ],
    ids=range(4),
)
def test_a_broken_file_says_line_and_column(project, old, new, said):
    path = project.folder / "datasets.yaml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ProjectError, match=said):
        project.measure(REQUEST, {})


@pytest.mark.parametrize("name", ["lineage", "datasets"])
def test_nobody_hands_over_what_the_registry_and_the_project_know(project, name):
    with pytest.raises(EvidenceError, match=f"{name} is what the project knows itself"):
        project.measure(REQUEST, {name: {"name": ["x"]}})


def test_a_mended_record_counts_without_training_again(project):
    path = project.folder / "datasets.yaml"
    whole = path.read_text()
    path.write_text(whole.replace("CC0-1.0", "GPL-3.0-only"))
    project.record(project.measure(REQUEST, {}))
    assert failures(project.judge(REQUEST)) == ["licence, train (abababab)"]
    path.write_text(whole)
    later = NOON.replace(hour=13)
    project._clock = Clock(later)
    newer = [e.model_copy(update={"taken_at": later}) for e in project.measure(REQUEST, {})]
    assert failures(project.judge(REQUEST, newer)) == []


def test_the_command_line_measures_it_without_being_told(project, capsys):
    people = project.folder / "people.yaml"
    people.write_text("people:\n  - {id: tess, name: Tess, roles: [trainer], keys: []}\n")
    words = ["check", "models:/credit/2", "--trained-by", "tess", "--project", str(project.folder)]
    main(words)
    shown = capsys.readouterr()
    assert "retention, train (abababab)" in shown.out, shown.err
