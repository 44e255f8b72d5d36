"""The documentation beside the report: working links, correct lineage."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from conftest import Artifact
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.errors import EcomError
from ecommerce_analytics.paths import DBT_PROJECT, ROOT
from ecommerce_analytics.report import write_report
from ecommerce_analytics.report.write import PAGES
from ecommerce_analytics.site import write_site
from ecommerce_analytics.site.dbt_docs import Artifacts, standalone
from ecommerce_analytics.site.diagram import draw
from ecommerce_analytics.site.glossary import glossary
from ecommerce_analytics.site.guides import guides
from ecommerce_analytics.site.lineage import ColumnName, column_lineage, sources_of

_MOST_BYTES: Final = 5_000_000
# dbt's own documentation has the compiled code of every test.
_MOST_BYTES_OF_DBT: Final = 8_000_000
_SERIOUS: Final = frozenset({"serious", "critical"})


@pytest.fixture(scope="module")
def whole_site(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The complete output of `ecom site`. Read only."""
    out = tmp_path_factory.mktemp("whole") / "site"
    write_site(DuckDBEngine(warehouse), out)
    return out


def test_every_link_leads_somewhere(whole_site: Path) -> None:
    """Every link leads to a file of the site, and to an existing anchor."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in whole_site.glob("*.html")}
    assert {"index.html", "dbt.html", "lineage.html", "glossary.html"} < set(texts)
    broken = []
    count = 0
    for name, text in texts.items():
        if name == "dbt.html":
            continue
        body = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
        for target in re.findall(r'<a[^>]* href="([^"]+)"', body):
            if re.match(r"https?:", target):
                continue
            file, _, anchor = unquote(target).partition("#")
            count += 1
            place = texts.get(file or name)
            if place is None or (anchor and f'id="{anchor}"' not in place):
                broken.append(f"{name}: {target}")
    assert broken == []
    assert count > 300


def test_the_index_leads_to_every_page(whole_site: Path) -> None:
    """The index leads to every page, directly or through the list of decisions."""
    index = (whole_site / "index.html").read_text(encoding="utf-8")
    decisions = (whole_site / "guide-decisions.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'href="([\w-]+\.html)', index + decisions))
    assert linked == {path.name for path in whole_site.glob("*.html")}


def test_no_page_asks_anything_of_a_network(browser: Browser, whole_site: Path) -> None:
    """Each page opens without a network, requests only files, and logs no errors."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in sorted(whole_site.glob("*.html")):
        assert "default-src 'none'" in path.read_text(encoding="utf-8")[:2_000], path.name
        complaints.clear()
        page.goto(path.as_uri())
        page.wait_for_selector("[aria-busy=true]", state="detached")
        assert page.title(), path.name
        assert complaints == [], path.name
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_a_desk_shows_diagrams_whole(browser: Browser, whole_site: Path) -> None:
    """No table of the data model is cut off at 1280 pixels."""
    context = browser.new_context(viewport={"width": 1280, "height": 844})
    page = context.new_page()
    page.goto((whole_site / "guide-data-model.html").as_uri())
    sizes = page.eval_on_selector_all(
        ".diagram", "all => all.map(({parentElement: p}) => [p.scrollWidth, p.clientWidth])"
    )
    context.close()
    assert len(sizes) == 3
    assert all(needed <= given for needed, given in sizes), sizes


def test_a_desk_shows_the_glossary_whole(browser: Browser, whole_site: Path) -> None:
    """Formulas in the glossary fit at 1280 pixels."""
    context = browser.new_context(viewport={"width": 1280, "height": 844})
    page = context.new_page()
    page.goto((whole_site / "glossary.html").as_uri())
    page.wait_for_selector("[aria-busy=true]", state="detached")
    needed, given = page.eval_on_selector(
        ".table > .scroll", "one => [one.scrollWidth, one.clientWidth]"
    )
    context.close()
    assert needed <= given


