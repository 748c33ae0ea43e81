// One reflection step as an item of the list.

import { diff, readable } from "./diff.js";
import { element, facts, share, span, textBox } from "./dom.js";

/** What a step came to; a network revises its answer without criticism. */
export function stepItem(step, byNetwork = false) {
  const first = byNetwork && !step.initial_answer;
  const why = step.failed_checks.length ? "Failed checks" : byNetwork ? "What it did" : "Critique";
  return element(
    "li",
    { class: step.accepted ? "step accepted" : "step rejected" },
    heading(step),
    numbers(step),
    ...(first ? [] : titled("Candidate", textBox("Candidate", readable(step.initial_answer) || "(empty)"))),
    ...titled(
      why,
      step.failed_checks.length
        ? element("p", {}, ...step.failed_checks.map((name) => element("code", { class: "bad" }, name)))
        : null,
      element("p", {}, step.reflection),
    ),
    ...titled(first ? "Its answer" : "Refinement", refinement(step, first)),
    step.refused_because ? refusal(step) : null,
  );
}

function titled(title, ...content) {
  return [element("h4", {}, title), ...content];
}

/** What was written, as a word diff where there was something before. */
function refinement({ initial_answer, refined_answer }, first) {
  if (!refined_answer) return element("p", { class: "hint" }, "Nothing was written.");
  return first ? textBox("Its answer", readable(refined_answer)) : diff(initial_answer, refined_answer);
}

/** Why the refinement did not replace the candidate. */
function refusal({ refused_because }) {
  const kept = element("strong", {}, "Refused, the candidate stays: ");
  return element("p", { class: "refusal" }, kept, `${refused_because}.`);
}

/** A step whose grid is shown elsewhere. */
export function gridItem(step) {
  return element(
    "li",
    { class: "step accepted small" },
    heading(step),
    element("p", {}, step.reflection),
    numbers(step),
  );
}

function heading(step) {
  const verdict = step.accepted
    ? element("span", { class: "chip good" }, "accepted")
    : element("span", { class: "chip bad" }, "not accepted");
  return element("h3", {}, `Step ${step.step} `, verdict);
}

function numbers(step) {
  const gain = step.improvement_score;
  const size = Math.abs(gain).toFixed(2);
  return facts([
    ["confidence", share(step.confidence)],
    ["gain", size === "0.00" ? "±0" : `${gain > 0 ? "+" : "−"}${size}`],
    ["tokens", step.tokens_used || null],
    ["time", span(step.duration_ms)],
  ]);
}
