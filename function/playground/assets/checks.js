// Checks and rules of a request as rows of a form: kind, value, and a rule's message.

import { element } from "./dom.js";

const LANGUAGES = ["de", "en", "es", "fr", "it", "pt"];
const RULE = "rule";
/** The kinds of rows; `list` may stand several times, a `flag` has no value. */
const KINDS = {
  must_contain: { label: "must contain", list: true },
  must_not_contain: { label: "must not contain", list: true },
  regex: { label: "matches the pattern" },
  max_words: { label: "at most … words", number: true },
  max_sentences: { label: "at most … sentences", number: true },
  language: { label: "is in the language", values: LANGUAGES },
  grounded_numbers: { label: "numbers are in the facts", flag: true },
  grounded_names: { label: "names are in the facts", flag: true },
  [RULE]: { label: "rule (CEL)", list: true },
};

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Whether a value is what a check of this kind has, so that a row can show it. */
function fits({ list, number, flag }, value) {
  if (list) return Array.isArray(value) && value.every((item) => typeof item === "string");
  if (flag) return value === true;
  return typeof value === (number ? "number" : "string");
}

/**
 * The checks and rules of a request's data as `{ rows, rest }`. A row has `kind`, `value` and, of
 * a rule, `message` and `name`; `rest` has the `checks` and `rules` that no row can show.
 */
export function rowsOf({ checks, rules }) {
  const rows = [];
  const rest = { checks: {}, rules: [] };
  for (const [name, value] of Object.entries(checks ?? {})) {
    const kind = name === RULE ? undefined : KINDS[snake(name)];
    if (!kind || !fits(kind, value)) rest.checks[name] = value;
    else if (kind.list) rows.push(...value.map((text) => ({ kind: snake(name), value: text })));
    else rows.push({ kind: snake(name), value });
  }
  for (const rule of [rules ?? []].flat()) {
    const { expression, message, name } = rule ?? {};
    const shown = typeof expression === "string" && typeof message === "string";
    if (shown) rows.push({ kind: RULE, value: expression, message, name });
    else rest.rules.push(rule);
  }
  return { rows, rest };
}

/** `{ checks, rules }` of a request's data; each undefined where there is none. */
export function dataOf(rows, rest) {
  const checks = { ...rest.checks };
  const rules = [...rest.rules];
  for (const { kind, value, message, name } of rows) {
    if (kind === RULE) rules.push({ ...(name && { name }), expression: value, message });
    else if (KINDS[kind].list) checks[kind] = [...(checks[kind] ?? []), value];
    else checks[kind] = value;
  }
  return {
    checks: Object.keys(checks).length ? checks : undefined,
    rules: rules.length ? rules : undefined,
  };
}

/** The rows in the form. */
export class CheckRows {
  /** `onchange` is called after every edit by hand. */
  constructor(list, onchange) {
    this.list = list;
    this.onchange = onchange;
    this.rows = [];
  }

  /** Shows these rows in place of what is there. */
  load(rows) {
    this.rows = rows.map((row) => ({ ...row }));
    this.draw();
  }

  /** Adds an empty row and puts the focus on it. */
  add(kind) {
    this.rows.push({ kind, value: "", message: "" });
    this.draw();
    this.list.lastElementChild.querySelector(kind === RULE ? ".value" : "select").focus();
  }

  /** The rows that say something; an empty one is still being written. */
  get filled() {
    return this.rows.filter((row) => KINDS[row.kind].flag || String(row.value).trim() !== "");
  }

  /** What is missing, with the control that has to be filled in; null where nothing is. */
  get problem() {
    for (const [place, { kind, value, message }] of this.rows.entries()) {
      const at = (name) => this.list.children[place].querySelector(name);
      if (!KINDS[kind].flag && String(value).trim() === "") {
        return { text: `Row ${place + 1} is empty: fill it in or remove it.`, control: at(".value") };
      }
      if (kind === RULE && !message.trim()) {
        const text = `Row ${place + 1} needs a message: the model reads it when the rule fails.`;
        return { text, control: at(".message") };
      }
    }
    return null;
  }

  draw() {
    this.list.replaceChildren(...this.rows.map((row, place) => this.item(row, place)));
  }

  item(row, place) {
    const number = place + 1;
    const kinds = Object.entries(KINDS).map(([name, { label, list }]) =>
      element(
        "option",
        {
          value: name,
          selected: name === row.kind,
          disabled: !list && this.rows.some((other) => other !== row && other.kind === name),
        },
        label,
      ),
    );
    const kind = element("select", { "aria-label": `Kind ${number}`, onchange: () => this.turn(place, kind.value) }, ...kinds);
    const remove = element(
      "button",
      { type: "button", class: "remove", "aria-label": `Remove row ${number}`, onclick: () => this.remove(place) },
      "×",
    );
    return element(
      "li",
      { class: row.kind },
      kind,
      this.value(row, number),
      remove,
      row.kind === RULE ? this.input(row, "message", `Message ${number}`, "message to the model when it fails") : null,
    );
  }

  value(row, number) {
    const { flag, values } = KINDS[row.kind];
    if (flag) return element("span", { class: "value hint" }, "no value needed");
    const name = `Value ${number}`;
    if (!values) {
      const hint = row.kind === RULE ? "for example size(answer) < 80" : "";
      return this.input(row, "value", name, hint);
    }
    const empty = element("option", { value: "" }, "choose");
    const options = values.map((value) => element("option", { selected: value === row.value }, value));
    const select = element("select", { class: "value", "aria-label": name }, empty, ...options);
    select.addEventListener("change", () => this.write(row, "value", select.value));
    return select;
  }

  input(row, field, label, placeholder) {
    const { number } = KINDS[row.kind];
    const box = element("input", {
      type: number ? "number" : "text",
      min: number ? 1 : null,
      class: field,
      "aria-label": label,
      placeholder,
      autocomplete: "off",
      value: row[field],
      oninput: () => this.write(row, field, number && box.value !== "" ? Number(box.value) : box.value),
    });
    return box;
  }

  write(row, field, value) {
    row[field] = value;
    this.onchange();
  }

  turn(place, kind) {
    const { number, flag } = KINDS[kind];
    const old = this.rows[place];
    const keeps = !flag && !number && !KINDS[kind].values && typeof old.value === "string";
    this.rows[place] = { kind, value: flag ? true : keeps ? old.value : "", message: "" };
    this.draw();
    this.list.children[place].querySelector("select").focus();
    this.onchange();
  }

  remove(place) {
    this.rows.splice(place, 1);
    this.draw();
    const next = this.list.children[Math.min(place, this.rows.length - 1)];
    (next?.querySelector(".remove") ?? document.getElementById("add-check")).focus();
    this.onchange();
  }
}
