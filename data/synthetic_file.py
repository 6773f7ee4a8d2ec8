"""The voter file of a synthetic county as text: names, addresses, telephones and codes of people who do not exist."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.contracts import VOTERS
from data.synthetic_people import PARTIES, SCHOOLING, SEXES, Bools, Ints, Land, People, Rng

# A county, a state and postal codes that do not exist.
COUNTY, STATE = "Larkmoor", "ZZ"
STATUSES = ("active", "inactive", "pending", "moved", "deceased", "cancelled")
SCORED_STATUSES = ("active", "inactive", "pending")
WOMEN = """
Ada Alma Amy Anna Beth Carla Celia Clara Cora Daisy Della Diane Edith Elena Ellen Emma Faith Flora Gail Grace Hazel
Helen Iris Ivy Jane Joan Julia June Kate Laura Lena Lily Lucy Mabel Maria Nina Nora Olive Pearl Rosa Ruth Sofia Stella
Tess Vera Viola
"""
MEN = """
Abel Adam Alan Albert Amos Arthur Ben Bruno Carl Clyde Dale Daniel David Dean Edgar Eli Emil Felix Frank Fred George
Glen Hank Harold Hugo Ian Ira Jack James Joel Karl Leo Lewis Luis Martin Miles Ned Noah Oscar Otto Paul Peter Ralph
Ray Samuel Simon Theo Victor Walter
"""
LAST = """
Appleby Ashdown Barley Beech Birch Blossom Bramble Brook Clover Copper Cotton Dale Dewberry Fairweather Feather Fern
Field Finch Flint Fountain Fox Garland Goldenrod Greenhill Hawthorn Hazelwood Heather Hill Hollis Honeywell Ivory
Juniper Lake Larkin Laurel Linden Lovejoy Maple Marigold Marsh Meadows Merriweather Mills Moss Nightingale Oakley
Orchard Pebble Penny Pepper Pine Plum Poplar Quill Rainwater Reed River Robin Rosewood Rowan Sage Shepherd Snow
Sparrow Spring Stone Summers Sunday Sweetwater Thistle Thorn Valley Walnut Waterman Weaver Wheatley Whistler Willow
Winter Woodbine Wren Yarrow
"""
STREETS = """
Alder Ash Birch Cedar Cherry Chestnut Elm Fir Hickory Juniper Larch Linden Maple Mulberry Oak Pine Poplar Spruce
Walnut Willow
"""
WAYS = ("Street", "Avenue", "Road", "Lane", "Court", "Drive")
TOWN_STARTS = ("Amber", "Brook", "Clear", "Deer", "Elk", "Fair", "Green", "High", "Lake", "Mill")
TOWN_ENDS = ("ford", "ton", "field", "dale", "wick", "bury", "mere", "stead")

PRECINCT_STREETS = 8
APARTMENT_STREETS, APARTMENTS = 2, 6


def write_register(people: People, status: Ints, rng: Rng) -> pd.DataFrame:
    """The voter file as it would stand in a CSV, in the order of `people`: text, blank where nothing is recorded."""
    schooling = np.where(people.education < 0, len(SCHOOLING), people.education)
    columns = {
        "voter_id": voter_ids(len(people)),
        "birth_date": _text(people.born),
        "sex": _pick(SEXES, people.sex),
        "party": _pick(PARTIES, people.party),
        "registration_date": _text(people.registered),
        "status": _pick(STATUSES, status),
        "county": _pick([COUNTY], np.zeros(len(people), dtype=np.int64)),
        "precinct": _pick(precinct_names(people.land), people.precinct),
        **_place(people),
        **_person(people, rng),
        **_contact(len(people), rng),
        "education": _pick([*SCHOOLING, ""], schooling),
        "income": _blank(_text(np.nan_to_num(people.income).astype(np.int64)), np.isnan(people.income)),
    }
    known = [name for name in VOTERS.names if name in columns]
    return text_frame({name: columns[name] for name in (*known, "education", "income")})


def draw_status(people: People, day: date, lapsed: Bools, rng: Rng) -> Ints:
    """Registration status on a day, as an index into STATUSES.

    It follows from age, a recent registration and having missed two generals (`lapsed`), all of them on file, and from
    chance. By itself it does not tell who will vote, except that who moved, died or was cancelled will not.
    """
    age, chance = people.age(day), rng.random(len(people))
    status = np.zeros(len(people), dtype=np.int64)
    recent = people.registered > np.datetime64(day) - np.timedelta64(30, "D")
    status[lapsed & (rng.random(len(people)) < 0.4)] = STATUSES.index("inactive")
    status[(age < 18) | (recent & (rng.random(len(people)) < 0.5))] = STATUSES.index("pending")
    status[chance < 0.025] = STATUSES.index("moved")
    status[chance > np.where(age > 75, 0.975, 0.996)] = STATUSES.index("deceased")
    status[(chance > 0.5) & (chance < 0.506)] = STATUSES.index("cancelled")
    return status


def voter_ids(count: int) -> pa.Array:
    """Distinct ten-digit ids with leading zeros, in no order; at most ten million."""
    return pc.utf8_lpad(pa.array((4_711_203 + np.arange(count) * 3_141_593) % 10_000_000).cast(pa.string()), 10, "0")


def precinct_names(land: Land) -> list[str]:
    """Four digits or more: the town's number and the precinct's within it."""
    within = np.arange(len(land.town)) - np.searchsorted(land.town, land.town)
    return [f"{town + 1:02d}{number + 1:02d}" for town, number in zip(land.town, within, strict=True)]


def text_frame(columns: dict[str, Any]) -> pd.DataFrame:
    """A frame of text columns; blank, never missing."""
    return pd.DataFrame({name: pd.Series(pa.array(text).to_pandas(), dtype="str") for name, text in columns.items()})


def _place(people: People) -> dict[str, Any]:
    """Addresses that only a household shares: streets belong to one precinct; a quarter of the doors are apartments."""
    land, precinct = people.land, people.precinct
    town = land.town[precinct]
    within = people.door - people.door[np.searchsorted(precinct, precinct)]
    street, number = within % PRECINCT_STREETS, within // PRECINCT_STREETS
    apartment = street < APARTMENT_STREETS
    local = (precinct - np.searchsorted(land.town, land.town)[precinct]) * PRECINCT_STREETS + street
    streets = [f"{name} {way}" for way in WAYS for name in STREETS.split()]
    house = _text(np.where(apartment, 100 + 40 * (number // APARTMENTS), 101 + 4 * number))
    unit = pc.binary_join_element_wise("Apt", _text(number % APARTMENTS + 1), " ")
    towns = [start + end for end in TOWN_ENDS for start in TOWN_STARTS]
    return {
        "zip": pc.utf8_lpad(_text(101 + town), 5, "0"),
        "address": pc.binary_join_element_wise(house, _pick(streets, local * 7 % len(streets)), " "),
        "unit": _blank(unit, ~apartment),
        "city": _pick(towns, town % len(towns)),
        "state": _pick([STATE], np.zeros(len(people), dtype=np.int64)),
        "latitude": _text(np.round(41 + 0.02 * (precinct % 30) + 0.0015 * street, 5)),
        "longitude": _text(np.round(-99 + 0.025 * (precinct // 30) + 0.0002 * number, 5)),
    }


def _person(people: People, rng: Rng) -> dict[str, Any]:
    """First names by sex; most of a household shares its last name."""
    count = len(people)
    man = np.where(people.sex == SEXES.index("U"), rng.random(count) < 0.5, people.sex == SEXES.index("M"))
    women, men, names = WOMEN.split(), MEN.split(), LAST.split()
    first = np.where(man, len(women) + rng.integers(len(men), size=count), rng.integers(len(women), size=count))
    family = rng.integers(len(names), size=people.door[-1] + 1)[people.door]
    last = np.where(rng.random(count) < 0.85, family, rng.integers(len(names), size=count))
    middle = np.where(rng.random(count) < 0.6, rng.integers(26, size=count), 26)
    suffix = np.where(man & (rng.random(count) < 0.04), rng.integers(3, size=count), 3)
    return {
        "first_name": _pick([*women, *men], first),
        "middle_name": _pick([*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", ""], middle),
        "last_name": _pick(names, last),
        "suffix": _pick(["JR", "SR", "III", ""], suffix),
    }


def _contact(count: int, rng: Rng) -> dict[str, Any]:
    """Telephones in the unused area code 555, addresses at example.org, and what people asked not to have done."""
    phone = pc.binary_join_element_wise(
        "555", _text(rng.integers(200, 1000, size=count)), _text(rng.integers(1000, 10_000, size=count)), "-"
    )
    email = pc.binary_join_element_wise("voter", voter_ids(count), "@example.org", "")
    flags = {"do_not_call": 0.02, "do_not_mail": 0.01, "do_not_walk": 0.007}
    return {
        "phone": _blank(phone, rng.random(count) < 0.25),
        "email": _blank(email, rng.random(count) < 0.7),
        **{name: _pick(["0", "1"], (rng.random(count) < share).astype(np.int64)) for name, share in flags.items()},
    }


def _pick(words: Sequence[str], codes: Ints) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(codes))


def _text(values: Any) -> pa.Array:
    return pc.fill_null(pa.array(values, from_pandas=True).cast(pa.string()), "")


def _blank(text: pa.Array, where: Bools) -> pa.Array:
    return pc.if_else(pa.array(where), "", text)
