"""Who votes when in a synthetic county, and the best prediction of it that anybody could make."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from data.elections import Calendar, Election
from data.synthetic_people import PARTIES, Bools, Floats, Ints, People, Rng

PAST_ELECTIONS = 12
# The household effect takes three values, so that summing over them is exact; the personal one is normal.
DOOR_VALUES, DOOR_CHANCES = np.sqrt(3) * np.array([-1.0, 0.0, 1.0]), np.array([1, 4, 1]) / 6
# Evenly spaced values of the personal effect, in standard deviations: within 0.0002 of the exact posterior mean, where
# Gauss-Hermite quadrature with as many nodes is off by 0.01 because a long history makes the posterior narrow.
PERSON_VALUES, PERSON_REACH = 19, 4.2
BLOCK = 50_000


@dataclass(frozen=True)
class Kind:
    """How people turn out in one kind of election: the share of registered voters, and effects on the logit scale.

    `age` is per decade, `party` that of registering with one, `schooling` per step, `income` per doubling;
    `person` and `door` are the standard deviations of what no column tells.
    """

    rate: float
    age: float
    party: float
    schooling: float
    income: float
    person: float
    door: float


# Rates. Of registered citizens, about 92 % reported voting in 2020 and 76 % in 2022 (66.8 / 72.7 and 52.2 / 69.1 % of
# all citizens; Census, CPS Voting and Registration Supplement). People report more votes than are counted: official
# counts average 61 % of registrations in generals and 27 % in primaries since 2000, 29 % in the midterm primaries of
# 2022 (States United, September 2022, states with statewide races). The rates here lie between the two for generals.
# 21.3 % of eligible citizens voted in the primaries of 2022 (Bipartisan Policy Center, 2023); mayoral elections drew
# just over 20 % of eligible citizens in 50 cities ("Who Votes for Mayor?", Portland State University, 2016).
# Ages. 51.4 % of citizens of 18-24 and 76.0 % of 65-74 voted in 2020 (Census, CB21-TPS.49). The gap is wider in
# midterms and widest in municipal elections, where half of the voters were 57 or older (Portland State). Schooling
# and income raise turnout in the CPS; the size of their effects here, and what no column tells, are our choice.
KINDS = {
    "presidential": Kind(0.74, age=0.32, party=0.35, schooling=0.25, income=0.20, person=1.9, door=0.7),
    "midterm": Kind(0.60, age=0.48, party=0.40, schooling=0.30, income=0.20, person=2.2, door=0.8),
    "presidential_primary": Kind(0.27, age=0.42, party=1.10, schooling=0.25, income=0.10, person=2.1, door=0.7),
    "primary": Kind(0.24, age=0.52, party=1.10, schooling=0.25, income=0.10, person=2.3, door=0.7),
    "municipal": Kind(0.21, age=0.60, party=0.35, schooling=0.25, income=0.10, person=2.2, door=0.7),
}
# How far an election usually falls from the rate of its kind, in logits; 2014 to 2018, from 41.9 to 53.4 % of citizens
# (CPS), was an unusually wide step of 0.46.
ELECTION_SPREAD = 0.12


@dataclass(frozen=True)
class Turnout:
    """Turnout in every past election and, last, the coming one; arrays of shape (voters, elections).

    `logits` leave out what no column tells, `chances` have it; both are meaningless where the voter may not vote.
    """

    calendar: Calendar
    kinds: tuple[Kind, ...]
    logits: Floats
    chances: Floats
    may_vote: Bools
    voted: Bools


def kind_of(election: Election) -> Kind:
    """The kind of an election; special elections, runoffs and odd-year generals turn out like municipal ones."""
    return KINDS.get(election.kind, KINDS["municipal"])


def past_calendar(election: Election, count: int = PAST_ELECTIONS) -> Calendar:
    """The last `count` elections before the coming one, oldest first.

    Generals in even Novembers, primaries in the June before midterms, presidential primaries in March, and municipal
    elections in the November before a presidential year.
    """
    years = range(election.date.year - count, election.date.year + 1)
    return tuple(e for year in years for e in _year(year) if e.date < election.date)[-count:]


def cast_votes(people: People, calendar: Calendar, rng: Rng) -> Turnout:
    """Draw everybody's votes in the elections of `calendar`."""
    shape = (len(people), len(calendar))
    logits, chances, may_vote = np.empty(shape), np.empty(shape), np.empty(shape, dtype=bool)
    person = rng.normal(0, 1, len(people))
    door = rng.choice(DOOR_VALUES, size=people.door[-1] + 1, p=DOOR_CHANCES)[people.door]
    for e, election in enumerate(calendar):
        kind = kind_of(election)
        known, hidden = _leanings(people, kind, election.date), kind.person * person + kind.door * door
        may_vote[:, e] = people.may_vote(election.date)
        rate = sigmoid(np.log(kind.rate / (1 - kind.rate)) + rng.normal(0, ELECTION_SPREAD))
        logits[:, e] = known + _level((known + hidden)[may_vote[:, e]], float(rate))
        chances[:, e] = sigmoid(logits[:, e] + hidden)
    voted = may_vote & (rng.random(shape) < chances)
    return Turnout(calendar, tuple(map(kind_of, calendar)), logits, chances, may_vote, voted)


