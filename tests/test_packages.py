"""The dbt packages: from the hub if it is available, else from the package index."""

import hashlib
import io
import shutil
import tarfile
from pathlib import Path

import pytest
import yaml
from dbt.config.project import package_config_from_data
from dbt.task.deps import _create_sha1_hash

from ecommerce_analytics import packages
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.packages import Installation, Package, extract_package, install_packages
from ecommerce_analytics.paths import DBT_PROJECT

_UTILS = Package("dbt_utils", "1.1.1")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project with the same package requirements, none installed."""
    directory = tmp_path / "project"
    directory.mkdir()
    for name in ("packages.yml", "package-lock.yml"):
        shutil.copy(DBT_PROJECT / name, directory)
    return directory


def _install(project: Path, name: str = "dbt_utils") -> None:
    folder = project / "dbt_packages" / name
    folder.mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(f"name: {name}\nversion: 0.1.0\n")


def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a command was run")

    monkeypatch.setattr(packages, "_run", refuse)


def _archive(monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> bytes:
    """An archive that is treated as the pinned one."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    archive = buffer.getvalue()
    monkeypatch.setattr(packages, "ARCHIVE_SHA256", hashlib.sha256(archive).hexdigest())
    return archive


def test_the_lock_is_what_dbt_would_write() -> None:
    """The lock file is exactly what dbt would write, so that `dbt deps` does not resolve again."""
    asked = yaml.safe_load((DBT_PROJECT / "packages.yml").read_text())
    lock = yaml.safe_load((DBT_PROJECT / "package-lock.yml").read_text())
    assert lock["sha1_hash"] == _create_sha1_hash(package_config_from_data(asked, asked).packages)
    assert lock["packages"] == [
        {"name": "dbt_utils", "package": "dbt-labs/dbt_utils", "version": "1.1.1"}
    ]


def test_what_is_there_is_left_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed packages cause no network access and no change."""
    _install(project)
    _no_network(monkeypatch)
    assert install_packages(project) == Installation((_UTILS,), "installed already")


def test_the_hub_comes_first(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the hub is available, dbt installs the packages."""

    def dbt_deps(where: Path) -> bool:
        _install(where)
        return True

    _no_network(monkeypatch)
    monkeypatch.setattr(packages, "_hub_answers", lambda: True)
    monkeypatch.setattr(packages, "_dbt_deps", dbt_deps)
    assert install_packages(project) == Installation((_UTILS,), "installed by dbt deps")


@pytest.mark.parametrize("hub_answers", [False, True])
def test_the_package_index_comes_second(
    project: Path, monkeypatch: pytest.MonkeyPatch, hub_answers: bool
) -> None:
    """A real pip downloads the archive; also if the hub is available but dbt fails."""
    monkeypatch.setattr(packages, "_hub_answers", lambda: hub_answers)
    monkeypatch.setattr(packages, "_dbt_deps", lambda _: False)
    (project / "dbt_packages" / "dbt_utils").mkdir(parents=True)
    (project / "dbt_packages" / "dbt_utils" / "half").touch()
    installation = install_packages(project)
    assert installation.packages == (_UTILS,)
    assert installation.origin.startswith("installed from checkup-dbt==0.5.0")
    folder = project / "dbt_packages" / "dbt_utils"
    assert "# dbt utils v1.1.1" in (folder / "CHANGELOG.md").read_text()
    assert (folder / "macros" / "sql" / "generate_surrogate_key.sql").exists()
    assert not (folder / "half").exists()
    assert sorted(path.name for path in project.iterdir()) == [
        "dbt_packages",
        "package-lock.yml",
        "packages.yml",
    ]
    assert [path.name for path in (project / "dbt_packages").iterdir()] == ["dbt_utils"]


def test_an_altered_archive_is_not_used(project: Path) -> None:
    """An altered archive is rejected, and the installed package stays."""
    _install(project)
    folder = project / "dbt_packages" / "dbt_utils"
    before = sorted(folder.rglob("*"))
    altered = b"altered"
    with pytest.raises(EcomError) as refusal:
        extract_package(altered, folder)
    assert str(refusal.value) == (
        "the archive of checkup-dbt==0.5.0 has the sha256 "
        f"{hashlib.sha256(altered).hexdigest()}, expected {packages.ARCHIVE_SHA256}; "
        "it was altered on its way and is not used"
    )
    assert sorted(folder.rglob("*")) == before


def test_pip_itself_refuses_another_archive(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real pip rejects an altered archive before running any of it."""
    monkeypatch.setattr(packages, "_hub_answers", lambda: False)
    monkeypatch.setattr(packages, "ARCHIVE_SHA256", "0" * 64)
    with pytest.raises(EcomError, match="neither the dbt hub nor the Python package index gave"):
        install_packages(project)
    assert not (project / "dbt_packages").exists()


def test_only_the_package_is_extracted(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the package's folder is extracted from the archive."""
    inside = "checkup_dbt-0.5.0/tests/fixtures/sample_dbt_project/dbt_packages/dbt_utils"
    archive = _archive(
        monkeypatch, {f"{inside}/dbt_project.yml": "x", "checkup_dbt-0.5.0/setup.py": "x"}
    )
    folder = project / "dbt_packages" / "dbt_utils"
    extract_package(archive, folder)
    assert [path.name for path in folder.iterdir()] == ["dbt_project.yml"]


def test_an_archive_cannot_write_elsewhere(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even the pinned archive cannot write outside the target."""
    inside = "checkup_dbt-0.5.0/tests/fixtures/sample_dbt_project/dbt_packages/dbt_utils"
    archive = _archive(monkeypatch, {f"{inside}/{'../' * 8}escaped": "x"})
    with pytest.raises(EcomError, match=r"cannot unpack the archive of checkup-dbt==0\.5\.0"):
        extract_package(archive, project / "dbt_packages" / "dbt_utils")
    assert not (project / "dbt_packages" / "dbt_utils").exists()


def test_the_first_python_3_11_unpacks_it_too(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Extraction works on Debian 12's Python 3.11.2: tarfile has filters only from 3.11.4 on."""
    # Functions that take a filter today; without one they are unsafe.
    monkeypatch.delattr(tarfile.TarFile, "extractall")
    monkeypatch.delattr(tarfile.TarFile, "extract")
    inside = "checkup_dbt-0.5.0/tests/fixtures/sample_dbt_project/dbt_packages/dbt_utils"
    archive = _archive(monkeypatch, {f"{inside}/macros/a.sql": "x"})
    folder = project / "dbt_packages" / "dbt_utils"
    extract_package(archive, folder)
    assert (folder / "macros" / "a.sql").read_text() == "x"


def test_a_directory_may_be_named_from_another(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative target directory is allowed; only the archive's names must stay inside."""
    elsewhere = project.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    inside = "checkup_dbt-0.5.0/tests/fixtures/sample_dbt_project/dbt_packages/dbt_utils"
    archive = _archive(monkeypatch, {f"{inside}/macros/a.sql": "x"})
    extract_package(archive, Path("..") / project.name / "dbt_packages" / "dbt_utils")
    assert (project / "dbt_packages" / "dbt_utils" / "macros" / "a.sql").read_text() == "x"


def test_another_version_comes_from_the_hub_only(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive has a single version, so another version needs the hub."""
    lock = project / "package-lock.yml"
    lock.write_text(lock.read_text().replace("1.1.1", "1.3.0"))
    monkeypatch.setattr(packages, "_hub_answers", lambda: False)
    with pytest.raises(EcomError) as refusal:
        install_packages(project)
    assert str(refusal.value) == (
        "the dbt hub gave no dbt_utils 1.3.0, and it comes from nowhere else; "
        f"run `dbt deps --project-dir {project}` where the hub can be reached"
    )


@pytest.mark.parametrize("text", [None, "", "packages: 3", "packages: [dbt_utils]", "{"])
def test_a_lock_that_cannot_be_read(project: Path, text: str | None) -> None:
    """An unreadable lock gives one sentence with the file's name."""
    lock = project / "package-lock.yml"
    lock.unlink()
    if text is not None:
        lock.write_text(text)
    with pytest.raises(EcomError, match=r"cannot read which dbt packages .*package-lock\.yml asks"):
        install_packages(project)


def test_a_command_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hanging command has a time limit, because a name look-up may never end."""
    monkeypatch.setattr(packages, "_PROBE", "import time; time.sleep(60)")
    monkeypatch.setattr(packages, "_PROBE_SECONDS", 0.2)
    assert not packages._hub_answers()
