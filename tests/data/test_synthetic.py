from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from data.contracts import CONTRACTS, ELECTION_TYPES
from data.elections import Election
from data.synthetic import County, best_auc, synthesise_county, write_county

COMING = Election(date(2026, 11, 3), "general")
FILES = ("voters", "history", "survey", "results")
# Turnout of registered voters by kind of election; the sources are in data/synthetic_turnout.py.
RATES = {
    "presidential": (0.66, 0.81),
    "midterm": (0.51, 0.69),
    "presidential_primary": (0.21, 0.34),
    "primary": (0.18, 0.31),
    "municipal": (0.15, 0.27),
}


@pytest.fixture(scope="module")
def county() -> County:
    return synthesise_county(voters=20_000, seed=4)


@pytest.fixture(scope="module")
def voters(county: County) -> pd.DataFrame:
    """The voter file, typed, with the truth, the number of past votes and the age on election day beside it."""
    voters = county.voters.merge(county.truth, on="voter_id", validate="1:1")
    born, registered = (pd.to_datetime(voters[name].replace("", None)) for name in ("birth_date", "registration_date"))
    votes = county.history["voter_id"].value_counts().reindex(voters["voter_id"]).fillna(0).to_numpy()
    age = (pd.Timestamp(COMING.date) - born).dt.days / 365.2425
    return voters.assign(born=born, registered=registered, history=votes, age=age)


@pytest.fixture(scope="module")
def rolls(voters: pd.DataFrame, county: County) -> dict[Election, pd.DataFrame]:
    """For each past election, the voters who could vote in it and whether they did, with their age then."""
    tables = {}
    for (day, kind), rows in county.history.groupby(["election_date", "election_type"]):
        when = pd.Timestamp(day)
        adult = voters["born"].isna() | (voters["born"] + pd.DateOffset(years=18) <= when)
        able = adult & (voters["registered"].isna() | (voters["registered"] <= when))
        frame = pd.DataFrame({"able": able, "voted": voters["voter_id"].isin(rows["voter_id"])})
        tables[Election(when.date(), kind)] = frame.assign(age=(when - voters["born"]).dt.days / 365.2425)
    return tables


def auc(scores: NDArray[np.float64], outcomes: NDArray[np.bool_]) -> float:
    """By definition: every pair compared, ties counting half."""
    difference = scores[outcomes][:, None] - scores[~outcomes][None, :]
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


def bins(scores: pd.Series, outcomes: pd.Series, count: int = 10) -> pd.DataFrame:
    """Mean score, mean outcome and the standard error of the difference in bins of equal count."""
    groups = pd.DataFrame({"score": scores, "outcome": outcomes.astype(float)}).groupby(pd.qcut(scores, count))
    table = groups.mean()
    return table.assign(error=np.sqrt(table["score"] * (1 - table["score"]) / groups.size()))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    once, again, other = (
        write_county(synthesise_county(voters=3_000, seed=seed), tmp_path / name)
        for name, seed in (("once", 1), ("again", 1), ("other", 2))
    )
    for name in once:
        assert once[name].read_bytes() == again[name].read_bytes()
        assert name == "mapping" or once[name].read_bytes() != other[name].read_bytes()


def test_the_files_hold_the_frames_as_text(county: County, tmp_path: Path) -> None:
    paths = write_county(county, tmp_path / "new" / "folder")
    assert set(paths) == {*FILES, "mapping", "truth"}
    for name in FILES:
        read = pd.read_csv(paths[name], dtype="str", keep_default_na=False)
        pd.testing.assert_frame_equal(read, getattr(county, name))
    pd.testing.assert_frame_equal(pd.read_parquet(paths["truth"]), county.truth)
    assert paths["mapping"].read_text() == '[extra]\neducation = "category"\nincome = "number"\n'


