"""Secrets are kept for their owner alone, and are gone when they are destroyed."""

import os
import stat
from contextlib import suppress

import pytest

from govgate.adapters import secret_files
from govgate.adapters.secret_files import FileSecrets
from govgate.errors import AuthorityError, StoreError

NAME = "ab" * 32


def names_in(folder):
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def kept(tmp_path):
    found = FileSecrets(tmp_path / "keys" / "erasable")
    found.put(NAME, b"a secret")
    return found


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_put_is_read_and_nothing_else_is(kept):
    assert kept.read(NAME) == b"a secret"
    assert kept.read("cd" * 32) is None
    assert list(kept.names()) == [NAME]


def test_an_absent_folder_is_empty_and_is_not_made_by_reading(tmp_path):
    absent = FileSecrets(tmp_path / "none")
    assert (absent.read(NAME), list(absent.names())) == (None, [])
    absent.destroy(NAME)
    assert not (tmp_path / "none").exists()


def test_nobody_else_can_read_them_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        kept = FileSecrets(tmp_path / "erasable")
        kept.put(NAME, b"a secret")
    finally:
        os.umask(before)
    assert (mode(kept.folder), mode(kept.folder / NAME)) == (0o700, 0o600)


def test_a_secret_is_never_written_over(kept):
    with pytest.raises(StoreError, match="File exists"):
        kept.put(NAME, b"another")
    assert kept.read(NAME) == b"a secret"
    assert names_in(kept.folder) == [NAME]


def test_a_destroyed_secret_is_overwritten_before_it_goes(kept):
    other = kept.folder / "held"
    os.link(kept.folder / NAME, other)
    kept.destroy(NAME)
    assert kept.read(NAME) is None
    assert other.read_bytes() == bytes(len(b"a secret"))
    kept.destroy(NAME)  # again is no error


def test_a_crash_between_overwriting_and_removing_leaves_nothing_to_read(kept, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(secret_files.os, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            kept.destroy(NAME)
    assert kept.read(NAME) == bytes(len(b"a secret"))
    kept.destroy(NAME)
    assert kept.read(NAME) is None


@pytest.mark.parametrize("step", ["open", "fsync", "link"])
def test_a_crash_at_any_step_of_a_put_leaves_no_half_secret(tmp_path, monkeypatch, step):
    kept, real = FileSecrets(tmp_path), getattr(os, step)
    tmp_path.chmod(0o700)

    def full(*words, **more):
        if step == "open" and not more.get("dir_fd"):
            return real(*words, **more)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(secret_files.os, step, full)
        with pytest.raises(StoreError, match="No space left"):
            kept.put(NAME, b"a secret")
    assert names_in(tmp_path) == []
    kept.put(NAME, b"a secret")
    assert kept.read(NAME) == b"a secret"


OPEN = {
    # OK
    "its own": (0o600, 0o700, True),
    "read only": (0o400, 0o700, True),
    # NOT OK
    "a file others read": (0o604, 0o700, False),
    "a file the group reads": (0o640, 0o700, False),
    "a file others write": (0o602, 0o700, False),
    "a folder others read": (0o600, 0o705, False),
    "a folder the group writes": (0o600, 0o720, False),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_secret_that_others_can_reach_is_refused(kept, name):
    file, folder, fine = OPEN[name]
    (kept.folder / NAME).chmod(file)
    kept.folder.chmod(folder)
    if fine:
        assert kept.read(NAME) == b"a secret"
    else:
        with pytest.raises(AuthorityError, match=r"open to others; run `chmod [67]00 "):
            kept.read(NAME)


def test_a_link_in_a_secrets_place_is_refused(kept, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"keep me")
    elsewhere.chmod(0o600)
    (kept.folder / NAME).unlink()
    (kept.folder / NAME).symlink_to(elsewhere)
    with pytest.raises(StoreError):
        kept.read(NAME)
    with pytest.raises(StoreError):
        kept.destroy(NAME)
    assert elsewhere.read_bytes() == b"keep me"


@pytest.mark.parametrize("what", ["folder", "pipe"])
def test_what_is_no_file_is_refused_and_not_waited_for(kept, what):
    (kept.folder / NAME).unlink()
    if what == "folder":
        (kept.folder / NAME).mkdir(mode=0o700)
    else:
        os.mkfifo(kept.folder / NAME, 0o600)
    with pytest.raises((AuthorityError, StoreError)):
        kept.read(NAME)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "sha256:ab", "a\0"])
def test_a_name_leads_nowhere_else(kept, name):
    for act in (kept.read, kept.destroy, lambda n: kept.put(n, b"x")):
        with pytest.raises(StoreError, match="cannot be the name of a secret"):
            act(name)


def test_unfinished_writes_are_not_listed(kept):
    (kept.folder / ".0123.tmp").write_bytes(b"half")
    assert list(kept.names()) == [NAME]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_secret_of_another_user_is_refused(kept):
    os.chown(kept.folder / NAME, 12345, -1)
    with suppress(PermissionError):
        os.seteuid(54321)
    try:
        with pytest.raises((AuthorityError, StoreError)):
            kept.read(NAME)
    finally:
        os.seteuid(0)
