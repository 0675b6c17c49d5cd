"""What Prefect would let through, and govgate does not; see docs/how-to/prefect.md."""

import asyncio
import base64
import subprocess
import sys
import time

import pytest

from govgate.errors import DeniedError, EvidenceError, ProjectError, StoreError
from govgate.gates.bias import Bias
from govgate.gates.drift import Drift
from govgate.integrations.prefect import await_sign_off, gate_task, promote, run_gates
from govgate.plot import Span, Spans

# Prefect leaves sockets of its clients to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
EMAIL = "jane.doe@example.com"


def test_a_plain_script_never_imports_prefect(bank, tmp_path):
    model = tmp_path / "model"
    model.mkdir()
    (model / "MLmodel").write_text("flavors: {}\n")
    for name, table in bank.inputs().items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    script = f"""
import sys
from govgate.errors import PendingError
from govgate.integrations.prefect import await_sign_off, promote, run_gates
decided = run_gates({str(model)!r}, trained_by="tess", project={str(bank.folder)!r},
    inputs={{n: f"{tmp_path}/{{n}}.parquet" for n in ("predictions", "reference", "current")}})
try:
    await_sign_off(decided, wait="raise")
except PendingError as why:
    print(why.exit_code, "prefect" in sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=90, check=False
    )
    assert ran.stdout == "10 False\n", ran.stderr


@pytest.mark.usefixtures("prefect_server")
def test_a_flow_that_was_refused_is_red(bank):
    from prefect import flow

    @flow
    def pipeline():
        bank.gates(inputs=bank.inputs(fair=False))

    state = pipeline(return_state=True)
    assert state.is_failed()
    assert "bias: parity gap, sex" in state.message


@pytest.mark.usefixtures("prefect_server")
def test_a_gate_called_by_hand_raises():
    # T1, T2: a returned Failed state would pass unseen.
    from prefect import flow

    def broken():
        msg = "no rows"
        raise EvidenceError(msg)

    @flow
    def pipeline():
        gate_task("bias", broken)()
        return "went on"

    with pytest.raises(EvidenceError, match="no rows"):
        pipeline()


@pytest.mark.usefixtures("prefect_server")
def test_gates_of_one_factory_keep_their_own_answers():
    # T4 to T7: equal source and equal inputs share a cache key under Prefect's own policies.
    from prefect import flow

    calls = []

    def measured(gate):
        def measure():
            calls.append(gate)
            return gate

        return measure

    @flow(persist_result=True)
    def pipeline():
        tasks = [gate_task(gate, measured(gate)) for gate in ("bias", "drift", "bias")]
        return [task() for task in tasks]

    assert pipeline() == ["bias", "drift", "bias"]
    assert pipeline() == ["bias", "drift", "bias"]
    assert sorted(calls) == ["bias"] * 4 + ["drift"] * 2


def test_a_gate_task_says_so_to_prefect():
    from prefect.cache_policies import NO_CACHE

    one, other = gate_task("bias", dict), gate_task("sign-off", dict)
    assert one.cache_policy is NO_CACHE
    assert one.persist_result is False
    assert (one.name, other.name) == ("gate-bias", "gate-sign-off")
    assert one.task_key != other.task_key


RETRIES = [
    # what is raised, calls with two retries
    pytest.param(ConnectionError("reset"), StoreError, 3, id="machine"),
    pytest.param(StoreError("no answer"), StoreError, 3, id="store"),
    pytest.param(EvidenceError("no rows"), EvidenceError, 1, id="evidence"),
    pytest.param(DeniedError("no"), DeniedError, 1, id="denied"),
    pytest.param(KeyError("sex"), EvidenceError, 1, id="bug"),
]


@pytest.mark.parametrize(("why", "raised", "expected"), RETRIES)
@pytest.mark.usefixtures("prefect_server")
def test_only_a_failing_machine_is_asked_again(why, raised, expected):
    # T13: a gate retried until it passes has not passed.
    from prefect import flow

    calls = []

    def measure():
        calls.append(1)
        raise why

    @flow
    def pipeline():
        gate_task("bias", measure, retries=2)()

    with pytest.raises(raised):
        pipeline()
    assert len(calls) == expected


@pytest.mark.usefixtures("prefect_server")
def test_a_stuck_gate_does_not_keep_the_flow_from_ending():
    from prefect import flow

    @flow
    def pipeline():
        gate_task("bias", lambda: time.sleep(30), timeout_s=0.5).submit().result()

    begun = time.monotonic()
    with pytest.raises(EvidenceError, match="no answer in time"):
        pipeline()
    assert time.monotonic() - begun < 15


def test_a_gate_task_refuses_to_be_cached():
    with pytest.raises(ProjectError, match="cache_policy"):
        gate_task("bias", dict, cache_policy=None)


EVIL = Spans("![x](y) <script>alert(1)</script>", (Span("<script>", 0.1, 0.2, 0.3),), "1")


@pytest.mark.parametrize(
    "shown",
    [
        "prefect.artifacts.create_table_artifact",
        "prefect.artifacts.create_markdown_artifact",
        "prefect.events.emit_event",
    ],
)
@pytest.mark.usefixtures("prefect_server")
def test_a_display_that_fails_changes_nothing(bank, monkeypatch, shown):
    from prefect import flow

    def down(*_, **__):
        msg = "artifacts are down"
        raise RuntimeError(msg)

    monkeypatch.setattr(shown, down)
    monkeypatch.setattr(Bias, "plots", lambda *_: (EVIL,))
    monkeypatch.setattr(Drift, "plots", lambda *_: ())
    assert flow(bank.gates)().pending
    with pytest.raises(DeniedError):
        flow(lambda: bank.gates(inputs=bank.inputs(fair=False)), name="unfair")()


@pytest.mark.usefixtures("prefect_server")
def test_the_artifact_shows_every_finding(bank):
    from prefect import flow
    from prefect.client.orchestration import get_client

    decided = flow(bank.gates)()
    newest = {"limit": 1, "sort": "CREATED_DESC"}
    with get_client(sync_client=True) as client:
        (shown,) = client._client.post("/artifacts/filter", json=newest).json()
    assert shown["key"] == "govgate-credit-1"
    findings = sum(len(v.findings) for v in decided.decision.verdicts)
    assert shown["data"].count('"gate"') == findings


@pytest.mark.usefixtures("prefect_server")
def test_pictures_are_images_in_which_nothing_can_run(bank, monkeypatch):
    from prefect import flow
    from prefect.client.orchestration import get_client

    monkeypatch.setattr(Bias, "plots", lambda *_: (EVIL,))
    monkeypatch.setattr(Drift, "plots", lambda *_: ())
    flow(bank.gates)()
    pictures = {"artifacts": {"key": {"any_": ["govgate-credit-1-pictures"]}}}
    asked = {**pictures, "limit": 1, "sort": "CREATED_DESC"}
    with get_client(sync_client=True) as client:
        (shown,) = client._client.post("/artifacts/filter", json=asked).json()
    page, code = shown["data"].split("data:image/svg+xml;base64,")
    image = base64.b64decode(code.rstrip(")")).decode()
    assert "<script" not in page.replace("\\<", "") + image
    assert "\\<script\\>" in page
    assert "&lt;script&gt;" in image


@pytest.mark.parametrize("call", [run_gates, await_sign_off, promote])
@pytest.mark.usefixtures("prefect_server")
def test_an_async_flow_is_told_to_use_a_thread(call):
    # T10: in the loop a pause is a coroutine that nobody awaits.
    from prefect import flow

    @flow
    async def pipeline():
        call(None)

    if call is run_gates:
        call = lambda _: run_gates("models:/credit/1", inputs={})  # noqa: E731
    with pytest.raises(TypeError, match=r"asyncio\.to_thread"):
        asyncio.run(pipeline())


@pytest.mark.usefixtures("prefect_server")
def test_an_async_flow_runs_gates_in_a_thread(bank):
    from prefect import flow

    @flow
    async def pipeline():
        return await asyncio.to_thread(bank.gates)

    assert asyncio.run(pipeline()).pending
    assert bank.kinds().count("evidence/v1") == 2


def test_no_person_is_named_in_prefects_database(bank, broken, prefect_server):
    from prefect import flow

    marker = "the-marker-that-must-be-found"
    inputs = bank.inputs()
    inputs["predictions"]["email"] = EMAIL

    def quote():
        raise KeyError(EMAIL)

    broken("drift", quote)

    @flow(persist_result=True)
    def pipeline():
        assert marker
        with pytest.raises(DeniedError):
            bank.gates(inputs=inputs)
        raise RuntimeError(marker)

    with pytest.raises(RuntimeError):
        pipeline()
    time.sleep(6)  # the server writes task runs down every 5 s
    files = [prefect_server, *prefect_server.parent.glob(f"{prefect_server.name}-wal")]
    written = b"".join(file.read_bytes() for file in files)
    assert marker.encode() in written
    assert b"gate-drift" in written
    assert EMAIL.encode() not in written
