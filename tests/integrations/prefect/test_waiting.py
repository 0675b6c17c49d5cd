"""Prefect waits, the ledger decides: nothing but signatures ends the wait with a yes."""

import contextvars
import threading
import time
from contextlib import suppress

import pytest

from govgate.errors import DeniedError, PendingError
from govgate.integrations.prefect import await_sign_off, promote

# Prefect leaves sockets of its clients to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


def later(seconds, call):
    timer = threading.Timer(seconds, call)
    timer.start()
    return timer


def test_nobody_signed_and_nobody_waits(bank, run):
    def pipeline():
        await_sign_off(bank.gates(), wait="raise")

    with pytest.raises(PendingError) as pending:
        run(pipeline)
    assert pending.value.exit_code == 10
    assert pending.value.failed_gates == ("sign-off",)


WAITS = [
    # who signs, approved
    pytest.param(("olga", "rami"), True, id="both"),  # OK
    pytest.param(("olga",), False, id="one"),  # NOT OK
    pytest.param((), False, id="nobody"),  # NOT OK
]


@pytest.mark.parametrize(("people", "approved"), WAITS)
def test_the_wait_ends_when_enough_people_signed(bank, people, approved):
    decided = bank.gates()
    signing = later(0.2, lambda: bank.sign(*people))
    if approved:
        assert await_sign_off(decided, timeout_s=30, poll_s=0.1).allowed
    else:
        with pytest.raises(PendingError):
            await_sign_off(decided, timeout_s=1.5, poll_s=0.1)
    signing.join()


def test_a_flow_goes_on_by_itself_when_people_have_signed(bank, run):
    def pipeline():
        decided = bank.gates()
        later(0.2, lambda: bank.sign("olga", "rami"))
        return promote(await_sign_off(decided, timeout_s=30, poll_s=0.1))

    assert run(pipeline).allowed
    assert bank.registry.aliases == {"champion": "1"}


def test_a_no_ends_the_wait(bank, run):
    def pipeline():
        decided = bank.gates()
        bank.sign("olga", "rami", reject=True)
        await_sign_off(decided, timeout_s=30, poll_s=0.1)

    with pytest.raises(DeniedError) as denied:
        run(pipeline)
    assert not isinstance(denied.value, PendingError)


def test_a_wait_cannot_excuse_what_was_not_measured(bank, broken):
    bank.gates()
    bank.sign("olga", "rami")
    broken("bias", lambda: True)
    decided = bank.gates(enforce=False)
    for step in (await_sign_off, promote):
        with pytest.raises(DeniedError, match="could not be measured"):
            step(decided)
    assert bank.registry.aliases == {}


def test_promotion_asks_the_ledger_not_the_flow(bank, run):
    def forgetful():
        decided = bank.gates()
        with suppress(Exception):  # the trap: go on as if nothing had happened
            await_sign_off(decided, wait="raise")
        promote(decided)

    with pytest.raises(PendingError):
        run(forgetful)
    assert bank.registry.aliases == {}


def test_a_no_after_the_yes_stops_the_promotion(bank):
    decided = bank.gates()
    bank.sign("olga", "rami")
    approved = await_sign_off(decided, wait="raise")
    bank.sign("rami", reject=True)
    with pytest.raises(DeniedError):
        promote(approved)
    assert bank.registry.aliases == {}


@pytest.mark.usefixtures("prefect_server")
def test_pressing_resume_approves_nothing(bank):
    from prefect import flow
    from prefect.client.orchestration import get_client
    from prefect.context import FlowRunContext
    from prefect.flow_runs import resume_flow_run

    runs, ended = [], []

    @flow(persist_result=False)
    def pipeline():
        runs.append(FlowRunContext.get().flow_run.id)
        return await_sign_off(bank.gates(), wait="pause", timeout_s=60, poll_s=1).allowed

    # Prefect keeps its settings, and so the test server's address, in the context.
    run_here = contextvars.copy_context().run
    thread = threading.Thread(target=lambda: ended.append(run_here(pipeline)), daemon=True)
    thread.start()

    def wait_for_pause():
        until = time.monotonic() + 40
        with get_client(sync_client=True) as client:
            while time.monotonic() < until:
                if runs and client.read_flow_run(runs[0]).state.is_paused():
                    return
                time.sleep(0.2)
        pytest.fail("the flow never paused")

    for _ in range(2):  # each time it looks into the ledger, and pauses again
        wait_for_pause()
        resume_flow_run(runs[0])
    wait_for_pause()
    assert not ended
    bank.sign("olga", "rami")
    resume_flow_run(runs[0])
    thread.join(40)
    assert ended == [True]


@pytest.mark.usefixtures("prefect_server")
def test_a_pause_that_nobody_ends_is_pending(bank):
    from prefect import flow

    @flow
    def pipeline():
        with pytest.raises(PendingError, match="not signed while the flow paused"):
            await_sign_off(bank.gates(), wait="pause", timeout_s=1, poll_s=1)
        return "told"

    # Prefect itself also marks the run: it was never resumed.
    assert not pipeline(return_state=True).is_completed() or bank.registry.aliases == {}
