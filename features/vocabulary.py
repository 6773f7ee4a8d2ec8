"""The words of each category, numbered once for training and scoring alike."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from features.view import coded

MOST_LEVELS = 200
FEWEST_VOTERS = 20

Vocabulary = dict[str, tuple[str, ...]]


def learn_vocabulary(blocks: Iterable[pd.DataFrame], columns: Sequence[str]) -> Vocabulary:
    """The words of each column, most frequent first; the rare and those past `MOST_LEVELS` left out."""
    counts: dict[str, Counter[str]] = {column: Counter() for column in columns}
    for block in blocks:
        for column, counter in counts.items():
            known = coded(block[column])
            _, *voters = np.bincount(known.codes.astype(np.intp) + 1, minlength=len(known.categories) + 1).tolist()
            counter.update(dict(zip(known.categories, voters, strict=True)))
    return {column: _frequent(counter) for column, counter in counts.items()}


def _frequent(counter: Counter[str]) -> tuple[str, ...]:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return tuple(str(word) for word, count in ordered[:MOST_LEVELS] if count >= FEWEST_VOTERS)
