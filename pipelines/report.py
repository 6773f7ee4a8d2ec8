"""The report of a run: one HTML file that shows what the run found, and needs nothing but a browser."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from data.durable import make_folder, write_file
from data.errors import InputError
from models.outcomes import OUTCOMES
from pipelines import charts, report_tables, report_words
from pipelines.figures import run_order, value_of, write_figures
from pipelines.report_data import ReportData

TEMPLATE = "report.html.j2"


def render_report(data: ReportData) -> str:
    """The page. Everything that comes from a campaign is escaped; it needs no network and no script."""
    page = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page.filters.update(
        day=report_words.say_day,
        percent=report_words.percent,
        points=report_words.points,
        decimal=report_words.decimal,
        value=value_of,
    )
    meanings = {outcome.name: outcome.meaning for outcome in OUTCOMES}
    outcomes = data.training.outcomes if data.training else {}
    return page.get_template(TEMPLATE).render(
        data=data, outcomes=outcomes, meanings=meanings, words=report_words, tables=report_tables, charts=charts
    )


def write_report(root: Path, data: ReportData) -> Path:
    """Write the report of a run, and beside it what the next one is compared with; its path. For the owner only."""
    folder = root / "reports"
    make_folder(folder)
    path = folder / f"{data.run}.html"
    write_file(path, render_report(data).encode())
    write_figures(folder, data.in_short())
    return path


def latest_report(root: Path) -> Path:
    """The report of the newest run; InputError when there is none yet."""
    reports = list((root / "reports").glob("*.html"))
    if not reports:
        raise InputError("there is no report yet: `propensity run` writes one")
    return max(reports, key=lambda path: run_order(path.stem))
