"""The matrix: rows, columns and words; and the honesty of it all, through the real imports too."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data.campaign import init_campaign
from data.elections import Election
from data.imports import import_history, import_results, import_survey, import_voters
from data.mapping import Mapping
from data.snapshots import Snapshot, open_snapshot
from features.feature import Feature, column
from features.matrix import FEATURES, build_features, category_columns, features_of, number_words
from features.surroundings import learn_surroundings
from features.vocabulary import FEWEST_VOTERS, MOST_LEVELS, Vocabulary, learn_vocabulary

COMING = Election(date(2026, 11, 3), "general")
PAST_COMING, PAST = Election(date(2020, 11, 3), "general"), 3  # elections of the calendar before that day
VOCABULARY = {
    "sex": ("F",),
    "party": ("DEM", "REP"),
    "county": ("C2", "C1"),
    "extra_school": ("MA", "BA"),
}
LATER = (
    Election(date(2020, 11, 3), "municipal"),
    Election(date(2020, 11, 3), "special"),
    Election(date(2020, 12, 8), "runoff"),
    Election(date(2024, 3, 5), "presidential_primary"),
    *(Election(date(2025 + i, 11, 4), "general") for i in range(60)),  # into a second word of bits
)
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # the tables are small, and to shrink them takes minutes
patient = settings(max_examples=20, deadline=None, phases=UNSHRUNK)


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """The same to the last bit, in the order of the first."""
    assert list(one) == list(other) and one.index.is_unique and set(one.index) <= set(other.index)
    np.testing.assert_array_equal(one.to_numpy(), other.loc[one.index].to_numpy())


def test_one_row_a_voter_one_column_a_declared_feature(block: Any, as_of: Any, extras: dict[str, str]) -> None:
    voters = block([{"voter_id": name, "income": 5.0} for name in ("c", "a", "b")])
    matrix = as_of([voters], COMING)
    assert list(matrix.index) == ["c", "a", "b"]
    assert list(matrix.columns) == [feature.name for feature in features_of(extras)]
    assert set(matrix.dtypes) == {np.dtype("float32")}
    assert matrix["extra_income"].tolist() == [5.0, 5.0, 5.0]


def test_features_to_be_tried_come_last_or_in_the_place_of_their_name(block: Any, as_of: Any) -> None:
    voters = block([{"voter_id": "a"}, {"voter_id": "b"}])
    known = as_of([voters], COMING)
    nines = Feature("nines", "nine", lambda scene: np.full(len(scene.view.voters), 9))
    ones = Feature("age", "one", lambda scene: np.ones(len(scene.view.voters)))
    tried = as_of([voters], COMING, added=(nines, ones))
    assert list(tried) == [*known, "nines"] and set(tried.dtypes) == {np.dtype("float32")}
    assert tried["nines"].tolist() == [9, 9] and tried["age"].tolist() == [1, 1]
    pd.testing.assert_frame_equal(tried[known.columns.drop("age")], known.drop(columns="age"))


def test_the_values_lie_feature_after_feature_in_one_piece_of_memory(block: Any, surroundings_of: Any) -> None:
    for rows in (0, 1, 5):
        voters = block([{"income": float(i)} for i in range(7)]).iloc[:rows]
        ones = Feature("ones", "one", lambda scene: np.ones(len(scene.view.voters)))
        surroundings = surroundings_of([block([{}])], COMING)
        matrix = build_features(voters, as_of=COMING.date, surroundings=surroundings, added=(ones,))
        values = matrix.to_numpy().T
        assert values.dtype == np.float32 and values.flags.c_contiguous and values.shape == (len(matrix.columns), rows)
        assert not rows or np.shares_memory(values, matrix["extra_income"].to_numpy())
        assert matrix["extra_income"].tolist() == list(range(rows)) and matrix["ones"].tolist() == [1.0] * rows


@pytest.mark.parametrize("values", [np.ones(1), np.ones((1, 2)), np.float64(3), np.ones(3)])
def test_a_feature_gives_one_value_a_voter(values: Any, block: Any, as_of: Any) -> None:
    wrong = Feature("wrong", "wrong", lambda scene: values)
    with pytest.raises(ValueError, match="wrong gives values of shape"):
        as_of([block([{}, {}])], COMING, added=(wrong,))


@patient
@given(draw=st.data())
def test_a_block_says_the_same_of_a_household_whatever_else_is_in_it(
    draw: st.DataObject, voters: Any, block: Any, surroundings_of: Any
) -> None:
    rows = draw.draw(st.lists(voters, min_size=1, max_size=9))
    rows = [row | {"voter_id": f"v{i}"} for i, row in enumerate(rows)]
    surroundings = surroundings_of([block(rows)], PAST_COMING, vocabulary=VOCABULARY)
    whole = build_features(block(rows), as_of=PAST_COMING.date, surroundings=surroundings)
    for door in {row["household_id"] or row["voter_id"] for row in rows}:
        home = block([row for row in rows if (row["household_id"] or row["voter_id"]) == door])
        assert_same(build_features(home, as_of=PAST_COMING.date, surroundings=surroundings), whole)


def test_a_category_cannot_be_tried(block: Any, as_of: Any) -> None:
    with pytest.raises(ValueError, match="only numbers can be tried.*status"):
        as_of([block([{"voter_id": "a"}])], COMING, added=(column("status", "its status", "category"),))


def test_extras_are_the_last_columns_in_the_order_of_the_mapping(extras: dict[str, str]) -> None:
    reversed_extras = dict(reversed(extras.items()))
    assert [f.name for f in features_of(extras)][-2:] == ["extra_income", "extra_school"]
    assert [f.name for f in features_of(reversed_extras)][-2:] == ["extra_school", "extra_income"]
    assert features_of({}) == FEATURES
    assert category_columns(extras) == ("sex", "party", "county", "extra_school")


def test_every_feature_is_declared_once_and_says_what_it_means() -> None:
    names = [feature.name for feature in FEATURES]
    assert len(names) == len(set(names))
    assert all(feature.meaning and feature.meaning[0] != " " for feature in FEATURES)


def test_age_and_time_on_the_rolls_are_as_of_the_day(block: Any, as_of: Any) -> None:
    voters = block([{"born": "1976-11-03", "registered": "2016-11-03"}, {"born": None, "registered": "2027-01-01"}])
    matrix = as_of([voters], COMING)
    np.testing.assert_allclose(matrix["age"], [50.0, np.nan], atol=0.01)
    np.testing.assert_allclose(matrix["years_registered"], [10.0, np.nan], atol=0.01)


def test_words_are_numbered_by_frequency_and_the_rare_are_other() -> None:
    block = pd.DataFrame({"party": pd.Categorical(["REP"] * 30 + ["DEM"] * 40 + ["XYZ"] * 3 + [None])})
    words = learn_vocabulary([block], ["party"])["party"]
    assert words == ("DEM", "REP")
    numbered = number_words(pd.Series(["REP", "DEM", "XYZ", "NEW", None]), words)
    np.testing.assert_array_equal(numbered, np.array([2, 1, 0, 0, np.nan], np.float32))


def test_the_vocabulary_does_not_depend_on_blocks_or_codes() -> None:
    words = ["B"] * 25 + ["A"] * 25 + ["C"] * 60
    whole = [pd.DataFrame({"sex": pd.Categorical(words)})]
    cut = [pd.DataFrame({"sex": pd.Categorical(words[i::3], categories=["C", "B", "A"])}) for i in range(3)]
    assert learn_vocabulary(whole, ["sex"]) == learn_vocabulary(cut, ["sex"]) == {"sex": ("C", "A", "B")}


def test_a_word_needs_twenty_voters_and_a_category_has_at_most_two_hundred_words() -> None:
    enough, few = ["A"] * FEWEST_VOTERS, ["B"] * (FEWEST_VOTERS - 1)
    assert learn_vocabulary([pd.DataFrame({"sex": pd.Categorical(enough + few)})], ["sex"]) == {"sex": ("A",)}
    many = [f"w{i:03}" for i in range(MOST_LEVELS + 1) for _ in range(FEWEST_VOTERS)]
    (words,) = learn_vocabulary([pd.DataFrame({"sex": pd.Categorical(many)})], ["sex"]).values()
    assert words == tuple(f"w{i:03}" for i in range(MOST_LEVELS))
    assert (FEWEST_VOTERS, MOST_LEVELS) == (20, 200)


def test_a_word_that_was_never_seen_is_other_and_the_missing_is_missing(block: Any, as_of: Any) -> None:
    rows = [{"party": word, "school": word} for word in ("REP", "DEM", "NEW", None)]
    found = as_of([block(rows)], COMING, vocabulary=VOCABULARY | {"extra_school": ("REP",)})
    np.testing.assert_array_equal(found["party"], [2, 1, 0, np.nan])
    np.testing.assert_array_equal(found["extra_school"], [1, 0, 0, np.nan])


def test_a_category_is_a_column_of_the_voter_file(block: Any) -> None:
    columns = block([{}]).columns
    assert set(category_columns({})) <= set(columns)
    assert category_columns({"schooling": "category", "income": "number"})[-1] == "extra_schooling"


def test_features_of_another_day_than_the_surroundings_are_refused(block: Any) -> None:
    arguments: dict[str, Any] = {"calendar": (), "extras": {}, "results": pd.DataFrame(), "vocabulary": VOCABULARY}
    (found,) = learn_surroundings([block([{}])], coming=[COMING], **arguments).values()
    for day in (date(2026, 11, 2), date(2026, 11, 4)):
        with pytest.raises(ValueError, match=f"2026-11-03.*{day}"):
            build_features(block([{}]), as_of=day, surroundings=found)


@patient
@given(draw=st.data())
def test_features_depend_on_neither_order_nor_blocks_nor_codes(
    draw: st.DataObject, voters: Any, block: Any, as_of: Any
) -> None:
    rows = draw.draw(st.lists(voters, min_size=2, max_size=9))
    rows = [row | {"voter_id": f"v{i}"} for i, row in enumerate(rows)]
    shuffled = draw.draw(st.permutations(rows))
    doors = [row["household_id"] for row in shuffled]
    first = draw.draw(st.sets(st.sampled_from(doors)))
    cut = [
        [row for row, door in zip(shuffled, doors, strict=True) if (door in first) == here] for here in (True, False)
    ]
    blocks = [block(part) for part in cut if part]
    for frame in blocks:
        for name in ("household_id", "party", "precinct", "zip", "county", "sex", "extra_school"):
            codes = [*frame[name].cat.categories, "never"]
            frame[name] = frame[name].cat.set_categories(draw.draw(st.permutations(codes)))
    whole = as_of([block(rows)], PAST_COMING, vocabulary=VOCABULARY)
    assert_same(whole, as_of(blocks, PAST_COMING, vocabulary=VOCABULARY))
    assert [name for frame in blocks for name in frame["voter_id"]] == [row["voter_id"] for part in cut for row in part]


@patient
@given(draw=st.data())
def test_nothing_dated_on_the_day_or_later_changes_a_feature(
    draw: st.DataObject, voters: Any, block: Any, as_of: Any, calendar: Any
) -> None:
    """Other votes, other elections and kinds of them, newcomers in the same places, other results; words are given."""
    past = calendar[:PAST]
    rows = draw.draw(st.lists(voters, min_size=1, max_size=8))
    later = tuple(sorted(draw.draw(st.sets(st.sampled_from(LATER), max_size=3)) | set(calendar[PAST:])))
    if draw.draw(st.booleans()):
        later = tuple(sorted({*later, *LATER}))
    futures = st.text("Vn.", min_size=len(later), max_size=len(later))
    known = [row | {"voter_id": f"v{i}", "history": row["history"][:PAST]} for i, row in enumerate(rows)]
    after = [row | {"history": row["history"] + draw.draw(futures)} for row in known]
    for i, row in enumerate(draw.draw(st.lists(voters, max_size=4))):
        registered = draw.draw(st.sampled_from(["2020-11-03", "2020-11-04", "2026-01-01"]))
        history = draw.draw(st.sampled_from(["...", "nnn", "n.."])) + draw.draw(futures)
        after.append(row | {"voter_id": f"new{i}", "registered": registered, "history": history})
    certified = [("2018-11-06", 60.0), ("2020-11-03", 1.0), ("2024-11-05", 99.0)]
    frames = [certified_results(*certified[:1]), certified_results(*certified)]
    before = as_of([block(known)], PAST_COMING, calendar=past, results=frames[0], vocabulary=VOCABULARY)
    with_future = as_of([block(after)], PAST_COMING, calendar=(*past, *later), results=frames[1], vocabulary=VOCABULARY)
    assert_same(before, with_future)


def certified_results(*rows: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"area_type": kind, "area": area, "election_date": pd.Timestamp(day), "election_type": "general"}
            | {"votes_for": votes, "votes_against": 100 - votes}
            for day, votes in rows
            for kind, area in (("county", "C1"), ("precinct", "P1"), ("zip", "Z1"))
        ]
    )


Files = dict[str, list[str]]
HEADERS = {
    "voters": "voter_id,birth_date,registration_date,sex,party,county,precinct,zip,household_id,school",
    "history": "voter_id,election_date,election_type,status",
    "survey": "voter_id,date,response,canvasser_id",
    "results": "area_type,area,election_date,election_type,votes_for,votes_against,ballots_cast,registered",
}
IMPORTS: dict[str, Callable[..., Any]] = {
    "voters": import_voters,
    "history": import_history,
    "survey": import_survey,
    "results": import_results,
}
DAY = "2022-11-08"


def known_by_then() -> Files:
    """What stood in the files of sixty voters before `DAY`; some share a door, some are undated."""
    random = Random(7)
    voters, history = [], []
    for i in range(60):
        party, precinct = random.choice(["DEM", "DEM", "REP"]), random.choice(["P1", "P2", ""])
        born, registered = f"19{random.randint(40, 99)}-05-06", random.choice(["2010-01-01", "2019-02-03", DAY, ""])
        voters.append(f"v{i},{born},{registered},F,{party},C1,{precinct},0{i % 2},H{i // 3},BA")
        for day, kind in (("2018-11-06", "general"), ("2020-11-03", "general"), ("2022-05-17", "primary")):
            if random.random() < 0.5:
                history.append(f"v{i},{day},{kind},")
    results = ["precinct,P1,2018-11-06,general,40,60,100,150", "county,C1,2020-11-03,general,55,45,100,150"]
    return {"voters": voters, "history": history, "survey": ["v1,2022-09-01,1,C1"], "results": results}


LATER_ROWS: Files = {
    "history": [
        *(f"v{i},{DAY},general,{'voted' if i % 3 else 'did_not_vote'}" for i in range(60)),
        *(f"v{i},{DAY},special," for i in range(0, 60, 2)),
        *(f"v{i},2023-11-07,municipal," for i in range(0, 60, 5)),
        *(f"v{i},2024-03-05,presidential_primary,{'not_eligible' if i % 2 else ''}" for i in range(40)),
    ],
    "voters": [
        *(f"new{i},2001-01-01,{DAY},M,REP,C1,P{i % 3},00,H{i},MA" for i in range(9)),
        *(f"newer{i},2006-01-01,2024-10-01,M,GRN,C2,P1,01,,PHD" for i in range(9)),
    ],
    "results": [f"precinct,P1,{DAY},general,90,10,100,150", "county,C1,2024-11-05,general,5,95,100,150"],
    "survey": [f"v2,{DAY},5,C1", "v3,2024-09-01,1,C2"],
}


def import_files(folder: Path, files: Files) -> Snapshot:
    """The snapshot of a campaign that these files were imported into, long after `DAY`."""
    campaign = init_campaign(folder / "campaign", name="Larkmoor", election=COMING)
    for kind, rows in files.items():
        file = folder / f"{kind}.csv"
        file.write_text("\n".join([HEADERS[kind], *rows, ""]))
        mapping = Mapping(extra={"school": "category"} if kind == "voters" else {})
        report = IMPORTS[kind](campaign, file, mapping=mapping, today=date(2026, 11, 24))
        assert report.accepted == len(rows)
    return open_snapshot(campaign)


def words_of(snapshot: Snapshot) -> Vocabulary:
    blocks = [snapshot.read_voters(part) for part in snapshot.parts]
    return learn_vocabulary(blocks, category_columns(snapshot.extras))


def snapshot_features(snapshot: Snapshot, vocabulary: Vocabulary) -> pd.DataFrame:
    """Features of everybody as of `DAY`."""
    coming = Election(date.fromisoformat(DAY), "general")
    blocks = [snapshot.read_voters(part) for part in snapshot.parts]
    surroundings = learn_surroundings(
        blocks,
        calendar=snapshot.calendar,
        coming=[coming],
        extras=snapshot.extras,
        results=snapshot.read_results(),
        vocabulary=vocabulary,
    )[coming]
    return pd.concat([build_features(b, as_of=coming.date, surroundings=surroundings) for b in blocks])


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return import_files(tmp_path_factory.mktemp("before"), known_by_then())


@pytest.mark.parametrize("kinds", [("history",), ("voters",), ("results",), ("survey",), tuple(LATER_ROWS)])
def test_nothing_imported_later_changes_a_feature(kinds: tuple[str, ...], before: Snapshot, tmp_path: Path) -> None:
    files = known_by_then()
    for kind in kinds:
        files[kind] = files[kind] + LATER_ROWS[kind]
    after = import_files(tmp_path, files)
    vocabulary = words_of(before)
    if "voters" not in kinds:
        assert words_of(after) == vocabulary
    assert_same(snapshot_features(before, vocabulary), snapshot_features(after, vocabulary))


def test_words_alone_are_those_of_the_whole_file(block: Any) -> None:
    """They are numbered once for all days, so that a number means the same in each: newcomers may make a word known."""
    rows, new = [{"party": "DEM"}] * (FEWEST_VOTERS - 1), [{"party": "DEM", "registered": "2024-01-01"}]
    assert learn_vocabulary([block(rows)], ["party"]) == {"party": ()}
    assert learn_vocabulary([block([*rows, *new])], ["party"]) == {"party": ("DEM",)}


def test_what_is_imported_is_seen_in_the_features(before: Snapshot, tmp_path: Path) -> None:
    """The comparison is of features that are there: an earlier vote, neighbour and result change them."""
    files = known_by_then()
    files["history"].append("v3,2021-11-02,municipal,")
    files["voters"].append("new,2000-01-01,2022-11-07,F,REP,C1,P1,00,H0,BA")
    files["results"] += [f"precinct,P{n},2022-05-17,primary,{votes},10,100,150" for n, votes in ((1, 90), (2, 50))]
    vocabulary = {"sex": ("F",), "party": ("DEM", "REP"), "county": ("C1",), "extra_school": ("BA",)}
    one = snapshot_features(before, vocabulary)
    other = snapshot_features(import_files(tmp_path, files), vocabulary).loc[one.index]
    changed = {name for name in one if not np.array_equal(one[name], other[name], equal_nan=True)}
    assert {"share_local", "household_size", "precinct_turnout", "zip_party_1", "precinct_lean"} <= changed
    assert not {"age", "party", "sex", "county", "extra_school", "years_registered", "share_general"} & changed
    assert one["party"].nunique() == 2 and one.notna().any().mean() > 0.6
