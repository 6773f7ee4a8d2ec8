"""Cells: what one piece of text means as a value of a column, or the rule it breaks."""

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa

from data.contracts import Column

ARROW_TYPES = {
    "text": pa.string(),
    "code": pa.string(),
    "date": pa.date32(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
}
FLAGS = {"1": True, "true": True, "yes": True, "y": True, "0": False, "false": False, "no": False, "n": False}
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(DATE.pattern + r"[ T][0-9]{2}:[0-9]{2}.*")
INTEGER = re.compile(r"([+-]?[0-9]{1,18})(\.0+)?")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
# What a spreadsheet makes of an id that it takes for a number. The id itself is lost.
DAMAGED_ID = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]+|[0-9]+\.0+|[0-9]{1,3}(,[0-9]{3})+")
OLDEST = 115

Parser = Callable[[str], Any]


def parser(column: Column, today: date) -> Parser:
    """The function from a trimmed, filled cell to a value of the column; it raises ValueError with the rule broken."""
    low, high = bounds(column, today)
    kinds: dict[str, Parser] = {
        "text": _parse_id if column.name == "voter_id" else str,
        "code": lambda text: _parse_code(text, column.allowed),
        "date": lambda text: _parse_date(text, today),
        "integer": lambda text: _within(_parse_integer(text), low, high),
        "number": lambda text: _within(_parse_number(text), low, high),
        "flag": _parse_flag,
    }
    return kinds[column.kind]


def _parse_id(text: str) -> str:
    if not text.isalnum() and DAMAGED_ID.fullmatch(text):
        raise ValueError("a number where an id must be: a spreadsheet has damaged it; export the ids as text")
    return text


def _parse_code(text: str, allowed: tuple[str, ...]) -> str:
    if not allowed:
        return text.upper()
    if text.lower() not in allowed:
        raise ValueError(f"not a known code; known are {', '.join(allowed)}")
    return text.lower()


def _parse_date(text: str, today: date) -> date:
    if not DATE.fullmatch(text):
        beside = " (there is a time of day beside it)" if MOMENT.fullmatch(text) else ""
        raise ValueError(f"not a date written YYYY-MM-DD{beside}")
    try:
        value = date.fromisoformat(text)
    except ValueError:
        raise ValueError("a day that is in no calendar") from None
    if value > today:
        raise ValueError("a date in the future")
    if value < oldest_day(today):
        raise ValueError(f"a date more than {OLDEST} years ago")
    return value


def _parse_integer(text: str) -> int:
    # "1980.0" is what data frames write of a whole number in a column with gaps: nothing is lost in it.
    if not (found := INTEGER.fullmatch(text)):
        raise ValueError("not a whole number")
    return int(found[1])


def _parse_number(text: str) -> float:
    if not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError("not a number")
    return float(text)


def oldest_day(today: date) -> date:
    """The first day that a date may be: nobody, and no registration, is older."""
    return date(today.year - OLDEST, 1, 1)


def bounds(column: Column, today: date) -> tuple[float, float]:
    """What a number may be at least and at most; nobody was born in the future or is older than people get."""
    if column.name == "birth_year":
        return today.year - OLDEST, today.year
    low = -math.inf if column.low is None else column.low
    return low, math.inf if column.high is None else column.high


def _within(value: float, low: float, high: float) -> float:
    if value < low:
        raise ValueError(f"less than {low:g}")
    if value > high:
        raise ValueError(f"more than {high:g}")
    return value


def _parse_flag(text: str) -> bool:
    if text.lower() not in FLAGS:
        raise ValueError("not one of 1/0, true/false, yes/no, y/n")
    return FLAGS[text.lower()]
