"""The log odds of a logistic model: a sum of one function per feature, added term by term in the order of the terms.

Every operation is rounded as it stands, and none depends on other voters, so that a voter's log odds are the same bits
however many are computed at once.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.compiled import compiled
from models.design import CategoryTerm, NumberTerm, Term
from models.training_set import Doubles

Numbers = NDArray[np.float32] | Doubles

BLOCK = 512
CATEGORY = 1


class TermTable(NamedTuple):
    """Terms as arrays, for the kernel.

    A row of `terms` is a term: the row of its feature, whether it is a category, where its numbers begin, and how many
    knots or levels it has. The numbers of a number: coefficient, that of what is missing, centre, scale, least, most,
    knots, and their coefficients; those of a category: the coefficient of what is no level, levels in order, theirs.
    """

    terms: NDArray[np.int64]
    numbers: Doubles


def tabulate(terms: tuple[Term, ...], coefficients: Doubles, row_of: Mapping[str, int]) -> TermTable:
    """The table of terms with their coefficients; `row_of` is the row of each feature in the matrix."""
    rows: list[tuple[int, int, int, int]] = []
    numbers: list[float] = []
    left = coefficients
    for term in terms:
        size = len(term.knots if isinstance(term, NumberTerm) else term.levels)
        rows.append((row_of[term.feature], int(isinstance(term, CategoryTerm)), len(numbers), size))
        own = size + (2 if isinstance(term, NumberTerm) else 1)
        numbers += _numbers(term, left[:own].tolist())
        left = left[own:]
    return TermTable(np.array(rows, np.int64).reshape(-1, 4), np.array(numbers, np.float64))


def _numbers(term: Term, coefficients: list[float]) -> list[float]:
    if isinstance(term, NumberTerm):
        first, *bends, missing = coefficients
        return [first, missing, term.centre, term.scale, term.least, term.most, *term.knots, *bends]
    *known, unknown = coefficients
    levels = sorted(zip(term.levels, known, strict=True))
    return [unknown, *(level for level, _ in levels), *(coefficient for _, coefficient in levels)]


@compiled
def _add_number(feature: Numbers, numbers: Doubles, knots: int, total: Doubles, z: Doubles) -> None:
    slope, missing, centre, scale, least, most = numbers[:6]
    for i in range(len(feature)):
        x = np.float64(feature[i])
        low = least if x < least else x
        near = most if low > most else low
        z[i] = (near - centre) / scale
        total[i] += missing if x != x else z[i] * slope
    for k in range(knots):
        knot, bend = numbers[6 + k], numbers[6 + knots + k]
        for i in range(len(feature)):
            total[i] += (z[i] - knot) * bend if z[i] > knot else 0.0


@compiled
def _add_category(feature: Numbers, numbers: Doubles, size: int, total: Doubles) -> None:
    levels, coefficients = numbers[1 : 1 + size], numbers[1 + size : 1 + 2 * size]
    for i in range(len(feature)):
        x = np.float64(feature[i])
        place, rest = 0, size
        while rest > 1:
            half = rest >> 1
            place += half if levels[place + half] <= x else 0
            rest -= half
        total[i] += coefficients[place] if size > 0 and levels[place] == x else numbers[0]


@compiled
def add_terms(features: Numbers, table: TermTable, total: Doubles) -> None:
    """Adds the terms to `total`, of shape (rows,); `features` has shape (features, rows)."""
    z = np.empty(BLOCK, np.float64)
    for start in range(0, len(total), BLOCK):
        stop = min(start + BLOCK, len(total))
        part = total[start:stop]
        for row, kind, begin, size in table.terms:
            feature, numbers = features[row, start:stop], table.numbers[begin:]
            if kind == CATEGORY:
                _add_category(feature, numbers, size, part)
            else:
                _add_number(feature, numbers, size, part, z)


def log_odds(features: Numbers, table: TermTable, intercept: float) -> Doubles:
    """The log odds of each row; `features` has shape (features, rows), in C order; shape (rows,)."""
    total = np.zeros(features.shape[1])
    add_terms(features, table, total)
    total += intercept
    return total
