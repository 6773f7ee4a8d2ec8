import csv

from data.campaign import Campaign
from data.quarantine import HEADER, Reject, write_quarantine


def test_rejects_are_kept_in_the_order_of_the_file_with_their_text(campaign: Campaign) -> None:
    rejects = [Reject(9, "date", "not a date", '1,"a, b"'), Reject(3, "", "an unclosed quote", '"x\ny')]
    path = write_quarantine(campaign, "survey", "0123456789abcdef", "week1.csv", rejects)
    assert path == campaign.root / "quarantine" / "survey-0123456789ab.csv"
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            list(HEADER),
            ["week1.csv", "3", "", "an unclosed quote", '"x\ny'],
            ["week1.csv", "9", "date", "not a date", '1,"a, b"'],
        ]
    assert path.stat().st_mode & 0o077 == 0


def test_nothing_rejected_is_no_file(campaign: Campaign) -> None:
    assert write_quarantine(campaign, "survey", "0123456789abcdef", "week1.csv", []) is None
    assert list((campaign.root / "quarantine").iterdir()) == []
