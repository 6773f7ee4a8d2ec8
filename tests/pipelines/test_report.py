import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.elections import Election
from data.errors import InputError
from lists.versions import ListVersion
from pipelines.figures import BINS, Figures, OutcomeFigures
from pipelines.records import OutcomeRecord, Scoring, Training
from pipelines.report import latest_report, render_report, write_report
from pipelines.report_data import ListChange, ReportData

NASTY = "<script>alert('Rivera')</script> & \"Sons\""
SHARES = [round(0.1 * step, 1) for step in range(1, 11)]


def interval(value: float, width: float = 0.02) -> dict[str, float]:
    return {"value": value, "low": value - width, "high": value + width}


def make_evaluation(*, rule: str = "vote count", gain: float = 0.024, groups: int = 24) -> dict[str, Any]:
    """An evaluation as a record holds it: a decent model, one real rule, many groups."""
    reached = [min(1.0, 1.45 * share - 0.45 * share**2) for share in SHARES]
    by_rule = [min(1.0, 1.3 * share - 0.3 * share**2) for share in SHARES]
    rng = np.random.default_rng(1)
    return {
        "judged_on": "Nov 2022, held out whole",
        "rows": 4561,
        "positives": 2854,
        "mean_score": 0.685,
        "log_loss": interval(0.536),
        "log_loss_at_level": interval(0.523),
        "brier": interval(0.177, 0.01),
        "auc": interval(0.803),
        "ece": interval(0.063, 0.01),
        "ece_at_level": interval(0.026, 0.01),
        "slope": interval(1.118, 0.1),
        "intercept": interval(-0.43, 0.1),
        "calibration": [
            {"rows": 456, "predicted": p, "observed": interval(min(max(p**1.2, 0.03), 0.97), 0.03)}
            for p in np.linspace(0.14, 0.95, 10).tolist()
        ],
        "gains": [
            {"share": share, "reached": interval(at, 0.01 * (share < 1)), "lift": interval(1.3 - share)}
            for share, at in zip(SHARES, reached, strict=True)
        ],
        "rules": {
            "base rate": {
                "log_loss": 0.662,
                "auc": interval(0.5, 0.0),
                "gain": interval(0.139, 0.012),
                "reached": SHARES,
            },
            rule: {"log_loss": 0.523 + gain, "auc": interval(0.766), "gain": interval(gain, 0.009), "reached": by_rule},
        },
        "slices": [
            {
                "by": ("age", "party", "precinct", "record")[number % 4],
                "name": f"group {number}",
                "rows": 120 + 10 * number,
                "positives": 70,
                "predicted": 0.6,
                "observed": float(0.6 + rng.normal(0, 0.05)),
                "log_loss": 0.55,
                "gain": interval(float(rng.normal(0.012, 0.015)), 0.012),
                "auc": interval(0.75) if number % 3 else None,
                "ece": None,
            }
            for number in range(groups)
        ],
    }


def make_weighting() -> dict[str, Any]:
    margins = [
        ("age", "18–29", 0.21, 0.11, 0.203),
        ("age", "30–44", 0.26, 0.22, 0.259),
        ("age", "45–64", 0.31, 0.36, 0.311),
        ("age", "65 and over", 0.22, 0.31, 0.227),
        ("party", "Democratic", 0.38, 0.47, 0.386),
        ("party", "Republican", 0.33, 0.25, 0.327),
        ("party", "none", 0.29, 0.28, 0.287),
        ("votes of the last 4", "none", 0.24, 0.09, 0.221),
        ("votes of the last 4", "4", 0.27, 0.44, 0.281),
    ]
    names = ("feature", "level", "file", "answered", "weighted")
    return {
        "effective_size": 981.4,
        "rows": 1337,
        "largest": 4.2,
        "unweighted_mean": 0.607,
        "weighted_mean": 0.554,
        "margins": [dict(zip(names, one, strict=True)) for one in margins],
    }


def make_histogram(centre: float) -> tuple[int, ...]:
    middle = (np.arange(BINS) + 0.5) / BINS
    return tuple(int(n) for n in 400 * np.exp(-((middle - centre) ** 2) / 0.05) + 60)


