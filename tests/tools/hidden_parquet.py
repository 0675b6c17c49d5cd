"""The bytes of a Parquet file whose footer is encrypted, as a reader without a key sees them."""

_SAYS = b"\x1c\x1c\x00\x00\x00"
"""A FileCryptoMetaData in Thrift's compact protocol: field 1 is a union, whose field 1 is set."""
_FOOTER = _SAYS + bytes(60)

HIDDEN = b"PARE" + bytes(16) + _FOOTER + len(_FOOTER).to_bytes(4, "little") + b"PARE"
