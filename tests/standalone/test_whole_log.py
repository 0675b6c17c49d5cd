"""The stand-alone verifier on a whole ledger: it finds every change, with no code of govgate."""

import random
import struct

import pytest

from govgate.adapters.files import FileStore
from govgate.ledger import Log, clear_partials
from tests.standalone.conftest import ORIGIN

MUTATIONS = 1000
"""A few milliseconds each: a signature that was verified once is remembered by the fixture."""


@pytest.fixture(scope="module")
def in_memory(verifier):
    """Verify a dict of objects as if it were a folder."""

    class Objects(verifier.Files):
        def __init__(self, objects):
            self.objects, self.names = objects, sorted(objects)

        def read(self, name):
            return self.objects.get(name)

    def verify(objects, folder, *, pinned=True):
        trust = verifier.read_trust(str(folder.trust))
        note = folder.pinned.read_bytes()
        seen = [verifier.open_checkpoint(note, trust, "head").head] if pinned else []
        files, verifier.Files = verifier.Files, Objects
        try:
            return verifier.verify_log(objects, trust, seen)
        finally:
            verifier.Files = files

    return verify


def test_a_log_as_it_was_written_holds(in_memory, log_folder):
    report = in_memory(log_folder.files, log_folder)
    assert [p.text for p in report.problems] == []
    assert (report.kinds, report.exit_code()) == ({"policy/v1": 26, "waiver/v1": 4}, 0)


def test_a_log_whose_needless_tiles_were_cleared_away_holds(verifier, new_log, tmp_path):
    folder = new_log(tmp_path, batches=(200, 50, 30, 240))
    note = folder.pinned.read_bytes()
    trust = verifier.read_trust(str(folder.trust))
    log = Log(FileStore(folder.path), ORIGIN, [trust.log_vkeys[0]])
    before = len(folder.files)
    assert clear_partials(log.store, log.checkpoint().checkpoint).removed == 6
    assert len(folder.files) == before - 6
    seen = [verifier.open_checkpoint(note, trust, "head").head]
    report = verifier.verify_log(str(folder.path), trust, seen)
    assert [p.text for p in report.problems] == []
    assert sum(report.kinds.values()) == 520


def framed(data, header):
    """Take apart what frames entries: what stands before them, and each with its length."""
    line, _, body = data.partition(b"\n") if header else (b"", b"", data)
    entries = []
    while body:
        end = 2 + struct.unpack(">H", body[:2])[0]
        entries.append(body[:end])
        body = body[end:]
    return (line + b"\n" if header else b""), entries


def change_a_byte(draw, objects):
    name = draw.choice(sorted(objects))
    data = bytearray(objects[name])
    at = draw.randrange(len(data))
    if name == "log.json":  # what it says of its founding and its store nobody signed
        at = draw.randrange(data.index(b'"log_vkeys"'), data.index(b'"store"'))
    data[at] ^= draw.randrange(1, 256)
    return {**objects, name: bytes(data)}


def delete(draw, objects):
    # An older checkpoint, or tile of an earlier size, says nothing the newest does not say.
    newest = max(n for n in objects if n.startswith("checkpoints/"))
    size = int(newest[-20:])
    kept = {newest, "checkpoint", "log.json", f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}"}
    kept |= {n for n in objects if n.startswith(("commits/", "evidence/"))}
    name = draw.choice(sorted(kept))
    return {n: d for n, d in objects.items() if n != name}


def truncate(draw, objects):
    name = draw.choice(sorted(objects))
    return {**objects, name: objects[name][: draw.randrange(len(objects[name]))]}


def reorder_entries(draw, objects):
    places = [n for n in objects if n.startswith(("commits/", "tile/entries/"))]
    name = draw.choice([n for n in sorted(places) if len(framed(objects[n], n[0] == "c")[1]) > 1])
    before, entries = framed(objects[name], name[0] == "c")
    one, other = draw.sample(range(len(entries)), 2)
    entries[one], entries[other] = entries[other], entries[one]
    return {**objects, name: before + b"".join(entries)}


def exchange(draw, objects):
    folder = draw.choice(["commits/", "checkpoints/", "tile/"])
    one, other = draw.sample([n for n in sorted(objects) if n.startswith(folder)], 2)
    return {**objects, one: objects[other], other: objects[one]}


def add_an_object(draw, objects):
    names = (
        "commits/%020d",
        "checkpoints/%020d",
        "tile/0/%03d",
        "tile/entries/%03d",
        "tile/1/%03d",
    )
    name = draw.choice(names) % draw.randrange(2, 999)
    return {**objects, name: draw.choice(list(objects.values()))} if name not in objects else None


def roll_back(draw, objects):
    sizes = sorted(int(n[-20:]) for n in objects if n.startswith("checkpoints/"))
    size = draw.choice(sizes[:-1])
    left = {n: d for n, d in objects.items() if "s/" not in n[:12] or int(n[-20:]) < size}
    own = f"checkpoints/{size:020d}"
    tiles = {n for n in left if n.startswith("tile/") and int(n.rpartition("/")[2]) > size}
    left = {n: d for n, d in left.items() if n not in tiles}
    return {**left, own: objects[own], "checkpoint": objects[own]}


KINDS = (
    change_a_byte,
    change_a_byte,
    change_a_byte,
    delete,
    truncate,
    reorder_entries,
    exchange,
    add_an_object,
    roll_back,
)


def test_a_thousand_mutations_are_all_found(in_memory, log_folder):
    draw, objects, missed, made = random.Random(20260101), log_folder.files, [], 0  # noqa: S311
    while made < MUTATIONS:
        kind = draw.choice(KINDS)
        changed = kind(draw, objects)
        if changed is None or changed == objects:
            continue
        made += 1
        if not in_memory(changed, log_folder).problems:
            different = [n for n in objects.keys() | changed if objects.get(n) != changed.get(n)]
            missed.append((kind.__name__, different))
    assert missed == []


def test_a_roll_back_is_what_the_pinned_checkpoint_is_for(in_memory, log_folder):
    rolled = roll_back(random.Random(1), log_folder.files)  # noqa: S311 -- a seed, no secret
    assert in_memory(rolled, log_folder, pinned=False).exit_code() == 0
    assert in_memory(rolled, log_folder, pinned=True).exit_code() == 1


def test_the_two_verifiers_agree_across_full_tiles(in_memory, tmp_path, new_log):
    folder = new_log(tmp_path, batches=(255, 1, 1, 260))
    objects = folder.files
    assert in_memory(objects, folder).problems == []
    for name in ("tile/0/000", "tile/entries/001", "tile/1/000.p/2"):
        gone = {n: d for n, d in objects.items() if n != name}
        assert [p.text for p in in_memory(gone, folder).problems] == [f"{name} is missing"]
        wrong = {**objects, name: objects[name][:-1] + bytes([objects[name][-1] ^ 1])}
        assert in_memory(wrong, folder).exit_code() == 1
