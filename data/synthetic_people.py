"""The people of a synthetic county: doors in precincts and towns, and who is registered behind them."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]
Rng = np.random.Generator

SEXES = ("F", "M", "U")
# The campaign's own party is DEM here; nothing depends on which.
PARTIES = ("DEM", "REP", "UNA", "OTH")
SCHOOLING = ("less_than_high_school", "high_school", "some_college", "bachelor", "postgraduate")

# Voters at a door: 1.9 on average. In 2022 some 203 million active registrations (EAVS) came to some 131 million
# households (CPS), about 1.5 each, and so about 1.9 where anybody is registered at all (approximate).
DOOR_SIZES = (0.42, 0.37, 0.12, 0.06, 0.02, 0.01)
# Log-odds of registering with each party in a precinct without lean. In the states that register by party, 39.6 % were
# Democrats, 29.2 % Republicans and 31.2 % neither (Ballotpedia, July 2021).
PARTY_APPEAL = (0.38, 0.04, 0.0, -2.3)
PARTY_LEAN = (0.8, -0.8, 0.0, 0.0)
# Upper ends of all but the last schooling on a standard normal scale: about 9, 28, 26, 23 and 14 % of adults
# (American Community Survey, approximate).
SCHOOLING_CUTS = (-1.34, -0.33, 0.33, 1.08)
# A head of household's age at given shares: registered voters have a median age near 50 (CPS, approximate).
AGE_SHARES, AGES = (0.0, 0.13, 0.38, 0.70, 0.88, 0.97, 1.0), (19.0, 30.0, 45.0, 64.0, 74.0, 84.0, 98.0)
YEAR = 365.2425
PRECINCT_VOTERS = 1000
TOWN_PRECINCTS = 15


@dataclass(frozen=True)
class Land:
    """The precincts: their town's number, and lean, turnout and schooling on the logit scale; shape (precincts,)."""

    town: Ints
    lean: Floats
    turnout: Floats
    schooling: Floats


@dataclass(frozen=True)
class People:
    """What is recorded of every voter, shape (voters,), sorted by door; every array has one entry a voter.

    `born` and `registered` are NaT, `education` -1 and `income` NaN where the file does not say. Nothing that the file
    does not say has an effect on turnout or support, so the best prediction from the file is known exactly.
    """

    land: Land
    door: Ints
    precinct: Ints
    sex: Ints
    party: Ints
    born: Days
    registered: Days
    education: Ints
    income: Floats

    def __len__(self) -> int:
        return len(self.door)

    def age(self, day: date) -> Floats:
        """Age in years on a day; NaN where the birth date is not recorded."""
        days = (np.datetime64(day) - self.born) / np.timedelta64(1, "D")
        return np.asarray(days / YEAR, dtype=np.float64)

    def may_vote(self, day: date) -> Bools:
        """Whether registered by that day and then 18; who has no recorded date is an old registrant, long of age."""
        month = self.born.astype("datetime64[M]")
        adult = (month + 18 * 12).astype("datetime64[D]") + (self.born - month.astype("datetime64[D]"))
        return _by(self.registered, day) & _by(adult, day)


def settle_land(voters: int, rng: Rng) -> Land:
    """Precincts of about 1,000 voters in towns of up to 15 precincts, four towns where the county is small."""
    precincts = max(2, round(voters / PRECINCT_VOTERS))
    town = np.arange(precincts) // min(TOWN_PRECINCTS, -(-precincts // 4))
    lean = rng.normal(0, 0.3, town[-1] + 1)[town] + rng.normal(0, 0.4, precincts)
    return Land(town, lean - lean.mean(), rng.normal(0, 0.2, precincts), 0.4 * lean + rng.normal(0, 0.3, precincts))


