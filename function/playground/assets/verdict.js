// The headline of an answer: whether it may be used.

import { share } from "./dom.js";

/** Checks that hold by construction say nothing about the answer. */
const CERTAIN = new Set(["choices"]);

/** `{ kind, text }` of a reply's data; `kind` is `good`, `bad` or `open`. */
export function verdictOf(data, request) {
  if (data.error) return { kind: "bad", text: `Failed: ${data.error.code}` };
  const { checks } = data;
  const failed = checks.filter(({ passed }) => !passed).length;
  if (failed) return { kind: "bad", text: `${failed} of ${counted(checks.length)} failed: do not use` };
  const why = doubt(data, request);
  if (why) return { kind: "open", text: `Could not tell: ${why}` };
  const real = checks.filter(({ name }) => !CERTAIN.has(name)).length;
  if (real) return { kind: "good", text: `Passed: ${real} of ${counted(real)}` };
  const sure = share(data.confidence);
  const confidence = sure === null ? "" : `, confidence ${sure}`;
  const unchecked = checks.length ? "none of its checks can fail" : "nothing in it was checked";
  return { kind: "open", text: `Could not tell: ${unchecked}${confidence}` };
}

/** Why checks that passed do not settle it; empty where they do. */
function doubt(data, request) {
  if (typeof data.withheld_answer === "string") return "the model's answer was withheld";
  if (data.finish_reason === "length") return "the answer was cut at max_tokens";
  if (data.finish_reason === "deadline") return "the answer was cut at the deadline";
  const choices = Array.isArray(request.choices) ? request.choices : [];
  const taken = choices.find((choice) => choice?.name === data.choice);
  if (taken?.abstain) return `it abstained (${data.choice})`;
  return "";
}

const counted = (number) => `${number} ${number === 1 ? "check" : "checks"}`;
