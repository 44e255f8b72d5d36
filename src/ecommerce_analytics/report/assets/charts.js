// Charts as SVG, drawn at the available width so that text keeps its size. Colours are CSS variables,
// so a change of theme redraws nothing. Each chart has a name and a description, and the table below
// it has the same numbers.
const SVG = "http://www.w3.org/2000/svg";
function el(name, attributes, ...children) {
  const made = name.startsWith("svg:")
    ? document.createElementNS(SVG, name.slice(4))
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) made.append(child);
  return made;
}
const svg = (name, attributes, ...children) => el("svg:" + name, attributes, ...children);
const colour = (index) => `var(--c${index % 8})`;
const pale = (fill) => `color-mix(in srgb, ${fill} var(--pale), var(--surface))`;
const round = (x) => Math.round(x * 10) / 10;
const CHARACTER = 7;
function fitted(text, width) {
  const most = Math.max(1, Math.floor(width / CHARACTER));
  return text.length <= most ? text : text.slice(0, Math.max(1, most - 1)) + "…";
}
function text(x, y, content, attributes) {
  return svg("text", { x: round(x), y: round(y), ...attributes }, content);
}
// Steps of 1, 2 or 5 times a power of ten, from at most the lowest to at least the highest value.
function ticks(low, high, count) {
  if (!(high > low)) high = low + 1;
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const found = [];
  for (let i = Math.floor(low / step); i <= Math.ceil(high / step - 1e-9); i++) found.push(i * step);
  return found;
}
function tip(shape, lines) {
  shape.dataset.tip = lines.join("\n");
  return shape;
}
function frame(width, height, panel, summary) {
  const id = `chart-${panel.key}`;
  const made = svg("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img",
    "aria-labelledby": `${id}-title ${id}-desc` });
  made.append(svg("title", { id: `${id}-title` }, panel.title));
  made.append(svg("desc", { id: `${id}-desc` }, summary));
  return made;
}
function legend(entries) {
  return el("ul", { class: "legend" }, entries.map(([label, fill, shape]) => el("li", {},
    shape === "line" || shape === "dashed"
      ? svg("svg", { viewBox: "0 0 14 12", "aria-hidden": "true" },
          svg("path", { d: "M0 6H14", style: `stroke:${fill}`, "stroke-width": 2.5,
            "stroke-dasharray": shape === "dashed" ? "5 3" : null }))
      : svg("svg", { viewBox: "0 0 14 12", "aria-hidden": "true" },
          mark(shape || 0, 7, 6, 5, fill)),
    label)));
}
// Shapes beside colours, so that no meaning depends on colour alone.
function mark(shape, x, y, r, fill) {
  const style = `fill:${fill}`;
  const points = (list) => svg("polygon", { style, points: list.map(([dx, dy]) =>
    `${round(x + dx * r)},${round(y + dy * r)}`).join(" ") });
  switch (shape) {
    case "square": case 1: return svg("rect", { style, x: x - r * .9, y: y - r * .9,
      width: r * 1.8, height: r * 1.8 });
    case 2: return points([[0, -1.15], [1.05, .8], [-1.05, .8]]);
    case 3: return points([[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]]);
    case 4: return points([[0, 1.15], [1.05, -.8], [-1.05, -.8]]);
    case 5: return points([[-.4, -1.1], [.4, -1.1], [.4, -.4], [1.1, -.4], [1.1, .4], [.4, .4],
      [.4, 1.1], [-.4, 1.1], [-.4, .4], [-1.1, .4], [-1.1, -.4], [-.4, -.4]]);
    case 6: return svg("circle", { cx: x, cy: y, r: r * .75, style:
      `fill:var(--surface);stroke:${fill};stroke-width:2.2` });
    case 7: return svg("rect", { x: x - r * .75, y: y - r * .75, width: r * 1.5, height: r * 1.5,
      style: `fill:var(--surface);stroke:${fill};stroke-width:2.2` });
    default: return svg("circle", { style, cx: x, cy: y, r });
  }
}
function valueAxis(chart, marks, kind, place, left, right) {
  for (const value of marks) {
    const y = place(value);
    chart.append(svg("line", { class: value === 0 ? "axis" : "grid-line", x1: left, x2: right,
      y1: round(y), y2: round(y) }));
    chart.append(text(left - 8, y + 4, brief(value, kind), { "text-anchor": "end" }));
  }
}
// The names of months or days that find room; years under the first of each.
function timeAxis(chart, dates, centre, y, width) {
  if (!dates.length) return;
  const room = width / dates.length;
  const byMonth = dates.filter((d) => d.endsWith("-01")).length === dates.length;
  const months = byMonth ? dates.length
    : new Set(dates.map((d) => d.slice(0, 7))).size;
  const wide = width / months;
  let lastX = -99, lastYear = "";
  dates.forEach((d, i) => {
    const starts = d.endsWith("-01");
    const january = d.slice(5) === "01-01";
    let label = null;
    if (!byMonth && dates.length <= 45) label = i % Math.max(1, Math.ceil(44 / room)) ? null
      : day(d, { day: "numeric", month: "short" });
    else if (wide >= 34) label = starts ? day(d, { month: "short" }) : null;
    else if (wide >= 13) label = starts && (+d.slice(5, 7) - 1) % 3 === 0
      ? day(d, { month: "short" }) : null;
    else label = january ? d.slice(0, 4) : null;
    if (label === null && i === 0 && wide < 13) label = d.slice(0, 4);
    const x = centre(i);
    if (label === null || x - lastX < label.length * CHARACTER + 6) return;
    lastX = x;
    chart.append(text(x, y, label, { "text-anchor": "middle" }));
    const year = d.slice(0, 4);
    if (label !== year && year !== lastYear) {
      chart.append(text(x, y + 15, year, { "text-anchor": "middle" }));
      lastYear = year;
    }
  });
}
function span(values) {
  const known = values.filter((v) => v !== null && v !== undefined);
  return [Math.min(0, ...known), Math.max(0, ...known)];
}
const total = (list) => list.reduce((sum, v) => sum + (v || 0), 0);

