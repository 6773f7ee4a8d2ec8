import numpy as np
import pandas as pd

from models.slices import MOST_PLACES, slice_groups

VOCABULARY = {"party": ("DEM", "REP"), "precinct": tuple(f"P{n}" for n in range(1, 31))}
FRAME = pd.DataFrame(
    {
        "age": [18.0, 29.9, 30.0, 44.9, 45.0, 65.0, 99.0, np.nan],
        "party": [1.0, 2.0, 0.0, np.nan, 1.0, 1.0, 1.0, 1.0],
        "precinct": [1.0, 20.0, 21.0, 30.0, 0.0, np.nan, 2.0, 2.0],
        "elections_on_rolls": [0.0, 3.0, 3.0, 5.0, np.nan, 1.0, 1.0, 2.0],
        "share_all": [np.nan, 0.0, 0.5, 1.0, np.nan, 0.0, 1.0, 0.5],
    },
    dtype=np.float32,
)


def test_every_row_has_a_word_in_every_group() -> None:
    found = slice_groups(FRAME, VOCABULARY)
    assert {name: words.tolist() for name, words in found.items()} == {
        "age": ["18-29", "18-29", "30-44", "30-44", "45-64", "65+", "65+", "unknown"],
        "party": ["DEM", "REP", "other", "unknown", "DEM", "DEM", "DEM", "DEM"],
        "precinct": ["P1", "P20", "other", "other", "other", "unknown", "P2", "P2"],
        "record": [
            *("new registrant", "no history", "history", "history"),
            *("new registrant", "no history", "history", "history"),
        ],
    }
    assert MOST_PLACES == 20


def test_what_the_features_cannot_tell_is_left_out() -> None:
    assert slice_groups(FRAME[["party"]], {}) == {}
    assert set(slice_groups(FRAME[["age", "party"]], VOCABULARY)) == {"age", "party"}
    assert "record" not in slice_groups(FRAME.assign(elections_on_rolls=0.0), VOCABULARY)
