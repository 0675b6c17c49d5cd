"""Student's quantile against scipy's."""

import pytest
from scipy import stats

from govgate.measures.student import students


@pytest.mark.parametrize("degrees", [1, 2, 3, 5, 10, 29, 100, 199, 200, 201, 1000, 10**7])
@pytest.mark.parametrize("z", [0.1, 0.5, 1.0, 1.96, 3.0, 4.5, 6.0])
def test_it_has_as_much_above_it_as_the_normal_one(z, degrees):
    assert students(z, degrees) == pytest.approx(stats.t.isf(stats.norm.sf(z), degrees), rel=3e-8)
