import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Try a feature")


@app.cell
def _():
    from datetime import UTC, datetime, time
    from pathlib import Path
    from tempfile import TemporaryDirectory

    import marimo as mo
    import numpy as np
    import pandas as pd

    from data.elections import has_bit
    from data.snapshots import open_snapshot
    from features.feature import Feature
    from features.matrix import build_features
    from features.words import Words
    from models.evaluation import evaluate
    from models.outcomes import TURNOUT
    from models.replay import choose_eras, gather_replay, judged_era
    from models.training import choose_splits, cross_fit, predict_out_of_sample
    from pipelines.blocks import read_blocks
    from pipelines.demo import make_county
    from pipelines.run import Run
    from pipelines.settings import Settings
    from pipelines.train import gather_surroundings

    return (
        Feature,
        Path,
        Run,
        Settings,
        TURNOUT,
        TemporaryDirectory,
        UTC,
        Words,
        build_features,
        choose_eras,
        choose_splits,
        cross_fit,
        datetime,
        evaluate,
        gather_replay,
        gather_surroundings,
        has_bit,
        judged_era,
        make_county,
        mo,
        np,
        open_snapshot,
        pd,
        predict_out_of_sample,
        read_blocks,
        time,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Try a feature

    You have an idea what else tells who will vote. Here you write it down as one declaration, put it beside the
    features that production has, and see what it is worth in the same backtest: past elections replayed, each
    predicted from those before it. Nothing is changed outside this notebook.

    First a campaign to try it on: a small county of invented people, in a temporary folder.
    """)
    return


@app.cell
def _(
    Path,
    Run,
    Settings,
    TemporaryDirectory,
    UTC,
    choose_eras,
    datetime,
    gather_surroundings,
    make_county,
    open_snapshot,
    pd,
    time,
):
    folder = TemporaryDirectory(prefix="try-a-feature-")
    campaign = make_county(Path(folder.name) / "campaign", voters=4_000, seed=1, quiet=True)
    coming = campaign.election
    run = Run("2026-09-20.1", campaign, Settings(campaign=campaign.root), datetime.combine(coming.date, time(4), UTC))
    snapshot = open_snapshot(campaign)
    surroundings = gather_surroundings(run, snapshot)
    eras = choose_eras(snapshot.calendar, coming)
    pd.DataFrame(
        [(era.election.date, era.election.kind, round(era.weight, 2)) for era in eras],
        columns=["replayed election", "kind", "weight in training"],
    )
    return coming, eras, folder, run, snapshot, surroundings


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## The declaration

    A vote in a primary, when few come, says more of a person than one for president, when most do; and who sat
    out a presidential election says more than who sat out a primary. So each election on the rolls counts for
    what was surprising about it: a vote for the share that stays at home, an absence against by the share that
    comes, averaged and pulled towards zero where there were few.

    `scene.view` shows voters as of a day, and nothing dated later can be seen through it; `scene.surroundings`
    has what a feature must know of everybody else. `topic` says which features tell of the same thing and so
    give one reason together; `says` turns a value into the words of that reason.
    """)
    return


@app.cell
def _(Feature, Words, has_bit, np):
    USUAL = {"presidential": 0.75, "midterm": 0.6, "primary": 0.25, "presidential_primary": 0.25}

    def surprise(scene):
        view = scene.view
        total, counted = np.zeros(len(view.voters)), np.zeros(len(view.voters))
        for election in view.past:
            on_rolls, voted = has_bit(view.rolls, election), has_bit(view.voted, election)
            total += on_rolls * (voted - USUAL.get(view.calendar[election].kind, 0.2))
            counted += on_rolls
        return np.where(counted > 0, total / (counted + 1), np.nan)

    tried = Feature(
        "surprise",
        "votes beyond what is usual in elections of their kind, averaged",
        surprise,
        topic="vote history",
        says=Words((-0.3, 0.3), ("votes less than is usual", "", "votes when few others do")),
    )
    return (tried,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    `build_features` takes it beside its own: the last column is the new one. One of a name that is already there
    would take that one's place, which is how to try another way of computing it.
    """)
    return


@app.cell
def _(build_features, coming, pd, run, read_blocks, snapshot, surroundings, tried):
    matrix = pd.concat(
        build_features(block, as_of=coming.date, surroundings=surroundings[coming], added=(tried,))
        for block in read_blocks(run, snapshot, "look")
    )
    matrix.iloc[:, -1].describe().round(2).rename_axis("").reset_index()
    return (matrix,)


@app.cell
def _(matrix, tried):
    alike = matrix.drop(columns=tried.name).corrwith(matrix[tried.name]).dropna()
    alike.sort_values(key=abs, ascending=False).head(5).round(2).rename_axis("most like it").rename(
        "correlation"
    ).reset_index()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Its worth in the backtest

    Twice the same: gather the replay, choose the splits, let the outcome's own recipes predict what they have not
    seen, blend and calibrate. Once without the new feature, once with it. The newest election like the coming one
    is held out whole, and both are judged on it, each at the level observed there: how many vote is not
    what a feature of who votes can know.

    For a yardstick the same is asked of what is there already: what if age were left out?
    """)
    return


