// What happened lately, and how the backends are.

import { get } from "./fetching.js";
import { share, span, table } from "./dom.js";

const COLUMNS = ["time", "type", "agent", "status", "outcome", "steps", "confidence", "backend", "took"];
const STATES = { closed: "answers", open: "set aside (breaker open)", "half-open": "tried again (half open)" };

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
    entry.replayed ? `${entry.outcome} (replayed)` : entry.outcome,
    entry.steps?.toString(),
    share(entry.confidence),
    entry.backend,
    span(entry.ms),
  ]);
  replace(place, table("Recent events", COLUMNS, rows));
}

/** How each backend is. */
export async function showBackends(place, token) {
  const health = await get("/health/backends", token);
  if (!health?.ok) return;
  const rows = (await health.json()).map((backend) => [
    backend.label,
    backend.model,
    backend.backend,
    STATES[backend.state] ?? backend.state,
    span(backend.latency_ms),
    backend.last_error,
  ]);
  replace(place, table("Backends", ["name", "model", "runs on", "state", "answers in", "last error"], rows));
}

/** Replaces a table whose content has changed; keeps its scrolling and focus. */
function replace(place, node) {
  if (place.firstElementChild?.outerHTML === node.outerHTML) return;
  const [left, focused] = [place.firstElementChild?.scrollLeft ?? 0, place.contains(document.activeElement)];
  place.replaceChildren(node);
  node.scrollLeft = left;
  if (focused) node.focus();
}
