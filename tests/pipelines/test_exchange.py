import sys
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from data.campaign import Campaign, init_campaign
from data.elections import Election
from data.errors import UsageError
from pipelines import cli
from pipelines.exchange import Source, bring_in, send_scores
from pipelines.score_file import read_scores

TODAY = date(2026, 11, 24)
CANARY = "canary-7f3e:/@#"


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return init_campaign(tmp_path / "c", name="Larkmoor", election=Election(date(2026, 11, 3), "general"))


def holders(folder: Path) -> list[Path]:
    """The files in which the password stands, as it is or as in a URL."""
    secrets = (CANARY.encode(), quote(CANARY, safe="").encode(), b"canary-7f3e")
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(secret in path.read_bytes() for secret in secrets)]


@pytest.mark.parametrize(
    ("kind", "source", "named"),
    [
        ("gossip", Source(Path("x")), "gossip"),
        ("voters", Source(), "either a file or a database"),
        ("voters", Source(Path("x"), "postgresql://h/d"), "either a file or a database"),
        ("voters", Source(Path("x"), None, "t"), "for --from"),
        ("voters", Source(None, "postgresql://h/d", "t", "select 1"), "one of them at most"),
        ("voters", Source(None, "mysql://h/d"), "postgresql://USER"),
    ],
)
def test_a_source_is_one_file_or_one_table(campaign: Campaign, kind: str, source: Source, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        bring_in(campaign, kind, source, None, today=TODAY)


def test_scores_go_to_one_place(campaign: Campaign) -> None:
    for words in ((None, None, None), (Path("x.csv"), "postgresql://h/d", None), (Path("x.csv"), None, "t")):
        with pytest.raises(UsageError):
            send_scores(campaign, *words)


def test_all_four_kinds_come_from_tables(server: Any, campaign: Campaign) -> None:
    server.admin(
        "create table voters as select i::text voter_id, 'A'::text precinct, 1 as spare from generate_series(1, 9) i",
        "create table history as select '1' voter_id, date '2024-11-05' election_date, 'general' election_type",
        "create table survey as select '1' voter_id, date '2026-09-01' date, 1 response, 'v' canvasser_id",
        """create table results as select 'precinct' area_type, 'A' area, date '2024-11-05' election_date,
           'general' election_type, 10 votes_for, 7::numeric votes_against""",
        f"grant select on all tables in schema public to {server.name}",
    )
    for kind, rows in (("voters", 9), ("history", 1), ("survey", 1), ("results", 1)):
        report, name = bring_in(campaign, kind, Source(url=server.url()), None, today=TODAY)
        assert (report.accepted, report.quarantined, name) == (rows, 0, f"{server.name}.public.{kind}")
        assert any("COMMENT ON DATABASE" in warning for warning in report.warnings)
        assert report.dropped_columns == (("spare",) if kind == "voters" else ())


def test_scores_in_a_table_are_those_of_the_file(server: Any, done: Any) -> None:
    campaign = done.run.campaign
    written = send_scores(campaign, None, server.url(), None)
    scoring, table = read_scores(campaign)
    assert (written["rows"], written["table"], written["already"]) == (
        scoring.scored,
        "public.propensity_scores",
        False,
    )
    names = ", ".join(scoring.models)
    with psycopg.connect(server.url()) as connection:
        rows = connection.execute(f"select voter_id, {names} from propensity_scores").fetchall()  # type: ignore[arg-type]
    numbers = [[float(str(x)) for x in table[name].to_numpy()] for name in scoring.models]
    assert sorted(rows) == sorted(zip(table["voter_id"].to_pylist(), *numbers, strict=True))
    assert send_scores(campaign, None, server.url(), None)["already"]


def test_a_password_is_nowhere_afterwards(
    server: Any, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In no file of the campaign, no output, no error, whether the command works or fails."""
    server.admin(
        "create table voters as select i::text voter_id from generate_series(1, 9) i",
        "insert into voters values (null)",
        f"grant select on voters to {server.name}",
    )
    monkeypatch.setenv("PGPASSWORD", CANARY)

    def say(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["propensity", *words, "--campaign", str(campaign.root)])
        with pytest.raises(SystemExit) as end:
            cli.main()
            raise SystemExit(0)
        return int(end.value.code or 0)

    gone, odd = server.url(database="gone"), "postgresql://u:canary-7f3e/x@h/d"
    secret = quote(CANARY, safe="")
    assert say("import", "voters", "--from", server.url(), "--json") == 0
    assert say("import", "voters", "--from", server.url()) == 0
    assert say("import", "voters", "--from", server.url(), "--query", "select 1/0 as voter_id") == 3
    assert say("import", "voters", "--from", gone, "--json") == 3
    assert say("import", "voters", "--from", server.url("postgres"), "--json") == 3
    assert say("import", "voters", "--from", f"postgresql://u:{secret}@127.0.0.1:1/d") == 3
    assert say("import", "voters", "--from", odd) == 2
    assert say("scores", "--to", gone) == 3
    out, err = capfd.readouterr()
    for text in (CANARY, secret, "canary-7f3e"):
        assert text not in out + err
    assert "accepted" in out and "a bug" not in err
    assert holders(campaign.root) == []
