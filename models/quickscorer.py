"""The kernel of the fast scorer: QuickScorer over bytes, 256 voters at a time, as vector instructions.

A node of a tree does not lead a voter to the next one. It clears, for all voters that go to its bigger side, the leaves
of its smaller side; the lowest leaf that survives all nodes is the voter's (Lucchese et al. 2015, "QuickScorer: a fast
algorithm to rank documents with additive ensembles of regression trees", SIGIR). Leaves are bits of byte planes of
eight; a plane of 256 voters stays in registers while the nodes that touch it are applied. All that is compiled together
stands in this file: numba tells a stale cache by the file of the function that is called.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from models.compiled import compiled
from models.tables import Codes, Trees
from models.training_set import Doubles

BLOCK = 256
LANES = 64
BYTE, WORD = ir.IntType(8), ir.IntType(64)
VECTOR = ir.VectorType(BYTE, LANES)
TINIEST = np.float32(1e-35)
TREES_AT_ONCE = 8


def _pointers(context: Any, builder: Any, signature: Any, args: Any) -> list[Any]:
    """Where the data of each array begins; a number as it is."""
    return [
        context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
        for kind, value in zip(signature.args, args, strict=True)
    ]


def _all(byte: int) -> Any:
    return ir.Constant(VECTOR, [byte] * LANES)


def _splat(builder: Any, byte: Any) -> Any:
    one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), byte, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(VECTOR, ir.Undefined), zeros)


def _lanes(builder: Any, start: Any) -> list[Any]:
    """Where each vector of a row of 256 bytes lies."""
    places = [builder.gep(start, [ir.Constant(WORD, at)]) for at in range(0, BLOCK, LANES)]
    return [builder.bitcast(place, VECTOR.as_pointer()) for place in places]


def _load(builder: Any, start: Any) -> list[Any]:
    return [builder.load(place, align=LANES) for place in _lanes(builder, start)]


def _store(builder: Any, start: Any, vectors: list[Any]) -> None:
    for place, vector in zip(_lanes(builder, start), vectors, strict=True):
        builder.store(vector, place, align=LANES)


def _element(builder: Any, start: Any, number: Any) -> Any:
    return builder.load(builder.gep(start, [number]))


def _repeat(builder: Any, start: Any, stop: Any, vectors: list[Any], body: Any) -> list[Any]:
    """`vectors` after `body(number, vectors)` for each number from `start` up to `stop`, all in registers."""
    before = builder.block
    loop, after = builder.append_basic_block("nodes"), builder.append_basic_block("done")
    builder.cbranch(builder.icmp_signed("<", start, stop), loop, after)
    builder.position_at_end(loop)
    number, carried = builder.phi(WORD), [builder.phi(VECTOR) for _ in vectors]
    changed = body(number, carried)
    following = builder.add(number, ir.Constant(WORD, 1))
    builder.cbranch(builder.icmp_signed("<", following, stop), loop, after)
    for phi, first, later in zip([number, *carried], [start, *vectors], [following, *changed], strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(later, loop)
    builder.position_at_end(after)
    results = [builder.phi(VECTOR) for _ in vectors]
    for phi, first, later in zip(results, vectors, changed, strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(later, loop)
    return results


def _apply_plane(
    typing: Any, bins: Any, columns: Any, tests: Any, clears: Any, run: Any, plane: Any, best: Any, lowest: Any
) -> Any:
    """Clears a plane's leaves by the nodes that touch it; where any is left, it becomes the lowest so far."""
    del typing
    kinds = (bins, columns, tests, clears, run, plane, best, lowest)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bins, columns, tests, clears, run, plane, best, lowest = _pointers(context, builder, signature, args)
        start, below, above, member = (_element(builder, run, ir.Constant(WORD, end)) for end in range(4))

        def nodes(fails: Any) -> Any:
            def body(number: Any, cleared: list[Any]) -> list[Any]:
                column = builder.zext(_element(builder, columns, number), WORD)
                row = builder.gep(bins, [builder.mul(column, ir.Constant(WORD, BLOCK))])
                test, clear = (_splat(builder, _element(builder, table, number)) for table in (tests, clears))
                gone = [builder.sext(fails(test, codes), VECTOR) for codes in _load(builder, row)]
                return [builder.or_(old, builder.and_(new, clear)) for old, new in zip(cleared, gone, strict=True)]

            return body

        cleared = [_all(0)] * (BLOCK // LANES)
        runs = (
            (start, below, lambda test, codes: builder.icmp_signed(">", test, codes)),
            (below, above, lambda test, codes: builder.icmp_signed("<=", test, codes)),
            (above, member, lambda test, codes: builder.icmp_signed("!=", builder.and_(test, codes), _all(0))),
        )
        for first, last, fails in runs:
            cleared = _repeat(builder, first, last, cleared, nodes(fails))
        here = _splat(builder, builder.trunc(plane, BYTE))
        left = [builder.not_(gone) for gone in cleared]
        some = [builder.icmp_signed("!=", alive, _all(0)) for alive in left]
        for place, found in ((best, left), (lowest, [here] * len(left))):
            old = _load(builder, place)
            _store(builder, place, [builder.select(*x) for x in zip(some, found, old, strict=True)])
        return context.get_dummy_value()

    return types.none(*kinds), generate


def _name_leaves(typing: Any, best: Any, lowest: Any, leaves: Any) -> Any:
    """The number of each voter's leaf: eight times its plane, and the lowest bit that is left in it."""
    del typing
    kinds = (best, lowest, leaves)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        best, lowest, leaves = _pointers(context, builder, signature, args)
        insert: Any = cgutils.get_or_insert_function
        kind = ir.FunctionType(VECTOR, [VECTOR, ir.IntType(1)])
        count, defined = insert(builder.module, kind, f"llvm.cttz.v{LANES}i8"), ir.Constant(ir.IntType(1), 0)
        bits, eight = [builder.call(count, [left, defined]) for left in _load(builder, best)], _all(3)
        planes = [builder.shl(plane, eight) for plane in _load(builder, lowest)]
        _store(builder, leaves, [builder.or_(*x) for x in zip(bits, planes, strict=True)])
        return context.get_dummy_value()

    return types.none(*kinds), generate


apply_plane: Any = intrinsic(_apply_plane)
name_leaves: Any = intrinsic(_name_leaves)


@compiled
def _aligned(size: int) -> Any:
    room = np.empty(size + 64, np.int8)
    start = -room.ctypes.data % 64
    return room[start : start + size]


@compiled
def _read(feature: Any, values: Any, missing: Any) -> None:
    """A block of a feature as LightGBM sees it: missing is 0 and marked, and next to nothing is 0."""
    for i in range(len(feature)):
        x = feature[i]
        missing[i] = x != x
        values[i] = x if abs(x) > TINIEST else np.float32(0)
    for i in range(len(feature), BLOCK):
        values[i], missing[i] = 0, False


@compiled
def _search(values: Any, cuts: Any, steps: int, found: Any) -> None:
    """How many cuts are below each value; there are 2 ** steps - 1 of them, in order.

    Bits are shifted into place because a choice of numbers would become a branch, which is guessed wrong half the time.
    """
    found[:] = 0
    for step in range(steps):
        shift = np.uint32(steps - 1 - step)
        last_below = cuts[(1 << shift) - 1 :]
        for i in range(BLOCK):
            found[i] |= np.uint32(np.uint32(last_below[found[i]] < values[i]) << shift)


@compiled
def _show(found: Any, values: Any, missing: Any, rule: int, row: Any) -> None:
    """The codes of a column; a rule above 0 puts what is missing (1, 2), and zeros too (3, 4), first or last."""
    side = np.int8(-128) if rule == 1 or rule == 3 else np.int8(127)
    for i in range(BLOCK):
        code = np.int8(found[i] - 128)
        if rule > 2:
            row[i] = side if values[i] == 0 else code
        elif rule > 0:
            row[i] = side if missing[i] else code
        else:
            row[i] = code


@compiled
def _look_up(feature: Any, levels: int, tables: Any, rows: Any, number: Any) -> None:
    """The sets that each category belongs to; what is no level belongs to none, and stands after the last level."""
    for i in range(BLOCK):
        x = feature[i] if i < len(feature) else np.float32(-1)
        number[i] = np.uint32(np.int32(x)) if x > -1 and x < levels else np.uint32(levels)
    for k in range(len(rows) // BLOCK):
        table, row = tables[k * (levels + 1) :], rows[k * BLOCK :]
        for i in range(BLOCK):
            row[i] = table[number[i]]


@compiled
def _quantise(
    features: Any, begin: int, end: int, codes: Codes, bins: Any, values: Any, missing: Any, found: Any
) -> None:
    for feature, start, steps, first, last in codes.searches:
        _read(features[feature, begin:end], values, missing)
        _search(values, codes.cuts[start : start + (1 << steps) - 1], steps, found)
        for shown in range(first, last):
            rule, column = codes.shown[shown]
            _show(found, values, missing, rule, bins[column * BLOCK : (column + 1) * BLOCK])
    for feature, levels, start, column, columns in codes.lookups:
        rows = bins[column * BLOCK : (column + columns) * BLOCK]
        _look_up(features[feature, begin:end], levels, codes.tables[start:], rows, found)


@compiled
def _find_leaves(bins: Any, trees: Trees, tree: int, best: Any, lowest: Any, leaves: Any) -> None:
    first, end = trees.planes[tree], trees.planes[tree + 1]
    best[:] = 0
    lowest[:] = 0
    for number in range(first, end):
        run, plane = trees.runs[number], end - 1 - number
        apply_plane(bins, trees.columns, trees.tests, trees.clears, run, plane, best, lowest)
    name_leaves(best, lowest, leaves)


@compiled
def _add(values: Any, starts: Any, leaves: Any, total: Any) -> None:
    """The values of the leaves of eight trees added to the total, tree by tree."""
    a, b, c, d = values[starts[0] :], values[starts[1] :], values[starts[2] :], values[starts[3] :]
    e, f, g, h = values[starts[4] :], values[starts[5] :], values[starts[6] :], values[starts[7] :]
    for i in range(BLOCK):
        x = total[i] + a[leaves[i]] + b[leaves[BLOCK + i]] + c[leaves[2 * BLOCK + i]] + d[leaves[3 * BLOCK + i]]
        x = x + e[leaves[4 * BLOCK + i]] + f[leaves[5 * BLOCK + i]]
        total[i] = x + g[leaves[6 * BLOCK + i]] + h[leaves[7 * BLOCK + i]]


@compiled
def _score_block(bins: Any, trees: Trees, forest: int, best: Any, lowest: Any, leaves: Any, total: Any) -> None:
    """The raw scores of a forest for a block; the values of leaves are added in the order of the trees."""
    names = leaves.view(np.uint8)
    total[:] = 0.0
    first, end = trees.forests[forest], trees.forests[forest + 1]
    for tree in range(first, end):
        slot = (tree - first) % TREES_AT_ONCE
        _find_leaves(bins, trees, tree, best, lowest, leaves[slot * BLOCK :])
        if slot == TREES_AT_ONCE - 1:
            _add(trees.values, trees.leaves[tree - slot : tree + 1], names, total)
    done = first + (end - first) // TREES_AT_ONCE * TREES_AT_ONCE
    for tree in range(done, end):
        slot = tree - done
        for i in range(BLOCK):
            total[i] += trees.values[trees.leaves[tree] + names[slot * BLOCK + i]]


@compiled
def score_rows(features: NDArray[np.float32], codes: Codes, trees: Trees, raw: Doubles) -> None:
    """The raw score of each forest; `features` has shape (features, rows), `raw` (forests, rows)."""
    rows = features.shape[1]
    bins = _aligned(codes.columns * BLOCK)
    best, lowest, leaves = _aligned(BLOCK), _aligned(BLOCK), _aligned(TREES_AT_ONCE * BLOCK)
    values, missing = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.bool_)
    found, total = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.float64)
    for start in range(0, rows, BLOCK):
        stop = min(start + BLOCK, rows)
        _quantise(features, start, stop, codes, bins, values, missing, found)
        for forest in range(len(raw)):
            _score_block(bins, trees, forest, best, lowest, leaves, total)
            raw[forest, start:stop] = total[: stop - start]
