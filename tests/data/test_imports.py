import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.campaign import Campaign, hold, init_campaign
from data.durable import sha256_file
from data.elections import Election
from data.errors import CampaignBusy, InputError
from data.imports import ImportReport, import_history, import_results, import_survey, import_voters
from data.mapping import Mapping
from data.snapshots import find_snapshot, open_snapshot

TODAY = date(2026, 11, 24)
VOTERS = "voter_id,birth_year,party\n001,1980,dem\n002,1990,rep\n003,,una\n"
HISTORY = "voter_id,election_date,election_type\n001,2024-11-05,general\n002,2024-11-05,general\n"
Put = Callable[[str, str], Path]


def quarantined(report: ImportReport) -> dict[int, tuple[str, str]]:
    """Line → column and rule of a report's quarantine file."""
    if report.quarantine_file is None:
        return {}
    with report.quarantine_file.open(newline="") as file:
        rows = {int(row["line"]): (row["column"], row["rule"]) for row in csv.DictReader(file)}
    assert len(rows) == report.quarantined
    return rows


def figures(report: ImportReport) -> tuple[int, int, int, int]:
    return report.rows, report.accepted, report.quarantined, report.collapsed


def tree(campaign: Campaign) -> dict[Path, tuple[int, str]]:
    files = (path for path in campaign.root.rglob("*") if path.is_file() and path.name != "lock")
    return {path: (path.stat().st_mtime_ns, sha256_file(path)) for path in files}


@pytest.fixture
def loaded(campaign: Campaign, put: Put) -> Campaign:
    import_voters(campaign, put("voters.csv", VOTERS), today=TODAY)
    return campaign


def test_voters_are_accepted_collapsed_and_quarantined(campaign: Campaign, put: Put) -> None:
    rows = [
        "001,1980,F,X",
        "001,1980,F,Y",
        "002,1990,F,X",
        "002,1991,F,X",
        "002,1990,F,X",
        ",1970,M,X",
        "003,2999,,X",
        "1.2E+7,1980,F,X",
        "x",
    ]
    file = put("voters.csv", "\n".join(["voter_id,birth_year,sex,color", *rows]))
    report = import_voters(campaign, file, today=TODAY)
    assert figures(report) == (9, 2, 6, 1)
    assert report.dropped_columns == ("color",)
    assert report.warnings == ("birth_year: 1 rows with more than 2026; taken as missing",)
    broken = quarantined(report)
    assert {line: column for line, (column, _) in broken.items()} == {
        4: "voter_id",
        5: "voter_id",
        6: "voter_id",
        7: "voter_id",
        9: "voter_id",
        10: "",
    }
    assert broken[4][1] == "same voter_id, different content"
    assert open_snapshot(campaign).voters == 2
    assert (campaign.root / "raw" / sha256_file(file)).read_bytes() == file.read_bytes()


def test_history_that_cannot_be_is_quarantined(loaded: Campaign, put: Put) -> None:
    rows = [
        "001,2024-11-05,general,",
        "001,2024-11-05,general,voted",
        "002,2024-11-05,general,voted",
        "002,2024-11-05,general,did_not_vote",
        "009,2024-11-05,general,voted",
        "003,2027-11-02,general,voted",
        "003,2024-11-05,general,did_not_vote",
    ]
    report = import_history(
        loaded, put("history.csv", "\n".join(["voter_id,election_date,election_type,status", *rows])), today=TODAY
    )
    assert figures(report) == (7, 2, 4, 1)
    rules = {line: rule.split(",")[0] for line, (_, rule) in quarantined(report).items()}
    assert rules == {
        4: "same voter_id",
        5: "same voter_id",
        6: "a voter who is not in the voter file",
        7: "a date in the future",
    }
    snapshot = open_snapshot(loaded)
    frame = snapshot.read_voters(snapshot.parts[0]).set_index("voter_id").loc[["001", "002", "003"]]
    assert frame["voted_0"].tolist() == [1, 0, 0]
    assert frame["rolls_0"].tolist() == [1, 0, 1]