@pytest.mark.parametrize("name", FILES)
def test_columns_are_declared_and_in_the_contract_s_order(county: County, name: str) -> None:
    contract, columns = CONTRACTS[name], list(getattr(county, name).columns)
    known = [column for column in columns if column not in county.extras]
    assert known == [column for column in contract.names if column in known]
    assert set(contract.required) <= set(columns)
    assert set(columns) - set(known) == (set(county.extras) if name == "voters" else set())


@pytest.mark.parametrize("name", FILES)
def test_every_value_keeps_the_contract_but_the_fumbled_responses(county: County, name: str) -> None:
    frame = getattr(county, name)
    for column in CONTRACTS[name].columns:
        if column.name in frame:
            given = frame[column.name][frame[column.name] != ""]
            assert column.blank or not column.required or len(given) == len(frame)
            assert not column.allowed or set(given) <= set(column.allowed)
            if column.kind == "date":
                assert (pd.to_datetime(given, format="%Y-%m-%d").dt.strftime("%Y-%m-%d") == given).all()
            if column.kind in ("number", "integer") and column.name != "response":
                numbers = given.astype(float)
                assert numbers.between(column.low or -np.inf, column.high or np.inf).all()
            if column.kind == "flag":
                assert set(given) == {"0", "1"}


def test_ids_are_text_with_leading_zeros_and_never_repeat(county: County) -> None:
    ids = county.voters["voter_id"]
    assert ids.is_unique and ids.is_monotonic_increasing
    assert ids.str.fullmatch(r"0\d{9}").all()
    assert set(county.history["voter_id"]) <= set(ids)
    assert not county.history.duplicated().any()
    assert (county.truth["voter_id"] == ids).all()


def test_about_two_voters_share_a_door_in_one_precinct(voters: pd.DataFrame) -> None:
    doors = voters.groupby(["zip", "address", "unit"])
    assert 1.8 < doors.size().mean() < 2.0
    assert doors.size().max() <= 6
    assert (doors["precinct"].nunique() == 1).all()
    assert (doors["income"].nunique() == 1).mean() > 0.99
    assert (voters.groupby("precinct")["city"].nunique() == 1).all()
    assert voters["city"].nunique() == 4


@pytest.mark.parametrize("size", [100, 1_000, 60_000])
def test_every_size_of_county_has_precincts_of_walkable_size(size: int) -> None:
    voters = synthesise_county(voters=size).voters
    assert len(voters) == size
    assert voters["precinct"].value_counts().max() < 1_700
    assert (voters.groupby(["zip", "address", "unit"])["precinct"].nunique() == 1).all()
    if size == 60_000:
        assert voters["precinct"].value_counts().min() > 400


def test_housemates_are_alike(voters: pd.DataFrame) -> None:
    heads, partners = (voters.groupby(["zip", "address", "unit"]).nth(place).iloc[:4_000] for place in (0, 1))
    couples = heads.merge(partners, on=["zip", "address", "unit"])
    assert len(couples) > 1_000
    for trait, excess in {"party": 0.2, "last_name": 0.6}.items():
        alike = (couples[f"{trait}_x"] == couples[f"{trait}_y"]).mean()
        by_chance = (couples[f"{trait}_x"] == couples[f"{trait}_y"].iloc[::-1].to_numpy()).mean()
        assert alike > by_chance + excess


def test_what_is_missing_and_who_cannot_be_scored(voters: pd.DataFrame) -> None:
    blank = {
        name: float((voters[name] == "").mean()) for name in ("birth_date", "registration_date", "phone", "education")
    }
    assert 0.005 < blank["birth_date"] < 0.04 and 0.003 < blank["registration_date"] < 0.04
    assert 0.2 < blank["phone"] < 0.3 and 0.28 < blank["education"] < 0.32
    shares = voters["status"].value_counts(normalize=True)
    assert set(shares.index) == {"active", "inactive", "pending", "moved", "deceased", "cancelled"}
    assert 0.85 < shares["active"] < 0.95
    assert 0.001 < (voters["age"] < 18).mean() < 0.02
    gone = voters["status"].isin(["moved", "deceased", "cancelled"]) | (voters["age"] < 17.99)
    assert not voters.loc[gone, ["votes", "turnout", "best_turnout"]].to_numpy(dtype=float).any()
    assert voters.loc[~gone, "turnout"].between(0, 1, inclusive="neither").mean() > 0.999
    assert (voters["registered"] > "2026-06-02").sum() > 100