const draw = {};

// Columns over time, stacked if there are several values, with an optional line.
draw.columns = (panel, rows, { width, column, chosen }) => {
  const { x, y, line } = panel.options;
  const kind = column(y[0]).kind;
  const height = 270, left = 58, top = 12, bottom = height - 38;
  const sums = rows.map((r) => total(y.map((k) => r[k])));
  const marks = ticks(...span([...sums, ...(line ? rows.map((r) => r[line]) : [])]), 4);
  const place = (v) => bottom - (bottom - top) * (v - marks[0]) / (marks.at(-1) - marks[0]);
  const step = (width - left) / Math.max(rows.length, 1);
  const centre = (i) => left + step * (i + 0.5);
  const best = rows[sums.indexOf(Math.max(...sums))];
  const chart = frame(width, height, panel, `${rows.length} columns from ` +
    `${written(rows[0][x], column(x).kind)} to ${written(rows.at(-1)[x], column(x).kind)}; the ` +
    `highest, ${written(Math.max(...sums), kind)}, in ${written(best[x], column(x).kind)}.`);
  valueAxis(chart, marks, kind, place, left, width);
  const wide = Math.min(Math.max(step * 0.72, 1), 48);
  rows.forEach((r, i) => {
    let up = 0, down = 0;
    const group = svg("g", {});
    y.forEach((key, k) => {
      const v = r[key] || 0;
      const from = v >= 0 ? up : down;
      if (v >= 0) up += v; else down += v;
      const [a, b] = [place(from), place(from + v)];
      group.append(svg("rect", { x: round(centre(i) - wide / 2), width: round(wide),
        y: round(Math.min(a, b)), height: Math.max(round(Math.abs(a - b)), v ? 0.5 : 0),
        rx: Math.min(2, wide / 4), style: `fill:${chosen(r) ? colour(k) : pale(colour(k))}` }));
    });
    group.append(svg("rect", { x: round(left + step * i), y: top, width: round(step),
      height: bottom - top, fill: "transparent" }));
    const lines = panel.columns.filter((c) => c.shown !== false && c.key !== x)
      .map((c) => `${c.label}: ${written(r[c.key], c.kind)}`);
    chart.append(tip(group, [written(r[x], column(x).kind), ...lines]));
  });
  if (line) {
    chart.append(svg("path", { d: path(rows, (r, i) => [centre(i), r[line]], place),
      style: "stroke:var(--c1);fill:none;pointer-events:none", "stroke-width": 2 }));
  }
  timeAxis(chart, rows.map((r) => r[x]), centre, bottom + 18, width - left);
  const entries = y.map((k, i) => [column(k).label, colour(i), "square"]);
  if (line) entries.push([column(line).label, "var(--c1)", "line"]);
  return [chart, entries.length > 1 ? legend(entries) : null];
};
function path(rows, point, place) {
  let d = "", pen = false;
  rows.forEach((r, i) => {
    const [px, v] = point(r, i);
    if (v === null || v === undefined) { pen = false; return; }
    d += `${pen ? "L" : "M"}${round(px)} ${round(place(v))}`;
    pen = true;
  });
  return d;
}

