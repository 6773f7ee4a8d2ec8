"""The area: how the voter's neighbours have voted and registered, the voter left out; and what certified results say.

Shares are pulled towards the whole file's share by `PRIOR` observations, so that a small area says little.
"""

from collections.abc import Iterable

import numpy as np

from features.area_totals import AREAS
from features.feature import Feature
from features.scene import Scene
from features.view import Floats

PRIOR = 20.0
# Not the county: it is a category of its own, and what changes in a county's records from one election to the next (how
# well its rolls are kept) would be learned as the behaviour of its voters.
TURNOUT_AREAS = ("precinct", "zip")


def _above_file(scene: Scene, area: str, part: str, whole: str) -> Floats:
    """How far the area's share is above the whole file's, the voter left out; 0 where nothing is known yet.

    The difference, because the file's own share is the level of an election and would let a model tell elections apart.
    """
    here, file = scene.area_counts[area]
    overall = file[part] / file[whole].where(file[whole] > 0)
    shrunk = (here[part] + PRIOR * overall) / (here[whole] + PRIOR)
    return np.asarray((shrunk - overall).where(overall.notna(), 0.0 * here[whole]), np.float32)


def _lean(scene: Scene, area: str) -> Floats:
    """The area's lean above the mean of all areas, which differs from one election to the next."""
    leans = scene.surroundings.leans[area]
    values = (leans - leans.mean()).reindex(scene.view.voters[area].astype(object).to_numpy())
    return np.asarray(values, np.float32)


def _features(area: str) -> Iterable[Feature]:
    def declare(name: str, meaning: str, part: str, whole: str) -> Feature:
        return Feature(f"{area}_{name}", f"{meaning}, {area} above file", lambda s: _above_file(s, area, part, whole))

    if area in TURNOUT_AREAS:
        yield declare("turnout", "the others' share of votes in past elections", "votes", "elections")
        yield declare("turnout_like", "the same for elections like the coming one", "votes_like", "elections_like")
    yield declare("party_1", "the share of the others with the file's most common party", "party_1", "people")
    yield declare("party_2", "the share of the others with the file's second party", "party_2", "people")
    yield Feature(
        f"{area}_lean",
        f"the side's share of the votes in past certified results of the {area}, above that of all",
        lambda s: _lean(s, area),
    )


FEATURES = tuple(feature for area in AREAS for feature in _features(area))
