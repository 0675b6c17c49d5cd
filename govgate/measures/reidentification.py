"""How likely it is that somebody finds a person's row in a release.

Source: prosecutor, journalist and marketer risk, Dankar and El Emam 2010,
doi:10.1145/1754239.1754271; population uniques from sample uniques, Zayatz 1991, "Estimation of
the percent of unique population elements on a microdata file using the sample", US Bureau of the
Census, Statistical Research Division Report 91/08.
"""

import math
from collections.abc import Mapping
from fractions import Fraction


def prosecutor_risk(smallest_class: int) -> float:
    """Largest chance to pick the right row for one who knows that the person is in the release.

    Args:
        smallest_class: Rows of the smallest class, >= 1.

    Returns:
        A share above 0; 1 means that a person stands alone.
    """
    return float(Fraction(1, smallest_class))


def population_uniques(sizes: Mapping[int, int], people: int) -> tuple[float, float]:
    """Estimate how many people of the release stand alone in the whole population too.

    Assumes that the release is a random sample, and that the population's classes are spread as
    the sample's are. In truth they are larger, so the estimate errs to the high side, by much
    where few classes are large; its upper end allows for three standard deviations of drawing.

    Args:
        sizes: Rows of a class to how many classes have as many.
        people: In the population, at least the rows of the release.

    Returns:
        The estimate and its upper end, from 0 to the classes of one row.
    """
    alone, rows = sizes.get(1, 0), sum(size * classes for size, classes in sizes.items())
    if not alone:
        return 0.0, 0.0
    left_out = 1 - rows / people
    seen_once = sum(
        classes * size * left_out ** (size - 1) for size, classes in sizes.items() if size > 1
    )
    share = alone / (alone + seen_once)
    # of those alone each is one or not, and how many are alone was drawn too
    spread = 3 * math.sqrt(alone * share * (1 - share) * 2)
    return alone * share, min(alone * share + spread, float(alone))