def predict_turnout(turnout: Turnout, door: Ints, values: int = PERSON_VALUES) -> Floats:
    """The chance to vote in the last election given all the file tells: columns, own history, housemates' history.

    The mean over the posterior of the personal effect (on a grid of `values`) and of the household effect, which all
    voters of a door inform. Shape (voters,), within [0, 1].
    """
    points = np.linspace(-PERSON_REACH, PERSON_REACH, values)
    weights = np.exp(-(points**2) / 2)
    evidence, outlook = np.empty((2, len(door), len(DOOR_VALUES)))
    for start in range(0, len(door), BLOCK):
        rows = slice(start, start + BLOCK)
        likelihood = _likelihood(turnout, rows, points) * (weights / weights.sum())
        coming = _odds(turnout, rows, -1, points)
        evidence[rows] = likelihood.sum(axis=2)
        outlook[rows] = (likelihood * (coming / (1 + coming))).sum(axis=2) / evidence[rows]
    belief = _pool(np.log(evidence), door)
    return np.asarray((belief * outlook).sum(axis=1))


def sigmoid(logits: Floats) -> Floats:
    """Chances of logits, of the same shape."""
    return np.asarray(1 / (1 + np.exp(-logits)))


def _year(year: int) -> tuple[Election, ...]:
    november = Election(_tuesday(date(year, 11, 2)), "general")
    if year % 4 == 0:
        return Election(_tuesday(date(year, 3, 2)), "presidential_primary"), november
    if year % 4 == 2:
        return Election(_tuesday(date(year, 6, 2)), "primary"), november
    return (Election(november.date, "municipal"),) if year % 4 == 3 else ()


def _tuesday(day: date) -> date:
    """The first Tuesday on or after a day."""
    return day + timedelta((1 - day.weekday()) % 7)


def _leanings(people: People, kind: Kind, day: date) -> Floats:
    """The part of the turnout logit that the columns tell, without the election's level."""
    age = np.nan_to_num(people.age(day), nan=50.0)
    decades = (np.minimum(age, 72) - 50) / 10 - np.maximum(age - 80, 0) / 10
    schooling = np.where(people.education < 0, 0, people.education - 2)
    income = np.nan_to_num(np.log2(people.income / 75_000))
    enrolled = people.party != PARTIES.index("UNA")
    return np.asarray(
        kind.age * decades
        + kind.party * enrolled
        + kind.schooling * schooling
        + kind.income * income
        + 0.08 * (people.sex == 0)
        + people.land.turnout[people.precinct]
    )


def _level(logits: Floats, rate: float) -> float:
    """The constant that brings the mean chance to `rate`, by Newton's method on at most 50,000 voters."""
    sample, level = logits[:: max(1, len(logits) // 50_000)], 0.0
    for _ in range(12):
        chances = sigmoid(sample + level)
        level += float((rate - chances.mean()) / (chances * (1 - chances)).mean())
    return level


def _odds(turnout: Turnout, rows: slice, election: int, points: Floats) -> Floats:
    """Odds to vote at every value of household and personal effect; shape (rows, values, points)."""
    kind = turnout.kinds[election]
    hidden = np.exp(kind.door * DOOR_VALUES[:, None] + kind.person * points)
    return np.asarray(np.exp(turnout.logits[rows, election])[:, None, None] * hidden)


def _likelihood(turnout: Turnout, rows: slice, points: Floats) -> Floats:
    """How likely a voter's history is at every value of both effects; shape (rows, values, points)."""
    product = np.ones((len(turnout.voted[rows]), len(DOOR_VALUES), len(points)))
    for election in range(len(turnout.calendar) - 1):
        odds = _odds(turnout, rows, election, points)
        voted, absent = turnout.voted[rows, election], turnout.may_vote[rows, election] & ~turnout.voted[rows, election]
        product[voted] *= odds[voted] / (1 + odds[voted])
        product[absent] /= 1 + odds[absent]
    return product


def _pool(evidence: Floats, door: Ints) -> Floats:
    """The posterior of each voter's household effect from the log evidence of all who share the door."""
    joint = np.stack([np.bincount(door, weights=column) for column in evidence.T], axis=1) + np.log(DOOR_CHANCES)
    belief = np.exp(joint - joint.max(axis=1, keepdims=True))
    return np.asarray((belief / belief.sum(axis=1, keepdims=True))[door])
