"""The voters of a synthetic nation, drawn block by block: any block can be drawn again without the others."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
from nation_columns import CATEGORIES, FLAGS, NUMBERS, PARTIES, SEXES, STATUS_SHARES, STATUSES
from numpy.typing import NDArray
from scipy.special import expit

from data.elections import Election

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BLOCK = 100_000
COMING = Election(date(2026, 11, 3), "general")
TODAY = date(2026, 9, 1)
DAY0 = np.datetime64("1970-01-01", "D")
YEAR = 365.2425
MISSING = 0.015
PRECINCT_VOTERS, ZIP_PRECINCTS, COUNTY_VOTERS = 1_500, 5, 166_667
DOOR_SIZES = (0.45, 0.33, 0.12, 0.07, 0.03)  # voters behind a door: 1.9 on average

_ELECTIONS = (
    Election(date.fromisoformat(day), kind)
    for day, kind in (
        *((f"{year}-11-05", "municipal") for year in range(2013, 2026, 2)),
        *((f"{year}-11-06", "general") for year in range(2014, 2025, 2)),
        *((f"{year}-05-08", "primary") for year in (2014, 2018, 2022, 2026)),
        *((f"{year}-03-10", "presidential_primary") for year in (2016, 2020, 2024)),
    )
)
CALENDAR = tuple(sorted(_ELECTIONS))
# Log odds of a vote by kind of election, before who the voter is.
APPEAL = {"presidential": 0.9, "midterm": 0.1, "municipal": -1.3, "primary": -1.2, "presidential_primary": -0.9}


@dataclass(frozen=True)
class Block:
    """Neighbouring rows of the nation: columns as the campaign's file has them, and what no file knows.

    `columns` are Arrow arrays without vote history. `voted` and `rolls` have shape (voters, elections); `support` is
    whether a voter backs our side; `precinct` and `county` are numbers, -1 where the file does not say.
    """

    columns: dict[str, pa.Array]
    voted: Bools
    rolls: Bools
    support: Bools
    precinct: Ints
    county: Ints


@dataclass(frozen=True)
class Nation:
    """So many voters in blocks of `BLOCK`, households whole, always the same for the same seed and size."""

    voters: int
    seed: int = 1

    @property
    def blocks(self) -> int:
        return -(-self.voters // BLOCK)

    @cached_property
    def land(self) -> pd.DataFrame:
        """The precincts: their zip and county, share of the nation's households, engagement and lean."""
        count = max(8, self.voters // PRECINCT_VOTERS)
        counties = max(4, min(60, self.voters // COUNTY_VOTERS))
        rng = np.random.default_rng([self.seed, 1 << 40])
        county = np.sort(rng.integers(0, counties, count))
        return pd.DataFrame(
            {
                "zip": np.arange(count) // ZIP_PRECINCTS,
                "county": county,
                "reach": np.cumsum(rng.lognormal(0, 0.35, count)),
                "engaged": rng.normal(0, 0.25, count) + rng.normal(0, 0.15, counties)[county],
                "lean": rng.normal(0, 0.6, count) + rng.normal(0, 0.3, counties)[county],
            }
        )

    def draw(self, number: int) -> Block:
        """The block of that number."""
        voters = min(BLOCK, self.voters - number * BLOCK)
        return _Draw(self, number, voters, np.random.default_rng([self.seed, number])).block()


@dataclass(frozen=True)
class _Draw:
    nation: Nation
    number: int
    voters: int
    rng: np.random.Generator

    def block(self) -> Block:
        land, n = self.nation.land, self.voters
        sizes = 1 + self.rng.choice(len(DOOR_SIZES), n, p=DOOR_SIZES)
        door = np.repeat(np.arange(n), sizes)[:n]
        doors = int(door[-1]) + 1
        reach = land["reach"].to_numpy()
        precinct = np.searchsorted(reach, self.rng.random(doors) * reach[-1], "right")[door]
        age = (18.2 + 72 * self.rng.beta(1.5, 2.2, doors)[door] + self.normal(4.0)).clip(16.6, 104)
        engaged = land["engaged"].to_numpy()[precinct] + self.shared(door, doors, 0.6, 0.7)
        engaged += 0.6 * np.tanh((age - 45) / 20)
        lean = land["lean"].to_numpy()[precinct] + self.shared(door, doors, 0.7, 0.5)
        born = TODAY_NUMBER - (age * YEAR).astype(np.int64)
        grown = born + int(18 * YEAR) + 2
        registered = np.maximum(grown - 400, TODAY_NUMBER - self.rng.exponential(11 * YEAR, n).astype(np.int64))
        registered = np.minimum(registered, TODAY_NUMBER - self.rng.integers(1, 200, n))
        voted, rolls = self.history(engaged, np.maximum(grown, registered))
        places = {"precinct": precinct, "county": land["county"].to_numpy()[precinct]}
        places = {name: np.where(self.rare(MISSING / 3), -1, place) for name, place in places.items()}
        columns = {
            **self.identities(door),
            "precinct": _coded("P", places["precinct"], 6),
            "zip": self.holed(_coded("", 10_000 + land["zip"].to_numpy()[precinct], 5)),
            "county": _coded("C", places["county"], 3),
            "sex": self.word(SEXES, self.rng.choice(3, n, p=(0.52, 0.46, 0.02))),
            "party": self.word(PARTIES, self.party(lean)),
            "birth_date": self.day(born),
            "registration_date": self.day(registered),
            "status": self.word(STATUSES, self.rng.choice(len(STATUSES), n, p=STATUS_SHARES)),
            **{name: pa.array(self.rare(share), mask=self.rare()) for name, share in FLAGS.items()},
            **self.extras(engaged, lean, age),
        }
        return Block(columns, voted, rolls, self.rng.random(n) < expit(1.3 * lean), *places.values())

    def normal(self, spread: float, count: int | None = None) -> Floats:
        return np.float32(spread) * self.rng.standard_normal(count or self.voters, dtype=np.float32)

    def shared(self, door: Ints, doors: int, among: float, within: float) -> NDArray[np.float64]:
        """What those behind a door have in common, and each voter's own part."""
        return np.asarray(self.normal(among, doors)[door] + self.normal(within), np.float64)

    def rare(self, share: float = MISSING) -> Bools:
        return self.rng.random(self.voters, dtype=np.float32) < share

    def holed(self, values: pa.Array) -> pa.Array:
        """The values, some of them missing."""
        missing = pa.array(np.where(self.rare(), -1, np.arange(len(values))))
        return values.take(pa.array(missing.to_numpy(), mask=missing.to_numpy() < 0))

    def identities(self, door: Ints) -> dict[str, pa.Array]:
        """Ids that tell nothing of the order: a permutation of all ten-digit numbers, the seed apart."""
        row = np.arange(self.voters, dtype=np.uint64) + np.uint64(self.number * BLOCK)
        voter = row * np.uint64(6_180_339_887) % np.uint64(10**10)
        house = (door.astype(np.uint64) + np.uint64(self.number * BLOCK)) * np.uint64(2_718_281_829) % np.uint64(10**10)
        return {"voter_id": _coded("", voter, 10), "household_id": self.holed(_coded("H", house, 10))}

    def word(self, words: tuple[str, ...], numbers: Ints) -> pa.Array:
        return pa.array(words).take(pa.array(numbers, mask=self.rare()))

    def day(self, numbers: Ints) -> pa.Array:
        return pa.array(numbers.astype("datetime64[D]"), pa.date32(), mask=self.rare())

    def party(self, lean: NDArray[np.float64]) -> Ints:
        score = lean[:, None] * np.array([0.9, -0.9, 0, -0.2, 0.3]) + np.array([0.3, 0.2, 0.1, -2.5, -3.2])
        return np.asarray((score + self.rng.gumbel(size=score.shape)).argmax(axis=1))

    def history(self, engaged: NDArray[np.float64], able: Ints) -> tuple[Bools, Bools]:
        days = np.array([(np.datetime64(e.date) - DAY0).astype(int) for e in CALENDAR])
        appeal = np.array([APPEAL[e.kind] for e in CALENDAR])
        shape = (self.voters, len(CALENDAR))
        known = self.rng.random(shape, dtype=np.float32) >= MISSING
        rolls = (able[:, None] <= days) & known
        p = expit((1.5 * engaged[:, None] + appeal).astype(np.float32))
        return rolls & (self.rng.random(shape, dtype=np.float32) < p), rolls

    def extras(self, engaged: NDArray[np.float64], lean: NDArray[np.float64], age: Floats) -> dict[str, pa.Array]:
        years = (age - 50) / 18
        made = {}
        for name, (e, s, a, step, middle, skewed) in NUMBERS.items():
            value = e * engaged + s * lean + a * years + self.normal(0.8)
            value = middle * (np.exp(0.7 * value) if skewed else (1 + value / 3).clip(0))
            made[name] = pa.array(np.round(value / step) * step, mask=self.rare())
        for name, (count, e, s) in CATEGORIES.items():
            place = expit(e * engaged + s * lean + self.normal(1.0)) ** 1.5
            made[name] = self.word(tuple(f"{name}_{k:02d}" for k in range(count)), (place * count).astype(np.int64))
        return made


TODAY_NUMBER = int((np.datetime64(TODAY) - DAY0).astype(int))


def _coded(letter: str, numbers: NDArray[np.integer], digits: int) -> pa.Array:
    """Numbers as text of one length, such as P000042, null where negative; written digit by digit, not row by row."""
    width = len(letter) + digits
    text = np.empty((len(numbers), width), np.uint8)
    text[:, : len(letter)] = np.frombuffer(letter.encode(), np.uint8)
    left = np.maximum(numbers, 0)
    for at in range(width - 1, len(letter) - 1, -1):
        left, digit = np.divmod(left, left.dtype.type(10))
        text[:, at] = digit + ord("0")
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * width
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text))]
    coded = pa.Array.from_buffers(pa.string(), len(numbers), buffers)
    if numbers.dtype.kind == "u" or (numbers >= 0).all():
        return coded
    return coded.take(pa.array(np.arange(len(numbers)), mask=numbers < 0))