def test_survey_rows_say_something_about_a_known_voter(loaded: Campaign, put: Put) -> None:
    rows = [
        "001,2026-09-01,1,Canvassed,v1",
        "001,2026-09-01,1,canvassed,v1",
        "002,2026-09-01,,Not Home,v1",
        "003,2026-09-01,,,v1",
    ]
    rows += ["009,2026-09-01,1,,v1", "001,2026-12-01,1,,v1", "001,2026-09-01,7,,v1", "001,2026-09-01,2,,v2"]
    text = "\n".join(["voter_id,date,response,contact_result,canvasser_id", *rows])
    report = import_survey(loaded, put("survey.csv", text), today=TODAY)
    assert figures(report) == (8, 3, 4, 1)
    assert sorted(quarantined(report)) == [5, 6, 7, 8]
    frame = open_snapshot(loaded).read_survey()
    assert frame["contact_result"].tolist()[:2] == ["canvassed", "not home"]


def test_results_are_kept_and_the_later_import_wins(loaded: Campaign, put: Put) -> None:
    header = "area_type,area,election_date,election_type,votes_for\n"
    import_results(loaded, put("a.csv", header + "precinct,1,2024-11-05,general,10\n"), today=TODAY)
    report = import_results(
        loaded,
        put("b.csv", header + "precinct,1,2024-11-05,general,11\nprecinct,2,2024-11-05,general,many\n"),
        today=TODAY,
    )
    assert figures(report) == (2, 1, 1, 0)
    assert open_snapshot(loaded).read_results()["votes_for"].tolist() == [11.0]


def test_results_of_the_campaigns_own_election_come_in_from_its_day_on(loaded: Campaign, put: Put) -> None:
    rows = "area_type,area,election_date,election_type,ballots_cast,registered\nzip,1,2026-11-03,general,40,100\n"
    day = loaded.election.date
    assert figures(import_results(loaded, put("results.csv", rows), today=day)) == (1, 1, 0, 0)
    assert open_snapshot(loaded).read_results()["ballots_cast"].tolist() == [40.0]


@pytest.mark.parametrize("importer", [import_history, import_survey, import_results])
def test_voters_come_first(campaign: Campaign, put: Put, importer: Callable[..., ImportReport]) -> None:
    with pytest.raises(InputError, match="propensity import voters"):
        importer(campaign, put("history.csv", HISTORY), today=TODAY)


def test_the_same_file_again_changes_nothing(loaded: Campaign, put: Put) -> None:
    voters, history = put("voters.csv", VOTERS), put("history.csv", HISTORY + "009,2024-11-05,general\n")
    first = import_history(loaded, history, today=TODAY)
    before = tree(loaded)
    again = import_history(loaded, history, today=TODAY)
    assert again.already and not first.already
    assert figures(again) == figures(first) == (3, 2, 1, 0)
    assert (again.quarantine_file, again.snapshot) == (first.quarantine_file, first.snapshot)
    assert import_voters(loaded, voters, today=TODAY).already
    assert tree(loaded) == before


def test_another_mapping_is_another_import(loaded: Campaign, put: Put) -> None:
    mapping = Mapping(values={"party": {"dem": "DEMOCRAT"}})
    assert not import_voters(loaded, put("voters.csv", VOTERS), mapping=mapping, today=TODAY).already
    snapshot = open_snapshot(loaded)
    assert "DEMOCRAT" in set(snapshot.read_voters(snapshot.parts[0])["party"])


def test_new_voters_keep_history_and_survey_and_old_files_can_be_read_again(loaded: Campaign, put: Put) -> None:
    history = put("history.csv", HISTORY + "004,2024-11-05,general\n")
    survey = put("survey.csv", "voter_id,date,response\n001,2026-09-01,1\n004,2026-09-01,2\n")
    assert import_history(loaded, history, today=TODAY).quarantined == 1
    assert import_survey(loaded, survey, today=TODAY).quarantined == 1
    import_voters(loaded, put("more.csv", VOTERS + "004,2000,dem\n"), today=TODAY)
    snapshot = open_snapshot(loaded)
    assert snapshot.calendar == (Election(date(2024, 11, 5), "general"),)
    assert snapshot.read_voters(snapshot.parts[0])["voted_0"].sum() == 2
    assert import_history(loaded, history, today=TODAY).accepted == 3
    assert import_survey(loaded, survey, today=TODAY).accepted == 2
    snapshot = open_snapshot(loaded)
    assert snapshot.read_voters(snapshot.parts[0])["voted_0"].sum() == 3
    assert len(snapshot.read_survey()) == 2
    assert [record["kind"] for record in snapshot.imports] == ["voters", "history", "survey"]


