"""Takes the pictures of the documentation: `make screenshots`, after `make demo`."""

import shutil
import sys
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import sync_playwright

from ecommerce_analytics.paths import DEFAULT_SITE, ROOT

_IMAGES: Final = ROOT / "docs" / "images"
# File, page, width, height, theme.
_PICTURES: Final[tuple[tuple[str, str, int, int, Literal["light", "dark"]], ...]] = (
    ("overview.png", "overview", 1280, 1340, "light"),
    ("customers-dark.png", "customers", 1280, 1420, "dark"),
    ("marketing-phone.png", "marketing", 390, 1100, "light"),
)


def main(site: Path = DEFAULT_SITE) -> None:
    """Update each picture from the pages of a site."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None or not (site / "overview.html").exists():
        sys.exit(f"needs chromium or google-chrome, and the report in {site}: ecom report")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, page_name, width, height, theme in _PICTURES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=theme, offline=True
            )
            page = context.new_page()
            page.goto((site / f"{page_name}.html").as_uri())
            page.wait_for_selector("[aria-busy=true]", state="detached")
            page.screenshot(path=_IMAGES / name)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
