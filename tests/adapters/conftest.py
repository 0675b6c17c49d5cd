"""Workers that are slow to start: once for all tests."""

import warnings

import pytest


@pytest.fixture(scope="session")
def dask_cluster():
    """Two workers in processes of their own, as on two machines."""
    import dask
    from distributed import LocalCluster

    # as by default, but quicker to give up
    quick = {"distributed.scheduler.allowed-failures": 2, "distributed.comm.timeouts.connect": "5s"}
    with (
        dask.config.set(quick),
        warnings.catch_warnings(),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
    ):
        yield cluster
