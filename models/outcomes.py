"""What is predicted: an outcome is a declaration, and nothing else in the code asks which one it is."""

from dataclasses import dataclass
from typing import Literal

from models.boosted import Boosted
from models.gates import BASE_RATE
from models.logistic import Logistic
from models.pooled import Pooled
from models.rates import Rate
from models.reversals import CERTIFIED_RESULTS, PAST_VOTES, Expected

Recipe = Pooled | Logistic | Boosted | Rate


@dataclass(frozen=True)
class Outcome:
    """An outcome: where its labels come from, which recipes compete to predict it, which rules they must beat.

    `labels` is `replay` (past elections like the coming one, judged forward in time) or `survey` (answers, judged by
    folds that keep households together). `expected` is what labels must show if they are the right way round.
    `stated_mean` names the campaign's setting that states the outcome's mean. `did` says what a positive did.
    """

    name: str
    meaning: str
    labels: Literal["replay", "survey"]
    recipes: tuple[Recipe, ...]
    rules: tuple[Recipe, ...]
    expected: Expected = Expected()
    did: str = "did it"
    stated_mean: str | None = None

    def recipes_for(self, labels: int) -> tuple[Recipe, ...]:
        """The recipes worth trying on so many labels."""
        return tuple(recipe for recipe in self.recipes if not isinstance(recipe, Boosted) or recipe.fewest <= labels)


# What a data scientist has in five minutes.
PLAIN = Logistic(1.0, bends=False, name="plain logistic")

TURNOUT = Outcome(
    "turnout",
    "the chance to vote in the coming election",
    "replay",
    recipes=(Logistic(0.1), Boosted(trees=300, leaves=15, smallest_leaf=100)),
    rules=(Rate(BASE_RATE), Rate("vote count", "votes_of_last_4"), PLAIN),
    expected=PAST_VOTES,
    did="voted",
    stated_mean="expected_turnout",
)

SUPPORT = Outcome(
    "support",
    "the chance to support the campaign if voting",
    "survey",
    recipes=(
        Pooled(),
        Logistic(0.1, bends=False),
        Boosted(trees=80, leaves=4, rate=0.05, smallest_leaf=20, threads=1, fewest=600),
        Boosted(trees=150, leaves=6, rate=0.05, smallest_leaf=40, threads=1, fewest=2_000),
    ),
    rules=(Rate(BASE_RATE), Rate("party", "party"), PLAIN),
    expected=CERTIFIED_RESULTS,
    did="support the campaign",
)

OUTCOMES = (TURNOUT, SUPPORT)
