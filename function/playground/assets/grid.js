// A puzzle that fills in: one frame a step, played when they come and then at will.

import { element, share } from "./dom.js";

const BOXES = { 4: [2, 2], 6: [2, 3], 9: [3, 3] };
const KINDS = { "#": "wall", S: "start", G: "goal", o: "path" };
/** The tasks whose answers are grids. */
export const GRIDS = new Set(["sudoku", "maze", "arc"]);
const BLANK = /[.0_*?xX]/;
const [SLOWEST, FASTEST, WHOLE] = [450, 120, 5000];

/** The rows of symbols in a grid that is written as text. */
export function rowsOf(text) {
  const lines = text.split("\n").filter((line) => /[^\s|+-]/.test(line));
  return lines.map((line) => [...line.replace(/[\s|+]/g, "")]);
}

/** The puzzle of a request as rows of symbols, blanks as points; null where it cannot be read. */
export function puzzleOf(data) {
  const given = data.puzzle ?? data.prompt ?? data.question;
  if (data.task === "arc") {
    const rows = given?.input;
    return Array.isArray(rows) && rows.every(Array.isArray) ? rows.map((row) => row.map(String)) : null;
  }
  if (data.task === "maze") {
    const lines = typeof given === "string" ? given.replace(/\n$/, "").split("\n") : given;
    if (!Array.isArray(lines)) return null;
    return lines.map((line) => [...line].map((symbol) => (symbol === " " ? "." : symbol)));
  }
  const flat = Array.isArray(given) ? given.flat() : [...String(given ?? "")];
  const cells = flat
    .map((cell) => String(cell ?? "."))
    .filter((cell) => /^\d+$/.test(cell) || BLANK.test(cell))
    .map((cell) => (BLANK.test(cell) && cell.length === 1 ? "." : cell));
  const side = Math.sqrt(cells.length);
  if (!BOXES[side]) return null;
  return Array.from({ length: side }, (_, row) => cells.slice(row * side, (row + 1) * side));
}

/** Shows a puzzle and the grids that become of it. */
export class Grid {
  constructor(data) {
    this.sudoku = data.task === "sudoku";
    this.colours = data.task === "arc";
    this.given = puzzleOf(data);
    this.frames = this.given ? [{ rows: this.given, told: "The puzzle" }] : [];
    this.place = 0;
    this.timer = null;
    this.board = element("div", { class: "board", role: "img" });
    this.told = element("p", { class: "told" });
    this.slider = element("input", {
      type: "range",
      min: 0,
      max: 0,
      value: 0,
      "aria-label": "Step shown",
      oninput: () => this.go(Number(this.slider.value)),
    });
    this.button = element("button", { type: "button", onclick: () => this.toggle() }, "Play");
    const controls = element("div", { class: "controls" }, this.button, this.slider);
    this.figure = element("figure", { class: "puzzle" }, this.board, controls, this.told);
    if (this.frames.length) this.show(0);
  }

  /** Adds what the grid is after a step. */
  add(step) {
    const rows = rowsOf(step.refined_answer);
    const copy = step.reflection.includes("copy") ? ", on a symmetric copy" : "";
    const told = `Step ${step.step}${copy}, confidence ${share(step.confidence) ?? "unknown"}`;
    this.frames.push({ rows, told });
    this.slider.max = this.frames.length - 1;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.show(this.frames.length - 1);
    else this.play();
  }

  /** Goes to a frame, because a person wants to see it. */
  go(place) {
    this.pause();
    this.show(place);
  }

  toggle() {
    if (this.timer) {
      this.pause();
      return;
    }
    if (this.place >= this.frames.length - 1) this.show(0);
    this.play();
  }

  play() {
    if (this.timer || this.place >= this.frames.length - 1) return;
    this.button.textContent = "Pause";
    const pace = Math.min(SLOWEST, Math.max(FASTEST, WHOLE / this.frames.length));
    this.timer = setTimeout(() => {
      this.timer = null;
      this.show(this.place + 1);
      if (this.place < this.frames.length - 1) this.play();
      else this.pause();
    }, pace);
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
    this.button.textContent = "Play";
  }

  show(place) {
    this.place = place;
    this.slider.value = place;
    const { rows, told } = this.frames[place];
    const before = place ? this.frames[place - 1].rows : rows;
    const side = rows[0].length;
    this.board.style.setProperty("--columns", side);
    this.board.classList.toggle("sudoku", this.sudoku);
    this.board.replaceChildren(
      ...rows.flatMap((row, y) => row.map((symbol, x) => this.cell(symbol, before, x, y, side))),
    );
    const filled = rows.flat().filter((symbol) => symbol !== ".").length;
    const count = this.sudoku ? `, ${filled} of ${rows.length * side} cells filled` : "";
    this.told.textContent = `${told}${count}`;
    this.slider.setAttribute("aria-valuetext", told);
    const lines = rows.map((row) => row.join(" ")).join("; ");
    this.board.setAttribute("aria-label", `${told}. ${lines}`);
  }

  cell(symbol, before, x, y, side) {
    const kinds = [this.colours ? `colour colour-${symbol}` : (KINDS[symbol] ?? "open")];
    if (this.sudoku) {
      const [height, width] = BOXES[side] ?? [side, side];
      if ((x + 1) % width === 0 && x + 1 < side) kinds.push("right");
      if ((y + 1) % height === 0 && y + 1 < side) kinds.push("below");
      if (this.given && this.given[y]?.[x] !== ".") kinds.push("given");
    }
    if (before[y]?.[x] !== symbol) kinds.push("changed");
    const silent = this.colours || symbol === "." || symbol === "#" || symbol === "o";
    return element("span", { class: kinds.join(" ") }, silent ? "" : symbol);
  }
}
