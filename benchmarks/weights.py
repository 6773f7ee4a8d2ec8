"""What weights for who was reached are worth: how close they bring the support estimate to the truth, and whether
models should be trained with them.

usage: python benchmarks/weights.py [SEEDS] [VOTERS]
Synthetic counties of VOTERS, one a seed, whose canvass is biased and whose truth is known. The folder of real data that
PROPENSITY_REAL_DATA names, if any, adds the CES of 2022: a random sample, and one biased by party, age and place.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from data.campaign import init_campaign
from data.elections import Election
from data.imports import import_history, import_results, import_survey, import_voters
from data.mapping import Mapping, read_mapping
from data.snapshots import Snapshot, open_snapshot
from data.synthetic import synthesise_county, write_county
from features.eligibility import exclusion_reasons
from features.matrix import build_features, category_columns
from features.outcomes import support_labels
from features.surroundings import learn_surroundings
from features.vocabulary import Vocabulary, learn_vocabulary
from models.pooled import Pooled
from models.training_set import Doubles, TrainingSet
from models.weights import Weights, weigh

SEEDS, VOTERS = 100, 15_000
FILE_ROWS = 20_000
SIZES = (300, 1_000, 3_000)
TRAINED = {"unweighted": 0.0, "square root": 0.5, "weighted": 1.0}
ANSWER_DAY, CES_ELECTION = date(2020, 9, 15), Election(date(2020, 11, 3), "general")


@dataclass(frozen=True)
class World:
    """Everybody who may be scored, what they truly do, and which rows answered, of whom the label was heard."""

    features: pd.DataFrame
    truth: Doubles
    answered: NDArray[np.int64]
    heard: Doubles
    categories: tuple[str, ...]
    vocabulary: Vocabulary

    @property
    def file(self) -> pd.DataFrame:
        return self.features.iloc[:FILE_ROWS]

    def only(self, chosen: NDArray[np.int64]) -> "World":
        """The same with these of the answers alone."""
        return replace(self, answered=self.answered[chosen], heard=self.heard[chosen])

    def weigh(self) -> Weights:
        answered = self.features.iloc[self.answered]
        return weigh(answered, self.file, categories=self.categories, vocabulary=self.vocabulary)

    def lesson(self, weight: Doubles) -> TrainingSet:
        rows = len(self.answered)
        household, era = np.arange(rows), np.zeros(rows, np.int64)
        return TrainingSet(
            self.features.iloc[self.answered], self.heard, weight, household, era, tuple(self.categories)
        )

    def log_loss(self, weight: Doubles) -> float:
        """Of a model trained with these weights, on everybody who did not answer."""
        others = np.setdiff1d(np.arange(len(self.truth)), self.answered)
        chance = np.clip(Pooled().fit(self.lesson(weight)).predict(self.features.iloc[others]), 1e-6, 1 - 1e-6)
        return float(-np.log(np.where(self.truth[others] == 1, chance, 1 - chance)).mean())


def read_features(snapshot: Snapshot, election: Election) -> tuple[pd.DataFrame, tuple[str, ...], Vocabulary]:
    """Features of who may be scored, the names of the categories and their words."""
    blocks = [snapshot.read_voters(part) for part in snapshot.parts]
    categories = category_columns(snapshot.extras)
    vocabulary = learn_vocabulary(blocks, categories)
    surroundings = learn_surroundings(
        blocks,
        calendar=snapshot.calendar,
        coming=[election],
        extras=snapshot.extras,
        results=snapshot.read_results(),
        vocabulary=vocabulary,
    )[election]
    pieces = [
        build_features(block, as_of=election.date, surroundings=surroundings)[exclusion_reasons(block, election) == ""]
        for block in blocks
    ]
    return pd.concat(pieces), categories, vocabulary


def open_county(seed: int, voters: int) -> World:
    """A synthetic county, as its files tell it."""
    county = synthesise_county(voters=voters, seed=seed)
    with TemporaryDirectory(prefix="propensity-weights-") as folder:
        paths = write_county(county, Path(folder) / "files")
        campaign = init_campaign(Path(folder) / "campaign", name="Weights", election=county.election)
        import_voters(campaign, paths["voters"], mapping=read_mapping(paths["mapping"]), today=county.taken)
        import_history(campaign, paths["history"], today=county.taken)
        import_survey(campaign, paths["survey"], today=county.taken)
        import_results(campaign, paths["results"], today=county.taken)
        snapshot = open_snapshot(campaign)
        features, categories, vocabulary = read_features(snapshot, county.election)
        label = support_labels(snapshot.read_survey(), county.election).label
    label = label[label.index.isin(features.index)]
    truth = county.truth.set_index("voter_id")["supports"].reindex(features.index).to_numpy(np.float64)
    rows = features.index.get_indexer(label.index)
    return World(features, truth, rows, label.to_numpy(np.float64), categories, vocabulary)


def open_ces(folder: Path, *, party: bool) -> World:
    """The two-party voters of the CES, all of whom answered; with the columns a voter file has."""
    ces = pd.read_parquet(folder / "ces2022_votechoice.parquet")
    ces = ces[ces["vote2020"].isin(["Biden", "Trump"])].reset_index(drop=True)
    lean = ces["pid7"].fillna(4)
    voters = pd.DataFrame(
        {
            "voter_id": [f"{row:08d}" for row in range(len(ces))],
            "birth_year": ces["birthyr"].astype(int),
            "sex": ces["gender"].astype(str).str[0],
            "county": ces["state_fips"].astype(str),
            "urbanicity": ces["urbancity"].astype(str),
        }
    )
    if party:
        voters["party"] = np.select([lean <= 3, lean >= 5], ["DEM", "REP"], "UNA")
    with TemporaryDirectory(prefix="propensity-weights-") as work:
        voters.to_csv(Path(work) / "voters.csv", index=False)
        campaign = init_campaign(Path(work) / "campaign", name="Weights", election=CES_ELECTION)
        mapping = Mapping(extra={"urbanicity": "category"})
        import_voters(campaign, Path(work) / "voters.csv", mapping=mapping, today=ANSWER_DAY)
        features, categories, vocabulary = read_features(open_snapshot(campaign), CES_ELECTION)
    side = pd.Series((ces["vote2020"] == "Biden").to_numpy(np.float64), index=voters["voter_id"])
    truth = side.reindex(features.index).to_numpy(np.float64)
    return World(features, truth, np.arange(len(truth)), truth, categories, vocabulary)


def reach_keenness(world: World, seed: int) -> Doubles:
    """How easily each row of the CES is reached where volunteers reach the old, one party and some states more."""
    rng = np.random.default_rng([seed, 2])
    number = {name: world.features[name].fillna(0).to_numpy(int) for name in world.categories if name in world.features}
    pull = 0.02 * world.features["age"].fillna(50).to_numpy(np.float64)
    for name, spread in (("county", 0.7), ("party", 0.6), ("extra_urbanicity", 0.3)):
        pull = pull + rng.normal(0, spread, number[name].max() + 1)[number[name]]
    return pull


def draw(world: World, rows: int, seed: int, keenness: Doubles | float = 0.0) -> World:
    """That many of the answers, drawn at random, or with chances that grow with keenness."""
    luck = np.random.default_rng([seed, 1]).gumbel(size=len(world.answered))
    return world.only(np.sort(np.argsort(-(keenness + luck), kind="stable")[:rows]))


def estimate(world: World) -> dict[str, float]:
    """Every estimate of support there is, the truth, and what the weights are like."""
    weights = world.weigh()
    told = weights.describe(world.heard)
    alike = np.ones(len(world.heard))
    figures = {
        "truth": float(world.truth.mean()),
        "answers": told.unweighted_mean,
        "weighted answers": told.weighted_mean,
    }
    figures |= {
        "low": told.low,
        "high": told.high,
        "rows": told.rows,
        "effective": told.effective_size,
        "gap": told.gap,
    }
    for name, weight in (("model", alike), ("model trained weighted", weights.weight)):
        model = Pooled().fit(world.lesson(weight))
        left = world.heard - model.predict(world.features.iloc[world.answered])
        figures[name] = float(model.predict(world.file).mean())
        figures[f"{name} + weighted residuals"] = figures[name] + float(np.average(left, weights=weights.weight))
    return figures


def show_estimates(title: str, found: pd.DataFrame, console: Console) -> None:
    """How far each estimate is from the truth, and how often it is closer than the plain answers."""
    names = [name for name in found if name.startswith(("answers", "weighted", "model"))]
    off = found[names].sub(found["truth"], axis=0)
    table = Table("estimate", "mean error", "RMSE", "closer than answers", box=None, title=title, title_justify="left")
    for name in names:
        closer = int((off[name].abs() < off["answers"].abs()).sum())
        table.add_row(
            name, f"{off[name].mean():+.4f}", f"{np.sqrt((off[name] ** 2).mean()):.4f}", f"{closer}/{len(off)}"
        )
    console.print(table)
    covered = ((found["low"] <= found["truth"]) & (found["truth"] <= found["high"])).mean()
    sizes = f"{found['rows'].mean():.0f} answers are worth {found['effective'].mean():.0f}"
    console.print(f"{sizes}; widest gap {found['gap'].max():.4f}; intervals that cover {covered:.0%}\n")


def compare_training(worlds: Iterator[World]) -> pd.DataFrame:
    """Log loss on everybody else for each way to train, one row a world."""
    rows = []
    for world in worlds:
        weight = world.weigh().weight
        rows.append({name: world.log_loss(weight**power) for name, power in TRAINED.items()})
    return pd.DataFrame(rows)


def show_training(title: str, found: pd.DataFrame, table: Table) -> None:
    more = found.sub(found["unweighted"], axis=0)
    cells = [f"{found['unweighted'].mean():.4f}"]
    for name in list(TRAINED)[1:]:
        cells.append(f"{more[name].mean():+.4f} ± {more[name].std() / np.sqrt(len(more)):.4f}")
    table.add_row(title, *cells)


def main() -> None:
    arguments = [int(word) for word in sys.argv[1:]]
    seeds, voters = (arguments + [SEEDS, VOTERS][len(arguments) :])[:2]
    console, few = Console(highlight=False, width=120), range(1, max(4, seeds // 12) + 1)
    found = pd.DataFrame([estimate(open_county(seed, voters)) for seed in range(1, seeds + 1)])
    show_estimates(f"Support in {seeds} counties of {voters:,} voters", found, console)
    training = Table("log loss of training", *TRAINED, box=None)
    for rows in SIZES:
        counties = (draw(open_county(seed, 40 * max(rows, 1_000)), rows, seed) for seed in few)
        show_training(f"county, {rows:,} answers", compare_training(counties), training)
    if real := os.environ.get("PROPENSITY_REAL_DATA"):
        for party in (True, False):
            ces, words = open_ces(Path(real), party=party), "with party" if party else "without party"
            for rows in SIZES:
                drawn = (draw(ces, rows, seed) for seed in few)
                show_training(f"CES, {words}, random {rows:,}", compare_training(drawn), training)
                biased = [draw(ces, rows, seed, reach_keenness(ces, seed)) for seed in few]
                show_training(f"CES, {words}, biased {rows:,}", compare_training(iter(biased)), training)
                show_estimates(f"CES, {words}, biased {rows:,}", pd.DataFrame(map(estimate, biased)), console)
    console.print(training)


if __name__ == "__main__":
    main()
