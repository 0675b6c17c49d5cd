"""Whether bytes look like chance. Ciphertext does, and so does noise: it never proves a cipher.

Source: Pearson's chi-square test on 256 byte values, 255 degrees of freedom: mean 255, standard
deviation 22.6. The band below is 3.3 and 3.8 of these; gzip reaches 2,379 on a MiB, zstd 54,930.
"""

from collections import Counter

SAMPLE_BYTES = 1 << 20
"""What the band was measured on; more tells no more."""

FEWEST_BYTES = 1280
"""Five of each value are expected from here on, which the test needs."""

_LEAST, _MOST, _VALUES = 180.0, 340.0, 256


def chi_square(data: bytes) -> float:
    """How unevenly the 256 byte values are spread.

    Args:
        data: At least `FEWEST_BYTES`.

    Returns:
        About 255 for chance, up to 255 for each byte where there is one value only.
    """
    expected = len(data) / _VALUES
    counts = Counter(data)
    return sum((counts[value] - expected) ** 2 for value in range(_VALUES)) / expected


def looks_random(data: bytes) -> bool | None:
    """Tell whether bytes look like chance; None where they are too few to say."""
    if len(data) < FEWEST_BYTES:
        return None
    return _LEAST <= chi_square(data) <= _MOST
