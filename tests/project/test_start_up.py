"""What every command and the registry's server pay for at their start, and what they do not."""

import subprocess
import sys

import pytest

HEAVY = {"numpy", "scipy", "pandas", "pyarrow", "phonenumbers", "stdnum", "evidently", "presidio"}
HEAVY |= {"boto3", "mlflow", "prefect", "polars", "duckdb", "dask", "distributed", "ray", "pyspark"}


def loaded(code):
    said = f"import sys\n{code}\nprint(*(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    return {*done.stdout.split()}


@pytest.mark.parametrize("code", ["import govgate.project", "import govgate.cli.main"])
def test_no_heavy_library_is_loaded(code):
    assert not loaded(code) & HEAVY


def test_a_heavy_library_would_be_seen():
    assert loaded("import govgate.identifiers") & HEAVY == {"numpy", "phonenumbers", "stdnum"}
