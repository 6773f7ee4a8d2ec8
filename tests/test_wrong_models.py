"""Wrong models on synthetic counties are blocked and named, and healthy ones are not; many more seeds: benchmarks/."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

BENCH = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "wrong_models.py"))
SEEDS = (1, 2)
WRONG = [name for name in BENCH["CASES"] if name != "healthy"]


@pytest.fixture(scope="module", params=SEEDS)
def county(request: pytest.FixtureRequest) -> tuple[Any, int]:
    return BENCH["make_county"](request.param), request.param


def judged(case: str, county: tuple[Any, int]) -> list[Any]:
    with threadpool_limits(1):
        return list(BENCH["CASES"][case](*county))


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_model_is_blocked_and_what_is_wrong_is_named(case: str, county: tuple[Any, int]) -> None:
    for verdict in judged(case, county):
        assert verdict.stopped and verdict.named, verdict


def test_a_healthy_model_is_not_blocked(county: tuple[Any, int]) -> None:
    for verdict in judged("healthy", county):
        assert not verdict.stopped and not verdict.named, verdict
