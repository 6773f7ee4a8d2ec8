from typing import Any

import pytest
from speed import VARIANTS
from speed_page import describe_run, render


def variant(title: str, cpu: float, **more: Any) -> dict[str, Any]:
    plain = {"title": title, "cpu": cpu, "start": 1.0, "wall": cpu, "peak_mb": 900.0, "load": 0.5, "stages": {}}
    return {**plain, "largest_difference": None, "differing": 0, "yard": "stream", **more}


def size(**variants: dict[str, Any]) -> dict[str, Any]:
    run = {
        "machine": "A processor, AVX2, 2 cores, 8 GiB",
        "libraries": "Python 3",
        "commit": "abc",
        "date": "2026-01-01",
    }
    return {**run, "variants": variants}


@pytest.fixture
def page() -> str:
    naive = variant("naive", 41.0, stages={"rank": 1.0}, differing=3, largest_difference=0.25)
    million = size(naive=naive, ours=variant("ours", 4.0, differing=0, largest_difference=0.0))
    ten = size(ours=variant("ours", 50.0, peak_mb=1_300.0), floor=variant("floor", 30.0))
    return render({"10000000": ten, "1000000": million})


def test_sizes_are_in_order_and_scores_are_told_apart(page: str) -> None:
    assert page.index("## 1,000,000 voters") < page.index("## 10,000,000 voters")
    assert (
        "| naive | 41.0 | 1.0 | 41.0 | 900 | 24,390 | 3 voters' differ from Booster.predict's, by 0.25 at most | 0.5 |"
        in page
    )
    assert "| ours | 4.0 | 1.0 | 4.0 | 900 | 250,000 | equal Booster.predict's | 0.5 |" in page


def test_ratios_leave_the_naive_ranks_out_and_missing_variants_too(page: str) -> None:
    assert "naive script ÷ ours, CPU, scores alone: **10.00**" in page
    assert "lists ranked" not in page.split("## 1,000,000")[1]
    assert "ours ÷ (read + predict + write), CPU: **1.67**" in page


def test_goals_say_what_falls_short_and_what_was_extrapolated(page: str) -> None:
    assert "holds: naive script ÷ ours, CPU, scores alone ≥ 8: 10.00 (1,000,000 voters" in page
    assert (
        "SHORT: naive script ÷ ours, CPU, scores alone ≥ 12: 8.00 EXTRAPOLATED from 1,000,000 voters (10,000,000"
        in page
    )
    assert "SHORT: peak MB ≤ 1,200: 1,300 (10,000,000 voters" in page


def test_the_page_tells_the_machine_but_not_whose_it_is() -> None:
    told = describe_run()
    assert set(told) == {"machine", "libraries", "commit"}
    assert "/" not in told["machine"]


def test_variants_keep_their_scores_apart() -> None:
    assert len({variant.slot for variant in VARIANTS}) == len(VARIANTS)
