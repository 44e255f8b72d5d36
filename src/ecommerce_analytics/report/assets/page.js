// The page: filters select rows; each panel draws them and lists them in a table.
const choice = {};
const periods = new Map();
for (const filter of DATA.filters) {
  choice[filter.key] = filter.default;
  for (const option of filter.options) {
    if (option.first) periods.set(`${filter.key}:${option.key}`, option);
  }
}
const ALL = "all";

// Rows as objects by column key.
const panels = DATA.panels.map((panel) => ({
  ...panel,
  rows: panel.rows.map((cells) => Object.fromEntries(panel.columns.map((c, i) => [c.key, cells[i]]))),
}));
function inPeriod(column, value) {
  const period = periods.get(`${column.filter}:${choice[column.filter]}`);
  return !period || (value !== null && value >= period.first && value < period.after);
}
function passes(row, column) {
  const chosen = choice[column.filter], value = row[column.key];
  if (column.obey === "exact") return value === chosen;
  if (column.obey === "within") return chosen === ALL || value === chosen;
  return column.obey !== "clip" || inPeriod(column, value);
}
function marked(row, column) {
  const value = row[column.key];
  if (periods.has(`${column.filter}:${choice[column.filter]}`)) return inPeriod(column, value);
  return choice[column.filter] === ALL || value === choice[column.filter];
}
function left(panel) {
  const obeying = panel.columns.filter((c) => c.filter);
  return panel.rows.filter((row) => obeying.every((c) => passes(row, c)));
}
// The chosen filters that a panel ignores, shown beside its title.
function unfiltered(panel) {
  const obeyed = new Set(panel.columns.filter((c) => c.filter).map((c) => c.filter));
  return DATA.filters.filter((f) => !obeyed.has(f.key) && choice[f.key] !== ALL)
    .map((f) => (f.options.find((o) => o.key === ALL) || { label: f.label }).label.toLowerCase())
    .join(", ");
}

const tooltip = el("div", { class: "tip", hidden: true, role: "presentation" });
document.body.append(tooltip);
function showTip(event, content) {
  tooltip.textContent = content;
  tooltip.hidden = false;
  const { width, height } = tooltip.getBoundingClientRect();
  const room = document.documentElement.clientWidth;
  tooltip.style.left = `${Math.max(6, Math.min(event.clientX + 14, room - width - 6))}px`;
  tooltip.style.top = `${event.clientY > height + 24 ? event.clientY - height - 12
    : event.clientY + 20}px`;
}
document.addEventListener("pointermove", (event) => {
  const shape = event.target.closest ? event.target.closest("[data-tip]") : null;
  if (shape) showTip(event, shape.dataset.tip);
  else if (!event.target.dataset || !event.target.dataset.cursor) tooltip.hidden = true;
});
document.addEventListener("scroll", () => { tooltip.hidden = true; }, { passive: true });
function nearest(chart, area, cursor, find) {
  area.dataset.cursor = "1";
  area.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const [x, lines] = find((event.clientX - box.left) * chart.viewBox.baseVal.width / box.width);
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    cursor.setAttribute("visibility", "visible");
    showTip(event, lines.join("\n"));
  });
  area.addEventListener("pointerleave", () => cursor.setAttribute("visibility", "hidden"));
}

function cards(panel, place) {
  const [row] = left(panel);
  const source = panels.find((p) => p.key === panel.options.spark);
  const months = source ? left(source) : [];
  const column = (key) => panel.columns.find((c) => c.key === key);
  place.replaceChildren(el("dl", { class: "cards" }, panel.options.cards.map((card) => {
    const { label, kind, hint } = column(card.key);
    const value = row ? row[card.key] : null;
    const shown = kind === "money" && value !== null ? inMoney(value / 100, 0)
      : written(value, kind);
    const changes = [["before", "vs. before"], ["year", "vs. year ago"]]
      .map(([suffix, words]) => {
        const key = `${card.key}_${suffix}`;
        const change = row && column(key) ? row[key] : null;
        if (change === null || change === undefined) return null;
        const towards = card.plain || Math.abs(change) < 0.0005 ? ""
          : (change > 0) === !card.lower ? "up" : "down";
        const arrow = change > 0.0005 ? "▲ " : change < -0.0005 ? "▼ " : "";
        return el("span", {}, el("b", { class: towards, "data-key": key, "data-value": change },
          arrow + written(change, column(key).kind)), ` ${words}`);
      });
    const dates = source ? source.columns.find((c) => c.filter && c.obey === "mark") : null;
    const spark = card.spark && months.length > 1
      ? sparkline(months.map((m) => m[card.spark]), months.map((m) => !dates || marked(m, dates)))
      : null;
    return el("div", { class: "card" }, el("dt", { title: hint }, label),
      el("dd", { class: "value", "data-key": card.key, "data-value": value, title:
        kind === "money" ? written(value, kind) : null }, shown),
      el("dd", { class: "changes" }, changes, card.text && row ? row[card.text] : null), spark
        ? el("dd", { "aria-hidden": "true" }, spark) : null);
  })));
}

