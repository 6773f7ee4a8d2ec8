import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Read a list")


@app.cell
def _():
    from datetime import UTC, datetime, time, timedelta
    from pathlib import Path
    from tempfile import TemporaryDirectory

    import marimo as mo
    import numpy as np
    import pandas as pd

    from data.imports import import_survey
    from lists.suppressions import Reason, suppress
    from lists.take import STATE
    from lists.versions import find_version, list_versions, read_list
    from pipelines.demo import make_county
    from pipelines.engine import one_by_one
    from pipelines.publish import publish_lists
    from pipelines.run import Run
    from pipelines.score import score_campaign
    from pipelines.settings import Settings
    from pipelines.train import train_models

    return (
        Path,
        Reason,
        Run,
        STATE,
        Settings,
        TemporaryDirectory,
        UTC,
        datetime,
        find_version,
        import_survey,
        list_versions,
        make_county,
        mo,
        np,
        one_by_one,
        pd,
        publish_lists,
        read_list,
        score_campaign,
        suppress,
        time,
        timedelta,
        train_models,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Read a list

    A list is published as a version that never changes: who is on it, in which order, why, and what it was made
    from. When the world moves on, the next version is published beside it. This notebook makes a small campaign of
    invented people, publishes, lets a day pass, publishes again, and shows who came, who went and who moved.
    """)
    return


@app.cell
def _(
    Path,
    Run,
    Settings,
    TemporaryDirectory,
    UTC,
    datetime,
    make_county,
    one_by_one,
    publish_lists,
    score_campaign,
    time,
    timedelta,
    train_models,
):
    folder = TemporaryDirectory(prefix="read-a-list-")
    campaign = make_county(Path(folder.name) / "campaign", voters=1_300, seed=1, quiet=True)
    lists = campaign.root / "lists"
    monday = campaign.election.date - timedelta(40)

    scored_by = {}

    def run_on(day):
        """What `propensity run` does, step by step, without Prefect and MLflow beside it."""
        started = datetime.combine(day, time(4), UTC)
        run = Run(f"{day}.1", campaign, Settings(campaign=campaign.root), started)
        training = train_models(run, one_by_one)
        scored_by[str(day)] = {name: record.state for name, record in training.outcomes.items()}
        score_campaign(run, one_by_one)
        return publish_lists(run, one_by_one)

    first = run_on(monday)
    return campaign, first, folder, lists, monday, run_on, scored_by


@app.cell
def _(first, pd):
    pd.DataFrame(
        [(v.name, v.version, v.rows, v.doors, v.meaning) for v in first.lists.values()]
        + [(name, 0, 0, 0, f"not published: {why}") for name, why in first.refused.items()],
        columns=["list", "version", "people", "doors", "what it is"],
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## One version

    `find_version` finds it, `read_list` reads it and checks that it is what was published, byte for byte. Names and
    addresses are not in it: they are put in when somebody pulls the list, and so is whoever was suppressed
    meanwhile taken out.
    """)
    return


@app.cell
def _(find_version, first, lists, read_list):
    assert first
    NAME = "gotv"
    before = read_list(lists, find_version(lists, NAME, 1))
    before.head(8)
    return NAME, before


@app.cell
def _(NAME, first, pd):
    counts = first.lists[NAME].counts
    balance = {
        "candidates": counts["candidates"],
        "in the ranges of the list": counts["kept"],
        **{f"− {why}": number for why, number in counts["suppressed"].items()},
        "− behind a better member of the door": counts["same_door"],
        "− beyond the size": counts["cut"],
        "listed": counts["people"],
    }
    pd.Series(balance, name="people").rename_axis("where they went").reset_index()
    return


