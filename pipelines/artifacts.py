"""What Prefect keeps of a run: its verdicts and lists as a page of Markdown beside the flow run."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from pipelines.report_data import ReportData
from pipelines.report_words import judge, say_whole

KEY = "propensity-report"


def keep_summary(data: ReportData, report: Path) -> list[str]:
    """Leave a summary with the flow run inside of which this is called; a warning if Prefect does not take it."""
    # Imported here: Prefect reads its environment when it is imported.
    from prefect.artifacts import create_markdown_artifact

    try:
        create_markdown_artifact(key=KEY, markdown=summarise(data, report), description=f"Run {data.run}")
    except Exception as error:
        return [f"Prefect did not keep the summary ({type(error).__name__}); the report stands all the same."]
    return []


def summarise(data: ReportData, report: Path) -> str:
    """A run's verdicts and lists in Markdown, with where its report is."""
    return "\n".join(_lines(data, report)) + "\n"


def _lines(data: ReportData, report: Path) -> Iterator[str]:
    yield f"# {_plain(data.campaign)} · run {data.run}\n\n{_plain(say_whole(data))}\n"
    yield "| Score | verdict | why |\n| --- | --- | --- |"
    for name, record in (data.training.outcomes if data.training else {}).items():
        verdict = judge(name, record)
        yield f"| {name} | {verdict.sign} {verdict.word} | {_plain('; '.join(record.reasons))} |"
    yield "\n| List | version | people | doors |\n| --- | ---: | ---: | ---: |"
    for one in data.lists:
        yield f"| {_plain(one.now.title)} | {one.now.version} | {one.now.rows:,} | {one.now.doors:,} |"
    yield f"\nReport: [{report.name}]({report.absolute().as_uri()})"


def _plain(words: str) -> str:
    """Words that are neither a table's edge nor markup."""
    return escape(words, quote=False).replace("|", "\\|")
