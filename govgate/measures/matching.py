"""How many of the seats asked for can be filled when nobody may sit on two.

Source: maximum bipartite matching by augmenting paths, Kuhn 1955,
doi:10.1002/nav.3800020109.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet


def seats_filled(
    offers: Mapping[str, AbstractSet[str]], wanted: Mapping[str, int]
) -> dict[str, int]:
    """Seat as many people as can be, each on one seat at most.

    Taking people in turn and giving each the first free seat can leave a seat
    empty that another order would fill, so whoever sits may be moved on.

    Args:
        offers: Person to the kinds of seat the person could take.
        wanted: Kind of seat to how many there are, >= 1.

    Returns:
        The keys of `wanted`, each with its seats filled; the sum is the largest possible,
        and the same whatever the order of the arguments.
    """
    seated: dict[str, list[str]] = {kind: [] for kind in sorted(wanted)}

    def seat(person: str, tried: set[str]) -> bool:
        for kind, seats in seated.items():
            if kind not in offers[person] or kind in tried:
                continue
            tried.add(kind)
            if len(seats) < wanted[kind]:
                seats.append(person)
                return True
            for place, holder in enumerate(seats):
                if seat(holder, tried):
                    seats[place] = person
                    return True
        return False

    for person in sorted(offers):
        seat(person, set())
    return {kind: len(people) for kind, people in seated.items()}
