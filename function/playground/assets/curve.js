// How sure the answer was, step by step.

import { drawn, element, share } from "./dom.js";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [360, 120, 30, 12, 10, 22];

/** The curve as a figure; null where there are not two points of one. */
export function curve(steps) {
  const known = steps.filter((step) => step.confidence !== null);
  if (known.length < 2) return null;
  const x = (step) => LEFT + ((WIDTH - LEFT - RIGHT) * steps.indexOf(step)) / (steps.length - 1);
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value);
  const picture = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  const values = known.map((step) => `step ${step.step}: ${share(step.confidence)}`).join(", ");
  picture.append(drawn("title", {}, `Confidence by step. ${values}`));
  for (const value of [0, 0.5, 1]) {
    picture.append(
      drawn("line", { class: "rule", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
      drawn("text", { class: "mark", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, `${value}`),
    );
  }
  const points = known.map((step) => `${x(step)},${y(step.confidence)}`).join(" ");
  picture.append(drawn("polyline", { class: "line", points }));
  const every = Math.ceil(steps.length / 12);
  for (const [place, step] of steps.entries()) {
    if (step.confidence !== null) {
      const kind = step.accepted ? "point" : "point rejected";
      picture.append(drawn("circle", { class: kind, cx: x(step), cy: y(step.confidence), r: 4 }));
    }
    if (place % every === 0) {
      const at = { class: "mark", x: x(step), y: HEIGHT - 6, "text-anchor": "middle" };
      picture.append(drawn("text", at, `${step.step}`));
    }
  }
  const caption = element("figcaption", {}, "Confidence of each step; hollow where not accepted");
  return element("figure", { class: "curve" }, picture, caption);
}
