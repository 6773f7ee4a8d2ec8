import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Meet the voter file")


@app.cell
def _():
    from pathlib import Path
    from tempfile import TemporaryDirectory

    import marimo as mo
    import numpy as np
    import pandas as pd

    from data.campaign import init_campaign
    from data.contracts import VOTERS
    from data.elections import has_bit
    from data.imports import import_history, import_results, import_survey, import_voters
    from data.mapping import read_mapping
    from data.snapshots import open_snapshot
    from data.synthetic import synthesise_county, write_county
    from features.matrix import build_features, category_columns, features_of
    from features.outcomes import support_labels, turnout_labels
    from features.surroundings import learn_surroundings
    from features.view import View, history_bits, share
    from features.vocabulary import learn_vocabulary

    return (
        Path,
        TemporaryDirectory,
        VOTERS,
        View,
        build_features,
        category_columns,
        features_of,
        has_bit,
        history_bits,
        import_history,
        import_results,
        import_survey,
        import_voters,
        init_campaign,
        learn_surroundings,
        learn_vocabulary,
        mo,
        np,
        open_snapshot,
        pd,
        read_mapping,
        share,
        support_labels,
        synthesise_county,
        turnout_labels,
        write_county,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Meet the voter file

    Everything starts with three files: who is on the rolls, who voted when, and what volunteers were told. This
    notebook follows them through the same functions that `propensity import` and `propensity run` call, on a
    small county of invented people. Change the number of voters or the seed, and everything below follows.
    """)
    return


@app.cell
def _(synthesise_county):
    county = synthesise_county(voters=6_000, seed=1)
    county.voters.head(5)
    return (county,)


@app.cell(hide_code=True)
def _(VOTERS, county, mo, pd):
    mo.vstack(
        [
            mo.md(
                "What the columns mean. Only `voter_id` has to be there; education and income are this county's own."
            ),
            pd.DataFrame(
                [(c.name, c.kind, c.meaning, c.contact) for c in VOTERS.columns if c.name in county.voters],
                columns=["column", "kind", "meaning", "kept apart, for pulled lists only"],
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Coming in

    A campaign is a folder. Each file is checked row by row on its way in: rows = accepted + quarantined +
    collapsed. Volunteers make slips of the pen, and the county has some: answers of 0 or 7, people not in the
    file. Those rows wait in quarantine, with their line and the rule they broke.
    """)
    return


@app.cell
def _(
    Path,
    TemporaryDirectory,
    county,
    import_history,
    import_results,
    import_survey,
    import_voters,
    init_campaign,
    pd,
    read_mapping,
    write_county,
):
    folder = TemporaryDirectory(prefix="meet-the-voter-file-")
    files = write_county(county, Path(folder.name) / "files")
    campaign = init_campaign(Path(folder.name) / "campaign", name="Notebook", election=county.election)
    steps = {
        "voters": import_voters,
        "history": import_history,
        "survey": import_survey,
        "results": import_results,
    }
    mapping = {"voters": read_mapping(files["mapping"])}
    reports = [
        step(campaign, files[kind], mapping=mapping.get(kind), today=county.taken) for kind, step in steps.items()
    ]
    pd.DataFrame(reports)[["kind", "rows", "accepted", "quarantined", "collapsed"]]
    return campaign, folder, reports


@app.cell
def _(pd, reports):
    pd.concat([pd.read_csv(r.quarantine_file, dtype=str) for r in reports if r.quarantine_file]).groupby(
        ["file", "rule"]
    ).size().rename("rows").reset_index()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## What is kept

    The snapshot holds voters without names and addresses; these are in files of their own. Vote history is two
    bits for each election: *voted*, and *on the rolls*, without which a missing vote means nothing.
    """)
    return


@app.cell
def _(campaign, open_snapshot, pd, reports):
    # The reports are asked for, so that this cell waits until everything is in.
    assert reports
    snapshot = open_snapshot(campaign)
    voters = pd.concat([snapshot.read_voters(part) for part in snapshot.parts], ignore_index=True)
    voters.head(5)
    return snapshot, voters


@app.cell
def _(has_bit, history_bits, pd, snapshot, voters):
    voted, rolls = (history_bits(voters, snapshot.calendar, prefix) for prefix in ("voted", "rolls"))
    elections = pd.DataFrame(
        [(e.date, e.kind, has_bit(rolls, i).sum(), has_bit(voted, i).sum()) for i, e in enumerate(snapshot.calendar)],
        columns=["election", "kind", "on the rolls", "voted"],
    )
    elections.assign(turnout=(elections["voted"] / elections["on the rolls"]).round(3))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    Turnout follows the kind of election far more than the year. That is why a turnout model learns from *like
    elections*: midterms for a midterm, primaries for a primary.

    The same history from the other side, voter by voter: of the elections of a kind that somebody was on the
    rolls for, which share did they vote in? In presidential years most people come, in primaries the same few,
    again and again. A share, not a count: who registered last year has had fewer chances.
    """)
    return