def test_parties_register_as_published(voters: pd.DataFrame) -> None:
    shares = voters["party"].value_counts(normalize=True)
    assert 0.32 < shares["DEM"] < 0.46 and 0.23 < shares["REP"] < 0.37 and 0.27 < shares["UNA"] + shares["OTH"] < 0.39


@pytest.mark.parametrize("kind", ELECTION_TYPES)
def test_any_kind_of_election_may_be_coming(kind: str) -> None:
    county = synthesise_county(voters=500, election=Election(date(2029, 5, 8), kind))
    assert county.truth["votes"].any()
    assert county.history["election_date"].max() < "2029-05-08"
    assert county.survey["date"].max() < county.taken.isoformat() < "2029-05-08"


def test_nobody_votes_before_registering_or_coming_of_age(rolls: dict[Election, pd.DataFrame]) -> None:
    assert len(rolls) == 12
    for frame in rolls.values():
        assert not (frame["voted"] & ~frame["able"]).any()


def test_turnout_lies_in_the_published_bands(rolls: dict[Election, pd.DataFrame]) -> None:
    for election, frame in rolls.items():
        low, high = RATES[election.kind]
        assert low < frame.loc[frame["able"], "voted"].mean() < high, election


def test_turnout_rises_with_age_most_in_small_elections(rolls: dict[Election, pd.DataFrame]) -> None:
    ratios: dict[str, list[float]] = {}
    for election, frame in rolls.items():
        able = frame[frame["able"]]
        young, old = (able.loc[able["age"].between(*ages), "voted"].mean() for ages in ((18, 25), (65, 75)))
        ratios.setdefault(election.kind, []).append(old / young)
    kinds = {kind: float(np.mean(values)) for kind, values in ratios.items()}
    assert 1.15 < kinds["presidential"] < kinds["midterm"] < kinds["municipal"]
    assert kinds["midterm"] < 2.3


def test_newcomers_have_no_history(voters: pd.DataFrame) -> None:
    assert (voters.loc[voters["registered"] > "2026-06-02", "history"] == 0).all()


def test_results_add_up_and_hold_the_votes_on_file(county: County, voters: pd.DataFrame) -> None:
    counts = ["votes_for", "votes_against", "ballots_cast", "registered"]
    results = county.results.astype(dict.fromkeys(counts, int))
    assert (results["votes_for"] + results["votes_against"] <= results["ballots_cast"]).all()
    assert (results["ballots_cast"] <= results["registered"]).all()
    precincts = results[results["area_type"] == "precinct"]
    assert set(precincts["area"]) == set(voters["precinct"])
    sums = precincts.groupby("election_date")[counts].sum()
    whole = results[results["area_type"] == "county"].set_index("election_date")[counts]
    pd.testing.assert_frame_equal(sums, whole)
    generals = county.history[county.history["election_type"] == "general"].merge(voters[["voter_id", "precinct"]])
    on_file = generals.groupby(["election_date", "precinct"]).size()
    certified = precincts.set_index(["election_date", "area"])["ballots_cast"]
    ratio = certified.to_numpy() / on_file.reindex(certified.index.set_names(on_file.index.names)).to_numpy()
    assert ((ratio >= 1) & (ratio < 1.3)).all()


def test_results_show_where_support_is_among_the_unaffiliated_too() -> None:
    county = synthesise_county(seed=2)
    results = county.results[county.results["area_type"] == "precinct"].astype({"votes_for": int, "votes_against": int})
    votes = results.groupby("area")[["votes_for", "votes_against"]].sum()
    won = votes["votes_for"] / votes.sum(axis=1)
    everybody = county.truth["support"].groupby(county.voters["precinct"]).mean()
    unaffiliated = county.truth["support"][county.voters["party"] == "UNA"].groupby(county.voters["precinct"]).mean()
    assert np.corrcoef(won, everybody)[0, 1] > 0.95
    assert np.corrcoef(won, unaffiliated)[0, 1] > 0.85


