"""The command line: read the words, call one function, say what happened, end with the right exit code."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from data.campaign import Campaign, init_campaign
from data.elections import Election
from data.errors import GateRefused, InputError, PropensityError, UsageError
from pipelines.settings import Settings, read_settings
from pipelines.terminal import Folder, Json, answer, describe_bug, fail, find, open_console

app = typer.Typer(
    help="From a voter file and a canvass to ranked, versioned target lists.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line; errors end with their exit code and say what is wrong and what to do."""
    os.umask(0o077)
    # Threads that wait for work must not spin: beside any other load they take the cores from each other.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    as_json = "--json" in sys.argv
    try:
        app()
    except PropensityError as error:
        fail(error, as_json)
    except Exception as error:
        if os.environ.get("PROPENSITY_LOG_LEVEL") == "DEBUG":
            raise
        fail(PropensityError(describe_bug(error)), as_json)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.", metavar="DIR")],
    name: Annotated[str, typer.Option(help="The campaign's name.")],
    election: Annotated[datetime, typer.Option(help="Election day.", formats=["%Y-%m-%d"])],
    election_type: Annotated[
        str, typer.Option(help="general, primary, presidential_primary, municipal, special, runoff.")
    ],
    jurisdiction: Annotated[str, typer.Option(help="Whose law applies.")] = "us",
    expected_turnout: Annotated[
        str | None,
        typer.Option(
            help="The turnout to expect, such as 0.52; or a CSV file of it by area: area_type, area, expected_turnout.",
            metavar="SHARE|FILE",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a campaign: one folder for one election."""
    from data.expectations import read_expected_turnout

    coming = Election(election.date(), election_type)
    stated = read_expected_turnout(expected_turnout) if expected_turnout else None
    campaign = init_campaign(folder, name=name, election=coming, jurisdiction=jurisdiction, expected_turnout=stated)
    found = {"campaign": str(folder), "uuid": campaign.uuid, "name": name}
    answer(found, as_json, lambda console: console.print(f"{name}: {folder} is ready. Next: propensity import voters"))


@app.command("import")
def import_file(
    kind: Annotated[str, typer.Argument(help="voters, history, survey or results.")],
    file: Annotated[Path | None, typer.Argument(help="A CSV file in UTF-8.")] = None,
    source: Annotated[str | None, typer.Option("--from", help="Or a database: postgresql://USER@HOST/DB.")] = None,
    table: Annotated[str | None, typer.Option(help="Its table; else the one called like the kind.")] = None,
    query: Annotated[str | None, typer.Option(help="Or what a query gives.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="How the file's columns and codes become ours (TOML).")] = None,
    campaign: Folder = None,
    as_json: Json = False,
) -> None:
    """Bring a file or a table in: what can be used is accepted, the rest quarantined, nothing is lost."""
    from pipelines.exchange import Source, bring_in
    from pipelines.telling import report_to_json, show_import

    found, _ = find(campaign)
    report, name = bring_in(found, kind, Source(file, source, table, query), mapping, today=datetime.now().date())
    answer(report_to_json(report), as_json, lambda console: show_import(console, report, name))


@app.command()
def run(
    only: Annotated[str | None, typer.Option(help="One step: train, score or publish.")] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            help="Score on the workers of this scheduler; `local`: a process a core.", metavar="ADDRESS|local"
        ),
    ] = None,
    share: Annotated[
        str | None,
        typer.Option(help="Where those workers read and write, if not in the campaign folder.", metavar="DIR|URI"),
    ] = None,
    campaign: Folder = None,
    as_json: Json = False,
) -> None:
    """Train, score every voter, and publish the lists."""
    found, settings = find(campaign)
    execute(found, settings, only, as_json, dask=dask, share=share)


def execute(
    campaign: Campaign,
    settings: Settings,
    only: str | None,
    as_json: bool,
    *,
    dask: str | None = None,
    share: str | None = None,
) -> None:
    """Run the pipeline and show what came of it; ends with exit code 4 when a gate refused an outcome."""
    from data.snapshots import open_snapshot
    from pipelines.pipeline import STEPS, name_run, run_pipeline
    from pipelines.progress import watch
    from pipelines.run import Run
    from pipelines.summary import show_summary, summary_to_json

    if only and only not in STEPS:
        raise UsageError(f"{only!r} is not a step. Choose one of: {', '.join(STEPS)}.")
    snapshot = open_snapshot(campaign)
    started = datetime.now().astimezone()
    this = Run(name_run(campaign, started), campaign, settings, started, watch, dask, share)
    pipeline = run_pipeline(this, (only,) if only else STEPS)
    answer(summary_to_json(pipeline), as_json, lambda console: show_summary(console, pipeline, snapshot))
    if pipeline.refusals:
        # The last line of standard output is the run's own JSON, so the refusal is told on standard error alone.
        told = "a gate refused; nothing was built on it, lists published before stay as they are"
        fail(GateRefused(told, pipeline.refusals), as_json=False)


@app.command()
def scores(
    out: Annotated[Path | None, typer.Option(help="A .parquet or .csv file.")] = None,
    to: Annotated[str | None, typer.Option(help="Or a database: postgresql://USER@HOST/DB.")] = None,
    table: Annotated[str | None, typer.Option(help="Its table; else propensity_scores.")] = None,
    campaign: Folder = None,
    as_json: Json = False,
) -> None:
    """Write the scores of every scored voter to a file or a database."""
    from pipelines.exchange import send_scores
    from pipelines.telling import show_scores

    found, _ = find(campaign)
    written = send_scores(found, out, to, table)
    answer(written, as_json, lambda console: show_scores(console, written))


@app.command("lists")
def show_lists(campaign: Folder = None, as_json: Json = False) -> None:
    """Every version of every list: size, when it was published, from which models."""
    from lists.versions import list_versions
    from pipelines.summary import list_to_json
    from pipelines.telling import show_versions

    found, _ = find(campaign)
    versions = list_versions(found.root / "lists")
    answer([list_to_json(one) for one in versions], as_json, lambda console: show_versions(console, versions))


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="The list.", metavar="LIST")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    version: Annotated[int | None, typer.Option(help="An earlier version.")] = None,
    top: Annotated[int | None, typer.Option(help="Only the first so many.")] = None,
    precinct: Annotated[list[str] | None, typer.Option(help="Only this precinct; may be repeated.")] = None,
    form: Annotated[str, typer.Option("--format", help="csv, xlsx or van.")] = "csv",
    campaign: Folder = None,
    as_json: Json = False,
) -> None:
    """Take a list along as a file."""
    from lists.exports import write_csv, write_van, write_xlsx
    from lists.take import take_list

    writers = {"csv": write_csv, "xlsx": write_xlsx, "van": write_van}
    if form not in writers:
        raise UsageError(f"{form!r} is not a format. Choose one of: {', '.join(writers)}.")
    found, _ = find(campaign)
    rows = take_list(found, name, version=version, precincts=precinct or (), top=top)
    writers[form](rows, out)
    told = f"{len(rows):,} people, list {name} version {rows['list_version'].max()}: {out}"
    answer({"rows": len(rows), "list": name, "file": str(out)}, as_json, lambda console: console.print(told))


@app.command()
def suppress(
    voter_id: Annotated[str, typer.Argument(metavar="VOTER_ID")],
    reason: Annotated[str, typer.Option(help="do_not_contact, moved, deceased, confidential, already_voted …")],
    campaign: Folder = None,
    as_json: Json = False,
) -> None:
    """Put a voter on no list from now on."""
    import pyarrow.compute as pc

    from data.snapshots import open_snapshot
    from lists import suppressions
    from lists.take import STATE

    found, _ = find(campaign)
    if not pc.any(pc.equal(open_snapshot(found).read_voter_ids(), voter_id)).as_py():
        raise InputError(f"no voter has the voter_id {voter_id!r}; nobody was suppressed")
    suppressions.suppress(found.root / STATE, voter_id, reason, datetime.now().date())
    told = f"{voter_id} is on no list from now on ({reason})."
    answer({"voter_id": voter_id, "reason": reason}, as_json, lambda console: console.print(told))


@app.command()
def verify(campaign: Folder = None, as_json: Json = False) -> None:
    """Check every stored file against its digest."""
    from pipelines.verification import verify_campaign

    found, _ = find(campaign)
    checked = verify_campaign(found)
    total = sum(checked.values())
    answer(checked, as_json, lambda console: console.print(f"{total:,} files are what was written."))


@app.command()
def report(campaign: Folder = None, as_json: Json = False) -> None:
    """Where the last run's report is: how good the scores are, for whom less, and what changed."""
    from pipelines.report import latest_report

    found, _ = find(campaign)
    path = latest_report(found.root)
    answer({"report": str(path), "run": path.stem}, as_json, lambda console: console.print(str(path), soft_wrap=True))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to make it.", metavar="DIR")] = Path("demo"),
    voters: Annotated[int, typer.Option(help="How many voters the county has.", min=2_000)] = 60_000,
    seed: Annotated[int, typer.Option(help="Another seed, another county.")] = 1,
    as_json: Json = False,
) -> None:
    """A synthetic county from raw files to ranked lists, with the truth beside it."""
    from pipelines.demo import make_county, show_truth

    campaign = make_county(folder, voters, seed, quiet=as_json)
    execute(campaign, read_settings(os.environ, campaign=folder), None, as_json)
    if not as_json:
        show_truth(open_console(), campaign)


@app.command()
def explain(
    voter_id: Annotated[str, typer.Argument(metavar="VOTER_ID")],
    campaign: Folder = None,
    as_json: Json = False,
) -> None:
    """Why a voter has these scores, topic by topic, and where the voter stands in each list."""
    from pipelines.explain import explain_voter, show_explanation
    from pipelines.run import Run

    found, settings = find(campaign)
    told = explain_voter(Run("explain", found, settings, datetime.now().astimezone()), voter_id)
    answer(told.to_json(), as_json, lambda console: show_explanation(console, told))


@app.command()
def experiment(
    file: Annotated[Path, typer.Argument(help="A CSV file with a voter_id and a row a voter.")],
    assigned: Annotated[str, typer.Option(help="Its column of who was drawn to be contacted, 1 or 0.")],
    outcome: Annotated[str, typer.Option(help="Its column of what came of it, 1 or 0.")],
    contacted: Annotated[str | None, typer.Option(help="Its column of who was reached.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Its column of what was drawn together; else households.")] = None,
    block: Annotated[str | None, typer.Option(help="Its column of what was drawn separately, such as a city.")] = None,
    day: Annotated[datetime | None, typer.Option("--date", help="Its day.", formats=["%Y-%m-%d"])] = None,
    out: Annotated[Path | None, typer.Option(help="A .csv file for who is moved, if that is shown.")] = None,
    campaign: Folder = None,
    as_json: Json = False,
) -> None:
    """What contact did in a randomised experiment, and whom it moves."""
    from data.experiments import Roles
    from pipelines.experiment import run_experiment
    from pipelines.experiment_table import experiment_to_json, show_experiment
    from pipelines.progress import watch
    from pipelines.run import Run

    run = Run("experiment", *find(campaign), datetime.now().astimezone(), watch)
    roles = Roles(assigned, outcome, contacted, cluster, block)
    studied = run_experiment(run, file, roles, day=day.date() if day else None, out=out)
    answer(experiment_to_json(studied, out), as_json, lambda console: show_experiment(console, studied, out))


if __name__ == "__main__":
    main()
