from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data.elections import Election
from features.outcomes import support_labels, turnout_labels

ELECTION = Election(date(2026, 11, 3), "general")


def survey(*rows: tuple[str, str, float | None, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["voter_id", "date", "response", "canvasser_id"])
    return frame.assign(date=pd.to_datetime(frame["date"]), contact_result="canvassed", import_order=0)


def test_who_voted_who_did_not_and_who_is_not_known(block: Any) -> None:
    calendar = (Election(date(2022, 11, 8), "general"), Election(date(2024, 11, 5), "general"))
    voters = block([{"history": "V."}, {"history": "nV"}, {"history": ".n"}])
    np.testing.assert_array_equal(turnout_labels(voters, calendar, calendar[0]), [1, 0, np.nan])
    np.testing.assert_array_equal(turnout_labels(voters, calendar, calendar[1]), [np.nan, 1, 0])


def test_ones_and_twos_support_fours_and_fives_oppose_and_threes_are_counted() -> None:
    found = support_labels(survey(*((f"v{r}", "2026-09-01", float(r), "C1") for r in range(1, 6))), ELECTION)
    assert found.label.to_dict() == {"v1": 1.0, "v2": 1.0, "v4": 0.0, "v5": 0.0}
    assert found.counts["undecided"] == 1


def test_the_newest_answer_of_a_voter_counts() -> None:
    answers = survey(("a", "2026-09-02", 5, "C1"), ("a", "2026-09-01", 1, "C1"), ("b", "2026-09-01", 1, "C1"))
    answers = pd.concat([answers, survey(("b", "2026-09-01", 4, "C1")).assign(import_order=1)])
    assert support_labels(answers, ELECTION).label.to_dict() == {"a": 0.0, "b": 0.0}


def test_canvassers_who_disagree_on_a_side_teach_nothing() -> None:
    answers = survey(("a", "2026-09-01", 1, "C1"), ("a", "2026-09-02", 5, "C2"), ("b", "2026-09-01", 1, "C1"))
    agreeing = survey(("b", "2026-09-03", 2, "C2"))
    found = support_labels(pd.concat([answers, agreeing]), ELECTION)
    assert found.label.to_dict() == {"b": 1.0}
    assert found.counts["conflicting"] == 1


def test_an_answer_on_election_day_or_later_is_not_seen() -> None:
    found = support_labels(survey(("a", "2026-11-03", 1, "C1"), ("b", "2026-11-02", 5, "C1")), ELECTION)
    assert found.label.to_dict() == {"b": 0.0}
    assert found.counts["on or after election day"] == 1


def test_every_answer_is_accounted_for() -> None:
    answers = survey(
        ("a", "2026-09-01", 1, "C1"), ("a", "2026-09-02", 2, "C1"), ("b", "2026-09-01", None, "C1"),
        ("c", "2026-09-01", 3, "C1"), ("d", "2026-12-01", 1, "C1"), ("e", "2026-09-01", 4, "C2"),
    )  # fmt: skip
    counts = support_labels(answers, ELECTION).counts
    assert counts["answers"] == 6 and counts["no answer"] == 1
    assert counts["voters"] == 3 == counts["undecided"] + counts["conflicting"] + counts["support"] + counts["oppose"]
