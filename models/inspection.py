"""Inspecting a trained outcome: every check there is on labels, columns and predictions, before the gate decides."""

from collections.abc import Sequence
from datetime import date
from itertools import chain

import numpy as np

from models.leaks import suspect_columns, suspect_dates, suspect_foresight, suspect_model, tell_each
from models.reversals import Expected, suspect_reversal
from models.suspicions import Suspicion, SuspicionLimits, suspect_labels, suspect_scores
from models.training_set import Doubles, TrainingSet, Whole


def suspect(
    data: TrainingSet,
    rows: Whole,
    p: Doubles,
    expected: Expected,
    limits: SuspicionLimits,
    *,
    replayed: bool,
    days: Sequence[date] = (),
    previous: Doubles | None = None,
) -> tuple[Suspicion, ...]:
    """Everything that is suspect about a training set and the out-of-sample predictions `p` of its judged `rows`.

    `replayed` says that labels are of past elections, on the `days` by era, while the campaign's columns are of
    today. `previous` are an earlier model's scores of all rows, NaN where it has none.
    """
    label, tellings = data.label[rows], tell_each(data)
    checks = [suspect_labels(label), suspect_scores(p, limits), suspect_columns(tellings, limits)]
    if replayed:
        checks += [suspect_foresight(tellings, limits), suspect_dates(data, days)]
    if np.isfinite(p).all():
        checks.append(suspect_model(p, label, data.household[rows], tellings, limits))
    return tuple(chain(*checks, suspect_reversal(data, previous, expected, limits)))
