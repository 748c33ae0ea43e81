// Whether the function answers: asked again and again, sooner while it does not.

import { get } from "./fetching.js";

const [EVERY, EVERY_WHILE_AWAY] = [5000, 1000];

/** Keeps the state line true. */
export class ServerState {
  /** `onlook` is called after each look that was answered. */
  constructor(place, token, onlook) {
    [this.place, this.token, this.onlook] = [place, token, onlook];
    this.awaySince = null;
    this.timer = null;
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
  }

  /** Asks now, and goes on asking while the page is in sight. */
  async look() {
    clearTimeout(this.timer);
    const turn = (this.turn = Symbol());
    const answer = await get("/health/readiness", this.token());
    if (turn !== this.turn) return; // a later look is under way
    if (answer) this.here(answer.ok, (await answer.text()).trim());
    else this.away();
    if (document.hidden) return;
    this.timer = setTimeout(() => this.look(), this.awaySince ? EVERY_WHILE_AWAY : EVERY);
  }

  here(isReady, message) {
    this.awaySince = null;
    this.show(message, isReady);
    this.onlook();
  }

  away() {
    this.awaySince ??= new Date();
    const time = this.awaySince.toLocaleTimeString([], { hour12: false });
    this.show(`no answer since ${time}; trying again`, false);
  }

  show(text, isGood) {
    // It is a live region: only what is new is worth saying.
    if (this.place.textContent !== text) this.place.textContent = text;
    this.place.className = isGood ? "state good" : "state bad";
  }
}
