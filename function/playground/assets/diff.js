// What changed between two texts, word by word.

import { element, textBox } from "./dom.js";

const MOST_PAIRS = 4_000_000;

/** The new text, with what was taken out and what was put in marked. */
export function diff(before, after) {
  const parts = compare(words(before), words(after));
  const shown = parts.map(({ kind, text }) => (kind === "same" ? text : element(kind, {}, text)));
  return textBox("Refinement", ...shown);
}

/** Both texts as lists of nodes and texts, with the words marked that the other one lacks. */
export function sides(left, right) {
  const parts = compare(words(left), words(right));
  return ["del", "ins"].map((kind) =>
    parts
      .filter((part) => part.kind === "same" || part.kind === kind)
      .map(({ kind: found, text }) => (found === "same" ? text : element(found, {}, text))),
  );
}

/** Runs of words that are the `same`, `del`eted or `ins`erted: the longest common subsequence. */
export function compare(before, after) {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const old = before.slice(start, before.length - end);
  const fresh = after.slice(start, after.length - end);
  return joined([
    ...before.slice(0, start).map((text) => ({ kind: "same", text })),
    ...middle(old, fresh),
    ...before.slice(before.length - end).map((text) => ({ kind: "same", text })),
  ]);
}

function middle(old, fresh) {
  const removed = old.map((text) => ({ kind: "del", text }));
  const added = fresh.map((text) => ({ kind: "ins", text }));
  // Word by word takes time and memory of the product; longer texts count as wholly different.
  if (old.length * fresh.length > MOST_PAIRS) return [...removed, ...added];
  const width = fresh.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      common[i * width + j] =
        old[i] === fresh[j]
          ? common[(i + 1) * width + j + 1] + 1
          : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  const parts = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < fresh.length) {
    if (old[i] === fresh[j]) {
      parts.push({ kind: "same", text: old[i++] });
      j++;
    } else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) {
      parts.push(removed[i++]);
    } else {
      parts.push(added[j++]);
    }
  }
  return [...parts, ...removed.slice(i), ...added.slice(j)];
}

/** Runs of one kind; what is between two changes and holds no word belongs to both of them. */
function joined(parts) {
  const runs = [];
  let [removed, added, between] = ["", "", ""];
  const settle = () => {
    if (removed) runs.push({ kind: "del", text: removed });
    if (added) runs.push({ kind: "ins", text: added });
    if (between) runs.push({ kind: "same", text: between });
    [removed, added, between] = ["", "", ""];
  };
  for (const { kind, text } of parts) {
    if (kind === "same") {
      between += text;
      continue;
    }
    if ((removed || added) && !/[\p{L}\p{N}]/u.test(between)) {
      removed += between;
      added += between;
    } else {
      const kept = between;
      between = "";
      settle();
      between = kept;
      settle();
    }
    between = "";
    if (kind === "del") removed += text;
    else added += text;
  }
  settle();
  return runs;
}

function words(text) {
  return readable(text).match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
}

/** JSON on several lines, other text as it is. */
export function readable(text) {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
