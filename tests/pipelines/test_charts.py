import re
from xml.etree import ElementTree as ET

import pytest

from pipelines.charts import Plane, draw_calibration, draw_gains, draw_histogram, draw_interval, draw_strip

BINS = [
    {"rows": 10, "predicted": 0.25, "observed": {"value": 0.5, "low": 0.4, "high": 0.6}},
    {"rows": 10, "predicted": 0.75, "observed": {"value": 0.75, "low": -0.1, "high": 1.1}},
]
GAINS = [
    {"share": share, "reached": {"value": reached, "low": reached - 0.05, "high": reached}}
    for share, reached in ((0.2, 0.4), (0.6, 0.8), (1.0, 1.0))
]


def parts(drawing: str, tag: str, kind: str) -> list[ET.Element]:
    return [one for one in ET.fromstring(drawing).iter(tag) if one.get("class") == kind]


def told(drawing: str) -> str:
    return str(ET.fromstring(drawing).findtext("desc"))


def words(drawing: str) -> list[str]:
    return [str(one.text) for one in ET.fromstring(drawing).iter("text")]


def test_a_plane_puts_shares_between_its_margins() -> None:
    plane = Plane(width=200, height=100, left=20, top=10, right=30, bottom=40)
    assert (plane.x(0), plane.x(1), plane.y(0), plane.y(1)) == (20, 170, 60, 10)


def test_calibration_has_a_point_and_its_interval_for_every_bin() -> None:
    plane, drawing = Plane(), draw_calibration("c", BINS, happened="voted")
    first, second = parts(drawing, "circle", "model")
    assert (float(first.attrib["cx"]), float(first.attrib["cy"])) == (plane.x(0.25), pytest.approx(plane.y(0.5)))
    assert float(second.attrib["cy"]) == pytest.approx(plane.y(0.75), abs=0.1)
    ends = [(float(line.attrib["y1"]), float(line.attrib["y2"])) for line in parts(drawing, "line", "model")]
    assert ends[0] == pytest.approx((plane.y(0.4), plane.y(0.6)), abs=0.1)
    assert ends[1] == pytest.approx((plane.y(0), plane.y(1)), abs=0.1)
    assert "scored 25 %: 50 % (40 to 60)" in told(drawing)


def test_gains_show_the_model_and_the_rule_with_their_figures() -> None:
    drawing = draw_gains("g", GAINS, "vote count", (0.3, 0.7, 1.0), who="all who voted")
    assert len(parts(drawing, "path", "model")) == len(parts(drawing, "path", "rule")) == 1
    assert {"40.0 % by the model", "30.0 % by vote count", "20.0 % at random"} <= set(words(drawing))
    assert (
        told(drawing) == "Contacting the best 20 % reaches 40.0 % by the model, 30.0 % by vote count, 20.0 % at random."
    )


def test_gains_without_a_rule_show_the_model_alone() -> None:
    drawing = draw_gains("g", GAINS, "no rule", (), who="all")
    assert parts(drawing, "path", "rule") == []
    assert not any("no rule" in word for word in words(drawing))


def test_a_histogram_is_as_high_as_the_higher_of_both_versions() -> None:
    plane, drawing = Plane(height=190.0, left=14.0, top=24.0), draw_histogram("h", [10, 30], [90, 10], 0.6)
    tops = [float(bar.attrib["y"]) for bar in parts(drawing, "rect", "model")]
    assert tops == pytest.approx([plane.y(0.25 / 0.9), plane.y(0.75 / 0.9)], abs=0.1)
    [outline] = parts(drawing, "path", "rule")
    assert f" {plane.top:.1f}" in outline.attrib["d"]
    assert "mean 60.0" in words(drawing)


def test_a_first_histogram_has_no_outline() -> None:
    drawing = draw_histogram("h", [1] * 8, (), 0.5)
    assert parts(drawing, "path", "rule") == []
    assert "25 %, 25 %, 25 %, 25 %" in told(drawing)


def test_a_strip_puts_equal_shares_at_one_place() -> None:
    drawing = draw_strip(0.2, 0.1, 0.2, most=0.4)
    [tick], [weighted] = parts(drawing, "line", "mean"), parts(drawing, "circle", "model")
    assert tick.attrib["x1"] == weighted.attrib["cx"]
    assert ET.fromstring(drawing).get("aria-label") == "from 10.0 % towards 20.0 %"


def test_an_interval_stands_beside_its_zero() -> None:
    drawing = draw_interval({"value": -0.01, "low": -0.02, "high": 0.0}, most=0.02)
    [zero], [point] = parts(drawing, "line", "rule"), parts(drawing, "circle", "model")
    assert float(point.attrib["cx"]) < float(zero.attrib["x1"]) == 75
    assert ET.fromstring(drawing).get("aria-label") == "−0.0200 to +0.0000"


def test_words_are_escaped() -> None:
    drawing = draw_gains("g", GAINS, "<script>", (0.3, 0.7, 1.0), who="<b>")
    assert "<script>" not in drawing and "<b>" not in drawing
    assert "30.0 % by <script>" in words(drawing)


def test_no_colour_is_fixed_in_a_picture() -> None:
    drawings = draw_calibration("c", BINS, happened="voted") + draw_histogram("h", [1, 2], [2, 1], 0.4)
    assert re.findall(r"(?:fill|stroke|color)=|#[0-9a-f]{3,6}", drawings) == []
