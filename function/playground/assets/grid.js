// A puzzle that fills in: one frame a step, played when they come and then at will.

import { element, share } from "./dom.js";
import { BOXES, brokenCells, puzzleOf, rowsOf } from "./puzzle.js";

const KINDS = { "#": "wall", S: "start", G: "goal", o: "path" };
const [SLOWEST, FASTEST, WHOLE] = [450, 120, 5000];

/** Shows a puzzle and the grids that become of it. */
export class Grid {
  constructor(data) {
    this.task = data.task;
    this.sudoku = data.task === "sudoku";
    this.colours = data.task === "arc";
    this.given = puzzleOf(data);
    this.frames = this.given ? [{ rows: this.given, caption: "The puzzle" }] : [];
    this.place = 0;
    this.timer = null;
    this.board = element("div", { class: "board", role: "img" });
    this.caption = element("p", { class: "caption" });
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
    this.figure = element("figure", { class: "puzzle" }, this.board, controls, this.caption);
    if (this.frames.length) this.show(0);
  }

  /** Adds what the grid is after a step. */
  add(step) {
    const rows = rowsOf(step.refined_answer);
    const attempt = step.reflection.match(/ in attempt \d+/)?.[0] ?? "";
    const sure = share(step.confidence) ?? "unknown";
    const caption = `Step ${step.step}${attempt}, confidence ${sure}`;
    this.frames.push({ rows, caption });
    this.slider.max = this.frames.length - 1;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.show(this.frames.length - 1);
    else this.play();
  }

  /** Shows the answer of a reply that came without steps, or that no step had. */
  end(answer) {
    const rows = rowsOf(answer);
    const last = this.frames.at(-1)?.rows;
    if (!rows.length || JSON.stringify(rows) === JSON.stringify(last)) return;
    this.frames.push({ rows, caption: "The answer" });
    this.slider.max = this.frames.length - 1;
    this.go(this.frames.length - 1);
  }

  /** Whether there is something to see. */
  get isDrawn() {
    return this.frames.length > 0;
  }

  /** Goes to a frame at a person's wish. */
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
    this.figure.classList.toggle("single", this.frames.length === 1);
    const { rows, caption } = this.frames[place];
    const before = place ? this.frames[place - 1].rows : rows;
    const side = rows[0].length;
    const broken = brokenCells(this.task, rows, this.given);
    this.board.style.setProperty("--columns", side);
    this.board.classList.toggle("sudoku", this.sudoku);
    this.board.replaceChildren(
      ...rows.flatMap((row, y) => row.map((symbol, x) => this.cell(symbol, before, x, y, side, broken))),
    );
    const filled = rows.flat().filter((symbol) => symbol !== ".").length;
    const count = this.sudoku ? `, ${filled} of ${rows.length * side} cells filled` : "";
    this.caption.textContent = `${caption}${count}${listed(broken)}`;
    this.slider.setAttribute("aria-valuetext", caption);
    const lines = rows.map((row) => row.join(" ")).join("; ");
    this.board.setAttribute("aria-label", `${caption}${listed(broken)}. ${lines}`);
  }

  cell(symbol, before, x, y, side, broken) {
    const kinds = [this.colours ? `colour colour-${symbol}` : (KINDS[symbol] ?? "open")];
    if (this.sudoku) {
      const [height, width] = BOXES[side] ?? [side, side];
      if ((x + 1) % width === 0 && x + 1 < side) kinds.push("right");
      if ((y + 1) % height === 0 && y + 1 < side) kinds.push("below");
      if (this.given && this.given[y]?.[x] !== ".") kinds.push("given");
    }
    if (broken.has(`r${y + 1}c${x + 1}`)) kinds.push("broken");
    else if (before[y]?.[x] !== symbol) kinds.push("changed");
    const silent = this.colours || symbol === "." || symbol === "#" || symbol === "o";
    return element("span", { class: kinds.join(" ") }, silent ? "" : symbol);
  }
}

const NAMED = 12;

/** The broken cells by name; the first of them where there are many. */
function listed(broken) {
  if (!broken.size) return "";
  const names = [...broken];
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  const verb = names.length === 1 ? "breaks" : "break";
  return `; ${names.slice(0, NAMED).join(", ")}${more} ${verb} a rule`;
}