// Lines over time: the first thin where a second smooths it; marked rows get a ring.
draw.lines = (panel, rows, { width, column, nearest }) => {
  const { x, y, marked, series, band, equal } = panel.options;
  const dates = [...new Set(rows.map((r) => r[x]))];
  const numeric = column(x).kind === "count";
  if (numeric) dates.sort((a, b) => a - b);
  const smooths = !series && !equal && y.length > 1;
  const hue = (i) => colour(smooths && i === 1 ? 0 : i);
  const names = series ? [...new Set(rows.map((r) => r[series]))] : y;
  const kind = column(y[0]).kind;
  const scaled = (v, k) => (v !== null && column(k).kind === "amount" && kind === "money"
    ? v * 100 : v);
  const height = panel.options.height || 270, left = 58, top = 12, bottom = height - 38;
  const all = rows.flatMap((r) => [...y, ...(band || [])].map((k) => scaled(r[k], k)));
  const marks = ticks(...span(all), 4);
  const place = (v) => bottom - (bottom - top) * (v - marks[0]) / (marks.at(-1) - marks[0]);
  const step = (width - left - 6) / Math.max(dates.length - 1, 1);
  const at = new Map(dates.map((d, i) => [d, left + 3 + step * i]));
  const chart = frame(width, height, panel, `${names.length} lines from ` +
    `${written(dates[0], column(x).kind)} to ${written(dates.at(-1), column(x).kind)}, between ` +
    `${written(Math.min(...all.filter((v) => v !== null)), kind)} and ` +
    `${written(Math.max(...all.filter((v) => v !== null)), kind)}.`);
  valueAxis(chart, marks, kind, place, left, width);
  if (band) {
    const inside = rows.filter((r) => r[band[0]] !== null && r[band[1]] !== null);
    if (inside.length) {
      const edge = (list, k) => list.map((r) => `${round(at.get(r[x]))} ${round(place(r[k]))}`);
      chart.append(svg("path", { style: `fill:${pale("var(--c2)")}`, d: "M" +
        [...edge(inside, band[0]), ...edge([...inside].reverse(), band[1])].join("L") + "Z" }));
    }
  }
  names.forEach((name, i) => {
    const own = series ? rows.filter((r) => r[series] === name) : rows;
    const key = series ? y[0] : name;
    const thin = smooths && i === 0;
    chart.append(svg("path", { style: `stroke:${thin ? pale(colour(0)) : hue(i)};fill:none`,
      "stroke-width": thin ? 1.3 : 2.2, "stroke-linejoin": "round",
      "stroke-dasharray": (smooths && i > 1) || (equal && i % 2) ? "5 3" : null,
      d: path(own, (r) => [at.get(r[x]), scaled(r[key], key)], place) }));
    if (own.length === 1) chart.append(mark(0, at.get(own[0][x]), place(scaled(own[0][key], key)),
      4, colour(i)));
  });
  for (const r of marked ? rows.filter((one) => one[marked]) : []) {
    chart.append(mark(3, at.get(r[x]), place(scaled(r[y[0]], y[0])), 5, "var(--bad)"));
  }
  const cursor = svg("line", { class: "axis", y1: top, y2: bottom, visibility: "hidden" });
  const area = svg("rect", { x: left, y: top, width: width - left, height: bottom - top,
    fill: "transparent" });
  nearest(chart, area, cursor, (px) => {
    const i = Math.max(0, Math.min(dates.length - 1, Math.round((px - left - 3) / step)));
    const there = rows.filter((r) => r[x] === dates[i]);
    return [at.get(dates[i]), [written(dates[i], column(x).kind), ...there.flatMap((r) => series
      ? [`${r[series]}: ${written(r[y[0]], kind)}`]
      : [...y, ...(marked && r[marked] === true ? [marked] : [])].map(
          (k) => `${column(k).label}: ${written(r[k], column(k).kind)}`))]];
  });
  chart.append(cursor, area);
  if (numeric) {
    for (const v of ticks(dates[0], dates.at(-1), Math.min(8, width / 70))) {
      if (at.has(v)) chart.append(text(at.get(v), bottom + 18, number(v, {}),
        { "text-anchor": "middle" }));
    }
    chart.append(text(left + (width - left) / 2, bottom + 34, column(x).label,
      { "text-anchor": "middle" }));
  } else timeAxis(chart, dates, (i) => at.get(dates[i]), bottom + 18, width - left);
  const entries = names.map((name, i) => [series ? name : column(name).label,
    smooths && i === 0 ? pale(colour(0)) : hue(i), equal && i % 2 ? "dashed" : "line"]);
  if (marked) entries.push([column(marked).label, "var(--bad)", 3]);
  return [chart, entries.length > 1 ? legend(entries) : null];
};

