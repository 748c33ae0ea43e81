// The request's data, edited as a form or as JSON: an edit in one view shows in the other.

import { CheckRows, dataOf, rowsOf } from "./checks.js";
import { tabs } from "./tabs.js";

const at = (id) => document.getElementById(id);
const PROMPTS = ["prompt", "question", "message"];
/** What the first box of the form edits, by the field that the data have. */
const LABELS = { puzzle: "Puzzle", alert: "Alert, a JSON object" };
const [FEWEST_ROWS, MOST_ROWS] = [3, 16];

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const pretty = (value) => JSON.stringify(value, null, 2);

/** Parses JSON; `problem` says what is wrong with it. */
function parse(text, what, accepts = isObject) {
  try {
    const value = JSON.parse(text);
    return accepts(value) ? { value } : { problem: `${what} must be a JSON object.` };
  } catch (error) {
    return { problem: `No JSON: ${error.message}` };
  }
}

function show(box, problem) {
  at(`${box.id}-problem`).textContent = problem ?? "";
  box.setAttribute("aria-invalid", String(Boolean(problem)));
}

function fit(box) {
  const lines = box.value.split("\n").length;
  box.rows = Math.min(Math.max(lines + (box.id === "data" ? 1 : 0), FEWEST_ROWS), MOST_ROWS);
}

/** Both views of the request's data. */
export class RequestEditor {
  /** `onchange` is called after every edit. */
  constructor(onchange) {
    this.onchange = onchange;
    this.data = {};
    this.problems = new Map(); // the boxes whose text cannot be used, and why
    this.checks = new CheckRows(at("check-rows"), () => this.readForm());
    for (const id of ["main", "facts"]) at(id).addEventListener("input", () => this.readForm());
    at("data").addEventListener("input", () => this.readJson());
    at("add-check").addEventListener("click", () => this.checks.add("must_contain"));
    at("add-rule").addEventListener("click", () => this.checks.add("rule"));
    tabs(document.querySelector("[role=tablist]"), () => this.usable());
  }

  /** Shows these data in both views. */
  load(data) {
    this.data = data;
    this.problems.clear();
    this.showForm();
    this.showJson();
    for (const id of ["main", "facts", "data"]) show(at(id), "");
    at("checks-problem").textContent = "";
    this.onchange();
  }

  /** The data as they stand; null where a box cannot be read. */
  get current() {
    return this.problems.size ? null : this.data;
  }

  /** The data to send; null, with the problem shown and in focus, where they are not complete. */
  read() {
    if (!this.usable()) return null;
    const missing = at("form-view").hidden ? null : this.checks.problem;
    at("checks-problem").textContent = missing?.text ?? "";
    missing?.control.focus();
    return missing ? null : this.data;
  }

  /** Returns whether every box can be read; shows the first problem otherwise. */
  usable() {
    for (const [box, problem] of this.problems) show(box, problem);
    const [first] = this.problems.keys();
    first?.focus();
    return !first;
  }

  readJson() {
    const { value, problem } = parse(at("data").value, "The data");
    this.note(at("data"), problem);
    if (value) {
      this.data = value;
      this.showForm();
    }
    this.onchange();
  }

  readForm() {
    const data = { ...this.data, ...dataOf(this.checks.filled, this.otherChecks) };
    this.readMain(data);
    if (!at("facts-field").hidden) this.readFacts(data);
    for (const name of ["checks", "rules"]) if (data[name] === undefined) delete data[name];
    this.data = data;
    this.showJson();
    this.onchange();
  }

  readMain(data) {
    const text = at("main").value;
    if (!this.mainIsJson) {
      data[this.main] = text;
      if (!text) delete data[this.main]; // the question may be in the messages
      return;
    }
    const { value, problem } = parse(text, "The alert", this.main === "alert" ? isObject : () => true);
    this.note(at("main"), problem);
    if (!problem) data[this.main] = value;
  }

  readFacts(data) {
    const text = at("facts").value;
    const { value, problem } = text.trim() ? parse(text, "The context") : {};
    this.note(at("facts"), problem);
    if (value) data.context = value;
    else if (!problem) delete data.context;
  }

  /** Remembers what is wrong with a box; half-written text is not reported before it is used. */
  note(box, problem) {
    if (problem) {
      this.problems.set(box, problem);
    } else {
      this.problems.delete(box);
      show(box, "");
    }
  }

  showJson() {
    at("data").value = pretty(this.data);
    fit(at("data"));
  }

  showForm() {
    const { data } = this;
    this.main = Object.keys(LABELS).find((name) => name in data) ?? PROMPTS.find((name) => name in data) ?? "prompt";
    this.mainIsJson = this.main in LABELS && typeof data[this.main] !== "string";
    at("main-label").textContent = LABELS[this.main] ?? "Prompt";
    const given = data[this.main] ?? "";
    // A grid reads better as one line than with one line a cell.
    at("main").value = !this.mainIsJson ? given : this.main === "alert" ? pretty(given) : JSON.stringify(given);
    at("main").classList.toggle("code", this.main in LABELS);
    fit(at("main"));
    const asksText = !(this.main in LABELS);
    const hasChecks = "checks" in data || "rules" in data;
    at("checks").hidden = !asksText && !hasChecks;
    at("facts-field").hidden = !asksText && !("context" in data);
    at("facts").value = "context" in data ? pretty(data.context) : "";
    fit(at("facts"));
    const { rows, rest } = rowsOf(data);
    this.otherChecks = rest;
    this.checks.load(rows);
    const others = Object.keys(data).filter((name) => ![this.main, "context", "checks", "rules"].includes(name));
    others.push(...Object.keys(rest.checks).map((name) => `checks.${name}`));
    at("rest").textContent = others.length ? `Also in the request, see JSON: ${others.join(", ")}.` : "";
  }
}
