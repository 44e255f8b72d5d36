"""The command line: one sentence for bad input, exit codes, help that answers at once."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ecommerce_analytics import cli
from ecommerce_analytics.errors import EcomError


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
    """A shop that `ecom generate` wrote."""
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
    """The warehouse can be named by the environment, as dbt's profile does."""
    warehouse = tmp_path / "warehouse.duckdb"
    result = ecom("load", "--from", str(small_shop), ECOM_WAREHOUSE=str(warehouse))
    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(r"Loaded .*: 9 tables, [\d,]+ rows in [\d.]+ s\n", result.stdout)
    assert warehouse.exists()


def test_csv_loads_too(tmp_path: Path) -> None:
    """The two commands agree on both formats."""
    shop = str(tmp_path / "shop")
    options = ["--customers", "50", "--orders", "120", "--format", "csv", "--seed", "7"]
    days = ["--start", "2024-01-01", "--end", "2024-12-31"]
    assert ecom("generate", *options, *days, "--out", shop).returncode == 0
    assert (tmp_path / "shop" / "orders.csv").exists()
    warehouse = str(tmp_path / "warehouse.duckdb")
    assert ecom("load", "--from", shop, "--warehouse", warehouse).returncode == 0


def test_a_refused_file_is_one_line_on_stderr(tmp_path: Path) -> None:
    """No traceback, no colour in a pipe, exit code 1."""
    result = ecom("load", "--from", str(tmp_path), "--warehouse", str(tmp_path / "w"))
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"error: {tmp_path} has no file for the table customers, "
        "expected customers.parquet or customers.csv\n"
    )


def test_an_impossible_shop_is_one_line_on_stderr(tmp_path: Path) -> None:
    """The generator's refusals come out the same way."""
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
    """Click's own sentences, with its suggestions."""
    result = ecom(*arguments)
    assert result.returncode == 2
    assert hint in result.stderr


@pytest.mark.parametrize("command", [(), *((name,) for name in cli.cli.commands)])
def test_every_command_has_help_with_an_example(command: tuple[str, ...]) -> None:
    """Each help text ends in something that can be pasted."""
    result = CliRunner().invoke(cli.cli, [*command, "--help"])
    assert result.exit_code == 0
    text = result.output.split("Options:")[0].partition("\n")[2]
    assert f"  ecom {' '.join(command)}" in text
    assert "\\b" not in text


def test_the_list_of_commands_says_what_each_does() -> None:
    """Its first sentence whole, in a terminal of 80 columns."""
    for group in (cli.cli, cli.postgres):
        shown = " ".join(CliRunner().invoke(group, ["--help"], terminal_width=80).output.split())
        assert "..." not in shown.partition("Commands:")[2]
        for name, command in group.commands.items():
            sentence = " ".join((command.help or "").split("\n\n")[0].split()).rstrip(".")
            assert f"{name} {sentence}" in shown


def test_help_shows_the_defaults() -> None:
    """Paths as the reader types them, not as this machine has them."""
    shown = CliRunner().invoke(cli.cli, ["generate", "--help"]).output
    for default in ("10000", "50000", "42", "2023-01-01", "2025-12-31", "parquet", "(data/shop)"):
        assert f"default: {default}]" in " ".join(shown.split())
    shown = CliRunner().invoke(cli.cli, ["load", "--help"]).output
    assert "ECOM_WAREHOUSE; default: (data/warehouse.duckdb)]" in " ".join(shown.split())


def test_help_imports_nothing_heavy() -> None:
    """What makes `ecom --help` quick."""
    program = (
        "import sys; from ecommerce_analytics import cli; "
        "print(sorted({'dbt', 'duckdb', 'numpy', 'pyarrow', 'rich', 'yaml'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


def test_version() -> None:
    """The version is the package's."""
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
    """The code that shells expect; the line that the terminal began with ^C ends first."""
    assert _main_raising(monkeypatch, KeyboardInterrupt()) == 130
    assert capsys.readouterr() == ("", "\ninterrupted\n")


def test_a_bug_is_not_dressed_as_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the user can put right becomes a sentence."""
    with pytest.raises(ZeroDivisionError):
        _main_raising(monkeypatch, ZeroDivisionError())


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
    """Unless the environment asks for none."""
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert _main_raising(monkeypatch, EcomError("no")) == 1
    assert capsys.readouterr().err == expected


def test_a_reader_that_leaves_early_hears_nothing(small_shop: Path, tmp_path: Path) -> None:
    """As in `ecom load | head -1`."""
    options = ["--from", str(small_shop), "--warehouse", str(tmp_path / "w.duckdb")]
    read, write = os.pipe()
    os.close(read)
    result = subprocess.run(
        [Path(sys.executable).with_name("ecom"), "load", *options],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert result.stderr == ""
    assert (tmp_path / "w.duckdb").exists()
