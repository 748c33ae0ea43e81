// Tabs: the WAI-ARIA pattern with automatic activation.

/**
 * Makes a tablist work: click, arrow keys, Home and End.
 *
 * `mayLeave(tab)` is asked before the selected tab is left; returns false where it must stay.
 */
export function tabs(list, mayLeave) {
  const all = [...list.querySelectorAll("[role=tab]")];
  const selected = () => all.find((tab) => tab.getAttribute("aria-selected") === "true");

  function select(tab) {
    if (tab === selected()) return true;
    if (!mayLeave(selected())) return false;
    for (const other of all) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
    }
    return true;
  }

  for (const [place, tab] of all.entries()) {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", ({ key }) => {
      const places = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: -1 };
      const next = all.at(places[key] % all.length);
      if (key in places && select(next)) next.focus();
    });
  }
}
