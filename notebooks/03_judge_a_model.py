import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Judge a model")


@app.cell
def _():
    from dataclasses import replace
    from datetime import UTC, datetime, time
    from pathlib import Path
    from tempfile import TemporaryDirectory

    import marimo as mo
    import pandas as pd

    from data.snapshots import open_snapshot
    from features.matrix import features_of
    from models.gates import GateLimits
    from models.metrics import auc
    from models.outcomes import OUTCOMES, SUPPORT
    from models.reasons import learn_explainer, strongest_reasons
    from models.reversals import suspect_reversal
    from models.training import train_model
    from pipelines.demo import make_county
    from pipelines.lessons import gather_lesson
    from pipelines.reference import read_reference
    from pipelines.run import Run
    from pipelines.settings import Settings
    from pipelines.train import gather_surroundings

    return (
        GateLimits,
        OUTCOMES,
        Path,
        Run,
        SUPPORT,
        Settings,
        TemporaryDirectory,
        UTC,
        auc,
        datetime,
        features_of,
        gather_lesson,
        gather_surroundings,
        learn_explainer,
        make_county,
        mo,
        open_snapshot,
        pd,
        read_reference,
        replace,
        strongest_reasons,
        suspect_reversal,
        time,
        train_model,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Judge a model

    A model is used only when its figures allow it. This notebook trains turnout and support with the functions
    that `propensity run` calls, lays open every figure that the gate sees, and then does what no campaign can:
    it looks up the truth, because the county is invented.
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
    gather_surroundings,
    make_county,
    open_snapshot,
    time,
):
    folder = TemporaryDirectory(prefix="judge-a-model-")
    campaign = make_county(Path(folder.name) / "campaign", voters=3_000, seed=1, quiet=True)
    coming = campaign.election
    run = Run("2026-09-20.1", campaign, Settings(campaign=campaign.root), datetime.combine(coming.date, time(4), UTC))
    snapshot = open_snapshot(campaign)
    surroundings = gather_surroundings(run, snapshot)
    return campaign, coming, folder, run, snapshot, surroundings


@app.cell
def _(OUTCOMES, gather_lesson, pd, run, snapshot, surroundings):
    lessons = {outcome.name: gather_lesson(run, snapshot, surroundings, outcome) for outcome in OUTCOMES}
    pd.DataFrame(
        [
            (name, len(lesson.data), lesson.data.label.mean().round(3), lesson.judged.sum(), lesson.judged_on)
            for name, lesson in lessons.items()
        ],
        columns=["outcome", "labels", "positive", "judge the model", "how they are kept apart"],
    )
    return (lessons,)


@app.cell
def _(GateLimits, OUTCOMES, coming, lessons, pd, run, surroundings, train_model):
    trained = {
        outcome.name: train_model(
            lesson.data,
            outcome,
            coming=coming,
            judged=lesson.judged,
            judged_on=lesson.judged_on,
            vocabulary=surroundings[coming].vocabulary,
            limits=GateLimits(),
            seed=run.settings.seed,
        )
        for outcome, lesson in zip(OUTCOMES, lessons.values(), strict=True)
    }
    pd.DataFrame(
        [(name, one.decision.used, why) for name, one in trained.items() for why in one.decision.reasons],
        columns=["outcome", "the gate lets through", "because"],
    )
    return (trained,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## The figures, with intervals

    Intervals say how far a figure would move had other households been in the sample. Log loss and Brier: lower is
    better. AUC is the chance that a positive stands above a negative. ECE is how far chances are off, on average
    over tenths; the second line asks the same once the level is right. Slope 1 means that chances are
    neither too bold (below) nor too timid (above).
    """)
    return


@app.cell
def _(pd, trained):
    def words(interval, places=3):
        return f"{interval.value:.{places}f} ({interval.low:.{places}f} to {interval.high:.{places}f})"

    FIGURES = {
        "log loss": "log_loss",
        "Brier": "brier",
        "AUC": "auc",
        "ECE": "ece",
        "ECE, level aside": "ece_at_level",
        "slope": "slope",
        "intercept": "intercept",
    }
    pd.DataFrame(
        {
            name: {figure: words(getattr(one.evaluation, field)) for figure, field in FIGURES.items()}
            for name, one in trained.items()
        }
    ).rename_axis("figure").reset_index()
    return (words,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Beside the rules

    What a campaign would do without us, judged on the same rows. The gain is the rule's log loss minus the model's:
    proven where the whole interval is above zero.
    """)
    return


@app.cell
def _(pd, trained, words):
    pd.DataFrame(
        [
            (name, rule, round(c.log_loss, 4), words(c.auc), words(c.gain, 4), "proven" if c.gain.low > 0 else "open")
            for name, one in trained.items()
            for rule, c in one.evaluation.rules.items()
        ],
        columns=["outcome", "rule", "log loss", "AUC", "the model's gain", "the gain is"],
    )
    return


@app.cell
def _(pd, trained):
    pd.DataFrame({name: one.members for name, one in trained.items()}).T.fillna(0.0).round(2).rename_axis(
        "weights in the blend"
    ).reset_index()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Calibration

    Voters in tenths by score. What was predicted for a tenth should lie within the interval of what was observed.
    """)
    return


@app.cell
def _(pd, trained, words):
    pd.DataFrame(
        [
            (name, tenth, bin_.rows, round(bin_.predicted, 3), words(bin_.observed), "█" * round(30 * bin_.predicted))
            for name, one in trained.items()
            for tenth, bin_ in enumerate(one.evaluation.calibration, start=1)
        ],
        columns=["outcome", "tenth", "voters", "predicted", "observed", ""],
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Gains

    Work down the list: which share of all positives has been met after the best tenth, two tenths, …? Beside it
    the same for the best of the rules, and the lift of each tenth by itself.
    """)
    return


