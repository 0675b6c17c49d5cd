"""What a Parquet file says of its own encryption, read without a key and without its rows.

Room:        parquet_footer
Holds:       one bounds-checked reader; its work and memory grow with the footer, which has a limit
May import:  errors
May touch:   nothing; bytes come through the function it is given
Rule:        never Arrow's: it ends the process (SIGABRT) on an encrypted column without a key
"""

from govgate.parquet_footer.footer import TAIL_BYTES, Column, Footer, Read, read_footer

__all__ = ["TAIL_BYTES", "Column", "Footer", "Read", "read_footer"]
