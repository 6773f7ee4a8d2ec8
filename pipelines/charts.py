"""The report's pictures: small SVG drawings that take their colours and type from the page they stand in.

Shares run from 0 to 1. Every picture has a title and a description for those who cannot see it. The classes are those
of `report.css`: `model` is always the accent, `rule` always the same grey.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
STRIP = (150.0, 16.0)


@dataclass(frozen=True)
class Plane:
    """Where shares lie in a drawing: a rectangle of pixels with room for its labels."""

    width: float = 370.0
    height: float = 300.0
    left: float = 52.0
    top: float = 10.0
    right: float = 14.0
    bottom: float = 44.0

    def x(self, share: float) -> float:
        """Pixels from the left."""
        return self.left + share * (self.width - self.left - self.right)

    def y(self, share: float) -> float:
        """Pixels from the top."""
        return self.height - self.bottom - share * (self.height - self.top - self.bottom)


def draw_calibration(key: str, bins: Sequence[Mapping[str, Any]], *, happened: str) -> str:
    """Predicted against observed share of each bin, with its interval, beside the diagonal of perfect calibration."""
    plane = Plane()
    svg = _picture(key, plane, f"Scored against what {happened}", _tell_calibration(bins))
    _axes(svg, plane, "scored", happened)
    _path(svg, plane, [(0, 0), (1, 1)], "ideal")
    # On the side of the diagonal where the points are not.
    above = sum(one["predicted"] - one["observed"]["value"] for one in bins) > 0
    side, height, anchor = (0.4, 0.6, "end") if above else (0.64, 0.42, "start")
    _text(svg, plane.x(side), plane.y(height), "as scored", "note", anchor)
    for one in bins:
        x, seen = plane.x(one["predicted"]), one["observed"]
        _add(svg, "line", "model", x1=x, x2=x, y1=plane.y(max(seen["low"], 0)), y2=plane.y(min(seen["high"], 1)))
        _add(svg, "circle", "model", cx=x, cy=plane.y(seen["value"]), r=4.0)
    return _to_text(svg)


def draw_gains(key: str, gains: Sequence[Mapping[str, Any]], rule: str, reached: Sequence[float], *, who: str) -> str:
    """Which share of all positives the best-scored voters hold, by model, by a rule, and at random."""
    plane = Plane()
    figures = _figures_at_a_fifth(gains, rule, reached)
    told = ", ".join(f"{share} {name}" for share, name, _ in figures)
    svg = _picture(key, plane, f"Share of {who} reached", f"Contacting the best 20 % reaches {told}.")
    _axes(svg, plane, "contacted, best first", "reached")
    outline = [(g["share"], g["reached"]["high"]) for g in gains]
    outline += [(g["share"], g["reached"]["low"]) for g in reversed(gains)]
    _path(svg, plane, [(0, 0), *outline], "model band", closed=True)
    _path(svg, plane, [(0, 0), (1, 1)], "ideal")
    _path(svg, plane, [(0.2, 0), (0.2, 1)], "guide")
    if reached:
        _path(svg, plane, [(0, 0), *((g["share"], at) for g, at in zip(gains, reached, strict=True))], "rule")
    _path(svg, plane, [(0, 0), *((g["share"], g["reached"]["value"]) for g in gains)], "model")
    # Below the diagonal there is always room: no curve that beats chance comes there.
    _text(svg, plane.x(0.99), plane.y(0.31), "the best 20 % hold", "note", "end")
    for place, (share, name, kind) in enumerate(figures):
        _text(svg, plane.x(0.99), plane.y(0.31) + 18 * (place + 1), f"{share} {name}", f"note {kind}", "end")
    return _to_text(svg)


def draw_histogram(key: str, counts: Sequence[int], before: Sequence[int], mean: float) -> str:
    """How many voters have which score; the version before as a grey outline, in its own share of voters."""
    plane = Plane(height=190.0, left=14.0, top=24.0)
    shares, earlier = _shares(counts), _shares(before)
    peak = max((*shares, *earlier, 1e-9))
    width = 1 / max(len(counts), 1)
    svg = _picture(key, plane, "Voters by score", _tell_histogram(counts, mean))
    for place, share in enumerate(shares):
        left, top = plane.x(place * width), plane.y(share / peak)
        _add(svg, "rect", "model", x=left, y=top, width=plane.x(width) - plane.x(0) - 1, height=plane.y(0) - top)
    if earlier:
        steps = [
            (edge, share / peak) for place, share in enumerate(earlier) for edge in (place * width, (place + 1) * width)
        ]
        _path(svg, plane, steps, "rule")
        side, anchor = (0, "start") if mean > 0.5 else (1, "end")
        _text(svg, plane.x(side), 12, "grey: version before", "note rule", anchor)
    _path(svg, plane, [(mean, 0), (mean, 1.04)], "mean")
    _text(svg, plane.x(mean), 12, f"mean {100 * mean:.1f}", "note", "middle")
    _x_axis(svg, plane, "score")
    return _to_text(svg)


def draw_strip(file: float, answered: float, weighted: float, most: float) -> str:
    """One group's share of the file (tick), of those who answered (grey) and after weighting (accent), up to `most`."""
    width, height = STRIP
    middle = height / 2
    place = _scale(0.0, most)
    svg = _strip(f"from {100 * answered:.1f} % towards {100 * file:.1f} %")
    _add(svg, "line", "grid", x1=6.0, x2=width - 6, y1=middle, y2=middle)
    _add(svg, "line", "rule", x1=place(answered), x2=place(weighted), y1=middle, y2=middle)
    _add(svg, "line", "mean", x1=place(file), x2=place(file), y1=1.0, y2=height - 1)
    _add(svg, "circle", "rule", cx=place(answered), cy=middle, r=4.0)
    _add(svg, "circle", "model", cx=place(weighted), cy=middle, r=4.0)
    return _to_text(svg)


