"""Reasons for the people who are listed: explained part by part, told as words that lists print as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.campaign import Campaign
from data.parts import read_verified
from data.snapshots import Part, Snapshot
from features.household import door_keys
from features.matrix import build_features, features_of
from features.surroundings import Surroundings
from lists.ranking import RankedList, give_reasons
from lists.wording import MOST_OF_AN_OUTCOME, PHRASES, towards
from models.model import PropensityModel, read_model
from models.reasons import Explainer, learn_explainer, strongest_reasons
from pipelines.engine import Each
from pipelines.records import Scoring
from pipelines.reference import read_reference
from pipelines.run import Run
from pipelines.score import gather_coming

REFERENCE_VOTERS = 5_000
WEAKEST = 0.1  # on the logit scale: at most 2.5 points of 100


def tell_reasons(
    run: Run, each: Each, snapshot: Snapshot, scoring: Scoring, trusted: Sequence[str], ranked: list[RankedList]
) -> list[RankedList]:
    """The same lists, with the reasons of each listed voter beside the scores of the trusted outcomes."""
    scored = scored_with(run.campaign, scoring)
    models = {name: scored[name] for name in PHRASES if name in trusted}
    if not models or not any(one.counts.people for one in ranked):
        return ranked
    columns = ["voter_id", *(f"{name}_score" for name in models)]
    listed = pd.concat([one.frame[columns] for one in ranked]).drop_duplicates("voter_id").set_index("voter_id")
    surroundings = gather_coming(run, snapshot, models)
    teller = Teller(snapshot, surroundings, learn_explainers(snapshot, surroundings, models), listed)
    told = pd.concat(each(teller.tell_part, run.watch("reasons", snapshot.parts, lambda part: part.rows)))
    return [give_reasons(one, told) for one in ranked]


def scored_with(campaign: Campaign, scoring: Scoring) -> dict[str, PropensityModel]:
    """The models that a scoring was made with, by outcome, each checked against its digest."""
    folder = campaign.root / "models"
    return {
        name: read_model(read_verified(folder / f"{digest}.json", digest)) for name, digest in scoring.models.items()
    }


def learn_explainers(
    snapshot: Snapshot, surroundings: Surroundings, models: Mapping[str, PropensityModel]
) -> dict[str, Explainer]:
    """An explainer per model, against the average of a sample of the voters who may be scored."""
    reference = read_reference(snapshot, surroundings, REFERENCE_VOTERS)
    declared = features_of(snapshot.extras)
    return {name: learn_explainer(model, reference, declared) for name, model in models.items()}


def features_of_some(voters: pd.DataFrame, surroundings: Surroundings, wanted: NDArray[np.bool_]) -> pd.DataFrame:
    """The features of the `wanted` voters of a block, computed from their households alone.

    They are what `build_features` makes of them within the whole block: all that a feature needs of the other voters
    is in the household or in the surroundings.
    """
    doors = door_keys(voters)
    behind = np.isin(doors, doors[wanted])
    features = build_features(voters[behind], as_of=surroundings.coming.date, surroundings=surroundings)
    return features[wanted[behind]]


@dataclass(frozen=True)
class Teller:
    """Tells why the listed voters of a part have their scores; `listed` has their scores, indexed by voter_id."""

    snapshot: Snapshot
    surroundings: Surroundings
    explainers: Mapping[str, Explainer]
    listed: pd.DataFrame

    def tell_part(self, part: Part) -> pd.DataFrame:
        """The strongest reasons per outcome in words, `<outcome>_1` and `_2`, of the part's listed voters, by id."""
        voters = self.snapshot.read_voters(part)
        wanted = voters["voter_id"].isin(self.listed.index).to_numpy()
        features = features_of_some(voters, self.surroundings, wanted)
        scores = self.listed.loc[features.index]
        told: dict[str, NDArray[np.object_]] = {}
        for outcome, explainer in self.explainers.items():
            explained = explainer.explain(features, explainer.model.shift_areas(voters[wanted]))
            texts = explainer.say(features, explained, "volunteer")
            which = towards(outcome, scores[f"{outcome}_score"].to_numpy(np.float64))
            reasons = strongest_reasons(explained.parts, texts, which, MOST_OF_AN_OUTCOME, WEAKEST)
            told |= {f"{outcome}_{number}": column for number, column in enumerate(reasons.T, start=1)}
        return pd.DataFrame(told, index=features.index)
