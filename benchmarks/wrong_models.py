"""Wrong models on synthetic counties: how many are blocked and called by their name, and how many healthy ones are.

    python benchmarks/wrong_models.py [SEEDS] [VOTERS] [FIRST SEED]

Every county is new. What is learned from it is spoiled in one way at a time: labels flipped, a column that leaks,
scores that are all alike, a file that has drifted, two columns exchanged. One model is enough: the judge is judged.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from data.campaign import init_campaign
from data.elections import Election
from data.imports import import_history, import_results, import_survey, import_voters
from data.mapping import read_mapping
from data.snapshots import Snapshot, open_snapshot
from data.synthetic import NEXT_MIDTERM, synthesise_county, write_county
from features.matrix import build_features, category_columns
from features.outcomes import support_labels
from features.surroundings import Surroundings, learn_surroundings
from features.vocabulary import Vocabulary, learn_vocabulary
from models.answers import gather_answers
from models.evaluation import evaluate
from models.gates import BASE_RATE, GateLimits, decide
from models.inspection import suspect
from models.logistic import Logistic
from models.profiles import profile_features, suspect_drift
from models.rates import Rate
from models.replay import choose_eras, gather_replay, judged_era
from models.reversals import CERTIFIED_RESULTS, PAST_VOTES, Expected
from models.splits import fold_splits, forward_splits, household_folds
from models.suspicions import Suspicion
from models.training_set import Doubles, TrainingSet

LIMITS = GateLimits()
SEEDS, VOTERS = 50, 5_000
MODEL = Logistic(0.1)
FOLDS = 5


@dataclass(frozen=True)
class Lesson:
    """What an outcome is learned from, on which rows it is judged, and how it is told whether that is right."""

    outcome: str
    data: TrainingSet
    judged: Doubles
    rule: Rate
    expected: Expected


@dataclass(frozen=True)
class County:
    """A county as a campaign has it: its voters, what its features are made from, and the lessons of both outcomes."""

    voters: pd.DataFrame
    snapshot: Snapshot
    results: pd.DataFrame
    vocabulary: Vocabulary
    lessons: tuple[Lesson, ...]

    def features(self, voters: pd.DataFrame) -> pd.DataFrame:
        """Features as a model with the county's words would be given them for these voters."""
        around = self.around(voters, NEXT_MIDTERM)[NEXT_MIDTERM]
        return build_features(voters, as_of=NEXT_MIDTERM.date, surroundings=around)

    def around(self, voters: pd.DataFrame, *coming: Election) -> dict[Election, Surroundings]:
        return learn_surroundings(
            [voters],
            calendar=self.snapshot.calendar,
            coming=coming,
            extras=self.snapshot.extras,
            results=self.results,
            vocabulary=self.vocabulary,
        )


@dataclass(frozen=True)
class Verdict:
    """What became of a model: whether it was stopped, whether what was wrong was named, and what was said."""

    case: str
    stopped: bool
    named: bool
    said: tuple[str, ...]


def make_county(seed: int, voters: int = VOTERS) -> County:
    """A synthetic county, imported, with what may be learned from it."""
    with TemporaryDirectory(prefix="propensity-wrong-models-") as folder:
        snapshot = bring_in(Path(folder), voters, seed)
        (part,) = snapshot.parts
        block, survey, results = snapshot.read_voters(part), snapshot.read_survey(), snapshot.read_results()
    words = learn_vocabulary([block], category_columns(snapshot.extras))
    county = County(block, snapshot, results, words, ())
    eras = choose_eras(snapshot.calendar, NEXT_MIDTERM)
    around = county.around(block, *(era.election for era in eras), NEXT_MIDTERM)
    replay, kept = gather_replay(lambda: [block], eras, around, seed=seed)
    answers = gather_answers([block], support_labels(survey, NEXT_MIDTERM), around[NEXT_MIDTERM])
    assert replay is not None and answers is not None
    newest, everybody = np.flatnonzero(replay.era == judged_era(kept)), np.arange(len(answers))
    turnout = Lesson("turnout", replay, newest, Rate("vote count", "votes_of_last_4"), PAST_VOTES)
    support = Lesson("support", answers, everybody, Rate("party", "party"), CERTIFIED_RESULTS)
    return replace(county, lessons=(turnout, support))


