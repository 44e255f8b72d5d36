"""The command line: one sentence for bad input, exit codes, fast help."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ecommerce_analytics import cli
from ecommerce_analytics.errors import EcomError, printable


def ecom(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    return subprocess.run(
        [Path(sys.executable).with_name("ecom"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop written by `ecom generate`."""
    out = tmp_path_factory.mktemp("generated") / "shop"
    result = ecom("generate", "--customers", "50", "--orders", "120", "--out", str(out))
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["table", "rows"],
        ["customers", "50"],
        ["orders", "120"],
    ]
    assert lines[-1].startswith("Wrote ")
    return out


def test_what_generate_writes_load_takes(small_shop: Path, tmp_path: Path) -> None:
    """`ecom load` accepts the generator's files, into a warehouse set by the environment."""
    warehouse = tmp_path / "warehouse.duckdb"
    result = ecom("load", "--from", str(small_shop), ECOM_WAREHOUSE=str(warehouse))
    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(r"Loaded .*: 10 tables, [\d,]+ rows in [\d.]+ s\n", result.stdout)
    assert warehouse.exists()


def test_a_person_is_erased_by_number(small_shop: Path, tmp_path: Path) -> None:
    """An erasure is recorded for the next build; a customer not in the last load is reported."""
    warehouse = str(tmp_path / "warehouse.duckdb")
    assert ecom("load", "--from", str(small_shop), "--warehouse", warehouse).returncode == 0
    result = ecom("erase", "--customer", "3", "--customer", "999", "--warehouse", warehouse)
    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(r"accounts to erase; .*: ecom build\n", result.stdout)
    assert result.stdout.endswith("  not in the last load: 999\n")
    result = ecom("erase", "--customer", "A-3", "--warehouse", warehouse)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "error: an account's customer_id is a whole number in the range of bigint, "
        "but --customer has 'A-3'; nothing was recorded\n"
    )


def test_csv_loads_too(tmp_path: Path) -> None:
    """CSV files can be generated and loaded too."""
    shop = str(tmp_path / "shop")
    options = ["--customers", "50", "--orders", "120", "--format", "csv", "--seed", "7"]
    days = ["--start", "2024-01-01", "--end", "2024-12-31"]
    assert ecom("generate", *options, *days, "--out", shop).returncode == 0
    assert (tmp_path / "shop" / "orders.csv").exists()
    warehouse = str(tmp_path / "warehouse.duckdb")
    assert ecom("load", "--from", shop, "--warehouse", warehouse).returncode == 0


def test_a_refused_file_is_one_line_on_stderr(tmp_path: Path) -> None:
    """A rejected file gives one line on stderr: no traceback, no colour in a pipe, exit code 1."""
    result = ecom("load", "--from", str(tmp_path), "--warehouse", str(tmp_path / "w"))
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"error: {tmp_path} has no files for the tables customers, orders, order_items, products, "
        "campaigns, expected <table>.parquet or <table>.csv for each\n"
    )


def test_an_impossible_shop_is_one_line_on_stderr(tmp_path: Path) -> None:
    """An impossible shop specification gives one line on stderr."""
    result = ecom("generate", "--customers", "-1", "--out", str(tmp_path / "shop"))
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["loda"], "No such command 'loda'. Did you mean 'load'?"),
        (["load", "--form", "x"], "No such option '--form'. Did you mean '--from'?"),
        (["generate", "--orders", "many"], "'many' is not a valid integer"),
        (["generate", "--format", "xls"], "'xls' is not one of 'parquet', 'csv'"),
        (["generate", "--start", "01/02/2023"], "'01/02/2023' does not match the format"),
        (["load", "extra"], "Got unexpected extra argument"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_close(arguments: list[str], hint: str) -> None:
    """Wrong usage gives click's own messages and suggestions."""
    result = ecom(*arguments)
    assert result.returncode == 2
    assert hint in result.stderr


@pytest.mark.parametrize("command", [(), *((name,) for name in cli.cli.commands)])
def test_every_command_has_help_with_an_example(command: tuple[str, ...]) -> None:
    """Each help text ends with an example to paste."""
    result = CliRunner().invoke(cli.cli, [*command, "--help"])
    assert result.exit_code == 0
    text = result.output.split("Options:")[0].partition("\n")[2]
    assert f"  ecom {' '.join(command)}" in text
    assert "\\b" not in text


def test_the_list_of_commands_says_what_each_does() -> None:
    """The list of commands shows each one's complete first sentence, in 80 columns."""
    for group in (cli.cli, cli.postgres):
        shown = " ".join(CliRunner().invoke(group, ["--help"], terminal_width=80).output.split())
        assert "..." not in shown.partition("Commands:")[2]
        for name, command in group.commands.items():
            sentence = " ".join((command.help or "").split("\n\n")[0].split()).rstrip(".")
            assert f"{name} {sentence}" in shown


def test_help_shows_the_defaults() -> None:
    """Help shows default paths as the user would type them."""
    shown = CliRunner().invoke(cli.cli, ["generate", "--help"]).output
    for default in ("10000", "50000", "42", "2023-01-01", "2025-12-31", "parquet", "(data/shop)"):
        assert f"default: {default}]" in " ".join(shown.split())
    shown = CliRunner().invoke(cli.cli, ["load", "--help"]).output
    assert "ECOM_WAREHOUSE; default: (data/warehouse.duckdb)]" in " ".join(shown.split())


def test_help_imports_nothing_heavy() -> None:
    """Help does not import heavy modules, which would make it slow."""
    program = (
        "import sys; from ecommerce_analytics import cli; "
        "print(sorted({'dbt', 'duckdb', 'numpy', 'pyarrow', 'rich', 'yaml'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


def test_version() -> None:
    """`--version` prints the package's version."""
    assert ecom("--version").stdout == "ecom 0.1.0\n"


def _main_raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int | str | None:
    def fail() -> None:
        raise error

    command = click.Command("fail", callback=fail)
    monkeypatch.setattr(cli.cli, "commands", {"fail": command})
    monkeypatch.setattr(sys, "argv", ["ecom", "fail"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code


def test_ctrl_c_is_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C gives exit code 130 and starts a new line after the terminal's ^C."""
    assert _main_raising(monkeypatch, KeyboardInterrupt()) == 130
    assert capsys.readouterr() == ("", "\ninterrupted\n")


def test_ctrl_c_in_a_query_is_a_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C during a query exits like any Ctrl-C, although DuckDB raises its own error."""
    assert _main_raising(monkeypatch, RuntimeError("Query interrupted")) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_real_ctrl_c_ends_a_command_at_once(tmp_path: Path) -> None:
    """A real Ctrl-C ends a running command, and no partial files are left."""
    ecom_path = str(Path(sys.executable).with_name("ecom"))
    command = [ecom_path, "generate", "--out", str(tmp_path / "shop")]
    with subprocess.Popen(
        [*command, "--customers", "200000", "--orders", "1000000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell may start the tests with the signal ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        deadline = time.monotonic() + 60
        while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert errors.endswith("interrupted\n")
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError(),
        RuntimeError("interrupted by a bug"),
        OSError(errno.EBADF, "Bad file descriptor"),
    ],
)
def test_a_bug_is_not_dressed_as_bad_input(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Only errors that the user can fix become a sentence; a bug keeps its traceback."""
    with pytest.raises(type(error)):
        _main_raising(monkeypatch, error)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a/b"), "a/b: No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied", "a/b"), "a/b: Permission denied"),
        (OSError(errno.EROFS, "Read-only file system", "a/b"), "a/b: Read-only file system"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "cannot read or write: No space left on device",
        ),
    ],
)
def test_a_file_that_cannot_be_written_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: OSError,
    sentence: str,
) -> None:
    """A file that cannot be written gives one line, in every command."""
    assert _main_raising(monkeypatch, error) == 1
    assert capsys.readouterr().err == f"error: {sentence}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate", "--customers", "20", "--orders", "40", "--out", "/proc/ecom"],
        ["load", "--warehouse", "/proc/ecom.duckdb"],
        ["postgres", "mock-data", "--out", "/proc/ecom"],
        ["advance", "--files-only", "--batch-out", "/proc/ecom"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_place_that_cannot_be_written_is_one_line(
    small_shop: Path, tmp_path: Path, arguments: list[str]
) -> None:
    """A directory where even root cannot write gives one line."""
    if arguments[0] != "generate":
        own = shutil.copytree(small_shop, tmp_path / "shop")
        arguments = [*arguments, "--from", str(own)]
    result = ecom(*arguments)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.splitlines()[-1].startswith("error: ")
    assert "/proc/ecom" in result.stderr


def test_a_full_disk_behind_the_output_is_one_line(small_shop: Path, tmp_path: Path) -> None:
    """A full disk behind stdout, as in `ecom load > report.txt`, gives one line."""
    warehouse = str(tmp_path / "w.duckdb")
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [Path(sys.executable).with_name("ecom"), "load", "--from", str(small_shop)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "ECOM_WAREHOUSE": warehouse},
        )
    assert result.returncode == 1
    assert result.stderr == "error: cannot read or write: No space left on device\n"


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}], ids=str)
def test_a_terminal_that_lacks_characters_gets_escapes(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """Characters that the terminal cannot encode are escaped, in paths and in text from files."""
    shop = tmp_path / "größe €"
    options = ["--customers", "20", "--orders", "40", "--out", str(shop)]
    result = ecom("generate", *options, **environment)
    assert (result.returncode, result.stderr) == (0, "")
    (shop / "orders.parquet").unlink()
    (shop / "orders.csv").write_text("größe\n", encoding="utf-8")
    result = ecom("load", "--from", str(shop), "--warehouse", str(tmp_path / "w"), **environment)
    assert result.returncode == 1
    assert "orders.csv, line 1 has no column of the contract" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_path_that_is_not_text_is_one_line(tmp_path: Path) -> None:
    """A path with bytes that are not text gives one line."""
    options = ["--customers", "20", "--orders", "40", "--out", os.fsdecode(b"%s/\xff")]
    result = ecom("generate", *[o.replace("%s", str(tmp_path)) for o in options])
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.endswith("is not text in this locale; name a path that is\n")


def test_what_files_hold_cannot_change_the_terminal(small_shop: Path, tmp_path: Path) -> None:
    """File, column and value names cannot send control codes to the terminal."""
    shop = shutil.copytree(small_shop, tmp_path / "a\x1b[31mb")
    (shop / "re\u202ets.csv").touch()
    warehouse = str(tmp_path / "w.duckdb")
    result = ecom("load", "--from", str(shop), "--warehouse", warehouse)
    assert result.returncode == 0
    assert result.stderr == ("Not loaded, the contract has no such table: re\\u202ets.csv\n")
    (shop / "campaigns.parquet").unlink()
    (shop / "campaigns.csv").write_text("campaign_id\x1b[2J,\u2066b\n", encoding="utf-8")
    result = ecom("load", "--from", str(shop), "--warehouse", warehouse)
    assert result.returncode == 1
    assert result.stderr.isascii()
    assert "\x1b" not in result.stderr
    assert "campaign_id\\x1b[2J" in result.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\r\x07\x1b[2J\x9b", "a\\tb\\r\\x07\\x1b[2J\\x9b"),
        ("\u202eabc\u2069\u200f", "\\u202eabc\\u2069\\u200f"),
        ("two\nlines", "two\nlines"),
        ("Größe \u00a0 x\u200cy 👩\u200d🔧", "Größe \u00a0 x\u200cy 👩\u200d🔧"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    """Control characters are escaped; characters that scripts and emoji need are not."""
    assert printable(text) == shown


def test_an_error_may_have_details(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error's details are printed below the sentence, after an empty line."""
    assert _main_raising(monkeypatch, EcomError("two rows fail", details="id\n1\n2")) == 1
    assert capsys.readouterr() == ("", "error: two rows fail\n\nid\n1\n2\n")


@pytest.mark.parametrize(
    ("no_color", "expected"),
    [("", "\x1b[31merror: no\x1b[0m\n"), ("1", "error: no\n")],
    ids=["terminal", "NO_COLOR"],
)
def test_errors_are_red_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    no_color: str,
    expected: str,
) -> None:
    """Errors are red on a terminal, unless the environment disables colour."""
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert _main_raising(monkeypatch, EcomError("no")) == 1
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize("command", ["load", "generate", "help"])
def test_a_reader_that_leaves_early_hears_nothing(
    small_shop: Path, tmp_path: Path, command: str
) -> None:
    """A reader that closes the pipe early, as in `ecom load | head -1`, causes no message."""
    options = {
        "load": ["load", "--from", str(small_shop), "--warehouse", str(tmp_path / "made")],
        "generate": [
            "generate",
            "--customers",
            "20",
            "--orders",
            "40",
            "--out",
            str(tmp_path / "made"),
        ],
        "help": ["--help"],
    }[command]
    read, write = os.pipe()
    os.close(read)
    result = subprocess.run(
        [Path(sys.executable).with_name("ecom"), *options],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert result.stderr == ""
    assert (tmp_path / "made").exists() is (command != "help")
