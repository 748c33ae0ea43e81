// A text under its name, with a button that copies it.

import { copy } from "./clipboard.js";
import { element } from "./dom.js";

/** A text that can be copied, under its name. */
export function copyBox(name, text) {
  const said = document.getElementById("said");
  const button = element("button", { type: "button", class: "small" }, `Copy ${name}`);
  button.addEventListener("click", async () => {
    said.textContent = (await copy(text)) ? `Copied: ${name}.` : `${name} was not copied.`;
  });
  const shown = element("pre", { tabindex: 0, role: "group", "aria-label": name }, text);
  return element("div", { class: "copied" }, button, shown);
}
