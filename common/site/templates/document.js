(() => {
  "use strict";
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = document.documentElement;

  // What a reader has chosen is remembered where the browser allows it, on all pages.
  const kept = {
    get(key) { try { return localStorage.getItem("googlenet." + key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem("googlenet." + key, value); } catch { /* not remembered */ } },
  };

  // Light, dark, or as the system has it.
  const THEMES = { auto: "Colours: as the system has them", light: "Colours: light", dark: "Colours: dark" };
  const button = document.getElementById("theme");
  function colour(theme) {
    root.dataset.theme = theme in THEMES ? theme : "auto";
    for (const name of ["aria-label", "title"]) button.setAttribute(name, THEMES[root.dataset.theme]);
    kept.set("theme", root.dataset.theme);
  }
  button.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    colour(names[(names.indexOf(root.dataset.theme) + 1) % names.length]);
  });

  // One framework is shown at a time; a group that has not the chosen one shows its first.
  function choose(framework) {
    for (const tabs of $$(".tabs")) {
      const buttons = $$("[data-framework]", tabs);
      const names = buttons.map((each) => each.dataset.framework);
      const shown = names.includes(framework) ? framework : names[0];
      for (const each of buttons) each.setAttribute("aria-pressed", String(each.dataset.framework === shown));
      for (const each of $$("[data-for]", tabs)) each.hidden = !each.dataset.for.split(" ").includes(shown);
    }
    kept.set("framework", framework);
  }
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest("[data-framework]") : null;
    if (!pressed) return;
    const before = pressed.getBoundingClientRect().top;
    choose(pressed.dataset.framework);
    scrollBy({ top: pressed.getBoundingClientRect().top - before, behavior: "instant" });  // the reader stays where they are
  });

  if (matchMedia("(max-width: 60rem)").matches) for (const list of $$(".pages details")) list.open = false;
  colour(kept.get("theme") || "auto");
  choose(kept.get("framework") || "pytorch");
  root.dataset.ready = "true";
})();
