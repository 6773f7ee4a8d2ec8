from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data.elections import Election
from data.survey import SCHEMA
from features.outcomes import support_labels, turnout_labels

ELECTION = Election(date(2026, 11, 3), "general")
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # the tables are small, and to shrink them takes minutes
patient = settings(max_examples=80, deadline=None, phases=UNSHRUNK)


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


def test_a_label_is_known_only_of_who_was_on_the_rolls(block: Any, calendar: Any) -> None:
    voters = block([{"history": history} for history in (".....V", ".....n", "VVVVV.")])
    labels = turnout_labels(voters, calendar, calendar[-1])
    np.testing.assert_array_equal(labels, np.array([1, 0, np.nan], np.float32))
    assert labels.dtype == np.float32
    with pytest.raises(ValueError, match="not in tuple"):
        turnout_labels(voters, calendar, ELECTION)


def test_a_voter_who_became_undecided_is_undecided_and_back() -> None:
    answers = survey(("a", "2026-09-01", 1, "C1"), ("a", "2026-09-02", 3, "C2"), ("b", "2026-09-01", 3, "C1"))
    answers = pd.concat([answers, survey(("b", "2026-09-02", 5, "C2"))])
    found = support_labels(answers, ELECTION)
    assert found.label.to_dict() == {"b": 0.0}
    assert (found.counts["undecided"], found.counts["conflicting"], found.counts["oppose"]) == (1, 0, 1)


def test_one_canvasser_who_hears_something_new_is_no_conflict_even_if_not_named() -> None:
    answers = survey(("a", "2026-09-01", 5, "C1"), ("a", "2026-09-09", 2, "C1"))
    unnamed = survey(("b", "2026-09-01", 5, None), ("b", "2026-09-09", 2, None))  # type: ignore[arg-type]
    assert support_labels(pd.concat([answers, unnamed]), ELECTION).label.to_dict() == {"a": 1.0, "b": 1.0}


def test_a_disagreement_after_election_day_is_not_seen() -> None:
    answers = survey(("a", "2026-09-01", 1, "C1"), ("a", "2026-11-03", 5, "C2"))
    assert support_labels(answers, ELECTION).label.to_dict() == {"a": 1.0}


def test_no_survey_teaches_nothing() -> None:
    found = support_labels(SCHEMA.empty_table().to_pandas(date_as_object=False), ELECTION)
    assert found.label.empty and set(found.counts.values()) == {0}


ANSWERS = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from(["2026-09-01", "2026-09-02", "2026-11-02", "2026-11-03", "2026-11-04"]),
    st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, None]),
    st.sampled_from(["C1", "C2", None]),
    st.integers(0, 2),
)


def side(response: float) -> float | None:
    return None if response == 3 else float(response < 3)


@patient
@given(rows=st.lists(ANSWERS, max_size=14))
def test_labels_agree_with_the_rules_and_the_counts_add_up(rows: list[tuple[Any, ...]]) -> None:
    answers = survey(*(row[:4] for row in rows)).assign(import_order=[row[4] for row in rows])
    found = support_labels(answers.astype({"response": float}), ELECTION)
    labels, undecided, conflicting = {}, 0, 0
    seen = sorted((r for r in rows if r[1] < "2026-11-03" and r[2] is not None), key=lambda row: (row[1], row[4]))
    for voter in {row[0] for row in seen}:
        mine = [row for row in seen if row[0] == voter]
        newest = {row[3]: side(row[2]) for row in mine}
        last = side(mine[-1][2])
        if {0.0, 1.0} <= set(newest.values()):
            conflicting += 1
        elif last is None:
            undecided += 1
        else:
            labels[voter] = last
    assert found.label.to_dict() == labels and found.label.index.is_unique
    counts = found.counts
    assert (counts["undecided"], counts["conflicting"]) == (undecided, conflicting)
    assert counts["support"] == sum(labels.values()) and counts["oppose"] == len(labels) - counts["support"]
    assert counts["answers"] == len(rows) == counts["no answer"] + counts["on or after election day"] + len(seen)
    assert counts["voters"] == len(labels) + undecided + conflicting
