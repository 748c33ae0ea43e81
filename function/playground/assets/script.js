// The page: picks an example, sends the request, keeps what was sent, watches the function.

import { commandsFor } from "./commands.js";
import { copyBox } from "./copy_box.js";
import { element } from "./dom.js";
import { RequestEditor } from "./request.js";
import { Run } from "./run.js";
import { Runs } from "./runs.js";
import { ServerState } from "./state.js";
import { showBackends, showHistory } from "./tables.js";

const at = (id) => document.getElementById(id);
const examples = new Map(JSON.parse(at("examples").textContent).map((item) => [item.name, item]));
const guarded = at("token") !== null;
const token = () => at("token")?.value;
let running = null;
let freshId = newId();

const editor = new RequestEditor(showCommands);
const runs = new Runs(at("runs"), at("comparison"), {
  open: (record) => {
    Run.show(record);
    at("run").focus({ preventScroll: true });
    at("run").scrollIntoView({ block: "start" });
  },
  again,
  isBusy: () => running !== null,
});
const state = new ServerState(at("state"), token, refresh);

/** A random id; crypto.randomUUID is missing where the page came over plain HTTP. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `playground-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function eventOf(data) {
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
  at("type").value = example.type;
  at("id").value = "";
  editor.load(example.data);
}

function showCommands() {
  const data = editor.current;
  if (!data || !at("commands").open) return;
  const commands = commandsFor(eventOf(data), `${location.origin}/`, guarded);
  const boxes = Object.entries(commands).map(([name, { text, problem }]) =>
    problem
      ? element("p", { class: "hint" }, element("strong", {}, name), ` ${problem}`)
      : copyBox(name, text),
  );
  at("command-list").replaceChildren(...boxes);
}

async function send() {
  if (running) return;
  const data = editor.read();
  if (!data) return;
  // A copy: the form goes on being edited.
  running = new Run(eventOf(structuredClone(data)));
  at("send").disabled = true;
  at("stop").disabled = false;
  reveal(at("run"));
  runs.add(await running.watch(token()));
  running = null;
  freshId = newId();
  const focused = document.activeElement === at("stop");
  at("send").disabled = false;
  at("stop").disabled = true;
  if (focused) at("send").focus();
  showCommands();
  state.look();
}

/** Sends the request of an earlier run once more, as a new event. */
function again({ event }) {
  at("type").value = event.type;
  at("id").value = "";
  editor.load(structuredClone(event.data));
  send();
}

/** Scrolls a section into sight where it is below it, as on a phone. */
function reveal(section) {
  if (section.getBoundingClientRect().top < innerHeight * 0.75) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  section.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
}

function refresh() {
  if (guarded && !token()) return;
  showHistory(at("history"), token());
  showBackends(at("backends"), token());
}

at("example").addEventListener("change", pickExample);
at("type").addEventListener("change", showCommands);
at("id").addEventListener("input", showCommands);
at("commands").addEventListener("toggle", showCommands);
at("stop").addEventListener("click", () => running?.abort.abort());
at("form").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  send();
});
at("form").addEventListener("keydown", (pressed) => {
  if (pressed.key !== "Enter" || !(pressed.ctrlKey || pressed.metaKey)) return;
  pressed.preventDefault();
  send();
});
pickExample();
state.look();
