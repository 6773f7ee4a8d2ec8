"""What values mean in words: every feature says something, and nothing that would hurt is said aloud."""

import numpy as np
import pytest

from features.feature import Feature
from features.matrix import FEATURES, extra_features
from features.words import SILENT, Naming, Thirds, Words, count_words

VOCABULARY = {"party": ("DEM", "REP"), "extra_school": ("high_school",)}
EXTRAS = extra_features({"school": "category", "income": "number"})
EVERY = (*FEATURES, *EXTRAS)


def say(feature: Feature, value: float, *, aloud: bool = False) -> str:
    words = feature.says.spell(feature.name, VOCABULARY, np.array([1.0, 2.0, 3.0]))
    return words.texts(aloud=aloud)[words.place(np.array([value]))[0]]


def declared(name: str) -> Feature:
    return next(feature for feature in EVERY if feature.name == name)


def test_bands_include_their_lower_edge_and_a_missing_value_has_words_of_its_own() -> None:
    words = Words((1, 2), ("few", "some", "many"), "unknown")
    said = np.array(words.texts(aloud=False))[words.place(np.array([0.99, 1, 2, np.nan]))]
    assert said.tolist() == ["few", "some", "many", "unknown"]


def test_a_volunteer_is_never_told_that_something_is_missing() -> None:
    assert Words((), ("known",), "unknown").texts(aloud=True) == ("known", "")


def test_levels_are_numbered_as_in_the_matrix() -> None:
    words = Naming("party {}", "no party").spell("party", VOCABULARY, np.array([]))
    said = np.array(words.texts(aloud=False))[words.place(np.array([0, 1, 2, np.nan]))]
    assert said.tolist() == ["party other", "party DEM", "party REP", "no party"]


def test_thirds_are_those_of_the_values_without_the_missing() -> None:
    words = Thirds("income", "income data").spell("extra_income", {}, np.array([1.0, 2, 3, 4, 5, 6, np.nan]))
    assert [words.texts(aloud=False)[place] for place in words.place(np.array([1.0, 3.5, 6.0]))] == [
        f"income: {which} third of the file" for which in ("lowest", "middle", "highest")
    ]
    assert Thirds("x", "").spell("x", {}, np.array([np.nan])).texts(aloud=False)[-1] == "x: not known"


def test_counts_are_said_as_numbers() -> None:
    words = count_words(2, "{} votes", none="no vote")
    assert [words.said[place] for place in words.place(np.array([0.0, 1, 2]))] == ["no vote", "1 votes", "2 votes"]


@pytest.mark.parametrize("feature", EVERY, ids=lambda feature: feature.name)
def test_every_feature_has_a_topic_and_words_for_each_band(feature: Feature) -> None:
    assert feature.topic != "other"
    assert feature.says is not SILENT or feature.name.endswith("_like")
    words = feature.says.spell(feature.name, VOCABULARY, np.array([1.0, 2.0]))
    assert len(words.said) == len(words.edges) + 1 == len(words.texts(aloud=True)) - 1
    assert list(words.edges) == sorted(words.edges)
    assert not any("{" in text for text in words.texts(aloud=False) + words.texts(aloud=True))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("votes_of_last_4", 3, "voted in 3 of the last 4 elections"),
        ("votes_of_last_4", 0, "voted in none of the last 4 elections"),
        ("share_primary", 1 / 3, "voted in few past primaries"),
        ("share_all", np.nan, "no past election on record"),
        ("voted_last_midterm", 0, "did not vote in the last midterm election"),
        ("streak_all", -1, "did not vote in the last election"),
        ("streak_general", 7, "voted in the last 4 general elections"),
        ("streak_all", 0, ""),
        ("age", 72.4, "aged 65–74"),
        ("years_registered", 0.3, "registered within the last year"),
        ("precinct_turnout", 0.1, "precinct votes more than most"),
        ("county_party_2", -0.1, "county has fewer REP than most"),
        ("precinct_lean", 0.1, "precinct leans our way more than most"),
        ("extra_school", 1, "school: high school"),
    ],
)
def test_words_for_an_analyst(name: str, value: float, said: str) -> None:
    assert say(declared(name), value) == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("sex", 1, ""),
        ("household_size", 1, ""),
        ("household_same_party", 0, ""),
        ("household_turnout", 0, "fewer votes from this address than from most"),
        ("age", 91, "aged 65 and over"),
        ("extra_income", 1, "the campaign's data on income"),
        ("extra_school", 1, "the campaign's data on school"),
    ],
)
def test_words_for_a_volunteer_neither_hurt_nor_expose(name: str, value: float, said: str) -> None:
    assert say(declared(name), value, aloud=True) == said
