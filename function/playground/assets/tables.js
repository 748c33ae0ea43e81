// What happened lately, and how the backends are.

import { element, share, span, table } from "./dom.js";

const COLUMNS = ["time", "type", "agent", "status", "outcome", "steps", "confidence", "backend", "took"];

/** Recent events, read from the server. */
export async function showHistory(place, token) {
  const response = await get("/playground/history", token);
  if (!response?.ok) return;
  const entries = await response.json();
  if (!entries.length) return;
  const rows = entries.map((entry) => [
    new Date(entry.time).toLocaleTimeString([], { hour12: false }),
    entry.type?.replace(/^io\.homelab\./, "") ?? "no event",
    entry.agent,
    String(entry.status),
    entry.outcome,
    entry.steps?.toString(),
    share(entry.confidence),
    entry.backend,
    span(entry.ms),
  ]);
  replace(place, table("Recent events", COLUMNS, rows));
}

/** The backends' health, or whether the function is ready where it does not tell more. */
export async function showBackends(place, state, token) {
  const [readiness, health] = await Promise.all([
    get("/health/readiness", token),
    "health" in place.dataset ? get("/health/backends", token) : null,
  ]);
  if (readiness) {
    const told = (await readiness.text()).trim();
    state.textContent = told;
    state.className = readiness.ok ? "state good" : "state bad";
    if (!health?.ok) replace(place, element("p", {}, told));
  }
  if (health?.ok) replace(place, backendTable(await health.json()));
}

function backendTable(told) {
  const found = Array.isArray(told) ? told : told.backends;
  const backends = Array.isArray(found)
    ? found
    : Object.entries(found ?? told).map(([name, rest]) => ({ name, ...rest }));
  const columns = [...new Set(backends.flatMap((backend) => Object.keys(backend)))];
  const rows = backends.map((backend) => columns.map((name) => plain(backend[name])));
  return table("Backends", columns.map((name) => name.replaceAll("_", " ")), rows);
}

function plain(value) {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

async function get(path, token) {
  try {
    return await fetch(path, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  } catch {
    return null; // the function is restarting; the next look will tell
  }
}

/** Nothing moves under somebody who reads it, unless there is something new. */
function replace(place, node) {
  if (place.firstElementChild?.outerHTML === node.outerHTML) return;
  const [left, focused] = [place.firstElementChild?.scrollLeft ?? 0, place.contains(document.activeElement)];
  place.replaceChildren(node);
  node.scrollLeft = left;
  if (focused) node.focus();
}
