"""Where the ledger is: what govgate.yaml may say, and what is refused."""

import pytest

from govgate.errors import ProjectError
from govgate.project import read_settings

SETTINGS = """\
name: credit
ledger:
  origin: credit.example/ledger
{place}
registry: {{id: mlflow-1}}
"""


def read(folder, place):
    (folder / "govgate.yaml").write_text(SETTINGS.format(place=place))
    return read_settings(folder).ledger


PLACES = [
    ("", True),  # OK: a folder named ledger
    ("  folder: elsewhere", True),  # OK
    ("  s3: {bucket: b}", True),  # OK
    ("  s3: {bucket: b, prefix: a/b, region: eu-central-1}", True),  # OK
    ("  s3: {bucket: b, endpoint: 'https://s3.example'}", True),  # OK
    ("  s3: {bucket: b, endpoint: 'http://127.0.0.1:9000'}", True),  # OK: this machine
    ("  s3: {bucket: b, endpoint: 'http://[::1]:9000'}", True),  # OK
    ("  s3: {bucket: b, endpoint: 'http://localhost:9000'}", True),  # OK
    ("  s3: {bucket: b, expected_owner: '123456789012'}", True),  # OK
    ("  s3: {bucket: b, mutable_bucket: c}", True),  # OK
    ("  folder: ledger\n  s3: {bucket: b}", False),  # NOT OK: two places
    ("  s3: {}", False),  # NOT OK: no bucket
    ("  s3: {bucket: b, region: ''}", False),  # NOT OK
    ("  s3: {bucket: b, prefix: a/}", False),  # NOT OK
    ("  s3: {bucket: b, prefix: ../a}", False),  # NOT OK
    ("  s3: {bucket: b, endpoint: 'http://s3.example'}", False),  # NOT OK: anybody may listen
    ("  s3: {bucket: b, endpoint: 'http://127.0.0.1.example'}", False),  # NOT OK: another machine
    ("  s3: {bucket: b, endpoint: 'ftp://127.0.0.1'}", False),  # NOT OK
    ("  s3: {bucket: b, expected_owner: '12345678901'}", False),  # NOT OK: 11 digits
    ("  s3: {bucket: b, retention_days: 3653}", False),  # NOT OK: the policy says it
    ("  s3: {bucket: b, mutable_bucket: b}", False),  # NOT OK: the same
    ("  s3: {bucket: b, single_writer: 1}", False),  # NOT OK: no yes or no
    ("  s3: {bucket: b, secret_key: x}", False),  # NOT OK: no such field
]


@pytest.mark.parametrize(("place", "good"), PLACES)
def test_a_ledger_has_one_safe_place(tmp_path, place, good):
    if good:
        assert read(tmp_path, place).origin == "credit.example/ledger"
    else:
        with pytest.raises(ProjectError):
            read(tmp_path, place)
