// The page: picks an example, sends it, and shows what comes as it comes.

import { copy } from "./clipboard.js";
import { commandsFor } from "./commands.js";
import { curve } from "./curve.js";
import { element, span } from "./dom.js";
import { Grid, GRIDS } from "./grid.js";
import { problemBox, replyBox } from "./reply.js";
import { gridItem, stepItem } from "./steps.js";
import { ask } from "./stream.js";
import { showBackends, showHistory } from "./tables.js";

const REFRESH = 5000;
const [FEWEST_ROWS, MOST_ROWS] = [6, 18];

const at = (id) => document.getElementById(id);
const examples = new Map(JSON.parse(at("examples").textContent).map((item) => [item.name, item]));
const guarded = at("token") !== null;
let running = null;
let freshId = newId();

/** A random id; crypto.randomUUID is missing where the page came over plain HTTP. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `playground-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** The data as it stands in the form; null, with the problem shown, where it is no object. */
function readData(writing) {
  let problem = "";
  let data = null;
  try {
    data = JSON.parse(at("data").value);
    if (data === null || typeof data !== "object" || Array.isArray(data)) {
      problem = "The data must be a JSON object.";
    }
  } catch (error) {
    problem = `No JSON: ${error.message}`;
  }
  // What is still being written is wrong most of the time; nobody wants to hear so at every key.
  if (!writing || !problem) {
    at("data-problem").textContent = problem;
    at("data").setAttribute("aria-invalid", String(problem !== ""));
  }
  return problem ? null : data;
}

function readEvent(writing = false) {
  const data = readData(writing);
  if (!data) return null;
  return {
    specversion: "1.0",
    id: at("id").value.trim() || freshId,
    source: "/playground",
    type: at("type").value,
    datacontenttype: "application/json",
    data,
  };
}

function pickExample() {
  const example = examples.get(at("example").value);
  at("meaning").textContent = example.meaning;
  const text = JSON.stringify(example.data, null, 2);
  at("data").value = text;
  at("data").rows = Math.min(Math.max(text.split("\n").length + 1, FEWEST_ROWS), MOST_ROWS);
  at("type").value = example.type;
  at("id").value = "";
  showCommands();
}

function showCommands() {
  const event = readEvent(true);
  if (!event || !at("commands").open) return;
  const commands = commandsFor(event, `${location.origin}/`, guarded);
  const boxes = Object.entries(commands).map(([name, { text, problem }]) =>
    problem
      ? element("p", { class: "hint" }, element("strong", {}, name), ` ${problem}`)
      : copyBox(name, text),
  );
  at("command-list").replaceChildren(...boxes);
}

/** A text that can be copied, under its name. */
function copyBox(name, text) {
  const button = element("button", { type: "button", class: "copy" }, `Copy ${name}`);
  button.addEventListener("click", async () => {
    at("said").textContent = (await copy(text)) ? `Copied: ${name}.` : `${name} was not copied.`;
  });
  const shown = element("pre", { tabindex: 0, role: "group", "aria-label": name }, text);
  return element("div", { class: "copied" }, button, shown);
}

/** One request under way: what has come of it so far, on the page. */
class Run {
  constructor(event) {
    this.event = event;
    this.abort = new AbortController();
    this.began = performance.now();
    this.steps = [];
    this.network = event.data.task === "alert_triage";
    for (const id of ["grid", "reply", "curve", "steps", "events"]) at(id).replaceChildren();
    this.grid = GRIDS.has(event.data.task) ? new Grid(event.data) : null;
    if (this.grid) at("grid").append(this.grid.figure);
    at("events").append(eventBox("Request event", event));
  }

  get elapsed() {
    return span(performance.now() - this.began);
  }

  async watch() {
    this.say("Sent; waiting for the first step.");
    const clock = setInterval(() => (at("clock").textContent = this.elapsed), 100);
    try {
      await ask(this.event, at("token")?.value, this.abort.signal, (name, data) =>
        this[name](data),
      );
    } catch (error) {
      const stopped = error.name === "AbortError";
      this.say(stopped ? "No longer watched; the function goes on." : `Lost: ${error.message}.`);
    } finally {
      clearInterval(clock);
      at("clock").textContent = "";
    }
  }

  step(step) {
    this.steps.push(step);
    if (this.grid) this.grid.add(step);
    at("steps").append(this.grid ? gridItem(step) : stepItem(step, this.network));
    const figure = curve(this.steps);
    if (figure) at("curve").replaceChildren(figure);
    this.say(`Step ${step.step} came, ${step.accepted ? "accepted" : "not accepted"}.`);
  }

  replayed() {
    this.stored = true;
  }

  reply(event) {
    // The stored reply to a duplicate comes without steps; its trace has them.
    if (!this.steps.length) event.data.reflection_trace?.forEach((step) => this.step(step));
    at("reply").append(replyBox(event.data));
    at("events").append(eventBox("Reply event", event));
    const outcome = event.type.split(".").pop();
    const said = `${outcome[0].toUpperCase()}${outcome.slice(1)} after ${this.elapsed}`;
    const why = "the stored reply to an earlier event with this id and data";
    this.say(this.stored ? `${said}: ${why}.` : `${said}.`);
  }

  error(problem) {
    at("reply").append(problemBox(problem));
    this.say("Not answered.");
  }

  say(text) {
    at("status").textContent = text;
  }
}

function eventBox(name, event) {
  const text = JSON.stringify(event, null, 2);
  return element("details", {}, element("summary", {}, name), copyBox(name.toLowerCase(), text));
}

async function send() {
  const event = readEvent();
  if (!event) {
    at("data").focus();
    return;
  }
  if (running) return;
  running = new Run(event);
  at("send").disabled = true;
  at("stop").disabled = false;
  reveal(at("run"));
  await running.watch();
  running = null;
  freshId = newId();
  const focused = document.activeElement === at("stop");
  at("send").disabled = false;
  at("stop").disabled = true;
  if (focused) at("send").focus();
  showCommands();
  refresh();
}

/** On a phone the answer is below the request, out of sight. */
function reveal(section) {
  if (section.getBoundingClientRect().top < innerHeight * 0.75) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  section.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
}

function refresh() {
  const token = at("token")?.value;
  if (guarded && !token) return;
  showHistory(at("history"), token);
  showBackends(at("backends"), at("state"), token);
}

at("example").addEventListener("change", pickExample);
at("data").addEventListener("input", showCommands);
at("type").addEventListener("change", showCommands);
at("id").addEventListener("input", showCommands);
at("commands").addEventListener("toggle", showCommands);
at("stop").addEventListener("click", () => running?.abort.abort());
at("form").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  send();
});
at("data").addEventListener("keydown", (pressed) => {
  if (pressed.key === "Enter" && (pressed.ctrlKey || pressed.metaKey)) send();
});
setInterval(() => document.visibilityState === "visible" && refresh(), REFRESH);
pickExample();
refresh();
