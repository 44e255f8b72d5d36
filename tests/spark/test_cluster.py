"""A cluster that loses a worker in the middle of a build still builds the same rows.

Slow, because it is five Java processes: run with `pytest -m cluster`.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from conftest import Dbt
from ecommerce_analytics.engines.spark.engine import SparkClusterEngine
from ecommerce_analytics.parity import built_nodes, compare
from spark.cluster import Cluster, cluster

pytestmark = pytest.mark.cluster

_KILL_AFTER_MODELS: Final = 15


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of two workers."""
    with cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


def test_a_worker_dies_and_the_build_is_right(
    running: Cluster, small_shop_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Tasks and shuffle files of the lost executor are computed again on the other worker."""
    here = Dbt(tmp_path_factory.mktemp("here"))
    here.load(small_shop_dir)
    here.succeed("build")

    engine = SparkClusterEngine(running.settings)
    engine.load(small_shop_dir)
    there = Dbt(tmp_path_factory.mktemp("there"), engine=engine)
    output, finished = [], 0
    with there.start("build") as build:
        assert build.stdout
        for line in build.stdout:
            output.append(line)
            finished += '"LogModelResult"' in line
            if finished == _KILL_AFTER_MODELS and running.workers[0].poll() is None:
                running.kill_worker(0)
                running.workers[0].wait()
    assert build.returncode == 0, "".join(output[-40:])
    assert finished > _KILL_AFTER_MODELS
    _wait_until_lost(running)

    differing = [
        f"{found.node.relation}: {' / '.join(found.differences)}"
        for found in compare(built_nodes(here.engine), [here.engine, engine])
        if found.differences
    ]
    assert not differing, "\n".join(differing)


def _wait_until_lost(running: Cluster) -> None:
    assert running.workers[0].poll() is not None
    deadline = time.monotonic() + 60
    while not re.search(r"Removing worker|Lost worker|Removing executor", running.log("master")):
        assert time.monotonic() < deadline, running.log("master")[-2000:]
        time.sleep(1)