const sorting = {};
const open = {};
function table(panel, rows, place) {
  if (!rows.length) return place.replaceChildren();
  const shown = panel.columns.filter((c) => c.shown !== false);
  const order = sorting[panel.key];
  const listed = order ? [...rows].sort((a, b) => {
    const [x, y] = [a[order.key], b[order.key]];
    if (x === null || y === null) return (x === null) - (y === null);
    return (x < y ? -1 : x > y ? 1 : 0) * (order.up ? 1 : -1);
  }) : rows;
  const most = open[panel.key] ? listed.length : panel.shownRows;
  const textual = (c) => ["text", "date", "month", "time", "name", "country"].includes(c.kind);
  const head = shown.map((c) => {
    const sorted = order && order.key === c.key ? (order.up ? "ascending" : "descending") : null;
    return el("th", { scope: "col", class: textual(c) ? "text" : null, "aria-sort": sorted },
      el("button", { type: "button", title: c.hint, onclick: () => {
        sorting[panel.key] = { key: c.key, up: order && order.key === c.key ? !order.up
          : textual(c) };
        table(panel, rows, place);
        place.querySelectorAll("th button")[shown.indexOf(c)].focus();
      } }, c.label));
  });
  const body = listed.slice(0, most).map((row) => el("tr", {}, shown.map((c) => {
    const content = written(row[c.key], c.kind);
    const state = c.key === "state" || c.key === "verdict" ? (DATA.bad.includes(content) ? " bad"
      : " fine") : "";
    return el("td", { "data-key": c.key, "data-value": row[c.key], class: textual(c)
      ? `text${content.length > 30 ? " long" : ""}${state}` : null }, content);
  })));
  place.replaceChildren(
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": panel.title },
      el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, body))),
    el("div", { class: "tools" },
      el("span", { class: "count" }, rows.length > most ? `${number(most, {})} of ` +
        `${number(rows.length, {})} rows` : `${number(rows.length, {})} ${rows.length === 1 ? "row"
        : "rows"}`),
      el("button", { type: "button", class: "button small", hidden: rows.length <= panel.shownRows,
        onclick: () => { open[panel.key] = !open[panel.key]; table(panel, rows, place); } },
        open[panel.key] ? "Show fewer" : "Show all"),
      el("button", { type: "button", class: "button small", "data-csv": panel.key,
        onclick: () => download(panel, shown, listed), "aria-label":
        `Download ${panel.title} as CSV` }, "CSV")));
}
// Money in units, other values unchanged. Text that a spreadsheet would run as a formula is quoted,
// also after blanks or invisible characters, and with full-width signs.
const SIGNS = "=+\\-@\u2212\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b";
const FORMULA = new RegExp(`^[\\s\\p{Cc}\\p{Cf}]*[${SIGNS}]|^[\\t\\r]`, "u");
function csv(columns, rows) {
  const cell = (value, kind) => {
    if (value === null || value === undefined) return "";
    if (kind === "money") {
      const whole = Math.abs(value), minus = value < 0 ? "-" : "";
      return `${minus}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, "0")}`;
    }
    let content = String(value);
    if (typeof value === "string" && FORMULA.test(content)) content = `'${content}`;
    return /[",\n\r]/.test(content) ? `"${content.replaceAll('"', '""')}"` : content;
  };
  return [columns.map((c) => c.key).join(","), ...rows.map((row) =>
    columns.map((c) => cell(row[c.key], c.kind)).join(","))].join("\r\n") + "\r\n";
}
function download(panel, columns, rows) {
  const address = URL.createObjectURL(new Blob([csv(columns, rows)], { type: "text/csv" }));
  const chosen = DATA.filters.map((f) => choice[f.key]).join("-").replace(/[^\w-]+/g, "_");
  el("a", { href: address, download: `${DATA.page}-${panel.key}-${chosen}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function show(panel) {
  const place = document.getElementById(panel.key);
  if (panel.chart === "cards") return cards(panel, place.querySelector(".figure"));
  const rows = left(panel);
  place.querySelector(".chip").textContent = unfiltered(panel);
  const figure = place.querySelector(".figure");
  figure.hidden = false;
  const width = Math.floor(figure.clientWidth);
  const column = (key) => panel.columns.find((c) => c.key === key);
  const marks = panel.columns.filter((c) => c.filter && c.obey === "mark");
  const plotted = panel.options.value || (panel.options.y || panel.options.values || [])[0];
  const known = !plotted || rows.some((r) => r[plotted] !== null && (r[plotted] !== 0
    || panel.options.zero));
  if (!rows.length || (panel.chart && !known)) {
    figure.replaceChildren(el("p", { class: "nothing" }, panel.options.nothing
      || (DATA.filters.length ? "Nothing here for this choice." : "Nothing to show.")));
  } else if (panel.chart) {
    const by = panel.options.choose;
    figure.replaceChildren(...draw[panel.chart](panel, rows, {
      width, column, nearest,
      chosen: (row) => marks.every((c) => marked(row, c)),
      choose: by ? (row) => choose(by, choice[by] === row[by] ? ALL : row[by]) : null,
    }).filter(Boolean));
  } else figure.replaceChildren();
  figure.hidden = !figure.firstChild;
  table(panel, rows, place.querySelector(".table"));
}
function showAll() { panels.forEach(show); }
// One panel per task, so that the browser can paint in between.
async function showFirst() {
  for (const panel of panels) {
    await new Promise((resolve) => { setTimeout(resolve); });
    show(panel);
  }
  document.querySelector("[aria-busy]").removeAttribute("aria-busy");
}

function choose(key, value) {
  const filter = DATA.filters.find((f) => f.key === key);
  if (!filter || !filter.options.some((o) => o.key === value)) return;
  choice[key] = value;
  document.getElementById(`filter-${key}`).value = value;
  remember();
  showAll();
}
// The selection is part of the address, so links and other pages keep it.
function remember() {
  const words = new URLSearchParams();
  for (const f of DATA.filters) if (choice[f.key] !== f.default) words.set(f.key, choice[f.key]);
  const hash = words.toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  for (const link of document.querySelectorAll(".pages a:not([href*='#documentation'])")) {
    link.href = link.getAttribute("href").split("#")[0] + (hash ? `#${hash}` : "");
  }
}
function recall() {
  const words = new URLSearchParams(location.hash.slice(1));
  for (const f of DATA.filters) {
    const value = words.get(f.key);
    choice[f.key] = f.options.some((o) => o.key === value) ? value : f.default;
    document.getElementById(`filter-${f.key}`).value = choice[f.key];
  }
  remember();
}

const bar = document.querySelector(".filters");
if (bar) {
  for (const f of DATA.filters) {
    document.getElementById(`filter-${f.key}`)
      .addEventListener("change", (event) => choose(f.key, event.target.value));
  }
  bar.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  bar.querySelector("form").addEventListener("reset", (event) => {
    event.preventDefault();
    for (const f of DATA.filters) choice[f.key] = f.default;
    for (const f of DATA.filters) document.getElementById(`filter-${f.key}`).value = f.default;
    remember();
    showAll();
  });
  document.addEventListener("scroll", () => bar.classList.toggle("stuck",
    bar.getBoundingClientRect().top <= 0), { passive: true });
}
addEventListener("hashchange", () => { recall(); showAll(); });
let wide = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== wide) { wide = innerWidth; requestAnimationFrame(showAll); }
});
recall();
showFirst();
