"""Columns that look like personal identifiers and are none; seeded, so the corpus is this file.

In a template "#" is a digit, "A" a capital letter, "x" a hexadecimal digit; other signs stand
for themselves.
"""

import random
from collections.abc import Callable
from functools import partial

TEMPLATES = {
    "order_id": "##########",
    "order_ref": "###-#######-#######",
    "sku": "###-##-####",
    "article": "AA-####-##",
    "invoice": "INV-2024-######",
    "batch": "LOT######A",
    "part": "AAA ##### AA",
    "serial": "AA##########",
    "tracking": "1Z######################",
    "case": "########-####",
    "ticket": "###.###.###",
    "nine": "#########",
    "eleven": "###########",
    "twelve": "############",
    "fourteen": "##############",
    "sixteen": "################",
    "grouped": "#### #### #### ####",
    "grouped_334": "###-###-####",
    "account": "############-##",
    "plain_code": "AAAAA####A",
    "hex_32": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "hex_40": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "hex_64": "x" * 64,
    "uuid": "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx",
    "colour": "0xxxxxxx",
    "time": "##:##:##",
    "price": "####.##",
    "measure": "#.########",
    "pair": "0.####, 0.####",
    "vehicle_part": "AA###AAA#########",
    "zip": "#####",
    "zip4": "#####-####",
    "package": "react@#.##.#",
    "icon": "icon-##@2x.png",
    "page": "https://example.com/items/######?page=#",
    "score": "##/100",
    "epoch_ms": "17###########",
    "epoch_ns": "17#################",
    "dimension": "### x ### x ##",
    "cron": "# #*/# * * #",
    "gene": "AAA#A#",
    "flight": "AA####",
}
"""Name of a column to what its cells look like."""


def _filled(template: str, draw: random.Random) -> str:
    signs = {"#": "0123456789", "x": "0123456789abcdef", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    return "".join(draw.choice(signs[each]) if each in signs else each for each in template)


def _ean13(draw: random.Random) -> str:
    digits = "40" + _filled("##########", draw)
    total = sum(int(each) * (3 if at % 2 else 1) for at, each in enumerate(digits))
    return f"{digits}{-total % 10}"


def _isbn10(draw: random.Random) -> str:
    digits = _filled("#########", draw)
    left = -sum(int(each) * (10 - at) for at, each in enumerate(digits)) % 11
    return f"{digits}{'X' if left == 10 else left}"


def _siren(draw: random.Random) -> str:
    """The number of a French firm: nine digits that keep Luhn's rule."""
    digits = _filled("########", draw)
    total = sum(sum(divmod(int(each) * (1 + at % 2), 10)) for at, each in enumerate(digits))
    return f"{digits}{-total % 10}"


def _version(draw: random.Random) -> str:
    return ".".join(str(draw.randrange(most)) for most in (12, 20, 10, 30))


def _timestamp(draw: random.Random) -> str:
    day = f"{draw.randrange(2015, 2026)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
    return f"{day} {draw.randrange(24):02}:{draw.randrange(60):02}:{draw.randrange(60):02}"


def _european_day(draw: random.Random) -> str:
    return f"{draw.randrange(1, 29):02}.{draw.randrange(1, 13):02}.{draw.randrange(2015, 2026)}"


_WORDS = ("the red box", "item nine", "was sent back", "late", "our shop", "parts of it", "order")


def _sentence(draw: random.Random) -> str:
    said = " ".join(draw.choices(_WORDS, k=12))
    return f"{said} {draw.randrange(10**6)}, v{_version(draw)} at {_timestamp(draw)[11:]}"


def _product(draw: random.Random) -> str:
    return f"{draw.choice(('Blue', 'Red', 'Oak'))} {draw.choice(('Chair', 'Table', 'Lamp'))}"


def _scope(draw: random.Random) -> str:
    return f"std::{draw.choice(('vector', 'map', 'deque'))}::fe{draw.randrange(99)}"


MADE: dict[str, Callable[[random.Random], str]] = {
    "ean": _ean13,
    "isbn": _isbn10,
    "company_number": _siren,
    "version": _version,
    "created_at": _timestamp,
    "delivered": _european_day,
    "remarks": _sentence,
    "product_name": _product,
    "symbol": _scope,
    **{name: partial(_filled, template) for name, template in TEMPLATES.items()},
}
"""Name of a column to what makes one cell."""


def decoy(name: str, rows: int, seed: int) -> list[str]:
    """Make the cells of one column."""
    draw = random.Random(f"{name} {seed}")  # noqa: S311 -- must come out alike each time
    return [MADE[name](draw) for _ in range(rows)]


def counter(rows: int, seed: int) -> list[str]:
    """Order numbers one after the other: many checksums come by turns."""
    return [str(2025550000 + seed * 100_000 + number) for number in range(rows)]