def test_two_history_files_add_up(loaded: Campaign, put: Put) -> None:
    import_history(loaded, put("a.csv", HISTORY), today=TODAY)
    import_history(loaded, put("b.csv", "voter_id,election_date,election_type\n003,2022-11-08,general\n"), today=TODAY)
    assert [election.date.year for election in open_snapshot(loaded).calendar] == [2022, 2024]


def test_a_file_that_cannot_be_used_leaves_everything_as_it_was(loaded: Campaign, put: Put) -> None:
    before = tree(loaded)
    for text in ("voterid,party\n1,DEM\n", "voter_id\n,\n", "voter_id,party\n,DEM\n", ""):
        with pytest.raises(InputError, match="bad.csv|not a voters file"):
            import_voters(loaded, put("bad.csv", text), today=TODAY)
    with pytest.raises(InputError, match="no such file"):
        import_voters(loaded, loaded.root / "none.csv", today=TODAY)
    assert tree(loaded) == before


def test_two_columns_must_not_become_one(loaded: Campaign, put: Put) -> None:
    with pytest.raises(InputError, match="same name.*\n.*'voter_id'"):
        import_voters(
            loaded,
            put("v.csv", "voter_id,VoterID\n1,2\n"),
            mapping=Mapping(columns={"VoterID": "voter_id"}),
            today=TODAY,
        )


def test_an_import_interrupted_before_the_commit_is_not_there(
    loaded: Campaign, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = open_snapshot(loaded)
    replace = Path.replace

    def fail(path: Path, target: Path) -> Path:
        if target.name == "CURRENT":
            raise OSError("power cut")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="power cut"):
        import_history(loaded, put("history.csv", HISTORY), today=TODAY)
    assert open_snapshot(loaded) == before
    monkeypatch.undo()
    assert not import_history(loaded, put("history.csv", HISTORY), today=TODAY).already


def test_a_held_campaign_is_not_imported_into(campaign: Campaign, put: Put) -> None:
    with hold(campaign), pytest.raises(CampaignBusy):
        import_voters(campaign, put("voters.csv", VOTERS), today=TODAY)
    assert find_snapshot(campaign) is None


def test_everything_stays_for_the_owner_only(loaded: Campaign, put: Put) -> None:
    import_history(loaded, put("history.csv", HISTORY + "x\n"), today=TODAY)
    assert [path for path in loaded.root.rglob("*") if path.stat().st_mode & 0o077] == []


CELL = st.sampled_from(
    ["1", "2", "3", "", '"a,b"', '"', "\n", "2024-11-05", "2024-02-30", "general", "voted", "did_not_vote", "é", ","]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELL, min_size=1, max_size=5).map(",".join), min_size=1, max_size=25))
def test_rows_are_conserved_whatever_comes(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    folder = tmp_path_factory.mktemp("any")
    campaign = init_campaign(folder / "c", name="any", election=Election(date(2026, 11, 3), "general"))
    (folder / "v.csv").write_text("voter_id,party\n1,a\n2,b\n")
    (folder / "h.csv").write_text(
        "\n".join(["voter_id,election_date,election_type,status", *lines, "1,2024-11-05,general,voted"])
    )
    import_voters(campaign, folder / "v.csv", today=TODAY)
    report = import_history(campaign, folder / "h.csv", today=TODAY)
    assert report.rows == report.accepted + report.quarantined + report.collapsed
    assert max(Counter(quarantined(report).keys()).values(), default=1) == 1
