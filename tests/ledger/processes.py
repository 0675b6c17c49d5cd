"""Real processes that write and publish, for the tests that race and kill them."""

import multiprocessing
import os
import time
from contextlib import suppress
from pathlib import Path

from govgate.adapters.clock import RandomIds, SystemClock
from govgate.adapters.files import FileStore
from govgate.adapters.outbox import FileOutbox
from govgate.adapters.s3 import Bucket, S3Store, open_client
from govgate.errors import StoreError
from govgate.ledger import Log, Sender, create_log, vkey
from govgate.testing import MemorySigner

ORIGIN = "race.example/ledger"
KEY = MemorySigner("log")
VKEY = vkey(ORIGIN, KEY.public)


def context():
    """Processes that start in milliseconds, and share nothing with the test."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload([__name__])
    return found


def file_store(place):
    return FileStore(place)


def s3_store(url, environment, bucket):
    os.environ.update(environment)
    return S3Store(open_client("us-east-1", url), Bucket(bucket))


def found(open_store, place):
    """Found a log."""
    create_log(open_store(place), ORIGIN, VKEY, SystemClock())


def open_log(open_store, place):
    return Log(open_store(place), ORIGIN, [VKEY])


def open_sender(open_store, place, outbox):
    return Sender(open_log(open_store, place), FileOutbox(Path(outbox)), SystemClock())


def refuse(*said):
    raise AssertionError(said)


def write(open_store, place, outbox, acked, name, count, begin=None):
    """Finish what was left, then append entries one at a time; note each answer durably."""
    sender = open_sender(open_store, place, outbox)
    if begin:
        begin.wait()
    with Path(acked).open("ab") as file:
        sender.flush(refuse)
        for i in range(count):
            text = f"{name}.{i}"
            start = send(sender, text.encode())
            file.write(f"{start} {text}\n".encode())
            file.flush()
            os.fsync(file.fileno())


def send(sender, entry):
    """Append an entry, doing what each error says, and give its index."""
    while True:
        try:
            return sender.send([entry], RandomIds().new()).start
        except StoreError as why:
            if not str(why).startswith("nothing was recorded"):
                return finish(sender)


def finish(sender):
    """Flush until the store lets us, and give where the one batch stands that was left."""
    while True:
        with suppress(StoreError):
            ((_, appended),) = sender.flush(refuse)
            return appended.start


def publish_often(open_store, place):
    """Publish until killed."""
    while True:
        open_log(open_store, place).publish(KEY)
        time.sleep(0.005)


def all_acked(folder):
    """Every (index, text) that a writer was told."""
    lines = [line.split() for p in folder.glob("acked-*") for line in p.read_text().splitlines()]
    return {text: int(index) for index, text in lines}


def check(open_store, place, acked):
    """Check that what was acknowledged stands once, where it was said to; give all texts."""
    log = open_log(open_store, place)
    log.publish(KEY)
    texts = [entry.decode() for _, entry in log.entries()]
    assert len(set(texts)) == len(texts)
    assert [t for t, i in acked.items() if i >= len(texts) or texts[i] != t] == []
    return texts
