"""What keeps a file, by what the kernel says of its disk; proc and sys are made by hand."""

import os

import pytest

from govgate.adapters.local_places import LocalPlaces
from govgate.errors import StoreError


@pytest.fixture
def system(tmp_path):
    """A root with the disk that the test's own files are on, and a way to say what it is."""

    class System:
        root = tmp_path / "system"
        number = None

        def mounted(self, kind):
            line = f"36 35 {self.number} / / rw,noatime master:1 - {kind} /dev/x rw\n"
            (self.root / "proc/self/mountinfo").write_text(line)

        def disk(self, name, uuid="", on=()):
            block = self.root / "sys/devices" / name
            (block / "slaves").mkdir(parents=True)
            if uuid:
                (block / "dm").mkdir()
                (block / "dm/uuid").write_text(uuid + "\n")
            for below in on:
                (block / "slaves" / below).symlink_to(self.root / "sys/devices" / below)
            return block

        def holds(self, block):
            (self.root / "sys/dev/block" / self.number).symlink_to(block)

    made = System()
    (made.root / "proc/self").mkdir(parents=True)
    (made.root / "sys/dev/block").mkdir(parents=True)
    (tmp_path / "a").write_bytes(b"x")
    device = (tmp_path / "a").stat().st_dev
    made.number = f"{os.major(device)}:{os.minor(device)}"
    made.mounted("ext4")
    return made


def kept(system, tmp_path):
    places = LocalPlaces(tmp_path, system.root)
    return places.at_rest(places.find("a", 1).items[0])[0]


def test_a_plain_disk_keeps_in_clear(system, tmp_path):
    system.holds(system.disk("sda1"))
    assert kept(system, tmp_path) == "none"


def test_a_disk_of_cryptsetup_is_told_by_its_uuid(system, tmp_path):
    system.holds(system.disk("dm-0", "CRYPT-LUKS2-0123-x"))
    assert kept(system, tmp_path) == "dm-crypt"


def test_a_volume_on_it_is_encrypted_and_a_volume_on_one_more_is_not(system, tmp_path):
    system.disk("dm-0", "CRYPT-LUKS2-0123-x")
    system.disk("sda2")
    system.holds(system.disk("dm-1", "LVM-abc", on=["dm-0"]))
    assert kept(system, tmp_path) == "dm-crypt"
    (system.root / "sys/devices/dm-1/slaves/sda2").symlink_to(system.root / "sys/devices/sda2")
    assert kept(system, tmp_path) == "none"


@pytest.mark.parametrize("kind", ["ecryptfs", "fuse.gocryptfs"])
def test_a_stacked_file_system_is_told_by_its_kind(system, tmp_path, kind):
    system.mounted(kind)
    assert kept(system, tmp_path) == kind.removeprefix("fuse.")


def test_what_is_on_no_disk_of_this_machine_is_unknown(system, tmp_path):
    with pytest.raises(StoreError, match="measure where its disk is"):
        kept(system, tmp_path)


def test_without_proc_it_is_unknown(system, tmp_path):
    (system.root / "proc/self/mountinfo").unlink()
    with pytest.raises(StoreError, match="cannot be looked at"):
        kept(system, tmp_path)


def test_files_are_found_below_a_folder_in_order_and_through_links(tmp_path):
    for name in ("b", "c/d"):
        (tmp_path / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "x" / name).write_bytes(b"xx")
    (tmp_path / "x" / "a").symlink_to(tmp_path / "x" / "b")
    found = LocalPlaces(tmp_path).find("x", 10)
    assert [item.name for item in found.items] == ["x/a", "x/b", "x/c/d"]
    assert [item.size_bytes for item in found.items] == [2, 2, 2]


def test_a_folder_that_cannot_be_opened_is_no_empty_folder(tmp_path, monkeypatch):
    (tmp_path / "x" / "y").mkdir(parents=True)
    real = os.scandir

    def refuse(path):
        if str(path).endswith("y"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(StoreError, match="Permission denied"):
        LocalPlaces(tmp_path).find("x", 10)