// Horizontal bars; the filter's choice is highlighted.
draw.bars = (panel, rows, { width, column, chosen, choose }) => {
  const { label, value, most } = panel.options;
  const kind = column(value).kind;
  const listed = rows.slice(0, most || 16);
  const named = (r) => written(r[label], column(label).kind);
  const longest = Math.max(...listed.map((r) => named(r).length)) * CHARACTER + 12;
  const left = Math.min(longest, width * 0.36), right = 66;
  const line = Math.max(27, Math.min(40, 230 / listed.length)), height = listed.length * line + 4;
  const middle = line / 2 + 4;
  const [low, high] = span(listed.map((r) => r[value]));
  const place = (v) => left + (width - left - right) * (v - low) / (high - low || 1);
  const chart = frame(width, height, panel, listed.map((r) =>
    `${named(r)}: ${written(r[value], kind)}`).join("; ") + ".");
  listed.forEach((r, i) => {
    const y = i * line + 2;
    const [a, b] = [place(0), place(r[value] || 0)];
    const group = svg("g", choose ? { class: "choose", onclick: () => choose(r) } : {},
      svg("rect", { x: 0, y, width, height: line, fill: "transparent" }),
      text(left - 10, y + middle, fitted(named(r), left - 10), { "text-anchor": "end",
        class: "strong" }),
      svg("rect", { x: round(Math.min(a, b)), y: round(y + line / 2 - 8.5), width: Math.max(round(Math.abs(b - a)), 1),
        height: 17, rx: 3, style: `fill:${chosen(r) ? colour(0) : pale(colour(0))}` }),
      text(Math.max(a, b) + 7, y + middle, brief(r[value], kind), { class: "strong" }));
    chart.append(tip(group, [named(r), ...panel.columns.filter((c) => c.shown !== false &&
      c.key !== label).map((c) => `${c.label}: ${written(r[c.key], c.kind)}`)]));
  });
  return [chart];
};

