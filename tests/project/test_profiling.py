"""Profiles as files."""

import pyarrow as pa
import pytest
from pyarrow import parquet

from govgate.errors import EvidenceError, ProjectError
from govgate.profile import to_bytes
from govgate.project import profiling
from govgate.project.profiling import profile_table, read_profile, write_profile


def test_a_profile_is_written_once_and_read_back(tmp_path):
    profile = profile_table(pa.table({"x": [1.5, 2.5, None]}))
    path = tmp_path / "reference.json"
    write_profile(profile, path)
    assert to_bytes(read_profile(path)) == path.read_bytes() == to_bytes(profile)
    with pytest.raises(ProjectError, match="exists; name a new file"):
        write_profile(profile, path)
    assert path.read_bytes() == to_bytes(profile)


def test_a_folder_that_is_not_there_and_a_file_that_is_none_are_said(tmp_path):
    profile = profile_table(pa.table({"x": [1.5]}))
    with pytest.raises(ProjectError, match="cannot be written"):
        write_profile(profile, tmp_path / "nowhere" / "p.json")
    with pytest.raises(
        EvidenceError, match=r"cannot be read .*; name a file that `govgate profile`"
    ):
        read_profile(tmp_path / "p.json")


def test_a_table_that_changes_while_it_is_counted_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"x": [1.0]}), path)

    def count(table, options):
        done = profiling_of(table, options)
        parquet.write_table(pa.table({"x": [2.0]}), path)
        return done

    profiling_of = profiling.profile_whole
    monkeypatch.setattr(profiling, "profile_whole", count)
    with pytest.raises(EvidenceError, match="changed while it was read"):
        profile_table(path)