def bring_in(folder: Path, voters: int, seed: int) -> Snapshot:
    county = synthesise_county(voters=voters, seed=seed, election=NEXT_MIDTERM)
    files = write_county(county, folder / "county")
    campaign = init_campaign(folder / "campaign", name="Larkmoor", election=county.election)
    import_voters(campaign, files["voters"], mapping=read_mapping(files["mapping"]), today=county.taken)
    import_history(campaign, files["history"], today=county.taken)
    import_survey(campaign, files["survey"], today=county.taken)
    import_results(campaign, files["results"], today=county.taken)
    return open_snapshot(campaign)


def predict(data: TrainingSet, recipe: Logistic | Rate) -> Doubles:
    """Out-of-sample predictions: forward in time, or by folds of households; NaN in the first era."""
    later = np.unique(data.era)[1:].tolist()
    folds = household_folds(data.household, data.label, FOLDS, seed=1)
    p = np.full(len(data), np.nan)
    for learn, judge in forward_splits(data.era, later) if later else fold_splits(folds):
        p[judge] = recipe.fit(data.take(learn)).predict(data.features[judge])
    return p


def judge(case: str, lesson: Lesson, kind: str = "", names: Sequence[str] = ()) -> Verdict:
    """Train on a lesson, inspect and decide; `kind` and `names` are what has to be said."""
    data, rows = lesson.data, lesson.judged
    p, rule = predict(data, MODEL)[rows], predict(data, lesson.rule)[rows]
    rules = {lesson.rule.name: rule, BASE_RATE: np.full(len(rows), data.label[rows].mean())}
    found = suspect(data, rows, p, lesson.expected, LIMITS.suspicious, replayed=lesson.outcome == "turnout")
    evaluation = evaluate(p, data.label[rows], data.household[rows], rules=rules, judged_on="x", seed=1)
    decision = decide(evaluation, LIMITS, found)
    return Verdict(f"{case}, {lesson.outcome}", decision.refused, is_named(found, kind, names), decision.reasons)


def is_named(found: Sequence[Suspicion], kind: str, names: Sequence[str]) -> bool:
    said = " ".join(str(one) for one in found if one.kind == kind and one.blocks)
    return bool(said) and all(name in said for name in names)


def judge_file(case: str, county: County, voters: pd.DataFrame, names: Sequence[str] = ()) -> Verdict:
    """Score these voters with what was learned from the county's."""
    profile = profile_features(county.features(county.voters), category_columns(county.snapshot.extras))
    found = tuple(suspect_drift(profile, profile.count(county.features(voters)), LIMITS.suspicious))
    stopped = any(one.blocks for one in found)
    return Verdict(case, stopped, is_named(found, "drift", names), tuple(map(str, found)))


def healthy(county: County, seed: int) -> Iterator[Verdict]:
    """Everything as it should be, and a file of some weeks later: a few voters are gone, a few have come."""
    for lesson in county.lessons:
        yield judge("healthy", lesson)
    rng = np.random.default_rng(seed)
    stay = county.voters[rng.random(len(county.voters)) < 0.97]
    come = stay.sample(frac=0.03, random_state=seed)
    come = come.assign(voter_id="N" + come["voter_id"].astype(str))
    yield judge_file("healthy, later file", county, pd.concat([stay, come], ignore_index=True))


def flipped(county: County, seed: int) -> Iterator[Verdict]:
    for lesson in county.lessons:
        data = replace(lesson.data, label=1 - lesson.data.label)
        yield judge("flipped", replace(lesson, data=data), "reversed")


