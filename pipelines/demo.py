"""The demo: a synthetic county becomes a campaign, and its truth a yardstick for the models."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from data.campaign import Campaign, init_campaign
from data.errors import UsageError
from data.imports import import_history, import_results, import_survey, import_voters
from data.mapping import read_mapping
from data.synthetic import best_auc, synthesise_county, write_county
from models.metrics import auc
from pipelines.score_file import read_scores
from pipelines.telling import show_import
from pipelines.terminal import open_console

YARDSTICK = "county.json"


def make_county(folder: Path, voters: int, seed: int, *, quiet: bool) -> Campaign:
    """Synthesise a county, make its campaign in the folder, and import its files."""
    if (folder / "campaign.toml").exists():
        raise UsageError(f"{folder} already holds a campaign. Name another folder, or remove that one.")
    console = open_console(quiet=quiet)
    console.print(f"A synthetic county of {voters:,} voters (seed {seed}). Nobody in it is real.\n")
    county = synthesise_county(voters=voters, seed=seed)
    campaign = init_campaign(folder, name="Demo County", election=county.election)
    files = write_county(county, folder / "county")
    today, mapping = county.taken, read_mapping(files["mapping"])
    reports = {
        "voters": import_voters(campaign, files["voters"], mapping=mapping, today=today),
        "history": import_history(campaign, files["history"], today=today),
        "survey": import_survey(campaign, files["survey"], today=today),
        "results": import_results(campaign, files["results"], today=today),
    }
    for name, report in reports.items():
        show_import(console, report, files[name].name)
    best = pd.Series(best_auc(county)).to_json()
    (folder / "county" / YARDSTICK).write_text(best, encoding="utf-8")
    return campaign


def show_truth(console: Console, campaign: Campaign) -> None:
    """Print the models' AUC on what came true, beside the best that anybody could achieve."""
    folder = campaign.root / "county"
    best = pd.read_json(folder / YARDSTICK, typ="series")
    truth = pa.parquet.read_table(folder / "truth.parquet").to_pandas().set_index("voter_id")
    scores = read_scores(campaign)[1].to_pandas().set_index("voter_id")
    truth = truth.reindex(scores.index)
    table = Table(box=None, padding=(0, 3, 0, 2), header_style="bold")
    for heading in ("On what came true", "AUC", "best achievable", "mean score", "true rate"):
        table.add_column(heading, justify="left" if heading.startswith("On") else "right")
    for outcome, came_true in (("turnout", "votes"), ("support", "supports")):
        if outcome in scores:
            label, score = truth[came_true].to_numpy(float), scores[outcome].to_numpy(float)
            figures = (auc(score, label), best[outcome], score.mean(), label.mean())
            table.add_row(outcome, *(f"{figure:.3f}" for figure in figures))
    console.print(table)
