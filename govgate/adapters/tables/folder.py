"""A folder of parts, here or in a bucket: which files count, and the columns they share.

Source: docs/spec/tables.md, "Folders"; Apache Hive's layout of partitions, `key=value`.
"""

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

from govgate.adapters.tables.blobs import Blob
from govgate.adapters.tables.forms import Csv, Form, form_of
from govgate.adapters.tables.parts import FilePart
from govgate.adapters.tables.plain import plain_type, reading
from govgate.errors import EvidenceError

_LOOKED_AT = 16
"""Footers read at once: a bucket keeps each waiting."""

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NOTHING = "__HIVE_DEFAULT_PARTITION__"
"""What Hive and Spark write for a missing value."""

_OTHERS = {"_delta_log": "a Delta table", ".hoodie": "a Hudi table", "_temporary": "being written"}
"""Folders that say: not every file here is rows of the table."""


def is_part(name: str, size: int, where: str) -> bool:
    """Tell whether a file is a part; what begins with "_" or "." is not, nor is a marker of S3.

    Args:
        name: Its path below the folder, with forward slashes.
        size: In bytes.
        where: The folder, for people.

    Raises:
        EvidenceError: It shows that the folder is no table, or that it is not whole.
    """
    steps = name.split("/")
    if odd := next((step for step in steps if step in _OTHERS), None):
        msg = f"{where} is {_OTHERS[odd]}, as its {odd} says; hand over its files of today as "
        raise EvidenceError(msg + "a folder of their own, or a frame")
    if any(step.startswith(("_", ".")) for step in steps):
        return False
    if not size and (not name or name.endswith(("/", "_$folder$"))):
        return False
    if form_of(name) is None:
        msg = f"{where} holds {name}, which is no part of a table we can read; move it away"
        raise EvidenceError(msg)
    if not size:
        msg = f"{where} holds {name}, which is empty; write it again, or remove it"
        raise EvidenceError(msg)
    return True


def parts_of(found: Iterable[tuple[str, Blob]], where: str) -> tuple[FilePart, ...]:
    """Make files parts of one table.

    Args:
        found: Path below the folder, and the file.
        where: The folder, for people.

    Returns:
        The parts in the order of their names, with the columns that all share.

    Raises:
        EvidenceError: There are none, or they are not of one shape.
    """
    files = sorted(found, key=lambda file: file[0].encode())
    if not files:
        msg = f"{where} holds no part of a table; write .parquet, .arrow or .csv files there"
        raise EvidenceError(msg)
    with ThreadPoolExecutor(_LOOKED_AT) as threads:
        shapes = list(threads.map(_shape_of, (blob for _, blob in files)))
    names = [name for name, _ in files]
    given, kinds = _given(names, where)
    types = _shared([(n, f, s) for n, (f, s, _) in zip(names, shapes, strict=True)], where)
    if both := sorted(kinds.keys() & types.keys()):
        msg = f"column {both[0]!r} of {where} is in its files and in their paths; keep one"
        raise EvidenceError(msg)
    types |= kinds
    return tuple(
        FilePart(name, blob, form, tuple(types), rows, types, here)
        for (name, blob), (form, _, rows), here in zip(files, shapes, given, strict=True)
    )


def _shape_of(blob: Blob) -> tuple[Form, Any, int | None]:
    form = form_of(blob.where)
    if form is None:
        msg = f"{blob.where} is no table we can read; write it as .parquet, .arrow or .csv"
        raise EvidenceError(msg)
    with reading(blob.where), blob.open() as file:
        return form, *form.schema(file, blob.where)


def _given(
    names: Sequence[str], where: str
) -> tuple[list[dict[str, str | int | None]], dict[str, Any]]:
    """Read the columns that stand in the paths, and their types.

    Raises:
        EvidenceError: The paths do not all name the same ones.
    """
    import pyarrow as pa

    pairs = [[s.partition("=") for s in name.split("/")[:-1] if "=" in s] for name in names]
    keys = [[key for key, _, _ in each] for each in pairs]
    if odd := next((i for i, each in enumerate(keys) if each != keys[0]), None):
        msg = f"{where}: {names[odd]} is not below the folders {'/'.join(keys[0]) or '(none)'} "
        raise EvidenceError(msg + f"that {names[0]} is below; lay all parts out alike")
    if len(set(keys[0])) < len(keys[0]):
        msg = f"{names[0]} in {where} names one column twice; lay the parts out anew"
        raise EvidenceError(msg)
    raw = [{k: None if v == _NOTHING else unquote(v) for k, _, v in each} for each in pairs]
    whole = {k for k in keys[0] if all(r[k] is None or _WHOLE.fullmatch(r[k] or "") for r in raw)}
    kinds = {key: pa.int64() if key in whole else pa.string() for key in keys[0]}
    given: list[dict[str, str | int | None]] = [
        {k: int(v) if k in whole and v is not None else v for k, v in each.items()} for each in raw
    ]
    return given, kinds


def _shared(shapes: Sequence[tuple[str, Form, Any]], where: str) -> dict[str, Any]:
    """Give the columns of all parts, in the first one's order, and their types.

    Raises:
        EvidenceError: A part lacks a column, has one more, or another type.
    """
    all_untyped = all(isinstance(form, Csv) for _, form, _ in shapes)
    first, _, schema = next((s for s in shapes if not isinstance(s[1], Csv)), shapes[0])
    types = {field.name: plain_type(field.type) for field in schema}
    for name, form, other in shapes:
        if odd := sorted(set(other.names) ^ types.keys()):
            having, lacking = (name, first) if odd[0] in other.names else (first, name)
            msg = f"{where}: {having} has a column {odd[0]!r} and {lacking} has not; write all "
            raise EvidenceError(msg + "parts with the same columns")
        for field in other:
            here, there = types[field.name], plain_type(field.type)
            untyped = isinstance(form, Csv)
            agreed = _agreed(here, there, untyped=untyped, all_untyped=all_untyped)
            if agreed is None:
                msg = f"{where}: column {field.name!r} is {types[field.name]} in {first} and "
                msg += f"{field.type} in {name}; write all parts with the same types"
                raise EvidenceError(msg)
            types[field.name] = agreed
    return types


def _agreed(one: Any, two: Any, *, untyped: bool, all_untyped: bool) -> Any:
    """Give the type that two parts share, or None where there is none.

    CSV has no types: it is read as the other parts are, or as text.
    """
    import pyarrow as pa

    if _bare(one) == _bare(two) or pa.types.is_null(two):
        return one
    if pa.types.is_null(one):
        return two
    if all_untyped:
        numbers = {pa.int64(), pa.float64()}
        return pa.float64() if {one, two} <= numbers else pa.string()
    return one if untyped else None


def _bare(kind: Any) -> Any:
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind
