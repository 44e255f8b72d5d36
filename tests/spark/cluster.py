"""A Spark cluster on this machine: a master, two workers and a Thrift server, each a process.

Run as a program, it runs until it is interrupted, and prints its address:

    python tests/spark/cluster.py DIRECTORY
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyspark

from ecommerce_analytics.engines.spark.session import prepare, settings
from ecommerce_analytics.engines.spark.thrift import ThriftSettings

WORKERS: Final = 2
_HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 180
_STOP_SECONDS: Final = 30
_PR_SET_PDEATHSIG: Final = 1
_BIN: Final = Path(pyspark.__file__).parent / "bin"
# The embedded session's settings that do not apply to a cluster.
_EMBEDDED: Final = ("spark.master", "spark.driver.memory", "spark.sql.adaptive.enabled")


@dataclass
class Cluster:
    """The processes of a cluster and its server's address."""

    directory: Path
    settings: ThriftSettings
    master: subprocess.Popen[bytes]
    workers: Sequence[subprocess.Popen[bytes]]
    server: subprocess.Popen[bytes]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def log(self, name: str) -> str:
        """A process's log so far."""
        return (self.directory / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def kill_worker(self, number: int) -> None:
        """Kill a worker and its executors at once, like a power failure."""
        _signal(self.workers[number], signal.SIGKILL)

    def kill_server(self) -> None:
        """Kill the Thrift server, which is the driver of every query."""
        _signal(self.server, signal.SIGKILL)


@contextmanager
def cluster(directory: Path) -> Iterator[Cluster]:
    """A cluster that keeps its tables, logs and temporary files in a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    prepare(directory)
    master_port, server_port = _free_port(), _free_port()
    address = f"spark://{_HOST}:{master_port}"
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *command: str) -> subprocess.Popen[bytes]:
        process = _start(directory, name, command)
        started.append(process)
        return process

    try:
        master = start(
            "master",
            *("spark-class", "org.apache.spark.deploy.master.Master"),
            *("--host", _HOST, "--port", str(master_port), "--webui-port", "0"),
        )
        _wait_for(master_port, master, directory / "master.log")
        workers = [
            start(
                f"worker-{number}",
                *("spark-class", "org.apache.spark.deploy.worker.Worker", address),
                *("--host", _HOST, "--cores", "1", "--memory", "1g", "--webui-port", "0"),
                *("--work-dir", str(directory / f"worker-{number}")),
            )
            for number in range(WORKERS)
        ]
        server = start("server", *_server(directory, address, server_port))
        _wait_for(server_port, server, directory / "server.log")
        thrift = ThriftSettings(_HOST, server_port, "ecom", directory / "exchange")
        yield Cluster(directory, thrift, master, workers, server, started)
    finally:
        for process in reversed(started):
            _signal(process, signal.SIGTERM)
        for process in started:
            try:
                process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()


def _server(directory: Path, master: str, port: int) -> list[str]:
    conf = {name: v for name, v in settings(directory).items() if name not in _EMBEDDED} | {
        "spark.executor.memory": "768m",
        "spark.executor.extraClassPath": str(directory.resolve() / "iceberg.jar"),
        "spark.driver.host": _HOST,
        "spark.driver.bindAddress": _HOST,
        # Each connection is a separate session, which must see the others' commits.
        "spark.sql.catalog.spark_catalog.cache-enabled": "false",
    }
    options = [part for name, value in conf.items() for part in ("--conf", f"{name}={value}")]
    return [
        *("spark-submit", "--master", master),
        *("--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"),
        *options,
        "spark-internal",
        *("--hiveconf", f"hive.server2.thrift.port={port}"),
        *("--hiveconf", f"hive.server2.thrift.bind.host={_HOST}"),
    ]


def _start(directory: Path, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
    program, *arguments = command
    with (directory / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [_BIN / program, *arguments],
            cwd=directory,
            env={**os.environ, **_environment(directory, name)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A process group, so that an executor dies with its worker.
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )


def _die_with_parent() -> None:
    """Let Linux end this process when its parent ends, even if killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _environment(directory: Path, name: str) -> Mapping[str, str]:
    return {
        "SPARK_LOCAL_IP": _HOST,
        # The Thrift server takes its memory from here as well, overriding its own settings.
        "SPARK_DAEMON_MEMORY": "2g" if name == "server" else "256m",
        "SPARK_LOCAL_DIRS": str(directory / "tmp"),
        "SPARK_NO_DAEMONIZE": "1",
    }


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(OSError):
            socket.create_connection((_HOST, port), timeout=1).close()
            return
        time.sleep(0.2)
    raise RuntimeError(f"nothing listens on {port}: {log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((_HOST, 0))
        port: int = found.getsockname()[1]
        return port


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


if __name__ == "__main__":
    with cluster(Path(sys.argv[1])) as running:
        print(f"export DBT_TARGET=spark_cluster ECOM_SPARK_PORT={running.settings.port}")
        print(f"export ECOM_SPARK_EXCHANGE={running.settings.exchange}", flush=True)
        with suppress(KeyboardInterrupt):
            running.server.wait()
