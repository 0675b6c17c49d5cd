"""How many schedules to try."""

import pytest

SEEDS = 500


def pytest_addoption(parser):
    parser.addoption("--seeds", type=int, default=SEEDS, help="schedules of the simulator")


@pytest.fixture(scope="session")
def seeds(pytestconfig):
    return pytestconfig.getoption("--seeds", SEEDS)
