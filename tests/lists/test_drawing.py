"""Drawing before ranking: the same list with support scores, the same chances and shares without them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lists import drawing
from lists.drawing import Drawn, draw, first_share, settle
from lists.ranking import Places, rank_universe, tabulate
from lists.selection import Selected, number_doors
from lists.universes import SURVEY_NEXT, Universe

VOTERS = 6_000
SHORT = replace(SURVEY_NEXT, size=12)


@pytest.fixture(scope="module")
def county() -> pd.DataFrame:
    dice = np.random.default_rng(1)
    flags = {name: dice.random(VOTERS) < 0.1 for name in ("asked", "do_not_call", "do_not_mail", "do_not_walk")}
    homes = pd.Series(dice.integers(0, 3_500, VOTERS)).map("H{}".format)
    return pd.DataFrame(
        {
            "voter_id": pd.Series([f"V{number}" for number in dice.permutation(VOTERS)], dtype="str"),
            "household_id": homes.where(dice.random(VOTERS) < 0.8).astype("str"),
            "precinct": pd.Series(dice.choice(["012", "014", ""], VOTERS, p=[0.5, 0.4, 0.1])).replace("", None),
            "support": dice.random(VOTERS, np.float32),
            "suppressed": dice.choice(["", "", "", "moved"], VOTERS),
            **flags,
        }
    )


def draw_all(county: pd.DataFrame, universe: Universe, seed: int, share: float) -> list[Drawn]:
    """Drawn from five blocks that code their texts differently."""
    block_of = number_doors(county["household_id"]) % 5
    blocks = [county[block_of == number].astype({"household_id": "category"}) for number in range(5)]
    return [draw(block, universe, seed=seed, share=share) for block in blocks]


def settled(county: pd.DataFrame, universe: Universe, seed: int) -> tuple[Selected, float]:
    share = first_share(universe, VOTERS)
    while (found := settle(draw_all(county, universe, seed, share), universe, seed=seed)) is None:
        share = min(1.0, 4 * share)
    return found, share


@pytest.mark.parametrize("door_rule", ["one", "together"])
@pytest.mark.parametrize("size", [1, 12, 40])
def test_with_support_scores_the_list_is_that_of_everybody(county: pd.DataFrame, size: int, door_rule: str) -> None:
    universe = replace(SURVEY_NEXT, size=size, door_rule=door_rule)
    for seed in range(5):
        expected = rank_universe(county, universe, seed=seed)
        found, share = settled(county, universe, seed)
        assert share < 1
        frame = tabulate(found.table, universe, Places()).to_pandas()
        pd.testing.assert_frame_equal(frame, expected.frame, check_exact=True)
        assert found.counts == expected.counts


@pytest.mark.parametrize("ample", [2, 5])
def test_too_few_drawn_are_drawn_again(county: pd.DataFrame, ample: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where everybody's support is certain, priorities fall far below the draws."""
    monkeypatch.setattr(drawing, "AMPLE", ample)
    certain = county.assign(support=np.float32(1.0))
    first = first_share(SHORT, VOTERS)
    shares = []
    for seed in range(5):
        found, share = settled(certain, SHORT, seed)
        shares.append(share)
        frame = tabulate(found.table, SHORT, Places()).to_pandas()
        pd.testing.assert_frame_equal(frame, rank_universe(certain, SHORT, seed=seed).frame, check_exact=True)
    assert max(shares) > first


def test_a_cut_at_the_threshold_is_not_settled(county: pd.DataFrame) -> None:
    """The last listed must stand above every draw that was left out, not beside it."""
    loose = replace(SURVEY_NEXT, size=3, priority=lambda voters: np.minimum(voters["draw"], 0.5))
    assert settle(draw_all(county, loose, 1, 0.5), loose, seed=1) is None
    above = replace(loose, priority=lambda voters: np.minimum(voters["draw"], 0.500001))
    assert settle(draw_all(county, above, 1, 0.5), above, seed=1) is not None


def test_a_priority_above_the_draw_is_refused(county: pd.DataFrame) -> None:
    wrong = replace(SHORT, priority=lambda voters: voters["draw"] + 0.001)
    with pytest.raises(ValueError, match="survey_next has a priority above the draw"):
        settle(draw_all(county, wrong, 1, 0.2), wrong, seed=1)


def test_where_voters_are_not_many_nothing_is_drawn(county: pd.DataFrame) -> None:
    assert first_share(SURVEY_NEXT, 500_000) == first_share(SURVEY_NEXT, 0) == 1
    assert first_share(SURVEY_NEXT, 1_000_000) == 0.5
    unscored = county.drop(columns="support")
    expected = rank_universe(unscored, SHORT, seed=1)
    found = settle(draw_all(unscored, SHORT, 1, 1.0), SHORT, seed=1)
    assert found is not None and found.counts == expected.counts
    assert found.table["voter_id"].to_pylist() == expected.frame["voter_id"].tolist()


def test_without_support_scores_precincts_keep_their_shares(county: pd.DataFrame) -> None:
    unscored, universe = county.drop(columns="support"), replace(SURVEY_NEXT, size=20)
    free = unscored[~unscored["asked"] & ~unscored["do_not_walk"] & (unscored["suppressed"] == "")]
    due = 20 * free["precinct"].value_counts(normalize=True, dropna=False)
    drawn, offs = [], []
    for seed in range(40):
        found, share = settled(unscored, universe, seed)
        assert share < 1 and found.counts.people == 20
        listed = found.table["precinct"].to_pandas().value_counts(dropna=False)
        offs.append((listed.reindex(due.index, fill_value=0) - due).to_numpy())
        drawn += found.table["voter_id"].to_pylist()
    assert np.abs(np.mean(offs, axis=0)).max() < 0.35
    assert np.abs(offs).max() < 3
    assert len(set(drawn)) > 0.8 * len(drawn)


def test_too_few_drawn_without_support_scores_are_drawn_again(county: pd.DataFrame) -> None:
    assert settle(draw_all(county.drop(columns="support"), SHORT, 1, 0.01), SHORT, seed=1) is None