def test_tiles_say_what_a_page_is_about() -> None:
    """Tiles describe the page in a sentence, without file names or commands."""
    for guide in guides():
        assert not guide.lead.startswith(("Ecom ", "Make ", "Written by")), guide
        assert ".md" not in guide.lead, guide
    titles = [guide.title for guide in guides()]
    assert len(titles) == len(set(titles))
    assert "Results" not in titles


def test_dbt_s_page_shows_a_model(browser: Browser, whole_site: Path) -> None:
    """The page by dbt still shows a model and its columns after its data was reduced."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{(whole_site / 'dbt.html').as_uri()}#!/model/model.ecommerce_analytics.fact_orders")
    page.get_by_text("One row per order, cancelled and test orders included").first.wait_for()
    page.get_by_text("shipping_total").first.wait_for()
    context.close()
    assert errors == []


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_pages_are_for_everyone(browser: Browser, whole_site: Path, phone: bool) -> None:
    """Axe finds no serious fault, and nothing scrolls sideways."""
    context = browser.new_context(viewport={"width": 390 if phone else 1280, "height": 844})
    page = context.new_page()
    for name in ("index", "glossary", "lineage", "guide-data-model", "guide-features"):
        page.goto((whole_site / f"{name}.html").as_uri())
        if not phone:
            found = Axe().run(page).response["violations"]
            assert [v["id"] for v in found if v["impact"] in _SERIOUS] == [], name
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= (390 if phone else 1280), name
    context.close()


def test_files_are_small_and_know_no_machine(whole_site: Path) -> None:
    """Files are under 5 MB, dbt's own page under 8, and none has a local path."""
    for path in whole_site.iterdir():
        text = path.read_text(encoding="utf-8")
        most = _MOST_BYTES_OF_DBT if path.name == "dbt.html" else _MOST_BYTES
        assert len(text.encode()) < most, path.name
        assert str(ROOT) not in text, path.name
        assert "root_path" not in text or str(DBT_PROJECT) not in text, path.name


def test_the_report_leaves_the_documentation(whole_site: Path, warehouse: Path) -> None:
    """Rewriting the report keeps the link to the documentation, or says how to get it."""
    before = (whole_site / "index.html").read_text(encoding="utf-8")
    write_report(DuckDBEngine(warehouse), whole_site)
    assert (whole_site / "index.html").read_text(encoding="utf-8") == before
    alone = whole_site.parent / "alone"
    write_report(DuckDBEngine(warehouse), alone)
    assert "make site" in (alone / "index.html").read_text(encoding="utf-8")
    assert {path.stem for path in alone.iterdir()} == {"index", *PAGES}


def test_git_ignores_no_part_of_the_package() -> None:
    """Git does not ignore the package named like its output directory."""
    files = [str(path) for path in (ROOT / "src").rglob("*") if path.suffix != ".pyc"]
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", "--", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    assert [path for path in ignored if "__pycache__" not in path and ".egg-info" not in path] == []


def test_the_glossary_has_every_metric(manifest: Artifact) -> None:
    """The glossary has every metric by name, label and description."""
    [panel] = glossary().panels
    listed = {row[1]: (row[0], row[4]) for row in panel.rows}
    assert listed == {
        metric["name"]: (metric["label"], " ".join(metric["description"].split()))
        for metric in manifest["metrics"].values()
    }
    formulas = {row[1]: row[5] for row in panel.rows}
    assert formulas["net_sales"] == "gross_sales - discounts - returns"
    assert all(formulas.values())