def make_records() -> dict[str, OutcomeRecord]:
    turnout = OutcomeRecord(
        "model",
        ("better than “base rate”: gain +0.1390 (+0.1280 to +0.1521)",),
        digest="4" * 64,
        evaluation=make_evaluation(),
        members={"logistic C=1": 0.76, "trees 300x15": 0.24},
        counts={"2018-11-06 general": 3374, "2022-11-08 general": 4561},
        levels={
            "past": [{"election": "2018-11-06 general", "level": 0.55}, {"election": "2022-11-08", "level": 0.63}],
            "sensitivity": [
                {"level": 0.52, "people on gotv": 1702, "scored above 50": 0.51},
                {"level": 0.62, "people on gotv": 1627, "scored above 50": 0.66},
            ],
        },
        importances={"past votes": 0.61, "age": 0.2, "the household": 0.12, "the neighbourhood": 0.07},
    )
    support = OutcomeRecord(
        "model",
        ("better than “party”: gain +0.0132 (+0.0035 to +0.0238)",),
        digest="e" * 64,
        evaluation={**make_evaluation(rule="party", gain=0.013), "judged_on": "folds of whole households"},
        members={"multilevel": 1.0},
        counts={"answers": 2069, "support": 811, "oppose": 526, "undecided": 190},
        warnings=("the input “votes of the last 4” has drifted between training and scoring",),
        weighting=make_weighting(),
    )
    return {"turnout": turnout, "support": support}


def make_training(records: Mapping[str, OutcomeRecord]) -> Training:
    return Training("2026-09-14.2", "7" * 64, Election(date(2026, 11, 3), "general"), 1, records)


