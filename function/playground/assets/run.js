// One request in the answer panel: what has come of it, as it comes or as it was.

import { curve } from "./curve.js";
import { copyBox } from "./copy_box.js";
import { Draft } from "./draft.js";
import { Grid } from "./grid.js";
import { element, span } from "./dom.js";
import { GRIDS } from "./puzzle.js";
import { headline, problemBox, replyBox } from "./reply.js";
import { gridItem, stepItem } from "./steps.js";
import { ask } from "./stream.js";
import { verdictOf } from "./verdict.js";

const PARTS = ["verdict", "grid", "draft", "reply", "curve", "steps", "events"];
const at = (id) => document.getElementById(id);

/** What is remembered of a run: the event, what the stream brought, and the outcome. */
class Record {
  constructor(event) {
    this.event = event;
    this.began = new Date();
    this.messages = [];
    this.reply = null;
    this.verdict = null;
    this.took = null;
  }
}

/** Shows a run; its methods named as messages of the stream take their data. */
export class Run {
  constructor(event) {
    this.record = new Record(event);
    this.abort = new AbortController();
    this.started = performance.now();
    this.open();
  }

  /** Shows a finished run again. */
  static show(record) {
    const run = Object.create(Run.prototype);
    run.record = record;
    run.open();
    for (const [name, data] of record.messages) run.take(name, data);
    run.say(`Sent at ${timeOf(record)}. ${at("status").textContent}`);
  }

  open() {
    const { event } = this.record;
    this.steps = [];
    this.network = event.data.task === "alert_triage";
    for (const id of PARTS) at(id).replaceChildren();
    at("clock").textContent = "";
    this.draftBox = new Draft(at("draft"));
    this.grid = GRIDS.has(event.data.task) ? new Grid(event.data) : null;
    if (this.grid) at("grid").append(this.grid.figure);
    at("events").append(eventBox("Request event", event));
  }

  get elapsed() {
    return span(this.record.took ?? performance.now() - this.started);
  }

  /** Sends the event and shows what comes; returns the record of it. */
  async watch(token) {
    const { record } = this;
    this.say("Sent; waiting for the first step.");
    const clock = setInterval(() => (at("clock").textContent = this.elapsed), 100);
    try {
      await ask(record.event, token, this.abort.signal, (name, data) => {
        if (name === "reply" || name === "error") record.took = performance.now() - this.started;
        if (name !== "draft") record.messages.push([name, data]);
        this.take(name, data);
      });
    } catch (error) {
      const name = error.name === "AbortError" ? "stopped" : "lost";
      record.messages.push([name, error.message]);
      this.take(name, error.message);
    } finally {
      clearInterval(clock);
      at("clock").textContent = "";
    }
    return record;
  }

  /** Takes one message of the stream; a name that this page does not know is left out. */
  take(name, data) {
    const known = ["step", "draft", "replayed", "reply", "error", "stopped", "lost"];
    if (known.includes(name)) this[name](data);
  }

  step(step) {
    this.steps.push(step);
    if (this.grid) this.grid.add(step);
    else if (!this.record.reply) this.draftBox.settle(step);
    at("steps").append(this.grid ? gridItem(step) : stepItem(step, this.network));
    const figure = curve(this.steps);
    if (figure) at("curve").replaceChildren(figure);
    this.say(`Step ${step.step} came, ${step.accepted ? "accepted" : "not accepted"}.`);
  }

  draft(piece) {
    const title = this.draftBox.write(piece);
    if (title) this.say(`${title}.`);
  }

  replayed() {
    this.stored = true;
  }

  reply(event) {
    const { data } = event;
    this.record.reply = event;
    this.record.verdict = verdictOf(data, this.record.event.data);
    this.draftBox.clear();
    // The stored reply to a duplicate comes without steps; its trace has them.
    if (!this.steps.length) data.reflection_trace?.forEach((step) => this.step(step));
    if (this.grid && typeof data.answer === "string") this.grid.end(data.answer);
    at("verdict").append(headline(this.record.verdict));
    at("reply").append(replyBox(data, this.record.verdict.kind, this.grid?.isDrawn));
    at("events").append(eventBox("Reply event", event));
    const outcome = event.type.split(".").pop();
    const said = `${outcome[0].toUpperCase()}${outcome.slice(1)} after ${this.elapsed}`;
    const why = "the stored reply to an earlier event with this id and data";
    this.say(this.stored ? `${said}: ${why}.` : `${said}.`);
  }

  error(problem) {
    this.end("bad", `Not answered: ${problem.status}`);
    at("reply").append(problemBox(problem));
    this.say("Not answered.");
  }

  stopped() {
    this.end("open", "Not watched to its end");
    this.say("No longer watched; the function goes on.");
  }

  lost(message) {
    this.end("bad", "Connection lost");
    this.say(`Lost: ${message}. The function may be restarting; send it again.`);
  }

  /** Ends a run that has no reply. */
  end(kind, text) {
    this.record.verdict = { kind, text };
    at("verdict").append(headline(this.record.verdict));
  }

  say(text) {
    at("status").textContent = text;
  }
}

/** When a run was sent. */
export function timeOf(record) {
  return record.began.toLocaleTimeString([], { hour12: false });
}

function eventBox(name, event) {
  const text = JSON.stringify(event, null, 2);
  return element("details", {}, element("summary", {}, name), copyBox(name.toLowerCase(), text));
}