def test_lineage_of_the_project(whole_site: Path) -> None:
    """Lineage is right for a renamed, a computed and a counted column."""
    text = (whole_site / "lineage.html").read_text(encoding="utf-8")
    [data] = re.findall(r"^const DATA = (.*);$", text, re.MULTILINE)
    [panel] = json.loads(data)["panels"]
    keys = [column["key"] for column in panel["columns"]]
    rows = {(row[0], row[1]): dict(zip(keys, row, strict=True)) for row in panel["rows"]}
    assert len(rows) > 500
    lifetime = rows["customer_analytics", "lifetime_value"]
    assert lifetime["from"] == "int_customers__rfm_scores: net_amount"
    assert "order_items: discount, " in lifetime["sources"]
    assert "refunds: goods_amount" in lifetime["sources"]
    assert rows["stg_ecommerce__orders", "order_id"]["from"] == "orders: order_id"
    assert "int_orders__accepted: order_id" in rows["stg_ecommerce__orders", "order_id"]["used"]
    assert "fact_orders: order_id" in rows["int_orders__accepted", "order_id"]["used"]
    assert rows["marketing_attribution_monthly", "attribution_model"]["from"].startswith("counts")


def _project(sql: str, columns: tuple[str, ...]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """A manifest and a catalog of one model over two source tables."""

    def entry(name: str, names: tuple[str, ...]) -> Mapping[str, Any]:
        described = {column: {"type": "INTEGER"} for column in names}
        meta = {"database": "db", "schema": "s", "name": name}
        return {"metadata": meta, "columns": described}

    sources = {"a": ("id", "x"), "b": ("id", "y")}
    manifest = {
        "metadata": {"adapter_type": "duckdb"},
        "nodes": {"m": {"resource_type": "model", "name": "m", "compiled_code": sql}},
        "sources": {
            name: {"resource_type": "source", "name": name, "source_name": "raw"}
            for name in sources
        },
    }
    catalog = {
        "nodes": {"m": entry("m", columns)},
        "sources": {name: entry(name, names) for name, names in sources.items()},
    }
    return manifest, catalog


@pytest.mark.parametrize(
    ("sql", "origins"),
    [
        ("select x as c from db.s.a", {"a.x"}),
        ("with t as (select * from db.s.a), u as (select x + id as c from t) select c from u",
         {"a.x", "a.id"}),
        ("select y as c from db.s.a join db.s.b on a.id = b.id", {"b.y"}),
        ("select x as c from db.s.a union all select y from db.s.b", {"a.x", "b.y"}),
        ("select count(*) as c from db.s.a", set()),
        ("select sum(y) over (partition by id) as c from db.s.b", {"b.y", "b.id"}),
        ("select case when x > 0 then y end as c from db.s.a, db.s.b", {"a.x", "b.y"}),
        ("select c from (select max(x) as c from db.s.a) as t", {"a.x"}),
    ],
)  # fmt: skip
def test_lineage_of_small_queries(sql: str, origins: set[str]) -> None:
    """Lineage has the columns of the value, not those of joins."""
    lineage = column_lineage(*_project(sql, ("c",)))
    found = lineage[ColumnName("m", "c")]
    assert set(map(str, found)) == origins
    assert set(sources_of(lineage, ColumnName("m", "c"))) == set(found)


def test_lineage_of_what_cannot_be_read() -> None:
    """Unreadable SQL gives a sentence with the model's name."""
    with pytest.raises(EcomError, match=r"(?s)of m cannot be read.*ecom build"):
        column_lineage(*_project("select from where", ("c",)))


def test_a_diagram_draws_every_table_and_relation() -> None:
    """A diagram has every table and relation; unknown syntax is an error."""
    text = "erDiagram\n  dim ||--o{ fact : dim_key\n  fact {\n    int dim_key FK\n  }\n"
    drawn = draw(text, "Two tables")
    assert drawn.count('class="box"') == 2
    assert drawn.count('class="edge"') == 2
    assert "fact refers to dim" in drawn
    assert "dim_key FK" in drawn
    with pytest.raises(EcomError, match="cannot draw a diagram of the kind 'pie'"):
        draw("pie\n", "A cake")
    with pytest.raises(EcomError, match="cannot draw this line"):
        draw("erDiagram\n  dim }o--o{ fact : both\n", "Many to many")


def test_another_page_of_dbt_is_refused() -> None:
    """An unexpected format of dbt's page is an error, and nothing is written."""
    with pytest.raises(EcomError, match="dbt's documentation page has changed"):
        standalone(Artifacts({}, {}, "<head></head>"))