def make_list(name: str, version: int, rows: int) -> ListVersion:
    return ListVersion(name, version, "p" * 64, name.upper(), "mobilise", "who: why", rows, rows // 2, {}, "", "", {})


def make_figures(run: str, mean: float) -> Figures:
    outcomes = {
        name: OutcomeFigures("model", name, 0.53, 0.79, mean, make_histogram(mean)) for name in ("turnout", "support")
    }
    return Figures(run, "6" * 64, 5_900, "r" * 64, outcomes)


def make_data(**changed: Any) -> ReportData:
    """A report's data with everything in them."""
    whole = ReportData(
        run="2026-09-14.2",
        made=date(2026, 9, 14),
        campaign="Rivera for Senate",
        election="general election",
        election_day=date(2026, 11, 3),
        expected_turnout=None,
        seed=1,
        code="0.1.0",
        snapshot="7" * 64,
        data_of=date(2026, 9, 12),
        voters=6_000,
        elections=12,
        imports=(
            {
                "kind": "voters",
                "file": "voters.csv",
                "sha256": "c" * 64,
                "report": {"rows": 6000, "accepted": 6000, "quarantined": 0, "collapsed": 0},
            },
        ),
        training=make_training(make_records()),
        scoring=Scoring(
            "2026-09-14.2",
            "7" * 64,
            "2026-11-03",
            {"turnout": "t", "support": "s"},
            6000,
            5742,
            {"moved": 258},
            {},
            (),
            0.2,
        ),
        figures=make_figures("", 0.62).outcomes,
        release="r" * 64,
        lists=(ListChange(make_list("gotv", 14, 1627), make_list("gotv", 13, 1500), 310, 183, 1317),),
        refused={"persuasion": "no experiment shows who can be moved"},
        before=make_figures("2026-09-12.1", 0.58),
    )
    return replace(whole, **changed)


class Page(HTMLParser):
    """Reads a page the way a browser or a screen reader does; unbalanced tags are faults."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(**changed: Any) -> Page:
    return Page(render_report(make_data(**changed)))


def with_record(name: str, **changed: Any) -> Training:
    records = make_records()
    return make_training({**records, name: replace(records[name], **changed)})


@pytest.fixture(scope="module")
def page() -> Page:
    return page_of()


def test_sections_stand_in_the_order_of_what_matters(page: Page) -> None:
    sections = [one["aria-labelledby"] for one in page.all("section")]
    assert sections == [
        *("verdict", "good", "slices", "learned", "answered", "levels", "scores", "changed", "method", "limits"),
    ]


def test_the_page_needs_no_network_and_no_script(page: Page) -> None:
    loaded = [value for _, a in page.tags for name, value in a.items() if name in ("src", "href", "action", "srcset")]
    assert [value for value in loaded if not (value or "").startswith("#")] == []
    assert page.all("script") == []
    policy = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert "url(" not in render_report(make_data()) and "@import" not in render_report(make_data())


def test_the_page_is_small() -> None:
    assert len(render_report(make_data()).encode()) < 200_000


def test_those_who_cannot_see_it_are_told(page: Page) -> None:
    ids = [str(attributes["id"]) for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for picture in page.all("svg"):
        named = str(picture.get("aria-labelledby", "")).split()
        assert picture["role"] == "img" and (picture.get("aria-label") or (named and set(named) <= set(ids)))
    assert all(cell.get("scope") in ("col", "row", "rowgroup") for cell in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    levels = [int(heading[1]) for heading in page.headings]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    assert {link["href"] for link in page.all("a")} <= {f"#{one}" for one in ids}


def test_what_a_campaign_says_is_escaped() -> None:
    lists = (ListChange(replace(make_list("gotv", 1, 10), title=NASTY, meaning=NASTY)),)
    records = make_records()
    evaluation = make_evaluation(rule=NASTY)
    evaluation["slices"][0]["name"] = evaluation["judged_on"] = NASTY
    turnout = replace(
        records["turnout"], evaluation=evaluation, reasons=(NASTY,), warnings=(NASTY,), importances={NASTY: 1.0}
    )
    page = page_of(
        campaign=NASTY,
        lists=lists,
        refused={"persuasion": NASTY},
        training=make_training({**records, "turnout": turnout}),
    )
    assert page.all("script") == []
    assert page.text.count("alert('Rivera')") >= 10


def test_a_used_model_is_told_in_words_beside_its_rule(page: Page) -> None:
    assert "Turnout is scored by its model, which predicts better than the best simple rule (vote count)." in page.text
    assert "The best-scored 20 % hold 27.2 % of all who voted; by vote count alone it would be 24.8 %." in page.text
    assert "Of 100 voters scored about 77, 73 voted (margin 70 to 76)." in page.text
    assert "has drifted" in page.text


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("rule", "a simple rule instead"),
        ("refused", "no list is built on them"),
        ("skipped", "the lists that need it wait"),
    ],
)
def test_an_outcome_without_its_model_says_so_with_the_reasons(state: Any, told: str) -> None:
    page = page_of(training=with_record("support", state=state, reasons=("no better than chance: AUC 0.512",)))
    assert told in page.text
    assert "no better than chance: AUC 0.512" in page.text


def test_turnout_stated_by_area_is_told() -> None:
    levels = {**(make_records()["turnout"].levels or {}), "areas": 1234}
    assert "for 1,234 with enough voters" in re.sub(
        r" +", " ", page_of(training=with_record("turnout", levels=levels)).text
    )
    assert "Turnout is stated by area" not in page_of().text


def test_groups_are_sorted_by_harm(page: Page) -> None:
    evaluation = make_evaluation()
    evaluation["slices"] = [
        {**evaluation["slices"][0], "name": name, "gain": interval(gain, width)}
        for name, gain, width in (("fine", 0.05, 0.01), ("noisy", -0.03, 0.05), ("worse", -0.02, 0.01))
    ]
    text = page_of(training=with_record("turnout", evaluation=evaluation)).text
    assert text.index("age: worse") < text.index("age: noisy") < text.index("age: fine")


def test_many_groups_are_cut_and_said() -> None:
    assert "14 further groups" in page_of().text


def test_weights_say_what_difference_they_make(page: Page) -> None:
    assert "1,337 answers then are worth 981" in re.sub(r" (?=[,.])", "", page.text)
    assert "(−5.3 points)" in page.text
    rows = page.text[page.text.index("0 to 47 %") :]
    assert rows.index("votes of the last 4: 4") < rows.index("age: 18–29") < rows.index("party: none")


def test_what_changed_is_counted(page: Page) -> None:
    assert "+310" in page.text and "−183" in page.text and "was 13" in page.text
    assert "persuasion is not made: no experiment shows who can be moved." in re.sub(r" +", " ", page.text)


def test_a_first_version_without_anything_is_a_page_all_the_same() -> None:
    page = page_of(training=None, scoring=None, figures={}, release=None, lists=(), refused={}, before=None)
    assert "No score can be used yet. No list is live." in page.text
    assert "This is the first report" in page.text
    assert page.all("svg") == []


def test_an_outcome_that_was_never_judged_has_no_figures() -> None:
    bare = OutcomeRecord("skipped", ("no survey answers yet; `propensity import survey FILE` adds them",))
    page = page_of(training=make_training({"support": bare}), figures={})
    assert "How good" not in page.text
    assert "adds them" in page.text


def test_figures_without_intervals_and_of_one_class_are_shown() -> None:
    nothing = float("nan")
    evaluation = {**make_evaluation(), "slope": 1.1, "auc": {"value": nothing, "low": nothing, "high": nothing}}
    for missing in ("calibration", "gains", "slices"):
        del evaluation[missing]
    page = page_of(training=with_record("turnout", evaluation=evaluation))
    assert "It was not judged by group." in page.text
    assert "nan" not in page.text


def test_old_data_are_marked() -> None:
    assert "! 22 days old" in page_of(data_of=date(2026, 8, 23)).text
    assert "! " not in page_of(training=None).text


def test_a_report_and_its_figures_are_for_the_owner_alone(tmp_path: Path) -> None:
    path = write_report(tmp_path, make_data())
    assert path == tmp_path / "reports" / "2026-09-14.2.html"
    assert {found.stat().st_mode & 0o777 for found in path.parent.iterdir()} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_latest_report_is_that_of_the_newest_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`propensity run` writes one"):
        latest_report(tmp_path)
    for run in ("2026-09-14.9", "2026-09-14.10", "2026-09-13.11"):
        write_report(tmp_path, make_data(run=run))
    assert latest_report(tmp_path).name == "2026-09-14.10.html"
