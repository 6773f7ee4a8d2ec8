from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.elections import Election, set_bits
from features.matrix import category_columns
from features.outcomes import support_labels
from features.surroundings import learn_surroundings
from features.vocabulary import learn_vocabulary
from models import replay
from models.answers import gather_answers
from models.calibration import Line
from models.model import PropensityModel
from models.rates import Rate
from models.replay import choose_eras, gather_replay, judged_era
from models.scoring import score_voters

GENERALS = tuple(Election(date(year, 11, 3), "general") for year in range(2008, 2026, 2))
PRIMARIES = tuple(Election(date(year, 6, 3), "primary") for year in (2018, 2022))
MIDTERM = Election(date(2026, 11, 3), "general")
NO_RESULTS = pd.DataFrame(
    {"area_type": [], "area": [], "votes_for": [], "votes_against": [], "election_date": pd.to_datetime([])}
)


def voters(n: int, calendar: tuple[Election, ...], seed: int = 1, named: str = "v") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"voter_id": [f"{named}{i}" for i in range(n)]})
    frame["born"] = pd.Series(pd.to_datetime("1970-01-01"), index=frame.index).astype("datetime64[ms]")
    frame["registered"] = pd.Series(pd.to_datetime("2000-01-01"), index=frame.index).astype("datetime64[ms]")
    for name in ("sex", "party", "county", "precinct", "zip"):
        frame[name] = pd.Categorical(rng.choice(["A", "B"], n))
    frame["household_id"] = pd.Categorical([f"{named}H{i // 2}" for i in range(n)])
    frame["status"] = pd.Categorical(rng.choice(["active", "deceased"], n, p=[0.9, 0.1]))
    row, election = np.nonzero(rng.random((n, len(calendar))) < 0.5)
    frame["voted_0"] = set_bits(row, election, voters=n, count=len(calendar))[:, 0]
    frame["rolls_0"] = np.uint64(2 ** len(calendar) - 1)
    return frame


def around(blocks: list[pd.DataFrame], calendar: tuple[Election, ...], *coming: Election) -> Any:
    words = learn_vocabulary(blocks, category_columns({}))
    return learn_surroundings(blocks, calendar=calendar, coming=coming, extras={}, results=NO_RESULTS, vocabulary=words)


def test_midterms_teach_a_midterm_the_newer_the_more() -> None:
    eras = choose_eras((*PRIMARIES, *GENERALS), MIDTERM)
    assert [era.election.date.year for era in eras] == [2010, 2014, 2018, 2022]
    weights = [era.weight for era in eras]
    assert weights == sorted(weights)
    assert weights[3] / weights[1] == pytest.approx(2.0, abs=0.01)  # eight years halve it


def test_with_one_like_election_the_family_helps() -> None:
    eras = choose_eras(GENERALS[-3:], MIDTERM)  # 2020, 2022, 2024
    assert [era.like for era in eras] == [False, True, False]
    assert eras[1].weight > eras[2].weight
    assert judged_era(eras) == 1


def test_other_families_and_the_future_teach_nothing() -> None:
    primary = Election(date(2022, 6, 3), "primary")
    assert [e.election for e in choose_eras((*PRIMARIES, *GENERALS), primary)] == [PRIMARIES[0]]
    assert choose_eras((), MIDTERM) == ()


def test_every_era_gives_its_labelled_voters_as_they_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = GENERALS[-4:]  # 2018 … 2024; the first is the calendar's beginning
    blocks = [voters(400, calendar), voters(300, calendar, seed=2, named="w")]
    eras = choose_eras(calendar, Election(date(2026, 11, 3), "general"))
    found = around(blocks, calendar, *(era.election for era in eras))
    data, kept = gather_replay(lambda: blocks, eras, found, seed=1)
    assert data is not None
    assert [era.election.date.year for era in kept] == [2020, 2022, 2024]  # 2018 has no history to learn from
    assert np.bincount(data.era).tolist() == [700, 700, 700]
    assert data.features["elections_on_rolls"].groupby(data.era).max().tolist() == [1, 2, 3]


def test_a_draw_takes_whole_households_the_same_however_blocks_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "ROWS_AN_ERA", 500)
    calendar = GENERALS[-3:]
    whole = voters(2_000, calendar)
    eras = choose_eras(calendar, MIDTERM)
    found = around([whole], calendar, *(era.election for era in eras))
    data, _ = gather_replay(lambda: [whole], eras, found, seed=1)
    cut, _ = gather_replay(lambda: [whole[:600], whole[600:].reset_index(drop=True)], eras, found, seed=1)
    assert data is not None and cut is not None
    assert set(data.features.index) == set(cut.features.index)
    assert 350 < (data.era == 0).sum() < 650
    assert set(np.unique(data.household[data.era == 0], return_counts=True)[1]) == {2}


def test_elections_with_few_labels_are_left_out() -> None:
    calendar = GENERALS[-3:]
    one = voters(replay.FEWEST_ROWS - 1, calendar)
    eras = choose_eras(calendar, MIDTERM)
    assert gather_replay(lambda: [one], eras, around([one], calendar, *(e.election for e in eras)), seed=1) == (
        None,
        (),
    )


def test_an_answer_becomes_a_row_of_its_voter() -> None:
    block = voters(50, GENERALS[:3])
    answers = pd.DataFrame(
        {"voter_id": ["v3", "v7", "v9"], "response": [1.0, 5.0, 3.0], "canvasser_id": "C", "import_order": 0}
    ).assign(date=pd.Timestamp("2026-09-01"))
    labels = support_labels(answers, MIDTERM)
    surroundings = around([block], GENERALS[:3], MIDTERM)[MIDTERM]
    data = gather_answers([block[:5], block[5:].reset_index(drop=True)], labels, surroundings)
    assert data is not None
    assert data.features.index.tolist() == ["v3", "v7"] and data.label.tolist() == [1.0, 0.0]
    assert gather_answers([block[20:].reset_index(drop=True)], labels, surroundings) is None


def test_scores_are_chances_and_missing_exactly_where_excluded() -> None:
    block = voters(200, GENERALS[:3])
    surroundings = around([block], GENERALS[:3], MIDTERM)[MIDTERM]
    answers = pd.DataFrame(
        {"voter_id": block["voter_id"], "response": 1.0, "canvasser_id": "C", "import_order": 0}
    ).assign(date=pd.Timestamp("2026-09-01"))
    data = gather_answers([block], support_labels(answers, MIDTERM), surroundings)
    assert data is not None
    fitted = Rate("party", "party").fit(data)
    model = PropensityModel("support", tuple(data.features.columns), ((1.0, fitted),), Line(), {})
    scores = score_voters(block, {"support": model}, surroundings)
    assert scores["support"].dtype == np.float32
    assert (scores["support"].isna() == (scores["excluded"] != "")).all()
    assert (scores["excluded"] == "deceased").sum() == (block["status"] == "deceased").sum() > 0
    assert scores["support"].dropna().between(0, 1).all()
