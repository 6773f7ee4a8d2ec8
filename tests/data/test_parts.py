from pathlib import Path

import pyarrow as pa
import pytest

from data.errors import InputError
from data.parts import has_part, read_part, write_part

TABLE = pa.table({"voter_id": ["001", "002"], "party": pa.array(["DEM", None]).dictionary_encode()})


def test_a_part_comes_back_as_it_was(tmp_path: Path) -> None:
    digest = write_part(tmp_path, TABLE)
    assert digest == write_part(tmp_path, TABLE)
    assert read_part(tmp_path, digest).equals(TABLE)
    assert read_part(tmp_path, digest, columns=["party"]).column_names == ["party"]
    (path,) = tmp_path.iterdir()
    assert path.name == f"{digest}.parquet" and path.stat().st_mode & 0o077 == 0


def test_every_flipped_bit_is_found(tmp_path: Path) -> None:
    digest = write_part(tmp_path, TABLE)
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    for at in range(0, len(content), 37):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(InputError, match=f"{digest}.parquet is damaged"):
            read_part(tmp_path, digest, columns=["voter_id"])


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="abc.parquet is missing"):
        read_part(tmp_path, "abc")


def test_a_part_that_was_damaged_is_written_anew(tmp_path: Path) -> None:
    digest = write_part(tmp_path, TABLE)
    (tmp_path / f"{digest}.parquet").write_bytes(b"half")
    assert not has_part(tmp_path, digest)
    assert write_part(tmp_path, TABLE) == digest and has_part(tmp_path, digest)
    assert not has_part(tmp_path, "0" * 64)
