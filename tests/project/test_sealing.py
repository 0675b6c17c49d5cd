"""Sealing: right whatever happens, at every write and with two servers at once."""

import hashlib
import json
import os
import re
import threading
from pathlib import Path

import pytest

from govgate.adapters.model_files import content_of_folder, files_of
from govgate.errors import DeniedError, StoreError
from govgate.project.sealing import Sealing
from govgate.project.vaults import open_vault

FILES = {"MLmodel": b"flavors: {}\n", "data/x.bin": b"\0" * 100_000, "data/y.bin": b"y"}


class BoomError(RuntimeError):
    pass


class Faulty:
    """A vault whose n-th write does not happen, or happens and then fails."""

    WRITES = ("write", "create", "lock")

    def __init__(self, vault, nth, *, lands):
        self._vault, self._left, self._lands = vault, nth, lands
        self._lock = threading.Lock()

    def __getattr__(self, name):
        real = getattr(self._vault, name)
        if name not in self.WRITES:
            return real

        def call(*words):
            with self._lock:
                self._left -= 1
                now = self._left == 0
            if now and not self._lands:
                raise BoomError
            real(*words)
            if now:
                raise BoomError

        return call


@pytest.fixture(params=["file", "moto", "rgw"])
def vault(request, tmp_path):
    if request.param == "file":
        return open_vault(f"file://{tmp_path}/store", client=pytest.fail)
    endpoint = request.getfixturevalue(f"{request.param}_endpoint")
    client = endpoint.client()
    uri = f"s3://{endpoint.bucket()}/registry"
    return open_vault(uri, client=lambda: client, retention_days=1)


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    for path, data in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@pytest.fixture
def judged(model):
    return content_of_folder(model)


def seal(vault, model, judged):
    return Sealing(vault).seal(files_of(model), "7", judged)


def held(vault, sealed):
    return {path: b"".join(map(bytes, pieces())) for path, pieces in vault.files(sealed.folder)}


def test_a_sealed_copy_holds_the_judged_bytes_below_its_experiment(vault, model, judged):
    sealed = seal(vault, model, judged)

    assert held(vault, sealed) == FILES
    assert sealed.content == judged
    base, attempt, artifacts = sealed.folder.rsplit("/", 2)
    assert base == f"7/models/govgate-sealed-{judged.removeprefix('sha256:')}"
    assert (len(attempt), artifacts) == (16, "artifacts")
    assert Sealing(vault).check(sealed.folder) == sealed
    assert Sealing(vault).check(sealed.folder, full=True) == sealed


def test_nothing_that_holds_a_sealed_copy_can_be_deleted(vault, model, judged):
    seal(vault, model, judged)
    for folder in ("", "7", "7/models"):
        assert Sealing(vault).holds_frozen(folder)
    assert not Sealing(vault).holds_frozen("8")


def test_sealing_again_copies_nothing_and_still_reads_what_is_handed_over(vault, model, judged):
    first = seal(vault, model, judged)
    assert seal(vault, model, judged) == first
    (model / "MLmodel").write_bytes(b"evil")
    with pytest.raises(DeniedError) as caught:
        seal(vault, model, judged)
    assert caught.value.reason == "DIGEST_MISMATCH"
    assert held(vault, first) == FILES


@pytest.mark.parametrize("lands", [False, True])
@pytest.mark.parametrize("nth", range(1, 7))
def test_a_crash_at_any_write_leaves_nothing_that_counts_wrongly(vault, model, judged, nth, lands):
    with pytest.raises(BoomError):
        seal(Faulty(vault, nth, lands=lands), model, judged)

    sealed = seal(vault, model, judged)

    assert held(vault, sealed) == FILES
    assert Sealing(vault).check(sealed.folder, full=True).content == judged


def test_there_are_no_more_writes_than_that(vault, model, judged):
    assert seal(Faulty(vault, 7, lands=False), model, judged).content == judged


def test_bytes_that_change_while_they_are_copied_are_found_and_removed(vault, model, judged):
    def changing():
        for path, pieces in files_of(model):
            yield path, lambda pieces=pieces: [*map(bytes, pieces()), b"!"]

    with pytest.raises(DeniedError) as caught:
        Sealing(vault).seal(changing(), "7", judged)

    assert caught.value.reason == "DIGEST_MISMATCH"
    assert list(vault.files("7")) == []


