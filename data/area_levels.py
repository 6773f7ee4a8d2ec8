"""What is stated of the turnout area by area, and how it stands in `campaign.toml`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AREA_TYPES = ("county", "precinct", "zip")


@dataclass(frozen=True)
class AreaLevels:
    """The turnout to expect in some areas, values of the voters' column `area_type`, as shares between 0 and 1."""

    area_type: str
    areas: Mapping[str, float]


def levels_to_toml(levels: AreaLevels, table: str) -> list[str]:
    """The lines of the table in TOML, an area a line."""
    areas = [f"{json.dumps(area, ensure_ascii=False)} = {share!r}" for area, share in levels.areas.items()]
    return ["", f"[{table}]", f"area_type = {json.dumps(levels.area_type)}", "", f"[{table}.areas]", *areas]


def read_levels(table: Mapping[str, Any]) -> AreaLevels:
    """The levels that a table without faults states."""
    return AreaLevels(table["area_type"], table["areas"])


def level_faults(found: object, table: str) -> list[str]:
    """Every reason why what TOML says in the table are not levels of areas."""
    if not isinstance(found, dict):
        return [f"{table} must be a table with area_type and areas"]
    faults = []
    if found.get("area_type") not in AREA_TYPES:
        faults.append(f"{table} area_type must be one of {', '.join(AREA_TYPES)}")
    areas = found.get("areas")
    if not isinstance(areas, dict) or not areas:
        return [*faults, f"{table} areas must name at least one area and its expected turnout"]
    wrong = [area for area, share in areas.items() if not is_share(share)]
    return faults + [f"{table} {area!r} must be a share between 0 and 1, such as 0.52" for area in wrong]


def is_share(value: object) -> bool:
    """Whether it is a number that a mean of chances can be."""
    return isinstance(value, float) and 0 < value < 1
