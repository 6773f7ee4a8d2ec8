"""The area: how the voter's neighbours have voted and registered, the voter left out; and what certified results say.

Shares are pulled towards the whole file's share by `PRIOR` observations, so that a small area says little.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from features.area_totals import AREAS
from features.feature import Feature
from features.scene import Scene
from features.view import Floats
from features.words import Words

PRIOR = 20.0
# Not the county: it is a category of its own, and what changes in a county's records from one election to the next (how
# well its rolls are kept) would be learned as the behaviour of its voters.
TURNOUT_AREAS = ("precinct", "zip")
TOPIC = "neighbourhood"
AREA_WORDS = {"precinct": "precinct", "zip": "zip code", "county": "county"}
NOTABLE = 0.02  # how far a share must be from the file's for a word to be said about it


def _above_file(area: str, part: str, whole: str, scene: Scene) -> Floats:
    """How far the area's share is above the whole file's, the voter left out; 0 where nothing is known yet.

    The difference, because the file's own share is the level of an election and would let a model tell elections apart.
    """
    overall = scene.share_of_file(part, whole)
    near, near_whole = scene.in_area(area, part), scene.in_area(area, whole)
    above = (near + PRIOR * overall) / (near_whole + PRIOR) - overall
    return np.where(np.isnan(overall), 0.0 * near_whole, above).astype(np.float32)


def _lean(area: str, scene: Scene) -> Floats:
    """The area's lean above the mean of all areas, which differs from one election to the next."""
    leans = scene.surroundings.leans[area]
    return scene.per_area(area, leans - leans.mean()).astype(np.float32)


def _compare(below: str, above: str) -> Words:
    return Words((-NOTABLE, NOTABLE), (below, "", above))


def _features(area: str) -> Iterable[Feature]:
    here = AREA_WORDS[area]

    def declare(name: str, meaning: str, part: str, whole: str, says: Words) -> Feature:
        told, compute = f"{meaning}, {area} above file", partial(_above_file, area, part, whole)
        return Feature(f"{area}_{name}", told, compute, topic=TOPIC, says=says)

    if area in TURNOUT_AREAS:
        meaning, says = "the others' share of votes in past elections", _votes(here, "")
        yield declare("turnout", meaning, "votes", "elections", says)
        meaning, says = "the same for elections like the coming one", _votes(here, " in such elections")
        yield declare("turnout_like", meaning, "votes_like", "elections_like", says)
    meaning = "the share of the others with the file's most common party"
    yield declare("party_1", meaning, "party_1", "people", _parties(here, "{party_1}"))
    yield declare(
        "party_2",
        "the share of the others with the file's second party",
        "party_2",
        "people",
        _parties(here, "{party_2}"),
    )
    yield Feature(
        f"{area}_lean",
        f"the side's share of the votes in past certified results of the {area}, above that of all",
        partial(_lean, area),
        topic=TOPIC,
        says=_compare(f"{here} leans our way less than most", f"{here} leans our way more than most"),
    )


def _votes(here: str, when: str) -> Words:
    aloud = (f"{here} votes less than most", "", f"{here} votes more than most")
    return replace(_compare(aloud[0] + when, aloud[2] + when), aloud=aloud)


def _parties(here: str, party: str) -> Words:
    return _compare(f"{here} has fewer {party} than most", f"{here} has more {party} than most")


FEATURES = tuple(feature for area in AREAS for feature in _features(area))
