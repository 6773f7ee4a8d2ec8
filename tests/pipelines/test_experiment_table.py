from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from models.evaluation import Interval
from models.experiments import AverageEffect, Effect
from models.qini import LEARNER, Ranking, Verdict
from models.randomisation import Attrition, Balance, Randomisation
from models.studies import Study
from pipelines.experiment import Studied
from pipelines.experiment_table import experiment_to_json, show_experiment


@pytest.fixture
def studied() -> Studied:
    one = Interval(0.08, 0.06, 0.10)
    top = dict.fromkeys((10, 20, 30), one)
    ranking = Ranking(one, None, top, one, one, tuple(Interval(0.1 - i / 50, -0.1, 0.2) for i in range(10)))
    checked = Randomisation(
        *(500, 480, 600, 2, 3, 0.51), Balance(0.4, 12, ()), Attrition(0.0, 0.0, 1.0), (), ("3 voters left out",)
    )
    effect = Effect(0.0207, 0.0064, 0.0084, 0.0336)
    study = Study(
        checked,
        AverageEffect(effect, Effect(0.297, 0.005, 0.288, 0.307), Effect(0.0707, 0.0215, 0.0284, 0.1129)),
        effect,
        {LEARNER: ranking},
        Verdict(True, LEARNER, "the first 30 % move"),
        np.array([0.1, np.nan]),
    )
    path = Path("c/experiments/abc.json")
    return Studied("trial.csv", {"assigned": "mailed"}, date(2026, 11, 3), "d" * 64, 1, 983, study, path)


def show(studied: Studied, out: Path | None) -> str:
    console = Console(width=110, record=True, file=StringIO())
    show_experiment(console, studied, out)
    return console.export_text()


def test_the_table_tells_the_draw_the_effects_the_tenths_and_the_verdict(studied: Studied) -> None:
    text = show(studied, Path("moved.csv"))
    for told in ("500", "480 left alone", "2 blocks", "p = 0.4", "+2.07 points", "+29.70 points", "+7.07 points"):
        assert told in text
    assert "3 voters left out" in text and "The first 30 % move." in text
    assert "moved.csv: who is moved" in text and "experiments/abc.json" in text
    assert "-8.0 (-10.0 to 20.0)" in text


def test_a_file_that_was_not_written_is_explained(studied: Studied) -> None:
    alike = replace(studied.study, verdict=Verdict(False, None, "no one can be told apart"), moved=None)
    alone = replace(studied, study=alike)
    assert "moved.csv was not written: nobody can be told apart" in show(alone, Path("moved.csv"))
    told = experiment_to_json(alone, Path("moved.csv"))
    assert told["written"] is None and told["not_written"] == "no one can be told apart"
    assert experiment_to_json(studied, Path("moved.csv"))["written"] == "moved.csv"
    assert experiment_to_json(studied, None)["not_written"] is None


def test_too_few_are_told_without_tables(studied: Studied) -> None:
    few = replace(studied.study, rankings={}, adjusted=None, verdict=Verdict(False, None, "too few"), moved=None)
    text = show(replace(studied, study=few), None)
    assert "Too few." in text and "Ranked by" not in text
