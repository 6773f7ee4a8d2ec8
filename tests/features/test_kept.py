import numpy as np
import pytest

from features.kept import Kept


def test_an_array_is_worked_out_once_and_read_only() -> None:
    kept, worked_out = Kept(), []

    def compute() -> np.ndarray:
        worked_out.append(1)
        return np.arange(3)

    assert kept("a", compute) is kept("a", compute) and kept("b", compute) is not kept("a", compute)
    assert len(worked_out) == 2
    with pytest.raises(ValueError, match="read-only"):
        kept("a", compute)[0] = 5
