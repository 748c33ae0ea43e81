// Elements, made with their attributes and children in one go.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; children are nodes or texts, and nothing for null. */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      node.addEventListener(name.slice(2), value);
    } else if (value !== null && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const LONG = 1500;

/** A text as it was written; a long one scrolls by itself. */
export function textBox(name, ...children) {
  const box = element("p", { class: "text" }, ...children);
  if (box.textContent.length > LONG) {
    box.classList.add("long");
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", name);
  }
  return box;
}

/** Names and values side by side; those without a value are left out. */
export function facts(pairs) {
  const list = element("dl", { class: "facts" });
  for (const [name, value] of pairs) {
    if (value !== null && value !== undefined && value !== "") {
      list.append(element("div", {}, element("dt", {}, name), element("dd", {}, String(value))));
    }
  }
  return list;
}

/**
 * A table that scrolls by itself where it is longer or wider than its place. On a phone each row is
 * a card, which takes the roles of a table to be written down: `display` would take them away.
 */
export function table(caption, columns, rows) {
  const names = columns.map((name) => element("th", { scope: "col", role: "columnheader" }, name));
  const body = rows.map((row) =>
    element(
      "tr",
      { role: "row" },
      ...row.map((cell, place) =>
        element("td", { role: "cell", "data-column": columns[place] }, cell ?? "–"),
      ),
    ),
  );
  return element(
    "div",
    { class: "wide cards", tabindex: 0, role: "group", "aria-label": caption },
    element(
      "table",
      { role: "table" },
      element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...names)),
      element("tbody", { role: "rowgroup" }, ...body),
    ),
  );
}

/** A time span in ms as people read it. */
export function span(ms) {
  if (ms === null || ms === undefined) return null;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms >= 10 ? Math.round(ms) : ms.toFixed(1)} ms`;
}

/** A probability as people read it. */
export function share(value) {
  return value === null || value === undefined ? null : value.toFixed(2);
}