// A heat map: darker cells have higher values.
draw.heat = (panel, rows, { width, column }) => {
  const { x, y, value, xName, yName } = panel.options;
  const kind = column(value).kind;
  const xs = [...new Set(rows.map((r) => r[x]))], ys = [...new Set(rows.map((r) => r[y]))];
  const nameX = (v) => written(v, column(x).kind), nameY = (v) => written(v, column(y).kind);
  const left = Math.min(Math.max(...ys.map((v) => nameY(v).length), (yName || "").length) *
    CHARACTER + 14, width * .32);
  const cell = (width - left) / xs.length;
  const line = Math.max(14, Math.min(panel.options.line || 34, 460 / ys.length));
  // Words that do not fit side by side are rotated; of numbers and dates some are skipped.
  const longest = Math.max(...xs.map((v) => nameX(v).length)) * CHARACTER;
  const upright = ["text", "name"].includes(column(x).kind) && longest + 3 > cell;
  const top = (xName ? 40 : 22) + (upright ? longest - 12 : 0), height = top + ys.length * line + (yName ? 4 : 2);
  const values = rows.map((r) => r[value]).filter((v) => v !== null);
  const high = panel.options.high || Math.max(...values, 0);
  const low = panel.options.low ?? (panel.options.floor ? Math.min(...values) : 0);
  const lowest = rows.find((r) => r[value] === Math.min(...values));
  const highest = rows.find((r) => r[value] === Math.max(...values));
  const fits = line > 17 && rows.every((r) => r[value] === null ||
    brief(r[value], kind).length * CHARACTER + 4 < cell);
  const said = (r) => `${written(r[value], kind)} at ${nameY(r[y])}, ${nameX(r[x])}`;
  const chart = frame(width, height, panel, values.length
    ? `The lowest value is ${said(lowest)}; the highest ${said(highest)}.` : "No value.");
  if (xName) chart.append(text(left + (width - left) / 2, 12, xName, { "text-anchor": "middle" }));
  if (yName) chart.append(text(left - 8, top - 8, yName, { "text-anchor": "end" }));
  let last = -99;
  xs.forEach((v, i) => {
    const at = left + cell * (i + .5), label = nameX(v);
    if (upright) {
      chart.append(text(0, 0, label, { transform: `translate(${round(at + 4)} ${top - 6}) ` +
        "rotate(-90)" }));
      return;
    }
    if (at - last < label.length * CHARACTER + 3) return;
    last = at;
    chart.append(text(at, top - 8, label, { "text-anchor": "middle" }));
  });
  ys.forEach((v, j) => {
    if (line >= 14 || j % 2 === 0) chart.append(text(left - 8, top + line * (j + .5) + 4,
      fitted(nameY(v), left - 8), { "text-anchor": "end", class: "strong" }));
  });
  for (const r of rows) {
    const i = xs.indexOf(r[x]), j = ys.indexOf(r[y]), v = r[value];
    const share = v === null ? 0 : Math.max(0, Math.min(1, (v - low) / (high - low || 1)));
    const group = svg("g", {}, svg("rect", { x: round(left + cell * i + 1),
      y: round(top + line * j + 1), width: round(Math.max(cell - 2, 1)), height: round(line - 2),
      rx: Math.min(4, cell / 6), style: `fill:color-mix(in srgb, var(--c0) ${Math.round(6 + share *
        94)}%, var(--surface))${v === null ? ";opacity:.25" : ""}` }));
    if (fits && v !== null) {
      // Black or white for contrast: the switch is at .92 in the light theme, .66 in the dark.
      group.append(text(left + cell * (i + .5), top + line * (j + .5) + 4, brief(v, kind), {
        "text-anchor": "middle",
        class: `cell ${share > .92 ? "on-full" : share > .66 ? "on-middle" : ""}` }));
    }
    chart.append(tip(group, [`${nameY(r[y])}, ${nameX(r[x])}`, ...panel.columns.filter((c) =>
      c.shown !== false && c.key !== x && c.key !== y).map((c) =>
      `${c.label}: ${written(r[c.key], c.kind)}`)]));
  }
  return [chart];
};

