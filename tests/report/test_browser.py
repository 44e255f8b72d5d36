"""The report in a real browser, from the file system, without a network."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from conftest import TinyShop
from ecommerce_analytics.engines.duckdb.engine import DuckDBEngine
from ecommerce_analytics.report import write_report
from ecommerce_analytics.report.write import PAGES

_PAINT_MILLISECONDS: Final = 500
_SERIOUS: Final = frozenset({"serious", "critical"})


@contextmanager
def opened(
    browser: Browser, path: Path, *, phone: bool = False, dark: bool = False, fragment: str = ""
) -> Iterator[Page]:
    """A page of the report; checks that it has no errors and requests only itself."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
        color_scheme="dark" if dark else "light",
        offline=True,
        accept_downloads=True,
    )
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{path.as_uri()}{fragment}")
    page.wait_for_selector("[aria-busy=true]", state="detached")
    yield page
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []


@pytest.fixture(params=PAGES)
def key(request: pytest.FixtureRequest) -> str:
    """Each page."""
    return str(request.param)


def value_of(page: Page, panel: str, name: str) -> Any:
    """The raw value behind a card."""
    text = page.locator(f"#{panel} [data-key={name}]").first.get_attribute("data-value")
    return None if text is None else json.loads(text)


def drawn(page: Page) -> dict[str, bool]:
    """For each panel, whether it shows a chart, a card or a row."""
    found: dict[str, bool] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.panel')].map((panel) => [panel.id, "
        "panel.querySelector('svg[role=img], .card, tbody tr, .nothing') !== null]))"
    )
    return found


def test_a_page_opens_and_draws_everything(browser: Browser, site: Path, key: str) -> None:
    """Each page opens without errors or requests, and every panel has content."""
    with opened(browser, site / f"{key}.html") as page:
        shown = drawn(page)
        assert len(shown) >= 4
        assert all(shown.values()), shown
        assert not page.locator(".nothing").count() or key == "quality"
        assert "NaN" not in page.inner_text("body")
        assert "undefined" not in page.inner_text("body")


