// Formats values. Money is in whole cents, shares are from 0 to 1.
const MISSING = "–";
const LOCALE = "en-US";
// Creating a formatter is slow, so each is created once.
const made = {};
function formatter(format, options) {
  const key = format.name + JSON.stringify(options);
  return made[key] ??= new format(LOCALE, options);
}
function number(value, options) { return formatter(Intl.NumberFormat, options).format(value); }
function inMoney(value, digits, compact) {
  const shape = compact
    ? { notation: "compact", maximumFractionDigits: 1 }
    : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return number(value, DATA.currency
    ? { style: "currency", currency: DATA.currency, currencyDisplay: "narrowSymbol", ...shape }
    : shape);
}
function day(text, options) {
  return formatter(Intl.DateTimeFormat, { timeZone: "UTC", ...options })
    .format(new Date(text + "T00:00:00Z"));
}
const write = {
  money: (v) => inMoney(v / 100, 2),
  amount: (v) => inMoney(v, 2),
  count: (v) => number(v, {}),
  number: (v) => number(v, { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
  share: (v) => number(v, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }),
  change: (v) => number(v, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1,
    signDisplay: "exceptZero" }),
  points: (v) => number(v * 100, { minimumFractionDigits: 1, maximumFractionDigits: 1,
    signDisplay: "exceptZero" }) + " pts",
  days: (v) => number(v, { maximumFractionDigits: 1 }),
  date: (v) => day(v, { day: "numeric", month: "short", year: "numeric" }),
  month: (v) => day(v, { month: "short", year: "numeric" }),
  text: (v) => (typeof v === "boolean" ? (v ? "yes" : "no") : String(v)),
  time: (v) => String(v),
  name: (v) => DATA.names[v] ?? v.slice(0, 1).toUpperCase() + v.slice(1),
  country: (v) => (/^[A-Z]{2}$/.test(v) ? regions.of(v) : DATA.names[v]) ?? v,
};
const regions = new Intl.DisplayNames(LOCALE, { type: "region", fallback: "code" });
function written(value, kind) {
  return value === null || value === undefined ? MISSING : write[kind](value);
}
// Short enough for an axis or the inside of a cell; a card's money without its cents.
function brief(value, kind) {
  if (value === null || value === undefined) return MISSING;
  if (kind === "money") return inMoney(value / 100, 0, true);
  if (kind === "amount") return inMoney(value, 0, Math.abs(value) >= 1000);
  if (kind === "share") return number(value, { style: "percent", maximumFractionDigits: 0 });
  if (kind === "count" && Math.abs(value) < 10000) return number(value, {});
  if (kind === "count" || kind === "number" || kind === "days")
    return number(value, { notation: "compact", maximumFractionDigits: 1 });
  return written(value, kind);
}