@app.cell
def _(
    TURNOUT,
    choose_splits,
    coming,
    cross_fit,
    eras,
    gather_replay,
    judged_era,
    predict_out_of_sample,
    read_blocks,
    run,
    snapshot,
    surroundings,
):
    def replay(added=()):
        return gather_replay(
            lambda: read_blocks(run, snapshot, "replay"), eras, surroundings, seed=run.settings.seed, added=added
        )

    def predict(data, judged):
        splits = choose_splits(data, coming, judged, run.settings.seed)
        predictions = predict_out_of_sample(data, TURNOUT.recipes_for(len(data)), splits)
        return cross_fit(predictions, data, splits)[judged]

    without, kept = replay()
    judged = without.era == judged_era(kept)
    return judged, kept, predict, replay, without


@app.cell
def _(evaluate, judged, judged_era, kept, predict, replay, run, tried, without):
    from dataclasses import replace

    rows = without.take(judged)
    ageless = replace(without, features=without.features.drop(columns="age"))
    usual = predict(without, judged)
    others = {
        f"with “{tried.name}”": predict(replay((tried,))[0], judged),
        "without “age”": predict(ageless, judged),
    }

    def compare(p):
        return evaluate(
            p,
            rows.label,
            rows.household,
            rules={"as it is": usual},
            judged_on=f"{kept[judged_era(kept)].election.date:%b %Y}",
            seed=run.settings.seed,
            level_aside=True,
        )

    evaluations = {name: compare(p) for name, p in others.items()}
    return (evaluations,)


@app.cell
def _(evaluations, pd):
    gains = {name: evaluation.rules["as it is"].gain for name, evaluation in evaluations.items()}

    def say(gain):
        if gain.low > 0:
            return "better: the whole interval is above zero"
        return "worse: the whole interval is below zero" if gain.high < 0 else "no difference that could be shown"

    pd.DataFrame(
        [
            (name, f"{e.log_loss_at_level.value:.4f}", f"{e.auc.value:.3f}", *map("{:+.4f}".format, points), say(g))
            for (name, e), g in zip(evaluations.items(), gains.values(), strict=True)
            for points in [(g.value, g.low, g.high)]
        ],
        columns=["tried", "log loss", "AUC", "gain against as it is", "from", "to", "verdict"],
    )
    return gains, say


@app.cell(hide_code=True)
def _(evaluations, gains, mo, say, tried):
    _gain = gains[f"with “{tried.name}”"]
    _rows = evaluations[f"with “{tried.name}”"].rows
    mo.md(f"""
    **“{tried.name}”: {say(_gain)}.** Its gain in log loss is {_gain.value:+.4f}, between {_gain.low:+.4f} and
    {_gain.high:+.4f} when households are drawn anew ({_rows:,} voters judged).

    Before you believe a gain: of forty useless ideas about one ends above its interval by luck, so try another seed
    and more voters above. And the people of this county were invented with habits that hold from one kind of election
    to the next; whether real ones have them, only your own voter file tells: open its campaign instead of making one.
    The support model is tried in the same way: `gather_answers` takes `added` too.
    """)
    return


@app.cell(hide_code=True)
def _(mo, tried):
    mo.md(f"""
    ## Moving it into production

    One declaration is all that moves: put `surprise` and the `Feature("{tried.name}", …)` into the `FEATURES` of
    the file of its topic, here `features/vote_history.py`, and a test that a record dated on or after the day changes
    nothing beside it. Training, scoring, reasons, the report and this notebook then have it of themselves.
    """)
    return


if __name__ == "__main__":
    app.run()
