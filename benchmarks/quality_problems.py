"""What a quality benchmark asks: a problem, the same rows for the product and for its peers, and what must come out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from product import Scored

OURS = "propensity"
STATED = f"{OURS}, turnout stated"
RESULTS = f"{OURS}, with state results"
BEST = "best achievable"
# How the state of a row begins that has no predictions.
FAILED = "failed"


@dataclass(frozen=True)
class Problem:
    """What to learn from, whom to judge on (`test` and `truth` by voter_id), and how the product is asked.

    `known` are predictions that nobody has to fit. Without rows to learn from there are no peers.
    """

    truth: pd.Series
    ours: Mapping[str, Callable[[], Scored]]
    train: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    label: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0), repr=False)
    test: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    known: Mapping[str, pd.Series] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Goal:
    """A figure of one of the product's rows within low..high, or better than the best peer's by more than `ahead`."""

    figure: str
    low: float = -np.inf
    high: float = np.inf
    ahead: float | None = None
    row: str = OURS


@dataclass(frozen=True)
class Task:
    """One table: a problem for every seed; where there is one seed only, nothing is drawn."""

    case: str
    title: str
    pose: Callable[[int], Problem]
    seeds: int
    goals: tuple[Goal, ...] = ()
