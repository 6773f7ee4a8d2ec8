import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from data.households import cut_between, name_households, order_by_household

Address = tuple[str | None, str | None, str | None, str | None]


def name(*addresses: Address, given: str | None = None) -> list[str | None]:
    columns = dict(zip(("address", "unit", "city", "zip"), zip(*addresses, strict=True), strict=True))
    columns["household_id"] = (given,) * len(addresses)
    table = pa.table({key: pa.chunked_array([pa.array(column, pa.string())]) for key, column in columns.items()})
    return list(name_households(table).to_pylist())


def test_one_door_has_one_name() -> None:
    one, same, unit, city = name(
        ("12 Elm Street", None, "Amberford", "99001"),
        (" 12  ELM street", None, "amberford", "99001"),
        ("12 Elm Street", "2", "Amberford", "99001"),
        ("12 Elm Street", None, "Amberton", "99001"),
    )
    assert one == same and len({one, unit, city}) == 3
    assert one is not None and len(one) == 13 and one.startswith("H")


def test_no_address_is_no_household_and_the_files_own_comes_first() -> None:
    assert name((None, "2", "Amberford", "99001")) == [None]
    assert name(("12 Elm Street", None, None, None), given="77") == ["77"]


@given(st.lists(st.sampled_from(["H1", "H2", "H3", None]), min_size=1, max_size=20), st.integers(1, 6), st.randoms())
def test_no_household_straddles_two_parts_and_nobody_is_lost(households: list[str | None], rows: int, random) -> None:  # type: ignore[no-untyped-def]
    voters = [(f"v{i:02}", household) for i, household in enumerate(households)]

    def parts(people: list[tuple[str, str | None]]) -> list[list[tuple[str, str | None]]]:
        ids, homes = (pa.array(column, pa.string()) for column in zip(*people, strict=True))
        order, doors = order_by_household(homes, ids)
        return [[people[i] for i in order[cut]] for cut in cut_between(doors, rows)]

    found = parts(voters)
    assert sorted(voter for part in found for voter in part) == sorted(voters, key=lambda voter: voter[0])
    assert all(found)
    for home in {"H1", "H2", "H3"} & {household for household in households if household}:
        assert sum(any(voter[1] == home for voter in part) for part in found) == 1
    shuffled = random.sample(voters, len(voters))
    assert parts(shuffled) == found


def test_parts_are_about_as_large_as_asked() -> None:
    doors = np.repeat(np.arange(1000, dtype=np.uint64), 3)
    sizes = [cut.stop - cut.start for cut in cut_between(doors, 100)]
    assert sum(sizes) == 3000 and max(sizes) <= 102
    assert cut_between(doors[:0], 100) == [slice(0, 0)]