def draw_interval(gain: Mapping[str, float], most: float) -> str:
    """An estimate with its interval beside a line at zero; `most` is the farthest end of any interval in the column."""
    width, height = STRIP
    place = _scale(-most, most)
    svg = _strip(f"{gain['low']:+.4f} to {gain['high']:+.4f}".replace("-", "−"))
    _add(svg, "line", "grid", x1=6.0, x2=width - 6, y1=height / 2, y2=height / 2)
    _add(svg, "line", "rule", x1=place(0), x2=place(0), y1=1.0, y2=height - 1)
    _add(svg, "line", "model", x1=place(gain["low"]), x2=place(gain["high"]), y1=height / 2, y2=height / 2)
    _add(svg, "circle", "model", cx=place(gain["value"]), cy=height / 2, r=4.0)
    return _to_text(svg)


def _strip(told: str) -> ET.Element:
    """A small picture in a row of a table, with what it tells for those who cannot see it."""
    width, height = STRIP
    return ET.Element(
        "svg", {"class": "strip", "viewBox": f"0 0 {width:g} {height:g}", "role": "img", "aria-label": told}
    )


def _scale(low: float, high: float) -> Callable[[float], float]:
    """Pixels along a strip."""
    return lambda value: 6 + (value - low) / max(high - low, 1e-9) * (STRIP[0] - 12)


def _figures_at_a_fifth(
    gains: Sequence[Mapping[str, Any]], rule: str, reached: Sequence[float]
) -> list[tuple[str, str, str]]:
    """What the best fifth holds: share, whose, and the class it is drawn in."""
    fifth = min(range(len(gains)), key=lambda place: abs(gains[place]["share"] - 0.2))
    named = [(f"{100 * gains[fifth]['reached']['value']:.1f} %", "by the model", "model")]
    if reached:
        named.append((f"{100 * reached[fifth]:.1f} %", f"by {rule}", "rule"))
    return [*named, ("20.0 %", "at random", "")]


def _tell_calibration(bins: Sequence[Mapping[str, Any]]) -> str:
    points = (
        f"scored {100 * one['predicted']:.0f} %: {100 * one['observed']['value']:.0f} % "
        f"({100 * one['observed']['low']:.0f} to {100 * one['observed']['high']:.0f})"
        for one in bins
    )
    return "From the lowest to the highest scores, " + "; ".join(points) + "."


def _tell_histogram(counts: Sequence[int], mean: float) -> str:
    total, size = max(sum(counts), 1), max(len(counts) // 4, 1)
    quarters = [100 * sum(counts[place * size : (place + 1) * size]) / total for place in range(4)]
    shares = ", ".join(f"{share:.0f} %" for share in quarters)
    return f"Mean {100 * mean:.1f}. Share of voters in each quarter of the scale, lowest first: {shares}."


def _shares(counts: Sequence[int]) -> list[float]:
    total = max(sum(counts), 1)
    return [count / total for count in counts]


def _picture(key: str, plane: Plane, title: str, description: str) -> ET.Element:
    view = f"0 0 {plane.width:g} {plane.height:g}"
    svg = ET.Element("svg", {"viewBox": view, "role": "img", "aria-labelledby": f"{key}-title {key}-desc"})
    ET.SubElement(svg, "title", {"id": f"{key}-title"}).text = title
    ET.SubElement(svg, "desc", {"id": f"{key}-desc"}).text = description
    return svg


def _axes(svg: ET.Element, plane: Plane, along: str, up: str) -> None:
    for share in QUARTERS:
        _path(svg, plane, [(0, share), (1, share)], "grid")
        _text(svg, plane.left - 8, plane.y(share) + 4, f"{100 * share:.0f}", "tick", "end")
    _x_axis(svg, plane, f"{along}, %")
    middle = plane.y(0.5)
    label = _text(svg, 14, middle, f"{up}, %", "axis", "middle")
    label.set("transform", f"rotate(-90 14 {middle:.1f})")


def _x_axis(svg: ET.Element, plane: Plane, along: str) -> None:
    _path(svg, plane, [(0, 0), (1, 0)], "floor")
    for share in QUARTERS:
        _text(svg, plane.x(share), plane.y(0) + 18, f"{100 * share:.0f}", "tick", "middle")
    _text(svg, plane.x(0.5), plane.height - 6, along, "axis", "middle")


def _path(
    svg: ET.Element, plane: Plane, points: Sequence[tuple[float, float]], kind: str, *, closed: bool = False
) -> None:
    place = " L".join(f"{plane.x(x):.1f} {plane.y(y):.1f}" for x, y in points)
    ET.SubElement(svg, "path", {"class": kind, "d": f"M{place}{'Z' if closed else ''}"})


def _text(svg: ET.Element, x: float, y: float, words: str, kind: str, anchor: str) -> ET.Element:
    placed = {"class": kind, "x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    element = ET.SubElement(svg, "text", placed)
    element.text = words
    return element


def _add(svg: ET.Element, shape: str, kind: str, **pixels: float) -> None:
    ET.SubElement(svg, shape, {"class": kind, **{name: f"{value:.1f}" for name, value in pixels.items()}})


def _to_text(svg: ET.Element) -> str:
    return ET.tostring(svg, encoding="unicode")