def test_the_page_is_painted_before_it_is_drawn(browser: Browser, site: Path, key: str) -> None:
    """The page's head and titles appear before the panels' figures, however slow the machine."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.add_init_script("window.setTimeout = () => 0")
    page.goto((site / f"{key}.html").as_uri())
    assert page.locator("h1").is_visible()
    assert page.locator(".panel").count() >= 4
    assert page.locator(".figure > *").count() == 0
    context.close()


def test_first_paint_is_quick(browser: Browser, site: Path, key: str) -> None:
    """First paint is under half a second in one of five tries, because the machine may be busy."""
    path = site / f"{key}.html"
    assert any(_first_paint(browser, path) < _PAINT_MILLISECONDS for _ in range(5))


def _first_paint(browser: Browser, path: Path) -> float:
    with opened(browser, path) as page:
        page.screenshot()
        return float(
            page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        )


def test_a_phone_shows_it_without_scrolling_sideways(
    browser: Browser, site: Path, key: str
) -> None:
    """At 390 pixels nothing scrolls sideways, with tables open or closed."""
    with opened(browser, site / f"{key}.html", phone=True) as page:
        for summary in page.locator("details.data > summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator(".table table").first.is_visible()


# The pairs of overlapping texts in a chart.
_TOUCHING: Final = """(key) => {
  const texts = [...document.querySelectorAll(`#${key} svg text`)]
    .map((text) => [text.textContent, text.getBoundingClientRect()]);
  return texts.flatMap(([a, p], i) => texts.slice(i + 1).filter(([, q]) => p.left < q.right &&
    q.left < p.right && p.top + 3 < q.bottom && q.top + 3 < p.bottom).map(([b]) => [a, b]));
}"""


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_labels_of_the_bridge_stand_apart(browser: Browser, site: Path, phone: bool) -> None:
    """Names and values of the bridge are complete and do not overlap."""
    with opened(browser, site / "operations.html", phone=phone) as page:
        assert page.evaluate(_TOUCHING, "bridge") == []
        shown = page.locator("#bridge svg text").all_text_contents()
        assert {"Gross", "Discounts", "Returns", "Net", "Shipping", "Tax", "Total"} <= set(shown)


# The contrast of each text with its coloured cell, by the formula of WCAG 2.
_CONTRASTS: Final = """() => {
  const parts = (colour) => {
    const numbers = colour.match(/[\\d.]+/g).map(Number).slice(0, 3);
    return colour.startsWith("color(") ? numbers : numbers.map((n) => n / 255);
  };
  const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = (colour) => parts(colour).map(linear)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  return [...document.querySelectorAll("svg g > rect:first-child + text:last-child")]
    .filter((text) => text.previousSibling.style.fill.startsWith("color-mix"))
    .map((text) => {
      const [a, b] = [text, text.previousSibling].map((one) => light(getComputedStyle(one).fill));
      return [text.textContent, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
    });
}"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("heat_key", ["customers", "operations", "marketing"])
def test_numbers_on_colours_can_be_read(
    browser: Browser, site: Path, heat_key: str, dark: bool
) -> None:
    """Numbers in a heat map have a contrast of 4.5; axe does not check text in charts."""
    with opened(browser, site / f"{heat_key}.html", dark=dark) as page:
        found = page.evaluate(_CONTRASTS)
        assert len(found) >= 25
        assert [(text, contrast) for text, contrast in found if contrast < 4.5] == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_departments_have_colours_of_their_own(browser: Browser, site: Path, dark: bool) -> None:
    """Any two departments differ in colour, even as pale as in the treemap."""
    with opened(browser, site / "products.html", dark=dark) as page:
        fills = page.eval_on_selector_all(
            "#tree .legend rect", "all => all.map((one) => getComputedStyle(one).fill)"
        )
        hues = [[float(part) for part in re.findall(r"[\d.]+", fill)[:3]] for fill in fills]
        assert len(hues) >= 4
        for one, other in combinations(hues, 2):
            assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.1, fills


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_channels_are_named_whole(browser: Browser, site: Path, phone: bool) -> None:
    """Channel names are complete in the path heat map and the acquisition chart."""
    with opened(browser, site / "marketing.html", phone=phone) as page:
        said = page.locator("#journeys svg text").all_text_contents()
        for channel in ("Affiliate", "Direct", "Display", "E-mail", "Search", "Social"):
            assert said.count(channel) == 2, (channel, said)
    with opened(browser, site / "customers.html", phone=phone) as page:
        assert not [
            text for text in page.locator("#channels text").all_text_contents() if "…" in text
        ]


def test_tables_fit_a_desk(browser: Browser, site: Path) -> None:
    """No table column is cut at 1280 pixels, except campaigns under all eight models."""
    cut = []
    for name in PAGES:
        with opened(browser, site / f"{name}.html") as page:
            cut += page.eval_on_selector_all(
                ".table > .scroll",
                "all => all.filter((one) => one.checkVisibility() && one.scrollWidth > "
                "one.clientWidth).map((one) => one.ariaLabel)",
            )
    assert cut == ["Campaigns"]


def test_axe_finds_nothing_serious(browser: Browser, site: Path, key: str) -> None:
    """Axe finds no serious fault in names, roles, contrast and keyboard access."""
    assert _violations(browser, site / f"{key}.html", dark=False) == []


@pytest.mark.parametrize("dark_key", ["overview", "customers", "quality"])
def test_axe_finds_nothing_serious_in_the_dark(browser: Browser, site: Path, dark_key: str) -> None:
    """Axe finds no serious fault in the dark theme, on three pages."""
    assert _violations(browser, site / f"{dark_key}.html", dark=True) == []


def _violations(browser: Browser, path: Path, *, dark: bool) -> list[str]:
    with opened(browser, path, dark=dark) as page:
        for summary in page.locator("details.data > summary").all():
            summary.click()
        found = Axe().run(page).response["violations"]
        return [v["id"] for v in found if v["impact"] in _SERIOUS]


def test_axe_would_find_something(browser: Browser, tmp_path: Path) -> None:
    """Axe detects a picture without a name, so it does run."""
    path = tmp_path / "bad.html"
    path.write_text(
        '<!doctype html><html lang="en"><title>x</title><main><h1>x</h1>'
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="></main></html>',
        encoding="utf-8",
    )
    with opened(browser, path) as page:
        found = Axe().run(page).response["violations"]
        assert "image-alt" in [v["id"] for v in found if v["impact"] in _SERIOUS]


def test_the_network_is_refused_by_the_page_itself(browser: Browser, site: Path) -> None:
    """The content security policy blocks even the page's own scripts from fetching."""
    for path in site.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "default-src 'none'" in text, path.name
        assert not re.search(r"""(src|href)=["'](https?:)?//""", text), path.name
    context = browser.new_context()
    page = context.new_page()
    page.goto((site / "overview.html").as_uri())
    refused = page.evaluate(
        "fetch('https://example.com').then(() => 'fetched').catch((error) => String(error))"
    )
    context.close()
    assert "TypeError" in refused


def test_filters_change_the_numbers_to_the_marts(
    browser: Browser, site: Path, dbt_rows: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    """Numbers after filtering by period and category equal the sums of the marts."""
    with opened(browser, site / "overview.html") as page:
        shown = {value_of(page, "figures", "net")}
        for year in ("2023", "2024"):
            page.select_option("#filter-period", f"y{year}")
            [(net, orders)] = dbt_rows(
                "select sum(net_amount), sum(order_count) from marts.orders_monthly "  # noqa: S608
                f"where year_number = {year}"
            )
            assert value_of(page, "figures", "net") == int(net * 100)
            assert value_of(page, "figures", "orders") == orders
            card = page.locator("#figures [data-key=net]").inner_text()
            assert card == f"${net.quantize(Decimal(1)):,}"
            shown.add(int(net * 100))
        page.select_option("#filter-category", "Books")
        [(gross, returned)] = dbt_rows(
            "select (select sum(gross_amount - discount_amount) from marts.fact_order_items "
            "join marts.dim_products using (product_id) where is_valid and category = 'Books' "
            "and year(order_date) = 2024), (select sum(refunds.returns_amount) "
            "from marts.fact_refunds refunds join marts.fact_order_items using (order_item_id) "
            "join marts.dim_products using (product_id) where refunds.is_valid "
            "and category = 'Books' and year(refund_date) = 2024)"
        )
        assert value_of(page, "figures", "net") == int((gross - returned) * 100)
        shown.add(value_of(page, "figures", "net"))
        assert len(shown) == 4
        assert page.locator("#days .chip").inner_text() == "all categories"
        page.get_by_role("button", name="Reset").click()
        assert value_of(page, "figures", "net") in shown
        assert page.input_value("#filter-category") == "all"


@pytest.mark.parametrize("page_key", ["customers", "products", "operations", "marketing"])
def test_every_filter_changes_something(browser: Browser, site: Path, page_key: str) -> None:
    """Each choice of each filter changes the cards."""
    with opened(browser, site / f"{page_key}.html") as page:
        everything = page.locator("#figures").inner_text()
        for select in page.locator(".filters select").all():
            name = select.get_attribute("id")
            options = select.locator("option").evaluate_all("all => all.map((o) => o.value)")
            default = select.input_value()
            assert len(options) > 2
            seen = {everything}
            for option in options:
                if option != default:
                    page.select_option(f"#{name}", option)
                    seen.add(page.locator("#figures").inner_text())
            assert len(seen) > len(options) / 2, name
            page.get_by_role("button", name="Reset").click()
            assert page.locator("#figures").inner_text() == everything


def test_a_bar_chooses_its_category(browser: Browser, site: Path) -> None:
    """A click on a bar filters the page; a second click removes the filter."""
    with opened(browser, site / "overview.html") as page:
        before = value_of(page, "figures", "orders")
        page.locator("#categories g.choose").first.click()
        chosen = page.input_value("#filter-category")
        assert chosen != "all"
        assert value_of(page, "figures", "orders") < before
        page.locator("#categories g.choose").first.click()
        assert page.input_value("#filter-category") == "all"


def test_the_choice_is_in_the_address(browser: Browser, site: Path) -> None:
    """The address has the filters, links keep them, and invalid ones are ignored."""
    with opened(
        browser, site / "overview.html", fragment="#period=y2024&category=Books&x=1"
    ) as page:
        assert page.input_value("#filter-period") == "y2024"
        assert page.input_value("#filter-category") == "Books"
        page.get_by_role("link", name="Products").click()
        page.wait_for_url("**/products.html#*")
        assert page.input_value("#filter-period") == "y2024"
        assert page.input_value("#filter-category") == "Books"
    with opened(browser, site / "overview.html", fragment="#period=never") as page:
        assert page.input_value("#filter-period") == "last12"


def test_tables_sort_and_open(browser: Browser, site: Path) -> None:
    """Tables sort by click or key on the heading: numbers numerically, missing values last."""
    with opened(browser, site / "products.html") as page:
        table = page.locator("#products table")
        heading = table.get_by_role("columnheader", name="Units", exact=True)
        heading.get_by_role("button").focus()
        page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == "descending"
        units = _column(page, "products", "units")
        assert units == sorted(units, reverse=True)
        page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == "ascending"
        assert len(units) == 15
        page.locator("#products").get_by_role("button", name="Show all").click()
        units = _column(page, "products", "units")
        assert len(units) > 200
        assert units == sorted(units)


def _column(page: Page, panel: str, name: str) -> list[Any]:
    cells = page.locator(f"#{panel} tbody [data-key={name}]")
    return [
        json.loads(value) for value in cells.evaluate_all("all => all.map((c) => c.dataset.value)")
    ]


def test_a_table_is_downloaded_as_csv(
    browser: Browser, site: Path, dbt_rows: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    """The CSV has all filtered rows, with exact money as in the marts."""
    with opened(browser, site / "overview.html") as page:
        page.select_option("#filter-period", "y2024")
        page.locator("#days summary").click()
        with page.expect_download() as waiting:
            page.locator("[data-csv=days]").click()
        assert waiting.value.suggested_filename == "overview-days-y2024-all.csv"
        text = Path(waiting.value.path()).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    found = dbt_rows(
        "select date_day, net_amount, order_count from marts.orders_daily "
        "where year(date_day) = 2024 order by 1"
    )
    assert [(r["day"], Decimal(r["net"]), int(r["orders"])) for r in rows] == [
        (str(day), net, orders) for day, net, orders in found
    ]


def test_text_that_a_spreadsheet_would_run_is_quoted(
    browser: Browser, warehouse: Path, tmp_path: Path
) -> None:
    """Product names like formulas or HTML are quoted, even after leading blanks."""
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(warehouse.read_bytes())
    formula = '=HYPERLINK("x")</script><b>'
    before = ["", " ", "\u00a0\u200b", "\u2028\u202e", "\uff1d", "\ufe62", "  \uff20"]
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "update marts.product_performance "
            "set product_name = ?[1 + cast(product_id % ? as integer)] || ?",
            [before, len(before), formula],
        )
    write_report(DuckDBEngine(copy), tmp_path / "site")
    with opened(browser, tmp_path / "site" / "products.html") as page:
        shown = page.locator("#products tbody td").first.text_content() or ""
        assert shown in {f"{sign}{formula}" for sign in before}
        with page.expect_download() as waiting:
            page.locator("[data-csv=products]").click()
        text = Path(waiting.value.path()).read_bytes().decode("utf-8")
    names = {row["name"] for row in csv.DictReader(text.split("\r\n"))}
    assert names == {f"'{sign}{formula}" for sign in before}


def test_the_theme_follows_the_system_and_the_button(browser: Browser, site: Path) -> None:
    """The theme follows the system or the button, and the choice stays on the next page."""
    theme = "document.documentElement.dataset.theme"
    with opened(browser, site / "overview.html", dark=True) as page:
        assert page.evaluate(theme) == "dark"
        page.get_by_role("button", name="Change between light and dark").click()
        assert page.evaluate(theme) == "light"
        page.get_by_role("link", name="Customers").click()
        page.wait_for_url("**/customers.html*")
        assert page.evaluate(theme) == "light"


def test_a_keyboard_reaches_everything(browser: Browser, site: Path) -> None:
    """The skip link is first, and every control can be reached with a visible focus."""
    with opened(browser, site / "overview.html") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
        reached = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.tagName"))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            if page.evaluate("document.activeElement !== document.body"):
                assert outline != "none"
        assert {"A", "BUTTON", "SELECT", "SUMMARY"} <= reached


def test_a_chart_says_what_it_shows(browser: Browser, site: Path, key: str) -> None:
    """Each chart has a name, a description with numbers, and a table."""
    with opened(browser, site / f"{key}.html") as page:
        charts = page.locator("svg[role=img]")
        assert charts.count() or key == "quality"
        for chart in charts.all():
            assert chart.locator("title").first.text_content()
            assert re.search(r"\d", chart.locator("desc").first.text_content() or "")
            panel = chart.locator("xpath=ancestor::section")
            assert panel.locator("details.data table tbody tr").count()


def test_hardly_a_shop_is_shown(browser: Browser, tiny_shop: TinyShop, tmp_path: Path) -> None:
    """Shops without an order and with one are shown, including on a phone."""
    write_report(DuckDBEngine(tiny_shop.warehouse), tmp_path)
    for key in PAGES:
        with opened(browser, tmp_path / f"{key}.html", phone=True) as page:
            assert all(drawn(page).values()), drawn(page)
            words = page.inner_text("body")
            assert not re.search(r"NaN|Infinity|undefined|null|Invalid", words)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with opened(browser, tmp_path / "overview.html") as page:
        assert value_of(page, "figures", "orders") == tiny_shop.orders