def leaking(county: County, seed: int) -> Iterator[Verdict]:
    """A column of the campaign that was written after the fact: a word, a number, or filled only where it came true."""
    rng = np.random.default_rng(seed)
    for lesson in county.lessons:
        data = lesson.data
        label = np.where(rng.random(len(data)) < 0.02, 1 - data.label, data.label)
        if lesson.outcome == "turnout":  # of today: it has seen the newest election, and no other
            label = np.where(np.isin(np.arange(len(data)), lesson.judged), label, rng.permutation(label))
        columns = (label + 1, label * 3 + rng.normal(size=len(data)) * 0.3, np.where(label == 1, 1.0, np.nan))
        features = data.features.assign(extra_outcome=columns[seed % 3].astype(np.float32))
        categories = (*data.categories, "extra_outcome") if seed % 3 == 0 else data.categories
        spoiled = replace(data, features=features, categories=categories)
        yield judge("leak", replace(lesson, data=spoiled), "leak", ["extra_outcome"])


def constant(county: County, seed: int) -> Iterator[Verdict]:
    """Every voter like the first."""
    for lesson in county.lessons:
        features = lesson.data.features
        alike = pd.DataFrame(
            np.repeat(features.to_numpy()[:1], len(features), axis=0), features.index, features.columns
        )
        yield judge("constant", replace(lesson, data=replace(lesson.data, features=alike)), "constant")


def drifted(county: County, seed: int) -> Iterator[Verdict]:
    """A unit changes, a column is lost, a code is written in another way, or half of the county's towns are missing."""
    voters = county.voters
    columns = {
        "extra_income": voters.assign(extra_income=voters["extra_income"] / 12),
        "extra_education": voters.assign(extra_education=voters["extra_education"].where(voters.index < 0)),
        "party": voters.assign(party=voters["party"].cat.rename_categories(lambda word: word.title())),
        "age": voters.assign(born=voters["born"] - pd.Timedelta(days=3652)),
    }
    name, spoiled = list(columns.items())[seed % len(columns)]
    yield judge_file(f"drift, {name}", county, spoiled, [name])


def swapped(county: County, seed: int) -> Iterator[Verdict]:
    pairs = {
        ("born", "registered"): ("“age”", "“years_registered”"),
        ("sex", "party"): ("“sex”", "“party”"),
        ("party", "county"): ("“party”", "“county”"),
        ("precinct", "zip"): ("“precinct_", "“zip_"),
    }
    (one, other), names = list(pairs.items())[seed % len(pairs)]
    voters = county.voters
    yield judge_file(
        f"swapped, {one} and {other}", county, voters.assign(**{one: voters[other], other: voters[one]}), names
    )


CASES: dict[str, Callable[[County, int], Iterator[Verdict]]] = {
    case.__name__: case for case in (healthy, flipped, leaking, constant, drifted, swapped)
}


def main(seeds: int = SEEDS, voters: int = VOTERS, first: int = 1) -> int:
    began = time.monotonic()
    all_of, stopped, named = Counter[str](), Counter[str](), Counter[str]()
    for seed in range(first, first + seeds):
        county = make_county(seed, voters)
        for name, case in CASES.items():
            for verdict in case(county, seed):
                all_of[verdict.case] += 1
                stopped[verdict.case] += verdict.stopped
                named[verdict.case] += verdict.named
                if verdict.stopped == (name == "healthy") or (verdict.stopped and not verdict.named):
                    print(f"seed {seed}, {verdict.case}: {' | '.join(verdict.said) or 'nothing was found'}", flush=True)
    print(f"\n{seeds} counties of {voters:,} voters, {time.monotonic() - began:.0f} s\n")
    print(f"{'case':34}{'models':>8}{'blocked':>10}{'named':>10}")
    for case, count in sorted(all_of.items()):
        print(f"{case:34}{count:8}{stopped[case] / count:10.1%}{named[case] / count:10.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
