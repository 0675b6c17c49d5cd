"""Profiles of tables as files: written once, and read back without the rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from govgate.adapters.profile_files import ProfileFile
from govgate.collect.table_profile import TableProfileOptions, profile_whole
from govgate.errors import EvidenceError, ProjectError
from govgate.profile import TableProfile, to_bytes
from govgate.project.measuring import open_table


def profile_table(source: Any, options: TableProfileOptions | None = None) -> TableProfile:
    """Count the columns of a table in one scan.

    Args:
        source: As for `open_table`.
        options: Which columns, and how; all, as proposed, when None.

    Raises:
        EvidenceError: It cannot be read, or a column cannot be counted.
    """
    table = open_table(source)
    before = table.digest
    profile = profile_whole(table, options or TableProfileOptions())
    if table.digest != before:
        msg = "the table changed while it was counted; hand over what nobody writes to"
        raise EvidenceError(msg)
    return profile


def options_for(
    columns: Sequence[str], exclude: Sequence[str], like: Path | None
) -> TableProfileOptions:
    """Say which columns to count, and how.

    Args:
        columns: These alone; empty for all.
        exclude: Not these.
        like: A profile's file whose plan is followed.

    Raises:
        EvidenceError: The profile cannot be read.
    """
    return TableProfileOptions(
        columns=tuple(columns) or None,
        exclude=tuple(exclude),
        plan=read_profile(like).plan if like else None,
    )


def write_profile(profile: TableProfile, path: Path) -> None:
    """Write a profile to a new file.

    Raises:
        ProjectError: There is a file already, or it cannot be written.
    """
    try:
        with path.open("xb") as file:
            file.write(to_bytes(profile))
    except FileExistsError as why:
        msg = f"{path} exists; name a new file"
        raise ProjectError(msg) from why
    except OSError as why:
        msg = f"{path} cannot be written ({why.strerror}); name a file in a folder you may write to"
        raise ProjectError(msg) from why


def read_profile(path: Path) -> TableProfile:
    """Read a profile that `write_profile` has written.

    Raises:
        EvidenceError: There is none, or it contradicts itself.
    """
    profile: TableProfile = ProfileFile(path).profile
    return profile
