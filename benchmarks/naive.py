"""The script that a campaign data scientist writes in a notebook: pandas, Booster.predict, sort, write. Not tuned.

usage: python benchmarks/naive.py WIDE RESULTS MODELS OUT
WIDE is the folder of the wide file, RESULTS the certified results, MODELS a folder of models with their training.json,
OUT the Parquet file to write. It imports nothing of the product: what it shares with it are the files.
"""

import json
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd

ELECTION_DAY = pd.Timestamp("2026-11-03")
YEAR = 365.2425
PRIOR = 20
NUMBERED = ("sex", "party", "county")
GROUPS = {
    "like": ["general midterm"],
    "general": ["general midterm", "general presidential"],
    "presidential": ["general presidential"],
    "midterm": ["general midterm"],
    "primary": ["primary", "presidential_primary"],
    "local": ["municipal"],
}


def read_voters(folder: str) -> pd.DataFrame:
    return pd.read_parquet(folder)


def load_models(folder: str) -> dict[str, dict]:
    training = json.loads((Path(folder) / "training.json").read_text())
    digests = {name: record["digest"] for name, record in training["outcomes"].items()}
    return {name: json.loads((Path(folder) / f"{digest}.json").read_text()) for name, digest in digests.items()}


def kind_of(column: str) -> str:
    _, year, _, _, kind = column.split("_", 4)
    if kind == "general":
        return "general presidential" if int(year) % 4 == 0 else "general midterm"
    return kind


def make_features(df: pd.DataFrame, results: pd.DataFrame, model: dict) -> pd.DataFrame:
    votes = sorted(column for column in df.columns if column.startswith("voted_"))
    groups = {"all": votes, **{g: [v for v in votes if kind_of(v) in kinds] for g, kinds in GROUPS.items()}}
    X = pd.DataFrame(index=df.index)
    for name, column in (("age", "birth_date"), ("years_registered", "registration_date")):
        years = (ELECTION_DAY - df[column]).dt.days / YEAR
        X[name] = years.where(years > 0)
    for name in NUMBERED:
        X[name] = number_words(df[name], model["vocabulary"][name])
    X = pd.concat([X, history_features(df, groups), household_features(df, groups)], axis=1)
    X = pd.concat([X, area_features(df, groups, results, model["vocabulary"]["party"])], axis=1)
    extras = {}
    for column in model["columns"]:
        if column.startswith("extra_"):
            values, words = df[column.removeprefix("extra_")], model["vocabulary"].get(column)
            extras[column] = values if words is None else number_words(values, words)
    return pd.concat([X, pd.DataFrame(extras)], axis=1)[model["columns"]].astype("float32")


def number_words(values: pd.Series, words: list[str]) -> pd.Series:
    """Codes as in training: rare and new words are 0, missing stays missing."""
    codes = values.astype("category").cat.set_categories(words).cat.codes + 1.0
    return codes.where(values.notna())


def history_features(df: pd.DataFrame, groups: dict[str, list[str]]) -> pd.DataFrame:
    X = {}
    for name, columns in groups.items():
        X[f"share_{name}"] = df[columns].sum(axis=1) / df[columns].count(axis=1)
        X[f"voted_last_{name}"] = df[columns[-1]]
    for name in ("like", "general", "primary"):
        X[f"voted_before_last_{name}"] = df[groups[name][-2]]
    for name in ("all", "like", "general", "primary"):
        X[f"streak_{name}"] = streak(df, groups[name])
    X["years_since_vote"] = pd.Series(np.nan, index=df.index)
    for column in groups["all"]:
        day = pd.Timestamp("-".join(column.split("_")[1:4]))
        X["years_since_vote"] = X["years_since_vote"].mask(df[column] == 1, (ELECTION_DAY - day).days / YEAR)
    this_year = df[[column for column in groups["all"] if f"_{ELECTION_DAY.year}_" in column]]
    X["share_this_year"] = this_year.sum(axis=1) / this_year.count(axis=1)
    X["elections_on_rolls"] = df[groups["all"]].count(axis=1).clip(upper=4)
    X["votes_of_last_4"] = df[groups["all"][-4:]].sum(axis=1, min_count=1)
    return pd.DataFrame(X)


def streak(df: pd.DataFrame, columns: list[str]) -> pd.Series:
    """Votes in a row up to the newest, negative for sitting out; elections without a record do not break it."""
    run, going = pd.Series(0.0, index=df.index), pd.Series(True, index=df.index)
    for column in reversed(columns):
        step = (df[column] * 2 - 1).fillna(0)
        going &= run * step >= 0
        run += step.where(going, 0)
    return run.clip(-4, 4)


