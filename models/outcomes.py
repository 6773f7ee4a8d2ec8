"""What is predicted: an outcome is a declaration, and nothing else in the code asks which one it is."""

from dataclasses import dataclass
from typing import Literal

from models.boosted import Boosted
from models.gates import BASE_RATE
from models.logistic import Logistic
from models.pooled import Pooled
from models.rates import Rate

Recipe = Pooled | Logistic | Boosted | Rate


@dataclass(frozen=True)
class Outcome:
    """An outcome: where its labels come from, which recipes compete to predict it, which rules they must beat.

    `labels` is `replay` (past elections like the coming one, judged forward in time) or `survey` (answers, judged by
    folds that keep households together). `stated_mean` names the campaign's setting that states the outcome's mean.
    """

    name: str
    meaning: str
    labels: Literal["replay", "survey"]
    recipes: tuple[Recipe, ...]
    rules: tuple[Recipe, ...]
    stated_mean: str | None = None


# What a data scientist has in five minutes.
PLAIN = Logistic(1.0, bends=False, name="plain logistic")

TURNOUT = Outcome(
    "turnout",
    "the chance to vote in the coming election",
    "replay",
    recipes=(Logistic(1.0), Boosted(trees=300, leaves=15, smallest_leaf=100)),
    rules=(Rate(BASE_RATE), Rate("vote count", "votes_of_last_4"), PLAIN),
    stated_mean="expected_turnout",
)

SUPPORT = Outcome(
    "support",
    "the chance to support the campaign if voting",
    "survey",
    recipes=(Pooled(), Logistic(0.1), Boosted(trees=80, leaves=4, rate=0.05, smallest_leaf=20, threads=1)),
    rules=(Rate(BASE_RATE), Rate("party", "party"), PLAIN),
)

OUTCOMES = (TURNOUT, SUPPORT)
