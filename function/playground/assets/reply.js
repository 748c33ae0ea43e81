// The reply: the answer, its checks, how sure it is; or why there is none.

import { readable } from "./diff.js";
import { element, facts, share, span, textBox } from "./dom.js";

const STOPPED = {
  confident: "sure enough",
  checks_passed: "every check passed",
  budget: "tokens used up",
  no_improvement: "nothing left to improve",
  max_steps: "no steps left",
  deadline: "the deadline came",
  never: "no reflection was asked for",
};

/** Class of the answer by the kind of its verdict. */
const BORDERS = { good: "usable", bad: "failed", open: "doubtful" };

/**
 * The data of a `completed` or `failed` reply.
 *
 * `kind` is that of the verdict; `isDrawn`: the answer is a grid that is on the page already.
 */
export function replyBox(data, kind, isDrawn) {
  return data.error ? failure(data.error) : answer(data, kind, isDrawn);
}

/** The headline: whether the answer may be used. */
export function headline({ kind, text }) {
  return element("h3", { class: `headline ${kind}` }, text);
}

/** What went wrong before there was a reply. */
export function problemBox({ status, message, retry_after }) {
  const again = retry_after ? ` It can be tried again in ${retry_after} s.` : "";
  return element(
    "div",
    { class: "answer failed" },
    element("p", {}, element("strong", {}, `${status}: `), `${message}.${again}`),
  );
}

function failure(error) {
  // A single problem is the message already.
  const listed = error.fields.filter(({ field, problem }) => error.message !== `${field}: ${problem}`);
  const fields = listed.map(({ field, problem }) => element("li", {}, element("code", {}, field), ` ${problem}`));
  return element(
    "div",
    { class: "answer failed" },
    element("p", {}, element("strong", {}, `${error.code}: `), error.message),
    fields.length ? element("ul", {}, ...fields) : null,
  );
}

/** What every backend did, where more than one was in question. */
function attemptList(attempts = []) {
  if (attempts.length < 2) return null;
  const items = attempts.map(({ label, outcome, error, duration_ms }) => {
    const why = error ? `: ${error}` : "";
    return element("li", {}, `${label}: ${outcome}${why}, ${span(duration_ms)}`);
  });
  return element("ol", { class: "hint", "aria-label": "Backends asked" }, ...items);
}

function answer(data, kind, isDrawn) {
  const checks = data.checks.map(({ name, passed, reason }) =>
    element(
      "li",
      { class: passed ? "good" : "bad" },
      element("span", { class: "verdict" }, passed ? "passed" : "failed"),
      element("code", {}, name),
      reason ? `: ${reason}` : null,
    ),
  );
  const notes = [
    data.fallback_reason && `Another backend answered: ${data.fallback_reason}`,
    data.input_shortened && "History or context did not fit into the model's window whole.",
    data.trace_shortened && "The trace was shortened to fit through a broker.",
    data.withheld_answer && `The model's own answer, withheld: ${data.withheld_answer}`,
    data.filled_fields?.length && `Filled in from the facts: ${data.filled_fields.join(", ")}.`,
    ...(data.input_notes ?? []),
    ...(data.schema_notes ?? []),
  ].filter(Boolean);
  const result = textBox("Answer", readable(data.answer) || "(empty)");
  if (data.backend !== "trm" && !data.data) result.classList.add("prose");
  const sure = share(data.confidence) ?? "unknown";
  const method = data.confidence_method ? ` (${data.confidence_method.replaceAll("_", " ")})` : "";
  return element(
    "div",
    { class: `answer ${BORDERS[kind]}` },
    isDrawn ? null : result,
    checks.length ? element("ul", { class: "checks", "aria-label": "Checks" }, ...checks) : null,
    facts([
      ["choice", data.choice],
      ["confidence", sure + method + (data.calibrated ? ", calibrated" : "")],
      ["steps", data.reflection_steps],
      ["stopped", STOPPED[data.stop_reason] ?? data.stop_reason],
      ["tokens", `${data.usage.prompt} in (${data.usage.cached} cached), ${data.usage.completion} out`],
      ["time", span(data.duration_ms)],
      ["model", data.model_name],
      ["backend", data.backend],
    ]),
    attemptList(data.attempts),
    ...notes.map((note) => element("p", { class: "hint" }, note)),
  );
}
