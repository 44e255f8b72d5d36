// Before anything is painted: the theme that was chosen, or the system's.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const apply = () => { root.dataset.theme = kept() || (dark.matches ? "dark" : "light"); };
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".theme")) return;
    const theme = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", theme); } catch { /* a file system without storage */ }
    root.dataset.theme = theme;
  });
  // On a phone the navigation is wider than the screen.
  document.addEventListener("DOMContentLoaded", () => {
    const here = document.querySelector(".pages [aria-current]");
    if (here) here.parentElement.scrollLeft = here.offsetLeft - 16;
  });
})();