@app.cell
def _(pd, trained, words):
    def best_rule(evaluation):
        return min(evaluation.rules, key=lambda name: evaluation.rules[name].log_loss)

    pd.DataFrame(
        [
            (
                name,
                f"{gain.share:.0%}",
                words(gain.reached),
                best_rule(one.evaluation),
                round(rule, 3),
                words(gain.lift, 2),
            )
            for name, one in trained.items()
            for gain, rule in zip(
                one.evaluation.gains, one.evaluation.rules[best_rule(one.evaluation)].reached, strict=True
            )
        ],
        columns=["outcome", "best of the list", "positives met", "best rule", "met by it", "lift of this tenth"],
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## For whom it is worse

    The same by slice. Where the gain's interval reaches below zero, the best rule may be as good for these voters.
    """)
    return


@app.cell
def _(pd, trained, words):
    pd.DataFrame(
        [
            (name, s.by, s.name, s.rows, round(s.predicted, 3), round(s.observed, 3), words(s.gain, 4))
            for name, one in trained.items()
            for s in one.evaluation.slices
            if s.by != "precinct"
        ],
        columns=["outcome", "by", "slice", "voters", "predicted", "observed", "gain against the best rule"],
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## What if the survey were upside down?

    Somebody exports the answers with 5 for strong support. All figures above would look as good as now, since a model
    learns a reversed world as readily. What tells is something that was not asked: certified results by precinct.
    Every training checks this; a finding that blocks ends in `nothing` at the gate.
    """)
    return


@app.cell
def _(GateLimits, SUPPORT, lessons, pd, replace, suspect_reversal):
    answers = lessons["support"].data
    surveys = {"as it came in": answers, "upside down": replace(answers, label=1 - answers.label)}
    suspicions = [
        (name, one.kind, "blocks" if one.blocks else "a warning", one.what, one.remedy)
        for name, data in surveys.items()
        for one in suspect_reversal(data, None, SUPPORT.expected, GateLimits().suspicious)
    ]
    pd.DataFrame(suspicions, columns=["survey", "suspicion", "what it does", "found", "what to do"])
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Why this voter?

    Reasons are contributions beside the average voter of the file, by topic, in the words that the features
    declare. A plus raises the score, a minus lowers it.
    """)
    return


@app.cell
def _(coming, features_of, learn_explainer, read_reference, snapshot, surroundings, trained):
    reference = read_reference(snapshot, surroundings[coming])
    explainers = {
        name: learn_explainer(one.model, reference, features_of(snapshot.extras)) for name, one in trained.items()
    }
    return explainers, reference


@app.cell
def _(explainers, pd, reference, strongest_reasons):
    import numpy as np

    few = reference.iloc[:4]

    def tell(explainer, towards):
        explained = explainer.explain(few)
        texts = explainer.say(few, explained, "analyst")
        strongest = strongest_reasons(explained.parts, texts, np.full(len(few), towards, np.int8), 2, 0.05)
        return ["; ".join(filter(None, row)) for row in strongest]

    pd.concat(
        pd.DataFrame(
            {
                "outcome": name,
                "voter": few.index,
                "score": explainer.explain(few).scores.round(3),
                "+": tell(explainer, 1),
                "−": tell(explainer, -1),
            }
        )
        for name, explainer in explainers.items()
    ).sort_values(["voter", "outcome"], ignore_index=True)
    return


@app.cell
def _(explainers, pd):
    pd.DataFrame(
        [
            (name, learned.topic, round(learned.importance, 2), learned.raises, learned.lowers)
            for name, explainer in explainers.items()
            for learned in explainer.learned()[:4]
        ],
        columns=["outcome", "topic", "importance", "raises", "lowers"],
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## The truth

    The county knows what its people will do, and the best prediction that anybody could make from its files. No
    campaign can see this table; it shows how far the figures above can be trusted.
    """)
    return


@app.cell
def _(auc, campaign, pd, reference, trained):
    truth = pd.read_parquet(campaign.root / "county" / "truth.parquet").set_index("voter_id").loc[reference.index]
    came_true = {"turnout": "votes", "support": "supports"}
    rows = []
    for outcome, one in trained.items():
        score, label = one.model.predict(reference), truth[came_true[outcome]].to_numpy(float)
        best = truth[f"best_{outcome}"].to_numpy()
        rows.append(
            (outcome, one.evaluation.auc.value, auc(score, label), auc(best, label), score.mean(), label.mean())
        )
    pd.DataFrame(
        rows, columns=["outcome", "AUC as judged", "AUC in truth", "best achievable", "mean score", "true rate"]
    ).round(3)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    The AUC as judged and the AUC in truth are of different people: an earlier election for turnout, those who answered
    for support. The best achievable is so on average: what people then do is a draw, and on one draw somebody may stand
    a hair above it. Next: `propensity report` shows the same figures of a real run, `docs/decisions/0006-gates.md`
    why the gate is as it is.
    """)
    return


if __name__ == "__main__":
    app.run()
