"""How a Parquet file is encrypted, told from its footer, beside what Arrow does when asked.

    python benchmarks/encryption.py [FOLDER] [--full]

The files are made once, seeded, into FOLDER: 100 MB, or 500 MB with --full, with half of their
columns encrypted. Ours is the best of five in one process; Arrow is asked in a process of its own,
as it ends there. The same file in a bucket of moto's is asked for with ranged reads, which are
counted. Exit code 1 when a bar is missed or an answer differs.
"""

import argparse
import base64
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

BAR_MS, BAR_READS = 50.0, 2
COLUMNS, ENCRYPTED, ROWS_EACH = 40, 20, 20_000


def make(path: Path, megabytes: int) -> None:
    """Write a file in row groups; the first columns have a key, and the footer stands in clear."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet
    from pyarrow.parquet import encryption

    class OpenKms(encryption.KmsClient):
        def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:  # noqa: ARG002
            return base64.b64encode(key_bytes)

        def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:  # noqa: ARG002
            return base64.b64decode(wrapped_key)

    path.parent.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(20260101)
    names = [f"column_{n}" for n in range(COLUMNS)]
    table = pa.table({name: draw.normal(size=ROWS_EACH) for name in names})
    properties = encryption.CryptoFactory(lambda _: OpenKms()).file_encryption_properties(
        encryption.KmsConnectionConfig(),
        encryption.EncryptionConfiguration(
            footer_key="f", column_keys={"c": names[:ENCRYPTED]}, plaintext_footer=True
        ),
    )
    part = path.with_suffix(".part")
    with parquet.ParquetWriter(part, table.schema, encryption_properties=properties) as writer:
        while part.stat().st_size < megabytes * 1_000_000:
            writer.write_table(table)
    part.rename(path)


def answer(columns: object) -> list[str]:
    return [c.name for c in columns if not c.plain]  # type: ignore[attr-defined]


def local(path: Path) -> tuple[float, float, list[str]]:
    """Wall and CPU milliseconds, and the encrypted columns."""
    from govgate.parquet_footer import read_footer

    def once() -> tuple[float, float, list[str]]:
        wall, cpu = time.perf_counter(), time.process_time()
        with path.open("rb") as file:

            def read(at: int, size: int) -> bytes:
                file.seek(at)
                return file.read(size)

            found = answer(read_footer(read, path.stat().st_size).columns)
        return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3, found

    return min((once() for _ in range(5)), key=lambda run: run[1])


def arrow(path: Path) -> int:
    """Ask Arrow which columns are encrypted; give how its process ended."""
    ask = "import sys; from pyarrow import parquet; m = parquet.ParquetFile(sys.argv[1]).metadata; "
    ask += "print([m.row_group(0).column(i).path_in_schema for i in range(m.num_columns)])"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.run([sys.executable, "-c", ask, str(path)], check=False, **quiet).returncode


def bucket(path: Path) -> tuple[list[int], list[str]]:
    """Sizes of the ranged reads that a file in a bucket takes, and the encrypted columns."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    from moto import mock_aws

    from govgate.adapters.s3 import S3Places, open_client
    from govgate.parquet_footer import read_footer

    with mock_aws():
        client = open_client("us-east-1", None)
        client.create_bucket(Bucket="people")
        client.upload_file(str(path), "people", "people.parquet")
        ranges: list[str] = []
        client.meta.events.register(
            "before-call.s3.GetObject",
            lambda params, **_: ranges.append(params["headers"]["Range"]),
        )
        places = S3Places(client)
        item = places.find("s3://people/people.parquet", 1).items[0]
        footer = read_footer(lambda at, size: places.read(item, at, size), item.size_bytes)
    ends = [text.removeprefix("bytes=").split("-") for text in ranges]
    return [int(last) - int(first) + 1 for first, last in ends], answer(footer.columns)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[1] / ".cache")
    asked.add_argument("--full", action="store_true", help="500 MB, as the bar has it")
    asked.add_argument("--make", type=int, help=argparse.SUPPRESS)
    given = asked.parse_args()
    megabytes = given.make or (500 if given.full else 100)
    path = given.folder / f"encryption_{megabytes}.parquet"
    if given.make:
        make(path, megabytes)
        return 0
    if not path.exists():
        command = [sys.executable, __file__, str(given.folder), "--make", str(megabytes)]
        subprocess.run(command, check=True)
    wall_ms, cpu_ms, mine = local(path)
    # Linux counts it in KiB, macOS in bytes
    unit = 1 if sys.platform == "darwin" else 1024
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    status = arrow(path)
    reads, theirs = bucket(path)
    size_mb = path.stat().st_size / 1e6
    ended = f"ended by signal {-status}" if status < 0 else f"exit code {status}"
    print(f"{'engine':<18}{'file MB':>9}{'CPU ms':>9}{'wall ms':>9}{'peak MiB':>10}  answer")
    ours = f"{cpu_ms:>9.2f}{wall_ms:>9.2f}{peak_mib:>10.0f}"
    print(f"{'govgate':<18}{size_mb:>9.1f}{ours}  {len(mine)} encrypted columns")
    print(f"{'govgate, bucket':<18}{size_mb:>9.1f}{'':>28}  ranged reads of {reads} bytes")
    print(f"{'pyarrow':<18}{size_mb:>9.1f}{'':>28}  {ended}: no answer, so no ratio")
    bars = {
        f"under {BAR_MS:g} ms of CPU at {size_mb:.0f} MB": cpu_ms <= BAR_MS,
        f"{BAR_READS} ranged reads at most": len(reads) <= BAR_READS,
        f"{ENCRYPTED} encrypted columns found, in the file and in the bucket": len(mine)
        == ENCRYPTED
        and mine == theirs,
    }
    for bar, met in bars.items():
        print(f"{'met   ' if met else 'MISSED'} {bar}")
    return 0 if all(bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
