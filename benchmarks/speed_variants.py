"""One way of scoring a nation, run and measured in this process; all calls of the product are in this file.

usage: python benchmarks/speed_variants.py VARIANT NATION OUT THREADS
`benchmarks/speed.py` starts it afresh for every measurement. The last line of standard output is the measurement.
"""

import time

STARTED = time.perf_counter()

import json  # noqa: E402
import os  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import dataclass, replace  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from importlib.util import find_spec  # noqa: E402
from pathlib import Path  # noqa: E402
from shutil import rmtree  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import pyarrow as pa  # noqa: E402

from data.campaign import Campaign, open_campaign  # noqa: E402
from data.parts import write_part  # noqa: E402
from data.snapshots import Snapshot, open_snapshot  # noqa: E402
from features.eligibility import exclusion_reasons  # noqa: E402
from features.matrix import build_features  # noqa: E402
from models.fast_scorer import FastScorer  # noqa: E402
from models.model import PropensityModel  # noqa: E402
from pipelines import engine  # noqa: E402
from pipelines.memory import keep_freed_memory  # noqa: E402
from pipelines.model_store import load_models  # noqa: E402
from pipelines.publish import publish_lists  # noqa: E402
from pipelines.records import read_scoring  # noqa: E402
from pipelines.run import Run  # noqa: E402
from pipelines.score import gather_coming, score_campaign  # noqa: E402
from pipelines.settings import Settings  # noqa: E402

OUTCOMES = ("turnout", "support")
KEPT = ("household_id", "precinct", "do_not_call", "do_not_mail", "do_not_walk")
NOT_THERE = 3  # the exit code of a variant that this version of the product does not have


@dataclass
class Work:
    """What a variant is given: the nation's folder, a folder of its own for what it writes, and its threads.

    `stages` fills with CPU seconds; `apart` are CPU and wall seconds of what a variant needs and would not do itself.
    """

    nation: Path
    out: Path
    threads: int
    stages: dict[str, float]
    apart: tuple[float, float] = (0.0, 0.0)

    @property
    def campaign(self) -> Campaign:
        return open_campaign(self.nation / "campaign")

    @property
    def run(self) -> Run:
        campaign = self.campaign
        return Run("benchmark", campaign, Settings(campaign=campaign.root), datetime.now(UTC))

    @property
    def each(self) -> engine.Each:
        return engine.one_by_one if self.threads == 1 else engine.in_threads(self.threads)


def run_naive(work: Work) -> list[Path]:
    """The notebook's script, ranks included."""
    import naive

    files = work.nation / "wide", work.nation / "results.parquet", work.campaign.root / "models"
    naive.main(*map(str, files), str(out := work.out / "naive.parquet"))
    return [out]


def run_stream(work: Work) -> list[Path]:
    """Part by part by the product's features, predicted by `Booster.predict`."""
    snapshot, models = open_snapshot(work.campaign), load_models(work.campaign)
    coming = work.campaign.election
    around = gather_coming(work.run, snapshot, models)
    written = []
    for part in snapshot.parts:
        voters = snapshot.read_voters(part)
        features = build_features(voters, as_of=coming.date, surroundings=around)
        scores = {name: model.predict(features, model.shift_areas(voters)) for name, model in models.items()}
        written.append(_write(work.out, voters, scores, exclusion_reasons(voters, coming)))
    return written


def run_ours(work: Work) -> list[Path]:
    """The score step, from nothing."""
    _empty(work.campaign.root / "scores")
    return _scored(work, score_campaign(work.run, work.each).parts)


def run_again(work: Work) -> list[Path]:
    """The score step on parts and models that were scored before."""
    return _scored(work, score_campaign(work.run, work.each).parts)


def run_publish(work: Work) -> list[Path]:
    """Every list ranked, explained and published, from the last scores."""
    _empty(work.campaign.root / "lists")
    publish_lists(work.run, work.each)
    return []


def run_rank(work: Work) -> list[Path]:
    """The same, but trees are not explained: so large ones take a thousand times as long to explain as to score."""
    from models import contributions

    contributions.explain_trees = lambda booster, values, topics: np.zeros((len(values), topics.shape[1]))
    return run_publish(work)


def run_flow(work: Work) -> list[Path]:
    """The score step as the command line runs it: a Prefect flow on this machine's cores."""
    with engine.open_engine(work.campaign.root, work.run.settings) as server:
        return _in_flow(work, work.run, server)


