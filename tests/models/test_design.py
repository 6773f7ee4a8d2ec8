import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.design import (
    CategoryTerm,
    NumberTerm,
    lay_out,
    plan_terms,
    term_from_json,
    term_to_json,
)

MANY = np.random.default_rng(1).normal(10.0, 3.0, 500)


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=np.float32)


def test_a_number_is_standardised_and_bends_at_its_knots() -> None:
    term = NumberTerm("n", centre=10.0, scale=2.0, knots=(-1.0, 0.5), least=0.0, most=20.0)
    design = lay_out((term,), frame(n=[10.0, 14.0, 6.0, np.nan]))
    np.testing.assert_allclose(
        design,
        [[0.0, 1.0, 0.0, 0.0], [2.0, 3.0, 1.5, 0.0], [-2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]],
    )


def test_a_number_beyond_those_seen_counts_as_the_nearest_of_them(made_of: Any) -> None:
    (term,) = plan_terms(made_of({"n": MANY}, np.arange(500) % 2))
    assert isinstance(term, NumberTerm)
    assert (term.least, term.most) == (pytest.approx(MANY.min()), pytest.approx(MANY.max()))
    ends, beyond = (lay_out((term,), frame(n=ends)) for ends in ([MANY.min(), MANY.max()], [-1e6, 1e6]))
    np.testing.assert_allclose(beyond, ends, atol=1e-6)
    assert ends[0, 0] < -2 and ends[1, 0] > 2


def test_without_bends_a_number_is_a_line(made_of: Any) -> None:
    data = made_of({"n": MANY, "word": np.arange(500) % 3}, np.arange(500) % 2, categories=("word",))
    bent, straight = plan_terms(data), plan_terms(data, bends=False)
    assert [len(term.knots) for term in (bent[0], straight[0]) if isinstance(term, NumberTerm)] == [4, 0]
    assert lay_out(straight[:1], data.features).shape == (500, 2)  # itself and the missing
    assert straight[1] == bent[1]


def test_knots_are_quantiles_of_what_is_known(made_of: Any) -> None:
    gaps = np.where(np.arange(500) % 5 == 0, np.nan, MANY)
    (term,) = plan_terms(made_of({"n": gaps}, np.arange(500) % 2))
    assert isinstance(term, NumberTerm)
    known = gaps[~np.isnan(gaps)]
    assert (term.centre, term.scale) == (pytest.approx(known.mean()), pytest.approx(known.std()))
    expected = (np.quantile(known, [0.2, 0.4, 0.6, 0.8]) - known.mean()) / known.std()
    assert term.knots == pytest.approx(expected.tolist(), abs=1e-5)


def test_a_number_of_few_values_has_no_bend(made_of: Any) -> None:
    (few,) = plan_terms(made_of({"n": np.arange(500) % 6}, np.arange(500) % 2))
    (more,) = plan_terms(made_of({"n": np.arange(500) % 7}, np.arange(500) % 2))
    assert isinstance(few, NumberTerm) and isinstance(more, NumberTerm)
    assert few.knots == () and len(more.knots) == 4


def test_what_never_varies_is_left_out(made_of: Any) -> None:
    columns = {"same": 1.0, "void": np.nan, "word": 2.0, "blank": np.nan, "n": MANY}
    terms = plan_terms(made_of(columns, np.arange(500) % 2, categories=("word", "blank")))
    assert [term.feature for term in terms] == ["n"]


def test_a_number_that_is_the_same_wherever_known_says_who_is_missing(made_of: Any) -> None:
    values = np.where(np.arange(500) % 3 == 0, np.nan, np.float32(0.1))
    (term,) = plan_terms(made_of({"n": values}, np.arange(500) % 2))
    np.testing.assert_allclose(lay_out((term,), frame(n=[0.1, np.nan, 0.3])), [[0, 0], [0, 1], [0, 0]], atol=1e-6)


def test_rare_unknown_and_missing_words_share_an_indicator(made_of: Any) -> None:
    words = np.repeat([1.0, 2.0, 3.0, np.nan], [5, 3, 2, 4])
    (term,) = plan_terms(made_of({"c": words}, np.arange(14) % 2, categories=("c",)))
    assert term == CategoryTerm("c", (1.0, 2.0))
    design = lay_out((term,), frame(c=[1.0, 2.0, 3.0, 99.0, np.nan]))
    np.testing.assert_array_equal(design, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]])


def test_a_design_is_never_missing_whatever_it_is_shown(make: Any) -> None:
    data = make()
    shown = data.features.copy()
    shown.iloc[::2] = np.nan
    design = lay_out(plan_terms(data), shown)
    assert np.isfinite(design).all() and design.dtype == np.float64 and len(design) == len(data)


def test_no_terms_make_no_columns() -> None:
    assert lay_out((), frame(n=[1.0, 2.0])).shape == (2, 0)


def test_terms_survive_json(make: Any) -> None:
    terms = plan_terms(make())
    assert {type(term) for term in terms} == {NumberTerm, CategoryTerm}
    assert tuple(term_from_json(json.loads(json.dumps(term_to_json(term)))) for term in terms) == terms