def test_the_canvass_is_of_the_stated_size_and_fumbled() -> None:
    county = synthesise_county()
    survey, known = county.survey, set(county.voters["voter_id"])
    answers = survey[survey["response"].isin(list("12345"))]
    assert 1_900 < len(answers) < 2_200
    assert 0.09 < (answers["response"] == "3").mean() < 0.15
    assert sorted(set(survey["response"])) == ["", *"0123457"]
    blank = survey[survey["response"] == ""]
    assert set(blank["contact_result"]) == {"not_home", "refused", "moved"}
    assert set(survey.loc[survey["response"] != "", "contact_result"]) == {"canvassed"}
    strangers = survey[~survey["voter_id"].isin(known)]
    assert 0.005 < len(strangers) / len(survey) < 0.015
    assert strangers["voter_id"].str.zfill(10).isin(known).any()
    assert 0.005 < survey.duplicated().mean() < 0.015
    distinct = answers.drop_duplicates().groupby("voter_id")["response"].nunique()
    assert 5 < (distinct > 1).sum() < 20
    assert 25 <= survey["canvasser_id"].nunique() <= 40
    assert survey["date"].max() < county.taken.isoformat()
    assert survey["date"].min() > (county.taken - timedelta(80)).isoformat()


def test_the_canvass_reaches_the_old_the_steady_the_friendly_and_some_precincts(
    county: County, voters: pd.DataFrame
) -> None:
    reached = voters["voter_id"].isin(county.survey["voter_id"])
    gap = voters[["age", "history", "support"]][reached].mean() - voters[["age", "history", "support"]][~reached].mean()
    assert gap["age"] > 3 and gap["history"] > 1 and gap["support"] > 0.04
    shares = reached.groupby(voters["precinct"]).mean()
    assert shares.std() > shares.mean() / 2
    assert not (reached & (voters["turnout"] == 0)).any()


def test_answers_are_the_sides_that_were_drawn(county: County) -> None:
    survey = county.survey.drop_duplicates("voter_id", keep=False).merge(county.truth, on="voter_id")
    sides = survey[survey["response"].isin(list("1245"))]
    assert (sides["response"].isin(["1", "2"]) == sides["supports"]).mean() > 0.99


def test_the_true_chances_are_those_of_the_draws(voters: pd.DataFrame) -> None:
    able = voters[voters["turnout"] > 0]
    for chance, outcome in (("turnout", "votes"), ("support", "supports"), ("best_turnout", "votes")):
        table = bins(able[chance], able[outcome])
        assert ((table["score"] - table["outcome"]).abs() < 4 * table["error"]).all(), chance


def test_the_best_turnout_prediction_beats_the_vote_count_and_the_truth_beats_it(voters: pd.DataFrame) -> None:
    able = voters[voters["turnout"] > 0].iloc[::4]
    votes = able["votes"].to_numpy()
    count, best, truth = (auc(able[name].to_numpy(float), votes) for name in ("history", "best_turnout", "turnout"))
    assert count + 0.04 < best < truth - 0.01
    assert 0.82 < best < 0.87


def test_best_auc_is_that_of_every_pair_of_voters_who_may_be_scored() -> None:
    county = synthesise_county(voters=2_000)
    able = county.truth[county.truth["turnout"] > 0]
    expected = {
        "turnout": auc(able["best_turnout"].to_numpy(), able["votes"].to_numpy()),
        "support": auc(able["best_support"].to_numpy(), able["supports"].to_numpy()),
    }
    assert best_auc(county) == pytest.approx(expected, abs=1e-12)


def test_best_auc_counts_ties_half(county: County) -> None:
    flat = replace(county, truth=county.truth.assign(best_turnout=0.5))
    assert best_auc(flat)["turnout"] == pytest.approx(0.5)
