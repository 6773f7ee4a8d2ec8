"""The models that the speed benchmarks score with: large ones, learned from the nation's first voters, trained once."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from nation import NationFiles
from nation_people import CALENDAR, COMING, Nation

from data.elections import Election
from data.snapshots import Snapshot, open_snapshot
from features.matrix import build_features, category_columns
from features.surroundings import Surroundings, learn_surroundings
from features.view import View
from features.vocabulary import learn_vocabulary
from models.boosted import Boosted
from models.calibration import Line
from models.model import PropensityModel
from models.training_set import TrainingSet
from pipelines.model_store import store_model
from pipelines.records import OutcomeRecord, Training, training_path, write_record

PARTS = 3  # 300,000 voters
SIZES = {"turnout": (500, 63), "support": (300, 31)}  # trees and leaves
LINES = {"turnout": Line(1.04, -0.12), "support": Line(0.93, 0.05)}
LAST_GENERAL = max(election for election in CALENDAR if election.type == "general")


def ensure_models(files: NationFiles, nation: Nation, sizes: Mapping[str, tuple[int, int]] = SIZES) -> None:
    """Have the campaign a training whose models may score, as a run would leave it."""
    campaign = files.campaign
    if training_path(campaign.root).exists():
        return
    snapshot = open_snapshot(campaign)
    blocks = [snapshot.read_voters(part) for part in snapshot.parts[:PARTS]]
    around = _learn(snapshot, blocks)
    records = {}
    for outcome, data in _lessons(blocks, around, nation, category_columns(snapshot.extras)):
        trees, leaves = sizes[outcome]
        fitted = Boosted(trees=trees, leaves=leaves, rate=0.05).fit(data)
        words = around[COMING].vocabulary
        model = PropensityModel(outcome, fitted.columns, ((1.0, fitted),), LINES[outcome], words)
        records[outcome] = OutcomeRecord("model", (), store_model(campaign, model))
    write_record(training_path(campaign.root), Training("benchmark", snapshot.digest, COMING, 1, records))


def _learn(snapshot: Snapshot, blocks: list[pd.DataFrame]) -> dict[Election, Surroundings]:
    return learn_surroundings(
        blocks,
        calendar=snapshot.calendar,
        coming=[LAST_GENERAL, COMING],
        extras=snapshot.extras,
        results=snapshot.read_results(),
        vocabulary=learn_vocabulary(blocks, category_columns(snapshot.extras)),
    )


def _lessons(
    blocks: list[pd.DataFrame], around: Mapping[Election, Surroundings], nation: Nation, categories: tuple[str, ...]
) -> Iterator[tuple[str, TrainingSet]]:
    """Who voted in the last general as of its day, and who backs our side as of today."""
    number = CALENDAR.index(LAST_GENERAL)
    voted = np.concatenate([View(block, CALENDAR, COMING).voted_in(number) for block in blocks])
    support = np.concatenate([nation.draw(i).support for i in range(len(blocks))])
    for outcome, label, election in (("turnout", voted, LAST_GENERAL), ("support", support, COMING)):
        made = [build_features(b, as_of=election.date, surroundings=around[election]) for b in blocks]
        features, known = pd.concat(made), ~np.isnan(label.astype(np.float64))
        same = np.zeros(len(features), np.int64)
        data = TrainingSet(features, label.astype(np.float64), np.ones(len(features)), same, same, categories)
        yield outcome, data.take(known)
