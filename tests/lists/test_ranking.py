from dataclasses import replace
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import UsageError
from lists.ranking import TIE_RULE, rank_universe
from lists.universes import BASE, GOTV, PERSUASION, SURVEY_NEXT, UNDECIDED, UNIVERSES, VOLUNTEER_ASK, Range, Universe

RANKED = [universe for universe in UNIVERSES if not universe.refused]
LIKELIER = replace(GOTV, keep=(Range("support", low=0.5),))
EVERYBODY = replace(GOTV, keep=())

# No deadline: a machine busy with something else is not a wrong rank.
holds_for = settings(max_examples=50, deadline=None)

SCORES = [0.0, 0.1, 0.35, 0.5, 0.6, 0.65, 0.75, 0.8, 0.93, 1.0]


@st.composite
def counties(draw: st.DrawFn) -> pd.DataFrame:
    """Up to sixty voters: drawn by numpy, because hypothesis' own lists are mostly too short to make a list."""
    voters = draw(st.integers(1, 60))
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))

    def pick(*values: object) -> np.ndarray:
        return dice.choice(np.array(values, dtype=object), voters)

    frame = pd.DataFrame(
        {
            "voter_id": [f"V{number}" for number in dice.permutation(voters)],
            "household_id": pick(None, None, "H1", "H2", "H3", "H4", "H5", "H6"),
            "precinct": pick(None, "012", "014"),
            "turnout": pick(*SCORES),
            "support": pick(*SCORES),
            "asked": pick(False, False, True),
            "suppressed": pick("", "", "", "", "moved", "deceased"),
            "do_not_call": pick(False, False, False, True),
            "do_not_mail": pick(False, False, False, True),
            "do_not_walk": pick(False, False, False, True),
        }
    )
    kinds = {"turnout": "float32", "support": "float32"} | dict.fromkeys(["household_id", "precinct"], "str")
    return frame.astype(kinds | dict.fromkeys(["asked", "do_not_call", "do_not_mail", "do_not_walk"], "bool"))


universes = st.builds(
    replace,
    st.sampled_from([*RANKED, LIKELIER, EVERYBODY]),
    size=st.sampled_from([None, 1, 3, 10]),
    door_rule=st.sampled_from(["together", "one"]),
    channel=st.sampled_from(["walk", "call", "mail"]),
)


def doors_of(frame: pd.DataFrame) -> list[str]:
    return frame["household_id"].fillna("own " + frame["voter_id"]).tolist()


@holds_for
@given(counties(), universes, st.integers())
def test_ranks_are_one_to_n_and_nobody_comes_twice(county: pd.DataFrame, universe: Universe, seed: int):
    ranked = rank_universe(county, universe, seed=seed)
    assert ranked.frame["rank"].tolist() == list(range(1, len(ranked.frame) + 1))
    assert ranked.frame["voter_id"].is_unique
    assert ranked.frame.index.tolist() == list(range(len(ranked.frame)))


@holds_for
@given(counties(), universes, st.integers())
def test_every_candidate_is_accounted_for(county: pd.DataFrame, universe: Universe, seed: int):
    ranked = rank_universe(county, universe, seed=seed)
    counts = ranked.counts
    assert counts.candidates == len(county)
    assert counts.kept == sum(counts.suppressed.values()) + counts.same_door + counts.cut + counts.people
    assert counts.people == len(ranked.frame) <= (universe.size or len(county))
    assert counts.doors == len(set(doors_of(ranked.frame)))


@holds_for
@given(counties(), universes, st.integers())
def test_whoever_belongs_and_may_be_contacted_is_listed(county: pd.DataFrame, universe: Universe, seed: int):
    unlimited = replace(universe, size=None, door_rule="together")
    belongs = pd.Series(True, index=county.index)
    for wanted in universe.keep:
        belongs &= county[wanted.column].between(np.float32(wanted.low), np.float32(wanted.high))
    barred = (county["suppressed"] != "") | county[f"do_not_{universe.channel}"]
    if not universe.ask_again:
        barred |= county["asked"]
    listed = rank_universe(county, unlimited, seed=seed).frame["voter_id"]
    assert set(listed) == set(county.loc[belongs & ~barred, "voter_id"])


@holds_for
@given(counties(), universes, st.integers())
def test_suppressions_always_win(county: pd.DataFrame, universe: Universe, seed: int):
    listed = rank_universe(county, universe, seed=seed).frame["voter_id"]
    barred = county[(county["suppressed"] != "") | county[f"do_not_{universe.channel}"]]
    assert not listed.isin(barred["voter_id"]).any()