// Waterfall from the first amount to the last.
draw.bridge = (panel, rows, { width, column }) => {
  const { label, value, sum } = panel.options;
  const kind = column(value).kind;
  const height = 270, left = 58;
  let at = 0;
  const steps = rows.filter((r) => r[value] !== null).map((r) => {
    const from = r[sum] ? 0 : at;
    at = r[sum] ? r[value] : at + r[value];
    return { r, from, to: at };
  });
  const step = (width - left) / steps.length, wide = Math.min(step * .66, 90);
  // If names would overlap, every second one moves to a second line; a value that would overlap
  // the one before moves above it.
  const longest = Math.max(...steps.flatMap(({ r }) => [r[label], brief(r[value], kind)])
    .map((words) => words.length));
  const lines = longest * CHARACTER + 4 > step ? 2 : 1;
  const top = 8 + 14 * lines, bottom = height - 12 - 14 * lines;
  const marks = ticks(...span(steps.flatMap((s) => [s.from, s.to])), 4);
  const place = (v) => bottom - (bottom - top) * (v - marks[0]) / (marks.at(-1) - marks[0]);
  const chart = frame(width, height, panel, steps.map(({ r }) =>
    `${r[label]}: ${written(r[value], kind)}`).join("; ") + ".");
  valueAxis(chart, marks, kind, place, left, width);
  const values = [];
  steps.forEach(({ r, from, to }, i) => {
    const x = left + step * (i + .5) - wide / 2, [a, b] = [place(from), place(to)];
    const said = brief(r[value], kind);
    const near = values.slice(-2).filter((v) =>
      (v.said.length + said.length) / 2 * CHARACTER + 2 > step * (i - v.i));
    let y = Math.min(a, b) - 6;
    for (const v of near.sort((p, q) => q.y - p.y)) if (Math.abs(v.y - y) < 13) y = v.y - 13;
    values.push({ i, said, y });
    const fill = r[sum] ? colour(0) : to >= from ? colour(2) : colour(1);
    const group = svg("g", {}, svg("rect", { x: round(x), width: round(wide),
      y: round(Math.min(a, b)), height: Math.max(round(Math.abs(a - b)), 1), rx: 3,
      style: `fill:${fill}` }),
      text(x + wide / 2, y, said, { "text-anchor": "middle", class: "strong" }),
      text(x + wide / 2, bottom + 18 + 14 * (i % lines), fitted(r[label], step * lines), {
        "text-anchor": "middle" }));
    if (i + 1 < steps.length) group.append(svg("line", { class: "axis", x1: round(x + wide),
      x2: round(x + step), y1: round(b), y2: round(b), "stroke-dasharray": "3 2" }));
    chart.append(tip(group, [r[label], written(r[value], kind)]));
  });
  return [chart];
};

