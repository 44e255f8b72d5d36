"""`make clean`: removes generated data and keeps a user's own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from ecommerce_analytics.engines.base import Engine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.held import require_clearable
from ecommerce_analytics.paths import DBT_PROJECT, MANIFEST, MOCK_DATA, ROOT, short_path


def clean(root: Path = ROOT) -> list[str]:
    """Remove the shop, the warehouses, the site and dbt's output.

    Args:
        root: The checkout.

    Returns:
        A sentence for each thing in `data/` that was kept, without a full stop.
    """
    left = []
    data = root / "data"
    for path in sorted(data.iterdir()) if data.is_dir() else ():
        # Files beside a warehouse are removed or kept with it.
        if not path.exists() or path.name.endswith((".duckdb.wal", ".duckdb.tmp")):
            continue
        try:
            _require_ours(path)
        except EcomError as error:
            left.append(str(error))
            continue
        for each in (path, *path.parent.glob(f"{path.name}.*")):
            _remove(each)
    if data.is_dir() and not any(data.iterdir()):
        data.rmdir()
    project = root / DBT_PROJECT.relative_to(ROOT)
    for path in (root / "site", project / "target", project / "logs", project / "dbt_packages"):
        _remove(path)
    for path in (root / MOCK_DATA.relative_to(ROOT)).glob("*.sql"):
        _remove(path)
    return left


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise EcomError(f"cannot remove {short_path(path)}: {error.strerror or error}") from error


def _require_ours(path: Path) -> None:
    """Stop at a warehouse, or files, that were not generated.

    Raises:
        EcomError: They were not, or cannot be read.
    """
    kinds: dict[str, Callable[[Path], Iterator[Engine]]] = {"spark": _spark, "postgres": _postgres}
    if path.suffix == ".duckdb":
        from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine

        require_clearable(DuckDBEngine(Path(short_path(path))))
    elif path.name in kinds and path.is_dir():
        for engine in kinds[path.name](path):
            require_clearable(engine)
    elif path.is_dir() and any(path.glob("orders.*")) and not (path / MANIFEST).exists():
        raise EcomError(f"{short_path(path)} has files that `ecom generate` did not write")


def _spark(path: Path) -> Iterator[Engine]:
    from ecommerce_analytics.engines.spark.engine import SparkEngine

    engine = SparkEngine(path)
    yield engine
    engine.release()


def _postgres(path: Path) -> Iterator[Engine]:
    """Remove the directory's server after checking its warehouse, for which it is started."""
    from ecommerce_analytics.engines.postgres.engine import PostgresEngine
    from ecommerce_analytics.engines.postgres.server import start, stop
    from ecommerce_analytics.engines.postgres.settings import load_settings

    settings = load_settings()
    start(settings, path)
    try:
        yield PostgresEngine(settings)
    finally:
        stop(path)
