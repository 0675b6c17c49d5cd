"""What the table of docs/how-to/ledger-in-s3.md says of bad input is what happens."""

import errno
import json
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import botocore.auth
import pytest

from govgate.adapters.clock import SystemClock
from govgate.errors import GovgateError
from govgate.project import open_project
from govgate.project.book import GATE, Writing
from govgate.records import Evidence, Subject
from tests.cli.conftest import Desk, predictions

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ledger-in-s3.md"
CONTENT = "sha256:" + "ab" * 32


def table():
    """Yield each row: what is wrong, what is said, and the exit code."""
    lines = iter(PAGE.read_text().splitlines())
    while next(lines) != "| what is wrong | it says | ends with |":
        pass
    next(lines)
    for line in iter(lines):
        if not line.startswith("|"):
            return
        wrong, says, code = (cell.strip() for cell in line.strip("|").split(" | "))
        yield wrong, says.strip("`"), int(code)


@dataclass
class Desks:
    """A project whose ledger is in a bucket, and how to make things go wrong there."""

    desk: Desk
    endpoint: Any
    bucket: str
    patch: pytest.MonkeyPatch

    def rename(self, name):
        path = self.desk.folder / "govgate.yaml"
        path.write_text(path.read_text().replace(self.bucket, name))

    def deny(self):
        said = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject"}
        said["Resource"] = f"arn:aws:s3:::{self.bucket}/audit/commits/*"
        policy = json.dumps({"Version": "2012-10-17", "Statement": [said]})
        self.endpoint.client().put_bucket_policy(Bucket=self.bucket, Policy=policy)

    def set_back(self):
        real, late = botocore.auth.get_current_datetime, timedelta(hours=3)
        slow = lambda *a, **k: real(*a, **k) - late  # noqa: E731 -- one patch
        self.patch.setattr(botocore.auth, "get_current_datetime", slow)

    def fill(self):
        real = os.fsync

        def full(fd):
            if ".govgate" in Path(f"/proc/self/fd/{fd}").readlink().parts:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(fd)

        self.patch.setattr(os, "fsync", full)

    @property
    def key(self):
        return self.desk.folder / "keys" / "gate"

    def append(self, *entries):
        """Append raw entries: long records are kept outside theirs."""
        open_project(self.desk.folder).book._log.append(entries, "b")

    def write(self, **body):
        """Write evidence as a plugin could."""
        record = Evidence(
            subject=Subject(name="m", content=CONTENT),
            kind="group-outcomes/v1",
            taken_at=SystemClock().now(),
            taken_by="a plugin",
            body=body,
            population={"rows": 1},
            materials={},
        )
        book = open_project(self.desk.folder).book
        book.write([Writing("evidence/v1", record.subject, record)], book.gate_signer(), GATE)


WRONG = {
    "the bucket is not there": lambda d: d.rename("no-such-bucket"),
    "the bucket is another one, and empty": lambda d: d.rename(d.endpoint.bucket()),
    "you may not read or write there": Desks.deny,
    "the credentials are of another store": lambda d: d.patch.setenv("AWS_ACCESS_KEY_ID", "AKIAX"),
    "this machine's clock is far off": Desks.set_back,
    "the disk under `.govgate` is full": Desks.fill,
    "the private key is not there": lambda d: d.key.unlink(),
    "the private key is open to others": lambda d: d.key.chmod(0o644),
    "an entry is over 65,535 bytes": lambda d: d.append(bytes(65_536)),
    "a commit is over 8 MiB": lambda d: d.append(*[bytes(65_535)] * 129),
    "a number is NaN, or too large to be exact": lambda d: d.write(gap=float("nan")),
}


def test_every_row_of_the_table_is_tried():
    assert [wrong for wrong, _, _ in table()] == list(WRONG)


@pytest.mark.parametrize(("wrong", "says", "code"), [*table()])
def test_bad_input_is_refused_as_the_page_says(
    rgw_endpoint, desk, move, capsys, monkeypatch, wrong, says, code
):
    bucket = rgw_endpoint.bucket()
    move(rgw_endpoint, bucket)
    assert desk("ledger", "create") == 0
    assert desk.assess(predictions()) == 10
    capsys.readouterr()
    try:
        WRONG[wrong](Desks(desk, rgw_endpoint, bucket, monkeypatch))
        ended, said = desk.assess(predictions()), capsys.readouterr().err
    except GovgateError as why:
        ended, said = why.exit_code, str(why)
    assert ended == code
    assert says in " ".join(said.replace("`", "").split())
