"""Who answers: a model of the difference between those who answered and the file, and the weights that undo it."""

import numpy as np
import pandas as pd

from models.pooled import Pooled
from models.training_set import Doubles, TrainingSet

# More of the file tells hardly more of it, and costs time.
REFERENCE_ROWS = 4_000


def undo_response(answered: pd.DataFrame, file: pd.DataFrame, categories: tuple[str, ...]) -> Doubles:
    """Weights inverse to the odds of being among the answered rather than drawn from the file; mean 1, positive.

    `file` is a random sample of the file in no order, of which the first rows are enough. The model pools its terms
    towards no difference, so that a random sample weighs alike. Shape (answered rows,), same order.
    """
    reference = file.iloc[:REFERENCE_ROWS]
    features = pd.concat([answered, reference], ignore_index=True)
    label = np.repeat([1.0, 0.0], [len(answered), len(reference)])
    rows = len(label)
    data = TrainingSet(features, label, np.ones(rows), np.arange(rows), np.zeros(rows, np.int64), categories)
    chance = np.clip(Pooled().fit(data).predict(answered), 1e-6, 1 - 1e-6)
    odds = chance / (1 - chance)
    return np.asarray((1 / odds) / (1 / odds).mean())