// Colours that differ even when pale: --c4 is close to --c0, --c5 to --c1.
const AREAS = [0, 1, 2, 3, 6, 7];
// Tree map with one colour per group (squarified: Bruls, Huizing, van Wijk).
draw.tree = (panel, rows, { width, column, choose }) => {
  const { group, label, value, colour: by } = panel.options;
  const kind = column(value).kind;
  const hues = [...new Set(panel.rows.filter((r) => r[value] > 0).map((r) => r[by]))].sort();
  const hue = (name) => pale(colour(AREAS[hues.indexOf(name) % AREAS.length]));
  const height = width < 500 ? 380 : 330;
  const sold = rows.filter((r) => r[value] > 0);
  const groups = [...new Set(sold.map((r) => r[group]))].map((name) => ({ name,
    rows: sold.filter((r) => r[group] === name) })).map((g) => ({ ...g,
      area: total(g.rows.map((r) => r[value])) })).sort((a, b) => b.area - a.area);
  const chart = frame(width, height, panel, groups.map((g) =>
    `${g.name}: ${written(g.area, kind)}`).join("; ") + ".");
  squarify(groups, (g) => g.area, 0, 0, width, height, (g, gx, gy, gw, gh) => {
    const head = gh > 46 && gw > 60 ? 20 : 0;
    if (head) chart.append(text(gx + 4, gy + 15, fitted(`${g.name} ${brief(g.area, kind)}`, gw * .86 - 4),
      { class: "strong", style: "font-weight:600" }));
    squarify([...g.rows].sort((a, b) => b[value] - a[value]), (r) => r[value], gx, gy + head, gw,
      gh - head, (r, x, y, w, h) => {
        const cell = svg("g", choose ? { class: "choose", onclick: () => choose(r) } : {},
          svg("rect", { x: round(x + 1), y: round(y + 1), width: round(Math.max(w - 2, .5)),
            height: round(Math.max(h - 2, .5)), rx: 3, style: `fill:${hue(r[by])}` }));
        if (w > 40 && h > 20) cell.append(text(x + 6, y + 15, fitted(r[label], w - 10),
          { class: "strong" }));
        if (w > 46 && h > 38) cell.append(text(x + 6, y + 31, brief(r[value], kind)));
        chart.append(tip(cell, [`${r[by]}, ${r[group]}: ${r[label]}`, ...panel.columns.filter((c) =>
          c.shown !== false && ![group, by, label].includes(c.key)).map((c) =>
          `${c.label}: ${written(r[c.key], c.kind)}`)]));
      });
  });
  return [chart, legend(hues.filter((h) => sold.some((r) => r[by] === h)).map((h) =>
    [h, hue(h), "square"]))];
};
function squarify(items, size, x, y, w, h, place) {
  let rest = items.filter((i) => size(i) > 0);
  let area = total(rest.map(size));
  while (rest.length && area > 0) {
    const scale = w * h / area, short = Math.min(w, h);
    let count = 1, worst = Infinity;
    for (let n = 1; n <= rest.length; n++) {
      const areas = rest.slice(0, n).map((i) => size(i) * scale), all = total(areas);
      const bad = Math.max(...areas.map((a) => Math.max(short * short * a / (all * all),
        all * all / (short * short * a))));
      if (bad > worst) break;
      worst = bad; count = n;
    }
    const row = rest.slice(0, count), all = total(row.map(size)), deep = all * scale / short;
    let at = 0;
    for (const item of row) {
      const long = size(item) / all * short;
      if (w >= h) place(item, x, y + at, deep, long); else place(item, x + at, y, long, deep);
      at += long;
    }
    if (w >= h) { x += deep; w -= deep; } else { y += deep; h -= deep; }
    rest = rest.slice(count);
    area -= all;
  }
}

// A rising curve from rank to share, coloured by class.
draw.curve = (panel, rows, { width, column, nearest }) => {
  const { x, y, group, label } = panel.options;
  const height = 270, left = 46, top = 12, bottom = height - 38;
  const last = Math.max(...rows.map((r) => r[x]));
  const marks = [0, .2, .4, .6, .8, 1];
  const place = (v) => bottom - (bottom - top) * v;
  const at = (v) => left + (width - left - 6) * v / last;
  const names = [...new Set(rows.map((r) => r[group]))];
  const chart = frame(width, height, panel, names.map((name) =>
    `${column(group).label} ${name}: ${rows.filter((r) => r[group] === name).length}`).join("; ")
    + ".");
  valueAxis(chart, marks, "share", place, left, width);
  let before = [at(0), 0];
  names.forEach((name, i) => {
    const own = rows.filter((r) => r[group] === name);
    const line = [before, ...own.map((r) => [at(r[x]), r[y]])];
    const d = line.map(([px, v], k) => `${k ? "L" : "M"}${round(px)} ${round(place(v))}`).join("");
    chart.append(svg("path", { style: `fill:${pale(colour(i))};opacity:.55`, d:
      `${d}L${round(line.at(-1)[0])} ${bottom}L${round(line[0][0])} ${bottom}Z` }));
    chart.append(svg("path", { style: `stroke:${colour(i)};fill:none`, "stroke-width": 2.4, d }));
    const middle = (line[0][0] + line.at(-1)[0]) / 2;
    if (line.at(-1)[0] - line[0][0] > 26) chart.append(text(middle, bottom - 10, name,
      { "text-anchor": "middle", class: "strong", style: "font-weight:600" }));
    before = line.at(-1);
  });
  for (const v of ticks(0, last, Math.min(6, width / 90)).filter((t) => t <= last)) {
    chart.append(text(at(v), bottom + 18, number(v, {}), { "text-anchor": "middle" }));
  }
  const cursor = svg("line", { class: "axis", y1: top, y2: bottom, visibility: "hidden" });
  const area = svg("rect", { x: left, y: top, width: width - left, height: bottom - top,
    fill: "transparent" });
  nearest(chart, area, cursor, (px) => {
    const r = rows.reduce((a, b) => (Math.abs(at(b[x]) - px) < Math.abs(at(a[x]) - px) ? b : a));
    return [at(r[x]), [`${number(r[x], {})}. ${r[label]}`, `${column(group).label} ${r[group]}`,
      `${column(y).label}: ${written(r[y], column(y).kind)}`]];
  });
  chart.append(cursor, area, text(left + (width - left) / 2, bottom + 34, column(x).label,
    { "text-anchor": "middle" }));
  return [chart];
};

