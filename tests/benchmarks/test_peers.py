import numpy as np
import pandas as pd
import pytest
from peers import fit_predict, installed_peers, split_kinds

each_peer = pytest.mark.parametrize("peer", installed_peers())


def people(count: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Voters whose side follows from their age and their town, some of both unknown."""
    rng = np.random.default_rng(seed)
    age, town = rng.integers(18, 90, count).astype(float), rng.choice(["north", "south"], count)
    label = (rng.random(count) < 1 / (1 + np.exp(-(age - 50) / 10 - 2 * (town == "north")))).astype(float)
    frame = pd.DataFrame({"age": np.where(rng.random(count) < 0.1, np.nan, age), "town": town})
    frame.loc[rng.random(count) < 0.1, "town"] = None
    return frame, label


def test_numbers_are_told_from_categories() -> None:
    assert split_kinds(people(5, 1)[0]) == (["age"], ["town"])


@each_peer
def test_a_peer_learns(peer: str) -> None:
    (train, label), (test, truth) = people(400, 1), people(400, 2)
    chances = fit_predict(peer, train, label, test)
    assert chances.shape == (400,)
    assert chances[truth == 1].mean() > chances[truth == 0].mean() + 0.15


@each_peer
def test_what_a_peer_says_of_a_voter_does_not_depend_on_the_other_test_rows(peer: str) -> None:
    (train, label), (test, _) = people(400, 1), people(50, 2)
    shifted = test.assign(age=test["age"] + 1_000, town="nowhere").iloc[1:]
    among_others = fit_predict(peer, train, label, pd.concat([test.iloc[:1], shifted]))
    assert among_others[0] == pytest.approx(fit_predict(peer, train, label, test)[0])


@each_peer
def test_a_word_that_was_never_seen_is_no_error(peer: str) -> None:
    (train, label), (test, _) = people(400, 1), people(10, 2)
    assert np.isfinite(fit_predict(peer, train, label, test.assign(town="elsewhere"))).all()