def test_a_source_that_breaks_off_is_a_failure_and_leaves_nothing(vault, model, judged):
    def breaking():
        msg = "it broke off; try again"
        yield b"x"
        raise StoreError(msg)

    def files():
        yield from files_of(model)
        yield "more.bin", breaking

    with pytest.raises(StoreError):
        Sealing(vault).seal(files(), "7", judged)
    assert list(vault.files("7")) == []


def test_two_servers_at_once_both_end_with_the_judged_bytes(vault, model, judged):
    found, failed = [], []
    start = threading.Barrier(4)

    def work():
        start.wait()
        try:
            found.append(seal(vault, model, judged))
        except Exception as why:  # noqa: BLE001 -- shown below
            failed.append(why)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    for sealed in found:
        assert held(vault, sealed) == FILES
        assert Sealing(vault).check(sealed.folder).content == judged


@pytest.fixture
def disk(tmp_path):
    return open_vault(f"file://{tmp_path}/store", client=pytest.fail)


def spoil(root, path, data):
    file = root / path
    file.chmod(0o644)
    file.write_bytes(data)


def test_a_check_reads_no_bytes_while_the_stamps_hold(disk, model, judged, monkeypatch):
    sealed = seal(disk, model, judged)
    monkeypatch.setattr(disk, "files", pytest.fail)
    assert Sealing(disk).check(sealed.folder) == sealed


def test_a_copy_restored_from_a_backup_is_hashed_and_holds(disk, model, judged, tmp_path):
    sealed = seal(disk, model, judged)
    spoil(tmp_path / "store", f"{sealed.folder}/MLmodel", FILES["MLmodel"])
    assert Sealing(disk).check(sealed.folder) == sealed


PAGE = Path(__file__).parents[2] / "docs" / "spec" / "sealed-models.md"


def test_the_manifest_on_the_page_proves_itself(disk, tmp_path):
    (shown,) = re.findall(r"^```json\n(.*)\n```$", PAGE.read_text(), re.MULTILINE)
    content = json.loads(shown)["content"]
    attempt = f"7/models/govgate-sealed-{content.removeprefix('sha256:')}/0123456789abcdef"
    (tmp_path / "store" / attempt).mkdir(parents=True)
    (tmp_path / "store" / attempt / "sealed.json").write_text(shown)

    manifest = Sealing(disk)._sealed(f"{attempt}/artifacts", content)

    assert manifest is not None
    assert manifest.tree.content == content
    assert json.loads(Sealing(disk)._manifest(attempt, manifest.tree)).keys() == {
        *json.loads(shown)
    }


# What somebody with the disk may do, each of it found by a check.
SPOILS = [
    ("artifacts/MLmodel", b"flavors: {}!"),
    ("artifacts/new.py", b"import os"),
    ("artifacts/data/y.bin", b""),
]


@pytest.mark.parametrize(("path", "data"), SPOILS)
def test_a_changed_copy_is_refused_and_sealed_anew_from_the_original(
    disk, model, judged, tmp_path, path, data
):
    sealed = seal(disk, model, judged)
    place = tmp_path / "store" / sealed.folder.removesuffix("artifacts") / path
    place.parent.chmod(0o755)
    place.touch()
    spoil(place.parent, place.name, data)

    with pytest.raises(DeniedError) as caught:
        Sealing(disk).check(sealed.folder)
    again = seal(disk, model, judged)

    assert caught.value.reason == "DIGEST_MISMATCH"
    assert again.folder != sealed.folder
    assert held(disk, again) == FILES


@pytest.mark.parametrize(
    "manifest",
    [
        *(b"", b"{", b"[]", b"{}", b"[" * 100_000),
        *(b'{"files": [[1]]}', b'{"files": []}', b'{"files": 3}'),
        *(b'{"files": [["\\ud800", "00", 1, ""]]}', b'{"files": [[[], "00", 1, ""]]}'),
    ],
)
def test_a_spoiled_manifest_is_not_believed_and_the_bytes_are(
    disk, model, judged, tmp_path, manifest
):
    sealed = seal(disk, model, judged)
    spoil(tmp_path / "store", sealed.folder.replace("artifacts", "sealed.json"), manifest)
    assert Sealing(disk).check(sealed.folder) == sealed


