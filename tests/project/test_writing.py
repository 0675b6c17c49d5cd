"""What a project's writes do when the process dies or the ledger's store does not answer."""

from datetime import UTC, datetime

import pytest

from govgate.adapters.keys import FileSigner
from govgate.cli.main import main
from govgate.errors import StoreError
from govgate.project import create_project, open_project
from govgate.records import Evidence


class KilledError(BaseException):
    """Stands for kill -9."""


@pytest.fixture
def folder(tmp_path):
    create_project(tmp_path / "project", name="credit", uri="http://127.0.0.1:9")
    return tmp_path / "project"


@pytest.fixture
def spooling(folder):
    file = folder / "govgate.yaml"
    text = file.read_text()
    assert "ledger:\n" in text
    file.write_text(text.replace("ledger:\n", "ledger:\n  on_unavailable: spool\n", 1))
    return folder


@pytest.fixture
def evidence(subject):
    return Evidence(
        kind="group-outcomes/v1",
        subject=subject,
        taken_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
        taken_by="a test",
        materials={"predictions": "sha256:" + "cd" * 32},
        population={"rows": 2},
        body={"gap": 0.5},
    )


def kinds(folder):
    return [entry.kind for entry in open_project(folder).book.entries()]


def silent(project):
    """Let the project's store answer nothing."""

    def unanswered(key, *_):
        msg = f"{key} did not answer; try again later"
        raise StoreError(msg)

    for name in ("read", "create", "replace", "keys"):
        setattr(project.book.store, name, unanswered)
    return project


def dying(project, *, committed):
    """Let the process die just before or just after its next commit."""
    create = project.book.store.create

    def die(key, data):
        if committed:
            create(key, data)
        raise KilledError

    project.book.store.create = die
    return project


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("committed", [False, True])
def test_a_write_repeated_after_a_crash_stands_once(folder, evidence, committed, published):
    with pytest.raises(KilledError):
        dying(open_project(folder), committed=committed).record([evidence])
    if published:  # by another machine, which has no such outbox
        open_project(folder).book._log.publish(FileSigner(folder / "keys" / "log"))
    open_project(folder).record([evidence])
    assert kinds(folder) == ["evidence/v1"]


def test_another_write_finishes_what_a_crash_left(folder, evidence):
    with pytest.raises(KilledError):
        dying(open_project(folder), committed=False).record([evidence])
    other = evidence.model_copy(update={"taken_by": "another test"})
    open_project(folder).record([other])
    takers = [e.record["taken_by"] for e in open_project(folder).book.entries()]
    assert takers == ["a test", "another test"]


def test_flush_says_how_many_it_finished(folder, evidence, capsys):
    with pytest.raises(KilledError):
        dying(open_project(folder), committed=True).record([evidence])
    assert main(["ledger", "flush", "--project", str(folder)]) == 0
    assert "1 entries of 1 unfinished writes" in capsys.readouterr().out
    assert main(["ledger", "flush", "--project", str(folder), "--json"]) == 0
    assert '"batches": 0' in capsys.readouterr().out
    assert kinds(folder) == ["evidence/v1"]


def test_by_default_a_store_that_is_down_fails_the_write_and_keeps_nothing(folder, evidence):
    with pytest.raises(StoreError, match="did not answer"):
        silent(open_project(folder)).record([evidence])
    open_project(folder).book.flush()
    assert kinds(folder) == []


def test_spooled_evidence_is_recorded_later_with_its_delay(spooling, evidence):
    silent(open_project(spooling)).record([evidence])
    assert kinds(spooling) == []
    open_project(spooling).book.flush()
    found = list(open_project(spooling).book.entries())
    assert [e.kind for e in found] == ["evidence/v1", "spool-flush/v1"]
    assert (found[1].record["start"], found[1].record["entries"]) == (0, 1)
    assert open_project(spooling).book.flush() == []


def test_no_decision_is_made_while_the_store_is_down(spooling, evidence, request_):
    project = silent(open_project(spooling))
    project.record([evidence])
    with pytest.raises(StoreError):
        project.decide(request_)


def test_publishing_finishes_first_what_was_left(spooling, evidence):
    silent(open_project(spooling)).record([evidence])
    assert open_project(spooling).book.publish().size == 2