def household_features(df: pd.DataFrame, groups: dict[str, list[str]]) -> pd.DataFrame:
    door = df["household_id"].fillna("alone " + df["voter_id"])
    size = df.groupby(door)["voter_id"].transform("size")
    X = {"household_size": size}
    for name, group in (("household_turnout", "all"), ("household_turnout_like", "like")):
        votes, elections = df[groups[group]].sum(axis=1), df[groups[group]].count(axis=1)
        others = votes.groupby(door).transform("sum") - votes
        X[name] = others / (elections.groupby(door).transform("sum") - elections)
    same = df.groupby([door, df["party"].fillna("none")])["voter_id"].transform("size")
    X["household_same_party"] = (same - 1) / (size - 1)
    return pd.DataFrame(X)


def area_features(
    df: pd.DataFrame, groups: dict[str, list[str]], results: pd.DataFrame, parties: list[str]
) -> pd.DataFrame:
    own = pd.DataFrame({"people": 1.0}, index=df.index)
    for name, group in (("", "all"), ("_like", "like")):
        own[f"votes{name}"], own[f"elections{name}"] = df[groups[group]].sum(axis=1), df[groups[group]].count(axis=1)
    own["party_1"], own["party_2"] = df["party"].eq(parties[0]).astype(float), df["party"].eq(parties[1]).astype(float)
    X = {}
    for area in ("precinct", "zip", "county"):
        here = own.groupby(df[area]).transform("sum") - own
        file = own.sum() - own
        if area != "county":
            X[f"{area}_turnout"] = above(here, file, "votes", "elections")
            X[f"{area}_turnout_like"] = above(here, file, "votes_like", "elections_like")
        X[f"{area}_party_1"] = above(here, file, "party_1", "people")
        X[f"{area}_party_2"] = above(here, file, "party_2", "people")
        X[f"{area}_lean"] = df[area].map(lean(results, area))
    return pd.DataFrame(X)


def above(here: pd.DataFrame, file: pd.DataFrame, part: str, whole: str) -> pd.Series:
    overall = file[part] / file[whole]
    return (here[part] + PRIOR * overall) / (here[whole] + PRIOR) - overall


def lean(results: pd.DataFrame, area: str) -> pd.Series:
    """Our share of the votes in past results, the newest counting twice the one before, above that of all areas."""
    past = results[(results["area_type"] == area) & (pd.to_datetime(results["election_date"]) < ELECTION_DAY)]
    past = past.sort_values("election_date")
    share = past["votes_for"] / (past["votes_for"] + past["votes_against"])
    weight = 0.5 ** past.groupby("area").cumcount(ascending=False)
    leans = (share * weight).groupby(past["area"]).sum() / weight.groupby(past["area"]).sum()
    return leans - leans.mean()


def predict(X: pd.DataFrame, model: dict) -> np.ndarray:
    booster = lgb.Booster(model_str=model["members"][0]["text"])
    p = np.clip(booster.predict(X.to_numpy()), 1e-6, 1 - 1e-6)
    z = model["line"]["shift"] + model["line"]["slope"] * np.log(p / (1 - p))
    return 1 / (1 + np.exp(-z))


def rank_voters(df: pd.DataFrame) -> pd.DataFrame:
    ranked = df.sort_values("priority", ascending=False)
    ranked["rank"] = np.arange(1, len(ranked) + 1)
    ranked["precinct_rank"] = ranked.groupby("precinct", dropna=False).cumcount() + 1
    return ranked


def write_scores(ranked: pd.DataFrame, out: str) -> None:
    ranked.to_parquet(out, compression="zstd")


def main(wide: str, results: str, models: str, out: str) -> None:
    df = read_voters(wide)
    stored = load_models(models)
    X = make_features(df, pd.read_parquet(results), next(iter(stored.values())))
    adult = ~(df["birth_date"] > ELECTION_DAY - pd.DateOffset(years=18))
    may_vote = df["status"].fillna("active").isin(["active", "inactive", "pending"]) & adult
    scores = df[["voter_id", "household_id", "precinct", "do_not_call", "do_not_mail", "do_not_walk"]].copy()
    for name, model in stored.items():
        scores[name] = pd.Series(predict(X, model), index=df.index).where(may_vote)
    scores["priority"] = (2 * scores["support"] - 1) * scores["turnout"] * (1 - scores["turnout"])
    write_scores(rank_voters(scores), out)


if __name__ == "__main__":
    main(*sys.argv[1:])
