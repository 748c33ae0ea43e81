// Two runs side by side, with what differs marked.

import { sides } from "./diff.js";
import { element, share, span } from "./dom.js";
import { timeOf } from "./run.js";

const FACTS = {
  verdict: ({ verdict }) => verdict.text,
  confidence: ({ reply }) => share(reply?.data.confidence),
  steps: ({ reply }) => reply?.data.reflection_steps,
  time: ({ took }) => span(took),
  model: ({ reply }) => reply?.data.model_name,
  backend: ({ reply }) => reply?.data.backend,
};

/** A table with a column for each run, the earlier one on the left. Roles as in `table`. */
export function comparison(first, second) {
  const both = [first, second];
  const rows = [
    texts("request", both, ({ event }) => JSON.stringify(event.data, null, 2)),
    texts("answer", both, ({ reply }) => reply?.data.answer ?? reply?.data.error?.message ?? ""),
    texts("checks", both, checksOf),
    ...Object.entries(FACTS).map(([name, fact]) => facts(name, both, fact)),
  ];
  const heads = both.map((record) => element("th", { scope: "col", role: "columnheader" }, `Sent at ${timeOf(record)}`));
  return element(
    "div",
    { class: "wide compared", tabindex: 0, role: "group", "aria-label": "Comparison" },
    element(
      "table",
      { role: "table" },
      element("caption", {}, "What only one of them has is marked."),
      element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, element("td", { role: "cell" }), ...heads)),
      element("tbody", { role: "rowgroup" }, ...rows),
    ),
  );
}

function checksOf({ reply }) {
  const checks = reply?.data.checks ?? [];
  return checks.map(({ name, passed, reason }) => `${passed ? "passed" : "failed"}: ${name} ${reason}`.trim()).join("\n");
}

function texts(name, both, textOf) {
  const cells = sides(...both.map(textOf));
  return row(name, cells.map((parts) => element("td", { class: "text", role: "cell" }, ...parts)));
}

function facts(name, both, fact) {
  const values = both.map((record) => String(fact(record) ?? "–"));
  const differ = values[0] !== values[1];
  const marked = (value, place) => (differ ? element(place ? "ins" : "del", {}, value) : value);
  return row(name, values.map((value, place) => element("td", { role: "cell" }, marked(value, place))));
}

function row(name, cells) {
  return element("tr", { role: "row" }, element("th", { scope: "row", role: "rowheader" }, name), ...cells);
}
