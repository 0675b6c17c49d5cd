"""Telling the kind of an entry at a glance, without opening it.

Source: RFC 4648 section 4; an envelope holds its statement in base64.
"""

from base64 import b64encode
from collections.abc import Callable

from govgate.canon import SPEC


def sighting(*kinds: str) -> Callable[[bytes], bool]:
    """Make a quick look for entries of some kinds.

    Args:
        kinds: Such as "key-event/v1".

    Returns:
        Tells whether an envelope may be of one of them; False is certain, True is not:
        a long text may quote a kind.
    """
    needles = [needle for kind in kinds for needle in _spelled(f"{SPEC}{kind}".encode())]
    return lambda envelope: any(needle in envelope for needle in needles)


def _spelled(text: bytes) -> tuple[bytes, ...]:
    # Base64 of a text that begins 0, 1 or 2 bytes after a multiple of three; only the
    # letters that depend on nothing around it.
    spelled = (b64encode(b"\0" * at + text + b"\0\0") for at in range(3))
    return tuple(
        letters[-(-8 * at // 6) : 8 * (at + len(text)) // 6] for at, letters in enumerate(spelled)
    )