@holds_for
@given(counties(), st.sampled_from([None, 1, 3]), st.integers())
def test_nobody_already_surveyed_is_asked_again(county: pd.DataFrame, size: int | None, seed: int):
    listed = rank_universe(county, replace(SURVEY_NEXT, size=size), seed=seed).frame["voter_id"]
    assert not listed.isin(county.loc[county["asked"], "voter_id"]).any()


@holds_for
@given(counties(), universes, st.integers())
def test_a_household_listed_together_stands_together(county: pd.DataFrame, universe: Universe, seed: int):
    frame = rank_universe(county, replace(universe, door_rule="together"), seed=seed).frame
    doors = doors_of(frame)
    changes = sum(here != there for here, there in zip(doors[1:], doors[:-1], strict=True))
    assert changes == max(0, len(set(doors)) - 1)
    best = frame.groupby(doors, sort=False)["priority"].agg(["first", "max"])
    assert (best["first"] == best["max"]).all()
    assert best["max"].is_monotonic_decreasing


@holds_for
@given(counties(), universes, st.integers())
def test_one_a_door_lists_the_best_of_each_household(county: pd.DataFrame, universe: Universe, seed: int):
    together = rank_universe(county, replace(universe, door_rule="together", size=None), seed=seed).frame
    one = rank_universe(county, replace(universe, door_rule="one", size=None), seed=seed).frame
    best = together[~pd.Series(doors_of(together), dtype="object").duplicated()]
    assert one["voter_id"].tolist() == best["voter_id"].tolist()


@holds_for
@given(counties(), universes, st.integers(), st.randoms())
def test_the_order_of_the_input_does_not_matter(county: pd.DataFrame, universe: Universe, seed: int, random):
    shuffled = county.sample(frac=1, random_state=random.randrange(2**32))
    expected = rank_universe(county, universe, seed=seed)
    found = rank_universe(shuffled, universe, seed=seed)
    pd.testing.assert_frame_equal(found.frame, expected.frame)
    assert found.counts == expected.counts


@holds_for
@given(counties(), universes, st.integers(), st.permutations(["H1", "H2", "H3", "H4", "H5", "H6", "nobody"]))
def test_how_text_is_coded_does_not_matter(county: pd.DataFrame, universe: Universe, seed: int, categories: list[str]):
    coded = county.assign(
        household_id=pd.Categorical(county["household_id"], categories=categories),
        precinct=pd.Categorical(county["precinct"]),
        suppressed=pd.Categorical(county["suppressed"]),
        voter_id=county["voter_id"].astype("object"),
    )
    expected = rank_universe(county, universe, seed=seed).frame
    pd.testing.assert_frame_equal(rank_universe(coded, universe, seed=seed).frame, expected)


def test_get_out_the_vote_lists_supporters_who_may_stay_home(candidates: pd.DataFrame):
    ranked = rank_universe(candidates, GOTV, seed=1)
    assert ranked.frame["voter_id"].tolist() == ["V01", "V02", "V03", "V08", "V04"]
    assert ranked.counts.suppressed == {"do_not_walk": 1, "moved": 1}
    assert (ranked.counts.candidates, ranked.counts.kept, ranked.counts.people, ranked.counts.doors) == (10, 7, 5, 4)


def test_bounds_belong_to_a_range(candidates: pd.DataFrame):
    at_the_bounds = candidates.assign(support=np.float32(0.6), turnout=np.float32(0.8))
    assert rank_universe(at_the_bounds, GOTV, seed=1).counts.kept == 10


@pytest.mark.parametrize("channel, barred", [("walk", "V07"), ("call", "V08"), ("mail", "V10")])
def test_a_wish_not_to_be_contacted_holds_for_its_channel(candidates: pd.DataFrame, channel: str, barred: str):
    listed = set(rank_universe(candidates, replace(EVERYBODY, channel=channel), seed=1).frame["voter_id"])
    assert listed == set(candidates["voter_id"]) - {barred, "V06"}


def test_no_suppression_may_be_told_by_a_missing_value(candidates: pd.DataFrame):
    joined = candidates.assign(suppressed=candidates["suppressed"].replace("", None))
    expected = rank_universe(candidates, GOTV, seed=1)
    assert rank_universe(joined, GOTV, seed=1).counts == expected.counts


def test_a_last_bit_decides_nothing(candidates: pd.DataFrame):
    """Machines differ in the last bits of a power or a product; who is contacted must not."""
    alike = candidates.assign(support=0.7, turnout=0.4, household_id=None)
    nudged = alike.assign(support=0.7 + np.linspace(-1e-12, 1e-12, len(alike)))
    expected = rank_universe(alike, GOTV, seed=1).frame
    pd.testing.assert_frame_equal(rank_universe(nudged, GOTV, seed=1).frame, expected, check_exact=True)


