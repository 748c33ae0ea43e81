// The text under way: the best candidate so far, and what is being written.

import { readable } from "./diff.js";
import { element, textBox } from "./dom.js";

/** Shows texts until the reply is there. */
export class Draft {
  constructor(place) {
    this.place = place;
    this.best = null;
    this.writing = null;
    this.number = null;
    this.step = null;
    place.replaceChildren();
  }

  /** Appends a piece of a text; returns its title where a new text begins. */
  write({ step, draft, text }) {
    const isNew = draft !== this.number;
    if (isNew) {
      // The first draft stays in sight until a step has looked at it.
      if (step && this.step === 0 && !this.best) this.best = box("Draft", this.text);
      [this.number, this.step] = [draft, step];
      this.title = step ? `Refinement ${step}, being written` : "Draft, being written";
      this.text = "";
    }
    this.text += text;
    this.writing = box(this.title, this.text);
    this.show();
    return isNew ? this.title : null;
  }

  /** Shows the candidate that stands after a step; what was being written is settled by it. */
  settle({ accepted, initial_answer, refined_answer }) {
    this.best = box("Best so far", readable(accepted ? refined_answer : initial_answer) || "(empty)");
    this.writing = null;
    this.show();
  }

  clear() {
    this.place.replaceChildren();
  }

  show() {
    this.place.replaceChildren(...[this.best, this.writing].filter(Boolean));
    const written = this.writing?.querySelector(".text");
    if (written) written.scrollTop = written.scrollHeight;
  }
}

function box(title, text) {
  return element("div", { class: "draft" }, element("h3", {}, title), textBox(title, text));
}
