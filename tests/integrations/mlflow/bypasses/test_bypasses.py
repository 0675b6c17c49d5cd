"""Each bypass works on stock MLflow, is stopped by the guard, and leaves nothing behind."""

import pytest

from tests.integrations.mlflow.bypasses.lab import open_lab
from tests.integrations.mlflow.bypasses.page import listed
from tests.integrations.mlflow.bypasses.probe import Seen, all_probes, held, run

PROBES = all_probes()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with open_lab(tmp_path_factory.mktemp("bypasses")) as running:
        yield running


@pytest.mark.parametrize("probe", PROBES, ids=str)
def test_a_bypass_works_on_stock_mlflow_and_not_behind_the_guard(lab, probe):
    stock, guarded = run(probe, lab)

    assert stock.landed == probe.bites, stock
    assert held(probe, guarded), guarded


def test_the_page_lists_every_bypass_and_no_other():
    assert listed() == [(probe.number, probe.says) for probe in PROBES]


def test_no_two_bypasses_have_one_number():
    numbers = [probe.number for probe in PROBES]
    assert len(numbers) == len(set(numbers))


REFUSED = next(probe for probe in PROBES if probe.stopped == "NO_ATTESTATION")


@pytest.mark.parametrize(
    ("seen", "stopped"),
    [
        (Seen(403, "NO_ATTESTATION", landed=False, changed=()), True),  # OK
        # NOT OK: it worked; another reason; a plain 403; a row changed; the server broke
        (Seen(403, "NO_ATTESTATION", landed=True, changed=()), False),
        (Seen(403, "VERIFY_UNAVAILABLE", landed=False, changed=()), False),
        (Seen(403, "", landed=False, changed=()), False),
        (Seen(403, "NO_ATTESTATION", landed=False, changed=("model_versions",)), False),
        (Seen(500, "NO_ATTESTATION", landed=False, changed=()), False),
    ],
)
def test_a_refusal_counts_only_whole(seen, stopped):
    assert held(REFUSED, seen) is stopped
