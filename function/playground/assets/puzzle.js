// Grids as rows of symbols, and which of their cells break a rule.

/** Height and width of a sudoku's boxes, by its side. */
export const BOXES = { 4: [2, 2], 6: [2, 3], 9: [3, 3] };
/** The tasks whose answers are grids. */
export const GRIDS = new Set(["sudoku", "maze", "arc"]);
const BLANK = /[.0_*?xX]/;

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

/** The cells that break a rule, row by row, named as in the answers: `r1c2`. */
export function brokenCells(task, rows, given) {
  const broken = new Set();
  const name = (y, x) => `r${y + 1}c${x + 1}`;
  const mark = ([y, x]) => broken.add(name(y, x));
  if (task === "sudoku") repeated(rows).forEach(mark);
  if (task === "maze") looseEnds(rows).forEach(mark);
  const ordered = new Set();
  eachCell(rows, (symbol, y, x) => {
    const clue = task === "arc" ? undefined : given?.[y]?.[x];
    const isChanged = clue !== undefined && clue !== "." && symbol !== clue;
    if (isChanged || broken.has(name(y, x))) ordered.add(name(y, x));
  });
  return ordered;
}

function eachCell(rows, visit) {
  rows.forEach((row, y) => row.forEach((symbol, x) => visit(symbol, y, x)));
}

/** Cells of a sudoku whose digit stands twice in a row, a column or a box. */
function repeated(rows) {
  const [height, width] = BOXES[rows.length] ?? [rows.length, rows.length];
  const places = new Map();
  eachCell(rows, (symbol, y, x) => {
    if (symbol === ".") return;
    const box = `${Math.floor(y / height)}/${Math.floor(x / width)}`;
    for (const unit of [`row ${y}`, `column ${x}`, `box ${box}`]) {
      const key = `${unit}: ${symbol}`;
      places.set(key, [...(places.get(key) ?? []), [y, x]]);
    }
  });
  return [...places.values()].filter((cells) => cells.length > 1).flat();
}

/** Cells of a maze's path at which it breaks off, forks or ends elsewhere than at S and G. */
function looseEnds(rows) {
  const isPath = (y, x) => ["o", "S", "G"].includes(rows[y]?.[x]);
  const ends = [];
  if (!rows.flat().includes("o")) return ends;
  eachCell(rows, (symbol, y, x) => {
    if (!isPath(y, x)) return;
    const near = [[y - 1, x], [y + 1, x], [y, x - 1], [y, x + 1]].filter(([a, b]) => isPath(a, b));
    if (near.length !== (symbol === "o" ? 2 : 1)) ends.push([y, x]);
  });
  return ends;
}
