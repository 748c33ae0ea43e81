// The requests that this page sent: open one again, run it again, compare two.

import { comparison } from "./compare.js";
import { element, share, span, table } from "./dom.js";
import { timeOf } from "./run.js";

const COLUMNS = ["compare", "time", "request", "verdict", "confidence", "took", "actions"];
const [LONGEST, LONGEST_NAME] = [50, 90];

/** What a request asks, in one line. */
export function nameOf({ task, agent, alert, prompt, question, message, messages }) {
  const asked =
    prompt ?? question ?? message ?? messages?.at?.(-1)?.content ?? alert?.labels?.alertname ?? task ?? agent ?? "";
  const line = String(asked).replace(/\s+/g, " ");
  return line.length > LONGEST_NAME ? `${line.slice(0, LONGEST_NAME)}…` : line;
}

/** The list on the page, the latest first. */
export class Runs {
  /**
   * `open(record)` shows a run, `again(record)` sends its request once more; neither is called
   * while `isBusy()`.
   */
  constructor(place, panel, { open, again, isBusy }) {
    [this.place, this.panel, this.actions] = [place, panel, { open, again }];
    this.isBusy = isBusy;
    this.chosen = []; // at most two records, in the order in which they were chosen
    this.rows = new Map();
    this.number = 0;
  }

  add(record) {
    const box = table("Sent from this page", COLUMNS, [this.cells(record)]);
    const row = box.querySelector("tbody tr");
    if (this.rows.size) this.place.querySelector("tbody").prepend(row);
    else this.place.replaceChildren(box);
    this.rows.set(record, row);
    if (this.rows.size > LONGEST) this.forget(this.rows.keys().next().value);
  }

  forget(record) {
    this.choose(record, false);
    this.rows.get(record).remove();
    this.rows.delete(record);
  }

  cells(record) {
    const number = ++this.number;
    const { event, reply, verdict, took } = record;
    const name = nameOf(event.data);
    const box = element("input", { type: "checkbox", "aria-label": `Compare run ${number}: ${name}` });
    box.addEventListener("change", () => this.choose(record, box.checked));
    const button = (text, act) =>
      element(
        "button",
        { type: "button", class: "small", "aria-label": `${text} run ${number}: ${name}`, onclick: () => this.isBusy() || act(record) },
        text,
      );
    return [
      box,
      timeOf(record),
      element("span", { class: "asked" }, name),
      element("span", { class: verdict.kind }, verdict.text),
      share(reply?.data.confidence),
      span(took),
      element("span", { class: "actions" }, button("Open", this.actions.open), button("Run again", this.actions.again)),
    ];
  }

  /** Takes a record into the comparison or out of it; of three the first one leaves. */
  choose(record, isChosen) {
    this.chosen = this.chosen.filter((other) => other !== record);
    if (isChosen) this.chosen.push(record);
    while (this.chosen.length > 2) this.boxOf(this.chosen.shift()).checked = false;
    const [first, second] = [...this.chosen].sort((one, other) => one.began - other.began);
    this.panel.replaceChildren(...(second ? [comparison(first, second)] : []));
  }

  boxOf(record) {
    return this.rows.get(record).querySelector("input");
  }
}