def test_reasons_are_words_with_the_scores(candidates: pd.DataFrame):
    reasons = rank_universe(candidates, GOTV, seed=1).frame.set_index("voter_id")["reasons"]
    assert reasons["V02"] == "likely supporter (62 of 100); may stay home (45 of 100)"
    assert reasons["V04"] == "very likely supporter (80 of 100); likely to stay home (30 of 100)"


def test_the_next_survey_needs_no_score(candidates: pd.DataFrame):
    unscored = candidates.drop(columns=["turnout", "support"])
    frame = rank_universe(unscored, SURVEY_NEXT, seed=1).frame
    assert set(frame["reasons"]) == {"not asked yet"}
    assert frame[["turnout_score", "support_score"]].isna().all(axis=None)


def test_the_next_survey_is_drawn_anew_by_another_seed(candidates: pd.DataFrame):
    drawn = {tuple(rank_universe(candidates, SURVEY_NEXT, seed=seed).frame["voter_id"]) for seed in range(20)}
    assert len(drawn) > 10


@pytest.mark.parametrize("universe", RANKED, ids=lambda universe: universe.name)
def test_nobody_to_contact_is_an_empty_list(candidates: pd.DataFrame, universe: Universe):
    empty = rank_universe(candidates.head(0), universe, seed=1)
    full = rank_universe(candidates, universe, seed=1)
    assert len(empty.frame) == empty.counts.people == empty.counts.doors == 0
    assert empty.frame.dtypes.to_dict() == full.frame.dtypes.to_dict()


def test_ties_are_broken_the_same_way_for_ever(candidates: pd.DataFrame):
    """These orders are published with their seed: a library that changed them would break every recorded rank."""
    tied = candidates.assign(support=np.float32(0.7), turnout=np.float32(0.5), household_id=None, suppressed="")
    first, second = (rank_universe(tied, GOTV, seed=seed).frame["voter_id"].tolist() for seed in (1, 2))
    assert first == ["V01", "V02", "V05", "V04", "V10", "V03", "V08", "V06", "V09"]
    assert second == ["V06", "V04", "V01", "V09", "V05", "V02", "V03", "V10", "V08"]
    assert "SipHash" in TIE_RULE


def test_a_refused_universe_is_never_ranked(candidates: pd.DataFrame):
    with pytest.raises(UsageError, match="persuasion is refused: no experiment"):
        rank_universe(candidates.assign(persuasion=0.5), PERSUASION, seed=1)


def test_scores_that_are_not_there_are_named(candidates: pd.DataFrame):
    with pytest.raises(ValueError, match="gotv needs scores that are not there: support"):
        rank_universe(candidates.drop(columns="support"), GOTV, seed=1)


@pytest.mark.parametrize("universe", [GOTV, UNDECIDED, BASE, VOLUNTEER_ASK, SURVEY_NEXT], ids=lambda one: one.name)
def test_a_missing_score_is_an_error_not_a_voter_forgotten(candidates: pd.DataFrame, universe: Universe):
    candidates.loc[0, "support"] = np.nan
    with pytest.raises(ValueError, match="1 of .* candidates of the list"):
        rank_universe(candidates, universe, seed=1)


def test_a_repeated_voter_is_an_error_that_names_nobody(candidates: pd.DataFrame):
    with pytest.raises(ValueError, match="1 candidates repeat") as error:
        rank_universe(pd.concat([candidates, candidates.head(1)]), GOTV, seed=1)
    assert "V01" not in str(error.value)


def test_a_large_county_is_ranked_in_a_moment():
    random = np.random.default_rng(1)
    count = 200_000
    county = pd.DataFrame(
        {
            "voter_id": pd.Series([f"V{number:09d}" for number in random.permutation(count)], dtype="str"),
            "household_id": pd.Categorical.from_codes(random.integers(0, 500, count), [f"H{i}" for i in range(500)]),
            "precinct": "012",
            "turnout": random.random(count, dtype=np.float32),
            "support": random.random(count, dtype=np.float32),
            "asked": False,
            "suppressed": "",
            "do_not_walk": False,
        }
    )
    start = perf_counter()
    ranked = rank_universe(county, replace(GOTV, keep=()), seed=1)
    assert ranked.counts.people == count
    # A fifth of a second on two quiet cores; a loop over voters takes longer than this.
    assert perf_counter() - start < 3