def test_a_manifest_that_names_other_bytes_does_not_prove_them(disk, model, judged, tmp_path):
    sealed = seal(disk, model, judged)
    (model / "MLmodel").write_bytes(b"evil")
    other = seal(disk, model, content_of_folder(model))
    root = tmp_path / "store"
    manifest = (root / other.folder.replace("artifacts", "sealed.json")).read_bytes()
    spoil(root, sealed.folder.replace("artifacts", "sealed.json"), manifest)
    spoil(root, f"{sealed.folder}/MLmodel", b"evil")

    with pytest.raises(DeniedError) as caught:
        Sealing(disk).check(sealed.folder)

    assert caught.value.reason == "DIGEST_MISMATCH"


def test_a_manifest_that_was_believed_is_not_once_it_changes(disk, model, judged, tmp_path):
    sealed = seal(disk, model, judged)
    manifest = tmp_path / "store" / sealed.folder.replace("artifacts", "sealed.json")
    Sealing(disk).check(sealed.folder)
    about, said = manifest.stat(), manifest.read_bytes()

    digest = hashlib.sha256(FILES["MLmodel"]).hexdigest().encode()
    spoil(manifest.parent, manifest.name, said.replace(digest, b"0" * 64))
    os.utime(manifest, ns=(about.st_atime_ns, about.st_mtime_ns))

    assert Sealing(disk)._sealed(sealed.folder, judged) is None
    assert Sealing(disk).check(sealed.folder) == sealed


def test_many_files_are_served_and_their_manifest_is_read_as_json_once(
    disk, model, judged, monkeypatch
):
    sealed = seal(disk, model, judged)
    read = []
    monkeypatch.setattr(json, "loads", lambda said, real=json.loads: read.append(1) or real(said))
    for _ in range(3):
        for path in FILES:
            Sealing(disk).require_judged(f"{sealed.folder}/{path}")
    assert len(read) == 1


def test_a_link_to_a_folder_that_appears_in_a_copy_is_found(disk, model, judged, tmp_path):
    sealed = seal(disk, model, judged)
    place = tmp_path / "store" / sealed.folder
    place.chmod(0o755)
    (place / "more").symlink_to(model)
    with pytest.raises(DeniedError):
        Sealing(disk).check(sealed.folder)


def test_a_forged_manifest_lets_no_other_file_be_served(disk, model, judged, tmp_path):
    sealed = seal(disk, model, judged)
    manifest = tmp_path / "store" / sealed.folder.replace("artifacts", "sealed.json")
    said = json.loads(manifest.read_bytes())
    said["files"][0][1] = hashlib.sha256(b"evil").hexdigest()
    spoil(manifest.parent, manifest.name, json.dumps(said).encode())

    with pytest.raises(DeniedError) as caught:
        Sealing(disk).require_judged(f"{sealed.folder}/MLmodel", lambda: [b"evil"])

    assert caught.value.reason == "DIGEST_MISMATCH"


def test_a_full_check_finds_what_stamps_cannot_tell(disk, model, judged, tmp_path):
    sealed = seal(disk, model, judged)
    spoil(tmp_path / "store", f"{sealed.folder}/MLmodel", b"evil")
    manifest = tmp_path / "store" / sealed.folder.replace("artifacts", "sealed.json")
    said = json.loads(manifest.read_bytes())
    for line in said["files"]:
        line[3] = disk.stamps(sealed.folder)[line[0]]
    spoil(manifest.parent, manifest.name, json.dumps(said).encode())
    assert Sealing(disk).check(sealed.folder).content == judged

    with pytest.raises(DeniedError) as caught:
        Sealing(disk).check(sealed.folder, full=True)

    assert caught.value.reason == "DIGEST_MISMATCH"


@pytest.mark.parametrize("folder", ["", "7/models/m-1/artifacts", "7/models/govgate-sealed-00/a"])
def test_what_is_no_sealed_place_never_holds(disk, folder):
    with pytest.raises(DeniedError):
        Sealing(disk).check(folder)
