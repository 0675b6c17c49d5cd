"""Parquet files as pyarrow writes them, with keys and without."""

import base64

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyarrow.parquet import encryption


class OpenKms(encryption.KmsClient):
    """Wraps a key by writing it down: the files are real, the secrecy is not."""

    def wrap_key(self, key_bytes, master_key_identifier):  # noqa: ARG002 -- pyarrow's signature
        return base64.b64encode(key_bytes)

    def unwrap_key(self, wrapped_key, master_key_identifier):  # noqa: ARG002 -- pyarrow's signature
        return base64.b64decode(wrapped_key)


TABLE = pa.table(
    {
        "ssn": [f"{n:09d}" for n in range(3000)],
        "income": [float(n) for n in range(3000)],
        "home": [{"zip": "12345", "rooms": [1, 2]}] * 3000,
    }
)


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Write `TABLE`; give the path of the file."""

    def write(*, page_index=False, table=TABLE, **how):
        path = tmp_path_factory.mktemp("parquet") / "people.parquet"
        properties = None
        if how:
            factory = encryption.CryptoFactory(lambda _: OpenKms())
            properties = factory.file_encryption_properties(
                encryption.KmsConnectionConfig(),
                encryption.EncryptionConfiguration(footer_key="f", **how),
            )
        with parquet.ParquetWriter(
            path,
            table.schema,
            encryption_properties=properties,
            write_page_index=page_index,
        ) as writer:
            writer.write_table(table, row_group_size=1000)
        return path

    return write
