import json

import numpy as np
import pandas as pd
import pytest

from models.profiles import (
    MOST_NAMED,
    Profile,
    add_counts,
    measure_drift,
    measure_score_drift,
    profile_features,
    suspect_drift,
)
from models.suspicions import Suspicion, SuspicionLimits

LIMITS = SuspicionLimits()
ROWS = 4_000


def make_file(seed: int = 1, rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": np.where(rng.random(rows) < 0.05, np.nan, rng.uniform(18, 95, rows)),
            "share": rng.integers(0, 5, rows) / 4,
            "income": np.exp(rng.normal(11, 0.6, rows)),
            "party": rng.choice([0.0, 1.0, 2.0, np.nan], rows, p=[0.01, 0.5, 0.4, 0.09]),
            "empty": np.full(rows, np.nan),
            "same": np.ones(rows),
        },
        dtype=np.float32,
    )


def profile(seed: int = 1) -> Profile:
    return profile_features(make_file(seed), ("party",))


def drifted(now: pd.DataFrame, limits: SuspicionLimits = LIMITS) -> list[Suspicion]:
    known = profile()
    return list(suspect_drift(known, known.count(now), limits))


def test_shares_are_those_of_the_file_and_add_up() -> None:
    for name, shape in profile().shapes.items():
        assert sum(shape.shares) == pytest.approx(1.0), name
        assert len(shape.shares) == len(shape.edges) + 2
    shapes = profile().shapes
    assert shapes["party"].edges == (1.0, 2.0)
    assert shapes["party"].shares == pytest.approx([0.5, 0.4, 0.01, 0.09], abs=0.03)
    assert shapes["age"].shares[-1] == pytest.approx(0.05, abs=0.01)
    assert max(shapes["age"].shares) < 0.2 and len(shapes["age"].edges) == 11
    assert shapes["empty"].shares == (0.0, 1.0)


def test_a_file_has_not_drifted_from_itself_or_from_another_sample() -> None:
    known = profile()
    assert all(one.psi == 0.0 for one in measure_drift(known, known.count(make_file())).values())
    assert drifted(make_file(seed=2)) == []
    assert max(one.psi for one in measure_drift(known, known.count(make_file(seed=2))).values()) < 0.03


def test_the_index_is_the_population_stability_index() -> None:
    known = profile_features(pd.DataFrame({"x": [1.0] * 60 + [2.0] * 40}), ("x",))
    found = measure_drift(known, known.count(pd.DataFrame({"x": [1.0] * 30 + [2.0] * 70})))["x"]
    assert found.psi == pytest.approx(-0.3 * np.log(0.5) + 0.3 * np.log(0.7 / 0.4))


def test_blocks_add_up_to_the_file() -> None:
    known, file = profile(), make_file(seed=2)
    whole, parts = known.count(file), add_counts(known.count(file[:1_500]), known.count(file[1_500:]))
    assert all((whole[name] == parts[name]).all() for name in whole)


def test_a_profile_survives_json() -> None:
    again = Profile.from_json(json.loads(json.dumps(profile().to_json())))
    assert again == profile()


def test_values_that_were_lost_are_named() -> None:
    (lost,) = drifted(make_file().assign(age=np.float32(np.nan)))
    assert lost.kind == "drift" and lost.blocks
    assert "values were lost: “age” (5% missing before, 100% now)" in lost.what


def test_a_tenth_may_be_missing_more_and_not_more() -> None:
    file = make_file()
    few, many = (file.assign(income=file["income"].where(np.arange(ROWS) >= ROWS * share)) for share in (0.09, 0.11))
    assert drifted(few) == []
    assert "“income” (0% missing before, 11% now)" in drifted(many)[0].what


def test_values_where_there_were_none_are_no_drift() -> None:
    """What was never there was not learned from."""
    assert drifted(make_file().assign(empty=np.float32(3.0))) == []


def test_words_that_the_model_does_not_know_are_named() -> None:
    file = make_file()
    renamed = file.assign(party=file["party"].where(np.arange(ROWS) >= ROWS * 0.04, 0.0))
    (unknown,) = drifted(renamed)
    assert "words that the model does not know: “party” (0.9% unknown before, 4." in unknown.what
    assert drifted(file.assign(party=file["party"].where(np.arange(ROWS) >= ROWS * 0.015, 0.0))) == []
    never = file.assign(party=file["party"].where(np.arange(ROWS) >= ROWS * 0.04, 3.0))  # a number beyond all words
    assert "“party”" in drifted(never)[0].what


def test_a_unit_that_changed_is_named() -> None:
    file = make_file()
    (moved,) = drifted(file.assign(income=file["income"] / 12))
    assert "“income” (PSI " in moved.what and "no unit or code changed" in moved.remedy
    assert len(drifted(file.assign(age=file["age"] + 12))) == 1
    assert drifted(file.assign(age=file["age"] + 1)) == []
    assert len(drifted(file.assign(same=2.0))) == 1


def test_exchanged_columns_are_both_named() -> None:
    file = make_file()
    (moved,) = drifted(file.assign(age=file["income"], income=file["age"]))[-1:]
    assert "“age” (PSI" in moved.what and "“income” (PSI" in moved.what and "exchanged" in moved.remedy


def test_the_clumps_of_a_few_areas_are_not_cut() -> None:
    """Voters of one precinct share a value, which moves a little as people come and go: that is no drift."""
    area, noise = np.repeat([-0.2, -0.06, -0.05, 0.1, 0.25], 800), np.random.default_rng(1).normal(0, 0.0005, ROWS)
    before, now = (pd.DataFrame({"precinct_turnout": area + noise + moved}) for moved in (0.0, 0.006))
    known = profile_features(before, ())
    assert measure_drift(known, known.count(now))["precinct_turnout"].psi == 0.0
    away = pd.DataFrame({"precinct_turnout": -area + noise})
    assert measure_drift(known, known.count(away))["precinct_turnout"].psi > 0.5
    alike = profile_features(pd.DataFrame({"county_turnout": noise}), ())
    assert measure_drift(alike, alike.count(pd.DataFrame({"county_turnout": noise + 0.002})))["county_turnout"].psi == 0
    assert measure_drift(alike, alike.count(pd.DataFrame({"county_turnout": noise + 0.2})))["county_turnout"].psi > 1


def test_of_many_features_the_furthest_are_named_and_the_others_counted() -> None:
    rng = np.random.default_rng(1)
    before = pd.DataFrame({f"x{n}": rng.normal(size=ROWS) for n in range(12)})
    known = profile_features(before, ())
    now = before + np.arange(12) / 2
    (found,) = suspect_drift(known, known.count(now), LIMITS)
    assert found.what.count("PSI") == MOST_NAMED and "“x11” (PSI" in found.what
    assert found.what.endswith(" more")


def test_limits_are_the_callers() -> None:
    file = make_file()
    shifted = file.assign(age=file["age"] + 12)
    assert drifted(shifted, SuspicionLimits(largest_psi=5.0)) == []


def test_scores_move_from_version_to_version() -> None:
    before = np.random.default_rng(1).beta(2, 2, ROWS)
    same, moved = measure_score_drift(before, before), measure_score_drift(before, before**2)
    assert (same.psi, same.before, same.now) == (0.0, pytest.approx(before.mean()), pytest.approx(before.mean()))
    assert moved.psi > 0.25 and moved.now < moved.before
    assert measure_score_drift(before, np.random.default_rng(2).beta(2, 2, 900)).psi < 0.05