// Dot plot: one line per row, one mark per value.
draw.dots = (panel, rows, { width, column, chosen }) => {
  const { label, values } = panel.options;
  const kind = column(values[0]).kind;
  const named = (r) => written(r[label], column(label).kind);
  const left = Math.min(Math.max(...rows.map((r) => named(r).length)) * CHARACTER + 14,
    width * .32);
  const line = 36, top = 8, bottom = top + rows.length * line, height = bottom + 24;
  const marks = ticks(...span(rows.flatMap((r) => values.map((k) => r[k]))), width < 500 ? 3 : 5);
  const place = (v) => left + (width - left - 16) * (v - marks[0]) / (marks.at(-1) - marks[0]);
  const chart = frame(width, height, panel, rows.map((r) => {
    const known = values.map((k) => r[k]).filter((v) => v !== null);
    return `${named(r)}: ${written(Math.min(...known), kind)} to ${written(Math.max(...known),
      kind)}`;
  }).join("; ") + ".");
  for (const v of marks) {
    chart.append(svg("line", { class: "grid-line", x1: round(place(v)), x2: round(place(v)),
      y1: top, y2: bottom }));
    chart.append(text(place(v), bottom + 18, brief(v, kind), { "text-anchor": "middle" }));
  }
  rows.forEach((r, i) => {
    const y = top + line * (i + .5);
    const known = values.map((k) => r[k]).filter((v) => v !== null);
    const group = svg("g", chosen(r) ? {} : { opacity: .35 },
      svg("rect", { x: 0, y: y - line / 2, width, height: line, fill: "transparent" }),
      text(left - 10, y + 4, fitted(named(r), left - 10), { "text-anchor": "end",
        class: "strong" }),
      svg("line", { class: "axis", "stroke-width": 4, "stroke-linecap": "round", y1: y, y2: y,
        x1: round(place(Math.min(...known))), x2: round(place(Math.max(...known))) }),
      values.map((k, j) => (r[k] === null ? null : mark(j, round(place(r[k])), y, 5.5, colour(j)))));
    chart.append(tip(group, [named(r), ...values.map((k) =>
      `${column(k).label}: ${written(r[k], column(k).kind)}`)]));
  });
  return [chart, legend(values.map((k, j) => [column(k).label, colour(j), j]))];
};

function sparkline(values, marked) {
  const known = values.filter((v) => v !== null);
  if (known.length < 2) return null;
  const width = 150, height = 30, low = Math.min(...known), high = Math.max(...known);
  const at = (i) => 2 + (width - 4) * i / (values.length - 1);
  const place = (v) => height - 3 - (height - 6) * (v - low) / (high - low || 1);
  const chosen = values.map((v, i) => (marked[i] ? v : null));
  const rows = values.map((v) => ({ v }));
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none",
    "aria-hidden": "true" },
    svg("path", { d: path(rows, (r, i) => [at(i), r.v], place), fill: "none",
      "vector-effect": "non-scaling-stroke", style: `stroke:${pale(colour(0))}`,
      "stroke-width": 1.5 }),
    svg("path", { d: path(rows, (r, i) => [at(i), chosen[i]], place), fill: "none",
      "vector-effect": "non-scaling-stroke", style: `stroke:${colour(0)}`, "stroke-width": 2 }));
}
