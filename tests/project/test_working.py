"""Which workers a project file or a caller gets."""

import pytest

from govgate.adapters.dask_workers import DaskWorkers
from govgate.adapters.worker_processes import ProcessWorkers
from govgate.adapters.worker_threads import ThreadWorkers
from govgate.errors import ProjectError
from govgate.policy import read_record
from govgate.project import working
from govgate.project.settings import WorkerSettings
from govgate.project.working import LocalWorkers, open_workers
from tests.tools import parts as made


@pytest.mark.parametrize(
    ("kind", "opened"),
    [("local", LocalWorkers), ("threads", ThreadWorkers), ("processes", ProcessWorkers)],
)
def test_each_kind_on_this_machine_is_opened(kind, opened):
    workers = open_workers(WorkerSettings(kind=kind, count=2, deadline_s=7))
    assert type(workers) is opened
    assert workers.deadline_s == 7
    assert len(list(workers.run(made.square, made.parts(3)))) == 3


def test_a_cluster_is_reached_by_its_address_or_by_a_client(dask_cluster):
    from distributed import Client

    settings = WorkerSettings(kind="dask", address=dask_cluster.scheduler_address)
    workers = open_workers(settings)
    assert isinstance(workers, DaskWorkers)
    assert len(list(workers.run(made.square, made.parts(3)))) == 3
    workers.close()
    with Client(dask_cluster) as client:
        workers = open_workers(client)
        assert len(list(workers.run(made.square, made.parts(3)))) == 3
        workers.close()
        # who brought the client keeps it
        assert client.status == "running"


@pytest.mark.parametrize(("size", "here"), [((256 << 20) - 1, True), (256 << 20, False)])
def test_little_is_done_by_threads_and_much_by_processes(size, here):
    import os

    workers = LocalWorkers(2, 60)
    found = dict(workers.run(made.named_process, [made.Numbered(0, size)]))
    assert (found["part-0000"] == os.getpid()) == here


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: dask", "no address; name the scheduler's"),
        ("{kind: threads, address: 'tcp://a:1'}", "on this machine; leave address out"),
        ("{kind: ray, address: auto, count: 2}", "leave count or address out"),
        ("kind: spark", "kind"),
        ("count: 0", "count"),
        ("deadline_s: 0", "deadline_s"),
        ("deadline_s: 2592001", "deadline_s"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(text, said):
    with pytest.raises(ProjectError, match=said):
        read_record(text, WorkerSettings, "govgate.yaml", ProjectError)


def test_an_extra_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(working, "find_spec", lambda _: None)
    with pytest.raises(ProjectError, match=r"pip install govgate\[ray\]"):
        open_workers(WorkerSettings(kind="ray"))