def settle_people(voters: int, *, taken: date, opening: date, rng: Rng) -> People:
    """People behind doors, as the voter file of the day `taken` records them.

    Only voters registered before `opening`, the first election on record, may lack a birth or registration date.
    """
    land = settle_land(voters, rng)
    door, place = _doors(voters, rng)
    precinct = _precincts(land, door, rng)
    age = _ages(door, place, rng)
    sex = _sexes(door, place, rng)
    party = _parties(land.lean[precinct], age, door, place, rng)
    schooling = np.searchsorted(SCHOOLING_CUTS, land.schooling[precinct] + rng.normal(0, 1, voters) - 0.3 * (age > 70))
    income = _incomes(schooling, door, rng)
    born = np.datetime64(taken) - (age * YEAR).astype("timedelta64[D]")
    registered = np.datetime64(taken) - _tenures(age, rng).astype("timedelta64[D]")
    old = (registered < np.datetime64(opening)) & (age > 30)
    born[old & (rng.random(voters) < 0.03)] = np.datetime64("NaT")
    registered[old & (rng.random(voters) < 0.02)] = np.datetime64("NaT")
    schooling[rng.random(voters) < 0.3] = -1
    return People(land, door, precinct, sex, party, born, registered, schooling, income)


def first_of(door: Ints) -> Ints:
    """The row of the first voter of each voter's door; rows must be sorted by door."""
    return np.asarray(np.searchsorted(door, door))


def _by(days: Days, day: date) -> Bools:
    return np.asarray(np.isnat(days) | (days <= np.datetime64(day)))


def _doors(voters: int, rng: Rng) -> tuple[Ints, Ints]:
    """Each voter's door number, ascending, and place behind it (0 = head of the household)."""
    sizes = rng.choice(len(DOOR_SIZES), size=voters, p=DOOR_SIZES) + 1
    doors = int(np.searchsorted(np.cumsum(sizes), voters)) + 1
    door = np.repeat(np.arange(doors), sizes[:doors])[:voters]
    return door, np.arange(voters) - first_of(door)


def _precincts(land: Land, door: Ints, rng: Rng) -> Ints:
    """Neighbouring doors share a precinct; precincts have between half and one and a half times the usual size."""
    ends = np.cumsum(rng.uniform(0.5, 1.5, len(land.town)))
    return np.asarray(np.searchsorted(ends / ends[-1], (door + 0.5) / (door[-1] + 1)))


def _ages(door: Ints, place: Ints, rng: Rng) -> Floats:
    """Heads, partners of about their age, and grown or nearly grown children."""
    head = np.interp(rng.random(len(door)), AGE_SHARES, AGES)[first_of(door)]
    partner = np.clip(head + rng.normal(-1, 4, len(door)), 18.5, 99)
    child = np.clip(head - 29 + rng.normal(0, 5, len(door)), rng.uniform(17.2, 26, len(door)), 60)
    return np.asarray(np.choose(np.minimum(place, 2), (head, partner, child)))


def _sexes(door: Ints, place: Ints, rng: Rng) -> Ints:
    sex = (rng.random(len(door)) < 0.48).astype(np.int64)
    couple = (place == 1) & (rng.random(len(door)) < 0.8)
    sex = np.where(couple, 1 - sex[first_of(door)], sex)
    sex[rng.random(len(door)) < 0.01] = SEXES.index("U")
    return sex


def _parties(lean: Floats, age: Floats, door: Ints, place: Ints, rng: Rng) -> Ints:
    """Party of registration; housemates often share the head's."""
    appeal = np.array(PARTY_APPEAL) + lean[:, None] * np.array(PARTY_LEAN)
    appeal[:, PARTIES.index("UNA")] += 0.7 * (age < 35)
    party = np.argmax(appeal + rng.gumbel(size=appeal.shape), axis=1)
    shared = (place > 0) & (rng.random(len(door)) < 0.5)
    return np.asarray(np.where(shared, party[first_of(door)], party))


def _incomes(schooling: Ints, door: Ints, rng: Rng) -> Floats:
    """Household income in whole hundreds of dollars, the same for a whole door, with a median near 75,000."""
    median = 75_000 * np.exp(0.3 * (schooling - 2))
    income = np.round(median * np.exp(rng.normal(0, 0.55, len(door))), -2)
    income[rng.random(len(door)) < 0.08] = np.nan
    return np.asarray(income[first_of(door)])


def _tenures(age: Floats, rng: Rng) -> Floats:
    """Days since registration: newcomers all the time, and some who registered before they were 18."""
    since_adult = np.maximum(age - 18 + rng.uniform(-0.5, 0.8, len(age)), rng.uniform(0, 0.4, len(age)))
    return np.asarray(np.minimum(rng.exponential(20, len(age)), since_adult) * YEAR)