@app.cell
def _(NAME, first, pd):
    pd.Series(first.lists[NAME].provenance, name="").map(str).rename_axis("made from").reset_index()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## A day passes

    The first three on the list have moved away. And volunteers have asked the first hundred of `survey_next`, the list
    of those whose answers teach the models most; everybody said what they truly think.
    """)
    return


@app.cell
def _(
    Path,
    Reason,
    STATE,
    before,
    campaign,
    find_version,
    folder,
    import_survey,
    lists,
    monday,
    np,
    pd,
    read_list,
    suppress,
    timedelta,
):
    for voter in before["voter_id"].head(3):
        suppress(campaign.root / STATE, voter, Reason.MOVED.value, today=monday)
    asked = read_list(lists, find_version(lists, "survey_next"))["voter_id"].head(100)
    truth = pd.read_parquet(campaign.root / "county" / "truth.parquet").set_index("voter_id").loc[asked]
    answers = pd.DataFrame(
        {"voter_id": asked, "response": np.where(truth["supports"], 1, 5), "date": monday.isoformat()}
    )
    file = Path(folder.name) / "answers.csv"
    answers.to_csv(file, index=False)
    heard = import_survey(campaign, file, today=monday + timedelta(1))
    pd.DataFrame([heard])[["kind", "rows", "accepted", "quarantined", "collapsed"]]
    return (heard,)


@app.cell
def _(heard, list_versions, lists, monday, pd, run_on, timedelta):
    # Asked for, so that this cell waits until the answers are in.
    assert heard
    second = run_on(monday + timedelta(1))
    pd.DataFrame(
        [(v.name, v.version, v.rows, v.published, v.part[:12]) for v in list_versions(lists)],
        columns=["list", "version", "people", "published", "digest"],
    )
    return (second,)


@app.cell
def _(pd, scored_by, second):
    # A rule in the place of a model would change a list more than any answers.
    assert second
    pd.DataFrame(scored_by).T.rename_axis("scores of").reset_index()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## What changed

    Both versions side by side, voter by voter. Who left was suppressed, or has left the ranges that the list keeps;
    who entered was moved into them by what the models have learned since.
    """)
    return


@app.cell
def _(NAME, before, find_version, lists, pd, read_list, second):
    assert second
    after = read_list(lists, find_version(lists, NAME))
    both = before.merge(after, on="voter_id", how="outer", suffixes=(" before", " after"), indicator="change")
    both["change"] = both["change"].map({"left_only": "left", "right_only": "entered", "both": "stayed"}).astype(object)
    both["precinct"] = both["precinct after"].fillna(both["precinct before"])
    both["moved"] = both["rank before"] - both["rank after"]
    COLUMNS = [
        "voter_id",
        "precinct",
        "rank before",
        "rank after",
        "support_score before",
        "support_score after",
        "turnout_score before",
        "turnout_score after",
    ]
    both["change"].value_counts().rename("voters").rename_axis("change").reset_index()
    return COLUMNS, after, both


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    **Who left**, the best first, and why: somebody suppressed has a reason; of the others the scores of
    today tell. They are not on the list any more, so they are looked up among all scores.
    """)
    return


@app.cell
def _(STATE, both, campaign, pd):
    from lists.suppressions import suppressed
    from pipelines.score_file import read_scores

    barred = suppressed(campaign.root / STATE).set_index("voter_id")["reason"]
    today = read_scores(campaign)[1].to_pandas().set_index("voter_id")[["support", "turnout"]]
    left = both.loc[both["change"] == "left", ["voter_id", "precinct", "rank before"]].sort_values("rank before")
    left["suppressed"] = left["voter_id"].map(barred).astype(object).fillna("")
    left.join((100 * today.astype(float)).round(1), on="voter_id").head(8).reset_index(drop=True)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    **Who entered**, the best first.
    """)
    return


@app.cell
def _(after, both):
    after[after["voter_id"].isin(both.loc[both["change"] == "entered", "voter_id"])].head(8).reset_index(drop=True)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    **Who moved most** of those who stayed; above zero is up the list.
    """)
    return


@app.cell
def _(COLUMNS, both):
    stayed = both[both["change"] == "stayed"].sort_values("moved", key=abs, ascending=False)
    stayed[["moved", *COLUMNS]].head(8).reset_index(drop=True)
    return (stayed,)


@app.cell
def _(pd, stayed):
    pd.cut(
        stayed["moved"].abs(),
        [-1, 0, 10, 50, 200, 10_000],
        labels=["stands where it stood", "to 10 places", "to 50", "to 200", "more"],
    ).value_counts(sort=False).rename("voters").rename_axis("moved by").reset_index()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    **By precinct**, since that is how walks are planned.
    """)
    return


@app.cell
def _(both, pd):
    precincts = pd.crosstab(both["precinct"], both["change"]).reindex(
        columns=["stayed", "entered", "left"], fill_value=0
    )
    precincts.assign(
        before=precincts["stayed"] + precincts["left"], after=precincts["stayed"] + precincts["entered"]
    ).reset_index()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    Version 1 is still there and still the same: whoever walks with it today can be told tomorrow what they walked
    with. At the command line `propensity lists` shows the versions and `propensity pull` takes one.
    """)
    return


if __name__ == "__main__":
    app.run()