@app.cell
def _(View, county, pd, share, snapshot, voters):
    today = View(voters, snapshot.calendar, county.election)
    edges, names = (
        [-0.01, 0, 0.34, 0.67, 0.99, 1],
        ["never", "to a third", "to two thirds", "more", "always"],
    )
    habits = {
        kind: pd.cut(pd.Series(share(today.votes(kind), today.elections(kind))), edges, labels=names)
        .value_counts(normalize=True)
        .reindex(names)
        for kind in ("presidential", "midterm", "primary", "local")
    }
    pd.DataFrame(habits).T.rename_axis("kind of election").round(2).reset_index()
    return (today,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Who is asked, and who answers

    Volunteers knock where it is pleasant to knock, and people who are at home and like politics open the door. So
    those who answered are not a small copy of the voter file, and a model that took them for one would be wrong
    about everybody else. Compare the columns: the file, the doors knocked at, the answers.
    """)
    return


@app.cell
def _(np, pd, snapshot, today, voters):
    survey = snapshot.read_survey()
    asked = voters["voter_id"].isin(survey["voter_id"])
    answered = voters["voter_id"].isin(survey.loc[survey["response"].notna(), "voter_id"])
    age = pd.cut(today.years_since("born"), [0, 30, 45, 65, 120], labels=["18–29", "30–44", "45–64", "65 and over"])
    traits = {
        "age": age.astype(object),
        "party": voters["party"].astype(object),
        "votes in the past": np.where(today.votes("all") >= 6, "six or more", "fewer than six"),
    }
    everybody = pd.Series(True, index=voters.index)
    groups = {"voter file": everybody, "asked": asked, "answered": answered}
    pd.concat(
        {
            trait: pd.DataFrame(
                {name: pd.Series(values)[of].value_counts(normalize=True) for name, of in groups.items()}
            ).sort_index()
            for trait, values in traits.items()
        },
        names=["trait", "value"],
    ).fillna(0).round(3).reset_index()
    return (survey,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    What they said: 1 is strong support, 5 strong opposition. The support model learns from 1 and 2 against 4 and
    5. The undecided are counted and teach nothing, and where two volunteers disagree on a voter, neither does.
    """)
    return


@app.cell
def _(pd, survey):
    said = survey["response"].value_counts().sort_index()
    pd.DataFrame({"answer": said.index.astype(int), "voters": said.to_numpy(), "": ["█" * (n // 15) for n in said]})
    return


@app.cell
def _(county, pd, support_labels, survey):
    labels = support_labels(survey, county.election)
    pd.Series(labels.counts, name="count").rename_axis("what became of the answers").reset_index()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## A voter as numbers

    `build_features` turns voters into numbers *as of a day* and uses only what was known before it. Training and
    scoring call this one function. Below are its features on the day of the last like election, with the share of
    voters for whom each is known.
    """)
    return


@app.cell
def _(build_features, category_columns, county, learn_surroundings, learn_vocabulary, snapshot, voters):
    like = max(e for e in snapshot.calendar if e.kind == county.election.kind and e.date < county.election.date)
    surroundings = learn_surroundings(
        [voters],
        calendar=snapshot.calendar,
        coming=[like],
        extras=snapshot.extras,
        results=snapshot.read_results(),
        vocabulary=learn_vocabulary([voters], category_columns(snapshot.extras)),
    )
    matrix = build_features(voters, as_of=like.date, surroundings=surroundings[like])
    return like, matrix


@app.cell
def _(features_of, matrix, pd, snapshot):
    pd.DataFrame(
        [(f.name, f.meaning, f.dtype) for f in features_of(snapshot.extras)], columns=["feature", "meaning", "kind"]
    ).assign(
        known=matrix.notna().mean().round(3).to_numpy(),
        median=matrix.median().round(2).to_numpy(),
    )
    return


@app.cell(hide_code=True)
def _(like, mo):
    mo.md(f"""
    ## What the past says about {like.date:%B %Y}

    The label is whether a person voted that day; those not on the rolls have none. Counting earlier votes is what
    a campaign would do without a model. It is a good rule, and the turnout model is judged beside it.
    """)
    return


@app.cell
def _(View, like, pd, snapshot, turnout_labels, voters):
    label = turnout_labels(voters, snapshot.calendar, like)
    votes_before = View(voters, snapshot.calendar, like).votes("all")
    rule = pd.Series(label).groupby(votes_before).agg(["count", "mean"])
    rule.rename_axis("votes before").set_axis(["voters", "turnout"], axis=1).round(3).reset_index()
    return (label,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## The door and the precinct

    People behind one door are alike, and so, less, are neighbours. Features say so, with the voter left out and
    only from what was known before: how often the others behind the door voted, how far the precinct lay above or
    below the whole file, what certified results said of it. Six precincts, as here, show little; a county has more.
    """)
    return


@app.cell
def _(label, matrix, pd):
    at_the_door = pd.cut(
        matrix["household_turnout"], [-0.01, 0, 0.5, 0.99, 1], labels=["never", "up to half", "more", "always"]
    ).astype(object)
    where_alone = at_the_door.where(at_the_door.notna(), "nobody else with a history")
    doors = pd.Series(label).groupby(where_alone.to_numpy()).agg(["count", "mean"])
    doors.rename_axis("the others behind the door voted").set_axis(["voters", "turnout"], axis=1).round(3).sort_values(
        "turnout"
    ).reset_index()
    return


@app.cell
def _(label, matrix, pd, voters):
    precincts = pd.DataFrame(
        {
            "precinct": voters["precinct"].astype(str),
            "turnout": label,
            "above the file before": matrix["precinct_turnout"].to_numpy(),
            "past results for the side": matrix["precinct_lean"].to_numpy(),
        }
    )
    precincts.groupby("precinct").mean().round(3).sort_values("turnout").reset_index()
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    Next: `propensity demo` takes a county ten times this size all the way to ranked lists. The words are
    explained in `docs/GLOSSARY.md`.
    """)
    return


if __name__ == "__main__":
    app.run()
