from pathlib import Path

import pyarrow as pa
import pytest

from data.errors import InputError
from data.mapping import Mapping, read_mapping

PROFILE = """
[extra]
education = "category"
income = "number"
[columns]
VoterID = "voter_id"
SCHOOL = "education"
[values.response]
"Strong yes" = "1"
[values.education]
HS = "high school"
"""


def test_a_profile_is_read_and_applied(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(PROFILE)
    mapping = read_mapping(path)
    assert mapping.extra == {"education": "category", "income": "number"}
    assert mapping.rename(("VoterID", "SCHOOL", "name")) == ("voter_id", "education", "name")
    table = pa.table(
        {"response": pa.chunked_array([[" Strong yes", "2", ""]]), "name": pa.chunked_array([["a", "b", "c"]])}
    )
    assert mapping.translate(table).to_pydict() == {"response": ["1", "2", ""], "name": ["a", "b", "c"]}


def test_the_digest_is_of_what_it_says_not_of_the_order() -> None:
    one, two = Mapping(columns={"a": "sex", "b": "party"}), Mapping(columns={"b": "party", "a": "sex"})
    assert one.digest == two.digest != Mapping().digest


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[extras]\neducation = "category"', "unknown key extras"),
        ('[extra]\neducation = "text"', '"category" or "number"'),
        ('[extra]\nRace_Code = "category"', "Race_Code looks sensitive (race)"),
        ('[extra]\ngroup = "category"\n[columns]\nethnicity = "group"', "ethnicity looks sensitive"),
        ('[extra]\nparty = "category"', "party is a column of the contract"),
        ('[columns]\nVoterID = "voterid"', "'voterid' is no column of ours"),
        ('[values.answer]\nx = "1"', "[values.answer] is for no column"),
        ("[values.response]\nx = 1", "all text"),
        ("extra = 1", "[extra] must be a table"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_mapping(path)
    assert any(fault in line for line in error.value.faults)
    assert "mapping.toml" in str(error.value)


def test_what_is_no_profile_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such mapping"):
        read_mapping(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("= x")
    with pytest.raises(InputError, match="not TOML"):
        read_mapping(tmp_path / "bad.toml")
