import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.artifacts import KEY, keep_summary, summarise
from pipelines.engine import Each, open_engine
from pipelines.report_data import ReportData, gather_report
from pipelines.settings import read_settings


@pytest.fixture
def data(done: Any) -> ReportData:
    return gather_report(done.run)


def test_verdicts_and_lists_stand_in_tables_with_the_way_to_the_report(data: ReportData) -> None:
    lines = summarise(data, Path("/campaign/reports/1.html")).splitlines()
    assert any(line.startswith("| turnout | ✓ used | better than “base rate”") for line in lines)
    gotv = data.lists[0].now
    assert f"| Get out the vote | 1 | {gotv.rows:,} | {gotv.doors:,} |" in lines
    assert lines[-1] == "Report: [1.html](file:///campaign/reports/1.html)"


def test_words_cannot_break_out_of_it(data: ReportData) -> None:
    text = summarise(replace(data, campaign="<script>|"), Path("/r.html"))
    assert text.startswith("# &lt;script&gt;\\| · run ")


def test_prefect_keeps_it_with_the_run(data: ReportData, tmp_path: Path) -> None:
    def report(each: Each) -> list[str]:
        return keep_summary(data, tmp_path / "r.html")

    with open_engine(tmp_path, read_settings({})) as server:
        from pipelines.flow import run_steps

        outputs = run_steps(server, {"report": report}, name="kept")
    assert outputs == {"report": []}
    with sqlite3.connect(tmp_path / "prefect" / "prefect.db") as database:
        query = "select a.key, a.data from artifact a join flow_run f on f.id = a.flow_run_id where f.name = 'kept'"
        [(key, kept)] = database.execute(query).fetchall()
    assert key == KEY and "Get out the vote" in kept


def test_what_prefect_does_not_take_is_a_warning(data: ReportData, monkeypatch: pytest.MonkeyPatch) -> None:
    import prefect.artifacts

    def down(**told: Any) -> None:
        raise ConnectionError("V-canary-4711")

    monkeypatch.setattr(prefect.artifacts, "create_markdown_artifact", down)
    assert keep_summary(data, Path("/r.html")) == [
        "Prefect did not keep the summary (ConnectionError); the report stands all the same."
    ]
