"""What makes a model suspect: a finding that names what was found and what to do, and the plainest of the checks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.calibration import to_logit
from models.training_set import Doubles

Kind = Literal["leak", "reversed", "unchecked", "one class", "constant", "not a chance", "drift"]


@dataclass(frozen=True)
class Suspicion:
    """What was found, in words, and what to do about it; `blocks` says that nothing may be built on the model."""

    kind: Kind
    what: str
    remedy: str
    blocks: bool = True

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}; {self.remedy}"


@dataclass(frozen=True)
class SuspicionLimits:
    """Where suspicion begins; judgements, like the limits of the gate, which hold them.

    AUCs must be above their limit with their whole interval. `largest_column_auc` is for the campaign's own columns,
    which may hold anything; `largest_feature_auc` for the features of the file, of which party alone may tell nearly
    all. `surest` is the number of standard errors that a reversal must be away from nothing.
    """

    largest_auc: float = 0.98
    largest_feature_auc: float = 0.98
    largest_column_auc: float = 0.95
    foresight_auc: float = 0.75
    foresight_lead: float = 0.05
    surest: float = 2.33
    least_spread: float = 0.02
    most_alike: float = 0.99
    largest_psi: float = 0.25
    largest_missing_rise: float = 0.10
    largest_unseen_rise: float = 0.02


def suspect_labels(label: Doubles) -> Iterator[Suspicion]:
    """Labels of one class teach nothing."""
    if len(label) and label.min() == label.max():
        found = "positive" if label[0] == 1 else "negative"
        yield Suspicion(
            "one class",
            f"all {len(label):,} labels that judge the model are {found}",
            "check the codes of the answers or of the vote history, and that the other class was imported too",
        )


def suspect_scores(p: Doubles, limits: SuspicionLimits) -> Iterator[Suspicion]:
    """Scores that are no chances, or that hardly tell two voters apart."""
    if not len(p):
        return
    faulty = int((~((p >= 0) & (p <= 1))).sum())
    if faulty:
        what = f"{faulty:,} of {len(p):,} scores are missing or outside 0 to 1"
        yield Suspicion("not a chance", what, "train again, and look for infinite or huge values in number columns")
        return
    spread, alike = float(to_logit(p).std()), _most_alike(p)
    if spread < limits.least_spread or alike > limits.most_alike:
        what = f"{alike:.1%} of the scores are the same, and their spread is {spread:.3f} on the logit scale"
        remedy = "check that the columns of the voter file are filled and differ from voter to voter"
        yield Suspicion("constant", what, remedy)


def _most_alike(p: Doubles) -> float:
    """The share of the most common score, to four decimals."""
    counts = np.unique(np.round(p, 4), return_counts=True)[1]
    return float(counts.max(initial=0) / max(len(p), 1))