def run_dask(work: Work) -> list[Path]:
    """The same on a Dask cluster of this machine's own, a worker for each core, started and stopped with it."""
    if find_spec("pipelines.workers") is None:
        sys.exit(NOT_THERE)
    from pipelines.workers import open_workers

    run = replace(work.run, dask="local")
    with engine.open_engine(work.campaign.root, run.settings) as server, open_workers(run) as cluster:
        return _in_flow(work, run, server, cluster=cluster)


def run_floor(work: Work) -> list[Path]:
    """Read the parts, predict from features that are there already, write the scores: no other work at all."""
    snapshot, models = open_snapshot(work.campaign), load_models(work.campaign)
    cpu, wall = _cpu(), time.perf_counter()
    features = _any_features(work, snapshot, models)
    work.apart = (_cpu() - cpu, time.perf_counter() - wall)
    work.stages.clear()
    scorer, unmoved = FastScorer.build(models, features.iloc[:1_000]), dict.fromkeys(models, 0.0)
    for part in snapshot.parts:
        voters = snapshot.read_voters(part)
        _write(work.out, voters, scorer.predict(features.iloc[: part.rows], unmoved), np.full(part.rows, "", object))
    return []


VARIANTS: dict[str, Callable[[Work], list[Path]]] = {
    "naive": run_naive,
    "stream": run_stream,
    "ours": run_ours,
    "again": run_again,
    "rank": run_rank,
    "publish": run_publish,
    "flow": run_flow,
    "dask": run_dask,
    "floor": run_floor,
}


def _in_flow(work: Work, run: Run, server: engine.Server, **cluster: object) -> list[Path]:
    from pipelines.flow import run_steps  # Prefect reads its environment, which the engine has set, when imported

    _empty(work.campaign.root / "scores")
    run_steps(server, {"score": lambda each: score_campaign(run, each)}, name="benchmark", **cluster)
    return _scored(work, read_scoring(work.campaign.root).parts)


def _any_features(work: Work, snapshot: Snapshot, models: dict[str, PropensityModel]) -> pd.DataFrame:
    """Features of the largest part; its own voters are all the surroundings they have."""
    from features.surroundings import learn_surroundings

    voters = snapshot.read_voters(max(snapshot.parts, key=lambda part: part.rows))
    coming = work.campaign.election
    around = learn_surroundings(
        [voters],
        calendar=snapshot.calendar,
        coming=[coming],
        extras=snapshot.extras,
        results=snapshot.read_results(),
        vocabulary=models[OUTCOMES[0]].vocabulary,
    )
    return build_features(voters, as_of=coming.date, surroundings=around[coming])


def _write(folder: Path, voters: pd.DataFrame, scores: dict[str, np.ndarray], excluded: np.ndarray) -> Path:
    columns = {name: np.where(excluded == "", p, np.nan).astype(np.float32) for name, p in scores.items()}
    kept = {name: pa.Array.from_pandas(voters[name]) for name in ("voter_id", *KEPT)}
    return folder / f"{write_part(folder, pa.table({**kept, 'excluded': excluded, **columns}))}.parquet"


def _scored(work: Work, digests: tuple[str, ...]) -> list[Path]:
    return [work.nation / "campaign" / "scores" / f"{digest}.parquet" for digest in digests]


def _empty(folder: Path) -> None:
    rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


def _cpu() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def keep_scores(written: list[Path], out: Path) -> None:
    """Keep the scores in the order of the file, shape (voters, 2), to be compared with those of other variants."""
    frames = [pd.read_parquet(path, columns=list(OUTCOMES)) for path in written]  # naive's index is the file's order
    if frames:
        scores = pd.concat([frame.sort_index() for frame in frames])[list(OUTCOMES)]
        np.save(out, scores.to_numpy(np.float32))


def main(variant: str, nation: str, out: str, threads: str) -> None:
    from speed_stages import watch_stages

    stages = watch_stages() if threads == "1" else {}
    keep_freed_memory()
    if threads == "1":  # the passes that take all cores there are shall find one
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    work = Work(Path(nation), Path(out) / "written", int(threads), stages)
    rmtree(out, ignore_errors=True)
    work.out.mkdir(parents=True)
    start = _cpu()
    written = VARIANTS[variant](work)
    cpu, wall = _cpu() - work.apart[0], time.perf_counter() - STARTED - work.apart[1]
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    keep_scores(written, Path(out) / "scores.npy")
    rmtree(work.out)
    told = {
        "cpu": cpu,
        "start": start,
        "wall": wall,
        "peak_mb": max(peaks),
        "stages": stages,
        "load": os.getloadavg()[0],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
