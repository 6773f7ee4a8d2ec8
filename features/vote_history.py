"""Vote history before the as-of date: how often, how recently, how steadily, by kind of election.

Counts grow with the calendar, so a model trained on early elections would not know the counts of late ones: shares of
the elections a voter was on the rolls for, and the newest elections one by one, are used instead, and what is counted
stops at `ENOUGH`.
"""

from functools import partial

import numpy as np

from data.elections import count_bits, mask
from features.feature import Compute, Feature
from features.scene import Scene
from features.view import DAYS_A_YEAR, Floats, share
from features.words import SILENT, Words, count_words

TOPIC = "vote history"
GROUP_WORDS = {
    "all": "elections",
    "like": "elections like the coming one",
    "general": "general elections",
    "presidential": "presidential elections",
    "midterm": "midterm elections",
    "primary": "primaries",
    "local": "local elections",
}
ONE_OF = {group: words.removesuffix("s") for group, words in GROUP_WORDS.items()} | {"primary": "primary"}
ENOUGH = 4


def _share(group: str, scene: Scene) -> Floats:
    return share(scene.view.votes(group), scene.view.elections(group))


def _nth_newest(group: str, back: int, scene: Scene) -> Floats:
    view = scene.view
    newest = view.newest(group)
    return view.voted_in(newest[back]) if back < len(newest) else np.full(len(view.voters), np.nan, np.float32)


def _streak(group: str, scene: Scene) -> Floats:
    """The view's streak, `ENOUGH` at most either way."""
    return np.clip(scene.view.streak(group), -ENOUGH, ENOUGH).astype(np.float32)


def _years_since_vote(scene: Scene) -> Floats:
    view = scene.view
    years = [(view.as_of - election.date).days / DAYS_A_YEAR for election in view.calendar]
    return np.array([*years, np.nan], np.float32)[view.newest_vote()]


def _this_year(scene: Scene) -> Floats:
    """Share of this year's earlier elections voted in; NaN where there was none."""
    view = scene.view
    this_year = mask(view.calendar, lambda e: e.date < view.as_of and e.date.year == view.as_of.year)
    return share(count_bits(view.voted, this_year), count_bits(view.rolls, this_year))


def _votes_of_last(count: int, scene: Scene) -> Floats:
    """Votes in the newest `count` elections; NaN for a voter who was on the rolls for none of them."""
    view = scene.view
    newest = {view.calendar[i] for i in view.past[-count:]}
    chosen = mask(view.calendar, lambda e: e in newest)
    votes = count_bits(view.voted, chosen).astype(np.float32)
    votes[count_bits(view.rolls, chosen) == 0] = np.nan
    return votes


def _share_words(group: str) -> Words:
    words, missing = GROUP_WORDS[group], "no past election on record" if group == "all" else ""
    parts = (f"no past {ONE_OF[group]}", *(f"{part} past {words}" for part in ("few", "half of the", "most", "all")))
    return Words((0.01, 0.4, 0.6, 0.99), tuple(f"voted in {part}" for part in parts), missing)


def _newest_words(group: str, back: int) -> Words:
    which = f"the last {ONE_OF[group]}" if back == 0 else f"the {ONE_OF[group]} before the last"
    return Words((0.5,), (f"did not vote in {which}", f"voted in {which}"))


def _streak_words(group: str) -> Words:
    def last(count: int) -> str:
        return f"the last {count} {GROUP_WORDS[group]}" if count > 1 else f"the last {ONE_OF[group]}"

    counts = range(1, ENOUGH + 1)
    sat_out, voted = (tuple(f"{verb} in {last(count)}" for count in counts) for verb in ("did not vote", "voted"))
    edges = tuple(number - 0.5 for number in range(1 - ENOUGH, ENOUGH + 1))
    return Words(edges, (*reversed(sat_out), "", *voted))


def _about(group: str, name: str, meaning: str, compute: Compute, says: Words) -> Feature:
    # Elections like the coming one are midterms, primaries or the like: the words of those are plainer.
    return Feature(f"{name}_{group}", meaning, compute, topic=TOPIC, says=SILENT if group == "like" else says)


def _newest(group: str, back: int) -> Feature:
    name, place = ("voted_last", "newest") if back == 0 else ("voted_before_last", "last but one")
    meaning = f"voted in the {place} of the past {GROUP_WORDS[group]}"
    return _about(group, name, meaning, partial(_nth_newest, group, back), _newest_words(group, back))


def _share_of(group: str) -> Feature:
    meaning = f"share of the past {GROUP_WORDS[group]} on the rolls for that were voted in"
    return _about(group, "share", meaning, partial(_share, group), _share_words(group))


def _streak_of(group: str) -> Feature:
    meaning = f"past {GROUP_WORDS[group]} voted in in a row (negative: sat out)"
    return _about(group, "streak", meaning, partial(_streak, group), _streak_words(group))


FEATURES = (
    *(_share_of(group) for group in GROUP_WORDS),
    *(_newest(group, 0) for group in GROUP_WORDS),
    *(_newest(group, 1) for group in ("like", "general", "primary")),
    *(_streak_of(group) for group in ("all", "like", "general", "primary")),
    Feature(
        "years_since_vote",
        "years since the last vote",
        _years_since_vote,
        topic=TOPIC,
        says=Words(
            (1, 2, 4, 8),
            (
                "last voted within a year",
                *(f"last voted {years} years ago" for years in ("1–2", "2–4", "4–8")),
                "last voted more than 8 years ago",
            ),
            "no vote on record",
        ),
    ),
    Feature(
        "share_this_year",
        "share of this year's earlier elections voted in",
        _this_year,
        topic=TOPIC,
        says=Words((0.01, 0.99), ("has not voted yet this year", "voted this year", "voted each time this year")),
    ),
    Feature(
        "elections_on_rolls",
        f"past elections on the rolls for, {ENOUGH} meaning that many or more",
        lambda s: np.minimum(s.view.elections("all"), ENOUGH).astype(np.float32),
        topic="registration",
        says=Words(
            (0.5, 2.5, 3.5),
            (
                "on the rolls for no election so far",
                "on the rolls for few past elections",
                "",
                f"on the rolls for {ENOUGH} or more past elections",
            ),
        ),
    ),
    Feature(
        "votes_of_last_4",
        "votes in the newest four elections",
        partial(_votes_of_last, 4),
        topic=TOPIC,
        says=count_words(4, "voted in {} of the last 4 elections", none="voted in none of the last 4 elections"),
    ),
)
