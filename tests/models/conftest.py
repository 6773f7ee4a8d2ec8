"""Training sets with a known truth and small voter files, drawn by numpy."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from threadpoolctl import threadpool_limits

from data.elections import Calendar, Election, set_bits, words
from features.matrix import category_columns
from features.surroundings import Surroundings, learn_surroundings
from features.vocabulary import learn_vocabulary
from models.gates import BASE_RATE
from models.rates import FittedRate, Rate
from models.training_set import TrainingSet

NO_RESULTS = pd.DataFrame(
    {"area_type": [], "area": [], "votes_for": [], "votes_against": [], "election_date": pd.to_datetime([])}
)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices are small here: threads would only wait for each other."""
    with threadpool_limits(1):
        yield


@dataclass
class Witness:
    """A recipe that remembers whom it was shown, and predicts the share of positives among them."""

    name: str = "witness"
    shown: list[TrainingSet] = field(default_factory=list)

    def fit(self, data: TrainingSet) -> FittedRate:
        self.shown.append(data)
        return Rate(BASE_RATE).fit(data)


def make_training_set(
    rows: int = 600,
    *,
    seed: int = 1,
    effect: float = 1.5,
    eras: int = 1,
    levels: tuple[float, ...] = (),
    party: float = 1.5,
) -> TrainingSet:
    """Labels from logit = level + effect × age + party; `noise` has nothing to say, `age` is sometimes missing.

    Several eras are midterms, the newest of 2022; one era is a survey.
    """
    rng = np.random.default_rng(seed)
    age, noise = rng.normal(size=rows), rng.normal(size=rows)
    sides = rng.integers(0, 3, rows).astype(float)
    era = np.sort(np.arange(rows) % eras)
    level = np.asarray(levels or (0.0,) * eras)[era]
    chance = expit(level + effect * age + party * (sides == 1))
    features = pd.DataFrame(
        {
            "age": np.where(rng.random(rows) < 0.05, np.nan, age),
            "noise": noise,
            "party": np.where(rng.random(rows) < 0.02, np.nan, sides),
            "votes_of_last_4": np.clip(np.round(2 + age), 0, 4),
        }
    ).astype(np.float32)
    label = (rng.random(rows) < chance).astype(float)
    elections = midterms(eras) if eras > 1 else ()
    return TrainingSet(features, label, np.ones(rows), np.arange(rows) // 2, era, ("party",), elections)


def midterms(count: int) -> Calendar:
    """The last midterms before that of 2026."""
    return tuple(Election(date(2026 - 4 * ago, 11, 3), "general") for ago in range(count, 0, -1))


def make_set(columns: dict[str, object], label: object, *, categories: tuple[str, ...] = ()) -> TrainingSet:
    """A training set of the given columns and labels; every row weighs one, lives alone and is of era 0."""
    answers = np.asarray(label, np.float64)
    rows = len(answers)
    features = pd.DataFrame(columns, dtype=np.float32)
    return TrainingSet(features, answers, np.ones(rows), np.arange(rows), np.zeros(rows, np.int64), categories)


def make_apart(rows: int = 8_000, *, seed: int = 1, gap: float = 2.0) -> TrainingSet:
    """Labels from logit = x − gap for the first half, of an earlier election, with its offset told."""
    rng = np.random.default_rng(seed)
    x, offset = rng.normal(size=rows), np.where(np.arange(rows) < rows / 2, -gap, 0.0)
    data = make_set({"x": x, "four": np.round(x)}, rng.random(rows) < expit(x + offset))
    return replace(data, offset=offset)


def make_voters(n: int, calendar: Calendar, *, seed: int = 1, named: str = "v") -> pd.DataFrame:
    """A block as a snapshot reads it: two voters a door, all adults on the rolls of every election, half voting."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"voter_id": [f"{named}{i}" for i in range(n)]})
    years = rng.integers(1940, 2000, n)
    frame["born"] = pd.to_datetime([f"{year}-01-01" for year in years]).astype("datetime64[ms]")
    frame["registered"] = pd.Series(pd.to_datetime("2000-01-01"), index=frame.index).astype("datetime64[ms]")
    for name in ("sex", "party", "county", "precinct", "zip"):
        frame[name] = pd.Categorical(rng.choice(["A", "B"], n))
    frame["household_id"] = pd.Categorical([f"{named}H{i // 2}" for i in range(n)])
    frame["status"] = pd.Categorical(rng.choice(["active", "deceased"], n, p=[0.9, 0.1]))
    row, election = np.nonzero(rng.random((n, len(calendar))) < 0.5)
    everyone, every = np.nonzero(np.ones((n, len(calendar))))
    voted = set_bits(row, election, voters=n, count=len(calendar))
    rolls = set_bits(everyone, every, voters=n, count=len(calendar))
    for w in range(words(len(calendar))):
        frame[f"voted_{w}"], frame[f"rolls_{w}"] = voted[:, w], rolls[:, w]
    return frame


def learn_around(blocks: Iterable[pd.DataFrame], calendar: Calendar, *coming: Election) -> dict[Election, Surroundings]:
    """The surroundings of voters as of each election, without results or extra columns."""
    kept = list(blocks)
    vocabulary = learn_vocabulary(kept, category_columns({}))
    return learn_surroundings(
        kept, calendar=calendar, coming=coming, extras={}, results=NO_RESULTS, vocabulary=vocabulary
    )


@pytest.fixture
def make() -> Callable[..., TrainingSet]:
    return make_training_set


@pytest.fixture
def made_of() -> Callable[..., TrainingSet]:
    return make_set


@pytest.fixture
def apart() -> Callable[..., TrainingSet]:
    return make_apart


@pytest.fixture
def voters() -> Callable[..., pd.DataFrame]:
    return make_voters


@pytest.fixture
def around() -> Callable[..., dict[Election, Surroundings]]:
    return learn_around


@pytest.fixture
def witness() -> Witness:
    return Witness()
