"""Reasons for the people who are listed: explained part by part, told as numbers of phrases that lists print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.errors import PropensityError
from data.snapshots import Part, Snapshot
from features.household import door_keys
from features.matrix import features_of, features_of_some
from features.surroundings import Surroundings
from lists.wording import MOST_OF_AN_OUTCOME, PHRASES, towards
from models.fast_scorer import FastScorer
from models.model import PropensityModel
from models.reasons import Explainer, learn_explainer, strongest_reasons
from pipelines.plan import plan_of
from pipelines.records import Scoring
from pipelines.reference import read_reference
from pipelines.run import Run

REFERENCE_VOTERS = 5_000
WEAKEST = 0.1  # on the logit scale: at most 2.5 points of 100


def learn_teller(run: Run, snapshot: Snapshot, scoring: Scoring, trusted: Sequence[str]) -> "Teller | None":
    """Who tells the reasons for the scores of the trusted outcomes; None where no such score was made by a model."""
    plan = plan_of(run.campaign.root, scoring)
    models = {name: plan.models[name] for name in PHRASES if name in trusted}
    if not models:
        return None
    return Teller(snapshot, plan.surroundings, learn_explainers(snapshot, plan.surroundings, models), plan.scorer)


def learn_explainers(
    snapshot: Snapshot, surroundings: Surroundings, models: Mapping[str, PropensityModel]
) -> dict[str, Explainer]:
    """An explainer per model, against the average of a sample of the voters who may be scored."""
    reference = read_reference(snapshot, surroundings, REFERENCE_VOTERS)
    declared = features_of(snapshot.extras)
    return {name: learn_explainer(model, reference, declared) for name, model in models.items()}


@dataclass(frozen=True)
class Teller:
    """Tells why the listed voters of a part have their scores."""

    snapshot: Snapshot
    surroundings: Surroundings
    explainers: Mapping[str, Explainer]
    scorer: FastScorer

    @cached_property
    def phrases(self) -> tuple[str, ...]:
        """Everything that can be said, each once, beginning with "": a few hundred texts."""
        sayings = (saying for explainer in self.explainers.values() for saying in explainer.sayings)
        return ("", *sorted({text for saying in sayings for text in saying.words.texts(aloud=True)} - {""}))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of what is told."""
        numbers = range(1, MOST_OF_AN_OUTCOME + 1)
        return tuple(f"{outcome}_{number}" for outcome in self.explainers for number in numbers)

    def tell_part(self, part: Part, scores: pd.DataFrame) -> pd.DataFrame:
        """The strongest reasons per outcome, `<outcome>_1` and `_2`, of some voters of the part: numbers of `phrases`.

        `scores` has one row per voter, `voter_id` and `<outcome>_score`, by ascending places in the part; so has the
        result. Raises PropensityError where other voters are at these places.
        """
        voters = self.snapshot.read_voters(part)
        wanted = np.zeros(len(voters), bool)
        wanted[scores.index] = True
        if not np.array_equal(voters["voter_id"].to_numpy(object)[wanted], scores["voter_id"].to_numpy(object)):
            raise PropensityError(
                "the scores are not of the voters of this snapshot; score again with `propensity run`"
            )
        features = features_of_some(voters, door_keys(voters), wanted, surroundings=self.surroundings)
        shifts = {outcome: one.model.shift_areas(voters[wanted]) for outcome, one in self.explainers.items()}
        predicted = self.scorer.predict(features, shifts)
        told: dict[str, NDArray[np.int16]] = {}
        for outcome, explainer in self.explainers.items():
            explained = explainer.explain(features, shifts[outcome], predicted[outcome])
            texts = explainer.say(features, explained, "volunteer")
            which = towards(outcome, scores[f"{outcome}_score"].to_numpy(np.float64))
            reasons = strongest_reasons(explained.parts, texts, which, MOST_OF_AN_OUTCOME, WEAKEST)
            told |= {f"{outcome}_{number}": self._number(column) for number, column in enumerate(reasons.T, start=1)}
        return pd.DataFrame(told, index=scores.index)

    def _number(self, texts: NDArray[np.object_]) -> NDArray[np.int16]:
        return np.asarray(pd.Index(self.phrases).get_indexer(texts), np.int16)
