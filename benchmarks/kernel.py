"""What the fast scorer's kernel is worth: raw scores by ours and by LightGBM, in turn, in one process, on one thread.

usage: python benchmarks/kernel.py [ROWS]
Numbers of 84 features, some with gaps and nine of them words, are made up, as are their labels; models of 500 trees of
63 leaves and 300 trees of 31 are trained on them (that takes a minute or two). Ours includes the quantisation. Figures
are thousands of rows a second of CPU time, the median of three; the second table is of the same processor without
AVX-512, in a process of its own. lleaves and onnxruntime are measured too where they are installed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import lightgbm as lgb
import llvmlite.binding
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from models.forests import Forests, join_forests, read_forest

ROWS, TRAINING_ROWS, FEATURES, TIMES = 100_000, 12_000, 84, 3
WORDS = range(FEATURES - 9, FEATURES)
MODELS = {"500 x 63": (500, 63, False), "300 x 31": (300, 31, False), "500 x 63, words": (500, 63, True)}
TOGETHER = ("500 x 63", "300 x 31")
Matrix = NDArray[np.float32]


def draw(rows: int, seed: int) -> Matrix:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, FEATURES)).astype(np.float32)
    values[:, 20:50] = np.round(values[:, 20:50] * 3)
    values[:, 50:60] = np.exp(values[:, 50:60] * 1.5)
    values[:, WORDS] = rng.integers(0, [3, 5, 8, 12, 20, 30, 40, 60, 100], (rows, len(WORDS)))
    values[:, 60:][rng.random((rows, FEATURES - 60)) < 0.1] = np.nan
    return values


def train(folder: Path) -> None:
    values, rng = draw(TRAINING_ROWS, 1), np.random.default_rng(3)
    known = np.nan_to_num(values)
    score = known @ rng.normal(size=FEATURES) * 0.05 + np.sin(known[:, 0] * 2) * known[:, 1] + (known[:, -3] % 3 == 0)
    label = rng.random(TRAINING_ROWS) < 1 / (1 + np.exp(-score))
    for name, (trees, leaves, words) in MODELS.items():
        data = lgb.Dataset(values, label, categorical_feature=list(WORDS) if words else [])
        settings = {"objective": "binary", "num_leaves": leaves, "learning_rate": 0.03, "num_threads": 1, "verbose": -1}
        (folder / name).write_text(lgb.train(settings, data, trees).model_to_string())


def join(folder: Path, *names: str) -> Forests:
    return join_forests([read_forest((folder / name).read_text(), range(FEATURES)) for name in names])


def scorers(folder: Path, values: Matrix) -> dict[str, dict[str, Callable[[], object]]]:
    """For each case what each competitor calls; ours first scores a few rows, so that it is compiled."""
    turned, cases = np.ascontiguousarray(values.T), {}
    for names in [(name,) for name in MODELS] + [TOGETHER]:
        forests = join(folder, *names)
        forests.score(turned[:, :10].copy())
        boosters = [lgb.Booster(model_str=(folder / name).read_text()) for name in names]
        cases[" and ".join(names)] = {
            "ours": lambda forests=forests: forests.score(turned),
            "LightGBM": lambda boosters=boosters: np.array(
                [booster.predict(values, raw_score=True, num_threads=1) for booster in boosters]
            ),
            **others(folder / names[0], boosters[0], values, alone=len(names) == 1),
        }
    return cases


def others(file: Path, booster: lgb.Booster, values: Matrix, *, alone: bool) -> dict[str, Callable[[], object]]:
    found: dict[str, Callable[[], object]] = {}
    if alone and find_spec("lleaves"):
        import lleaves

        model = lleaves.Model(str(file))
        model.compile(raw_score=True)
        found["lleaves"] = lambda: model.predict(values, n_jobs=1)
    if alone and find_spec("onnxruntime") and find_spec("onnxmltools"):
        import onnxruntime
        from onnxmltools.convert import convert_lightgbm
        from onnxmltools.convert.common.data_types import FloatTensorType

        onnx = convert_lightgbm(booster, initial_types=[("x", FloatTensorType([None, FEATURES]))])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(onnx.SerializeToString(), options)
        found["onnxruntime"] = lambda: session.run(None, {"x": values})
    return found


def measure(calls: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of CPU time, each called in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(TIMES):
        for name, call in calls.items():
            start = time.process_time()
            call()
            seconds[name].append(time.process_time() - start)
    return {name: float(np.median(taken)) for name, taken in seconds.items()}


def report(folder: Path, rows: int, title: str) -> None:
    values = draw(rows, 2)
    table = Table(title=f"{title}: thousand rows a second of CPU time (times LightGBM)")
    for heading in ("model", "LightGBM", "ours", "lleaves", "onnxruntime", "same bits"):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    for name, calls in scorers(folder, values).items():
        seconds = measure(calls)
        shown = {who: f"{rows / s / 1e3:,.0f} ({seconds['LightGBM'] / s:.1f})" for who, s in seconds.items()}
        same = np.array_equal(np.atleast_2d(calls["LightGBM"]()), calls["ours"]())
        cells = (shown.get(who, "not there") for who in ("LightGBM", "ours", "lleaves", "onnxruntime"))
        table.add_row(name, *cells, "yes" if same else "NO")
    Console(width=120).print(table)


def report_threads(folder: Path, values: Matrix) -> None:
    forests, turned = join(folder, *TOGETHER), values.T
    halves = [np.ascontiguousarray(half) for half in np.array_split(turned, 2, axis=1)]
    wall: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(TIMES):
        for threads in wall:
            with ThreadPoolExecutor(threads) as pool:
                start = time.perf_counter()
                list(pool.map(forests.score, halves))
                wall[threads].append(time.perf_counter() - start)
    gain = np.median(wall[1]) / np.median(wall[2])
    Console().print(f"two threads: {gain:.2f} times one, by the clock, {os.getloadavg()[0]:.1f} others at work")


def without_avx512() -> dict[str, str]:
    """The environment of a process whose numba takes this processor for one without AVX-512."""
    newer = ("avx512", "evex512", "gfni", "vaes", "vpclmulqdq", "avxvnni", "avx10", "amx")
    features = llvmlite.binding.get_host_cpu_features()
    marks = (("-" if name.startswith(newer) or not there else "+") + name for name, there in features.items())
    return os.environ | {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ",".join(marks)}


def main() -> None:
    rows, folder = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS, sys.argv[2] if len(sys.argv) > 2 else ""
    if folder:
        report(Path(folder), rows, "without AVX-512")
        return
    with TemporaryDirectory() as made:
        train(Path(made))
        report(Path(made), rows, "this processor")
        report_threads(Path(made), draw(rows, 2))
        subprocess.run([sys.executable, __file__, str(rows), made], env=without_avx512(), check=True)


if __name__ == "__main__":
    main()
