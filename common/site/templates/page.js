(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const read = (id) => JSON.parse($("#" + id).textContent);
  const words = read("words");
  const layers = read("layers");
  const root = document.documentElement;

  // What a reader has chosen is remembered where the browser allows it.
  const kept = {
    get(key) { try { return localStorage.getItem("googlenet." + key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem("googlenet." + key, value); } catch { /* not remembered */ } },
  };

  // Words in the language chosen.
  let language = "en";
  const say = (key, holes = {}) => words[key][language].replace(/\{(\w+)\}/g, (_, name) => holes[name]);
  const holesOf = (element) => JSON.parse(element.dataset.holes || "{}");
  const ATTRIBUTES = ["aria-label", "title", "placeholder"];
  function translate(scope) {
    for (const element of $$("[data-t]", scope)) element.textContent = say(element.dataset.t, holesOf(element));
    for (const element of $$("[data-both]", scope)) element.textContent = JSON.parse(element.dataset.both)[language];
    for (const name of ATTRIBUTES) {
      for (const element of $$(`[data-t-${name}]`, scope)) {
        element.setAttribute(name, say(element.getAttribute(`data-t-${name}`), holesOf(element)));
      }
    }
  }
  function speak(code) {
    language = code in words.brand ? code : "en";
    root.lang = language === "zh" ? "zh-Hans" : language;
    for (const button of $$("[data-language]")) button.setAttribute("aria-pressed", button.dataset.language === language);
    document.title = say("title");
    translate(document);
    breakIt();
    differ();
    kept.set("language", language);
  }
  const announce = (text) => { $("#said").textContent = text; };

  // Light, dark, or as the system has it.
  const THEMES = ["auto", "light", "dark"];
  function colour(theme) {
    root.dataset.theme = THEMES.includes(theme) ? theme : "auto";
    const button = $("#theme");
    for (const name of ["aria-label", "title"]) {
      button.setAttribute(`data-t-${name}`, "theme." + root.dataset.theme);
      button.setAttribute(name, say("theme." + root.dataset.theme));
    }
    kept.set("theme", root.dataset.theme);
  }

  // One network is shown at a time; the others wait in templates.
  const picker = $("#network");
  let network = picker.value;
  const waiting = (name) => $$("template.net").filter((each) => each.dataset.net === name);
  function choose(name) {
    if (![...picker.options].some((option) => option.value === name)) return;
    unlight();
    network = picker.value = name;
    for (const template of waiting(name)) {
      const own = document.createElement("div");
      own.className = "net";
      own.dataset.net = name;
      own.append(template.content.cloneNode(true));
      template.replaceWith(own);
      translate(own);
    }
    for (const each of $$("div.net")) each.hidden = each.dataset.net !== name;
    for (const place of $$(`div.net[data-net="${CSS.escape(name)}"] [data-drawing]`)) unpack(place);
    for (const row of $$("[data-size]")) row.classList.toggle("chosen", row.dataset.size === name);
    columns(shownColumns);
    const here = $$("#break-net input").find((input) => input.value === name);
    if (here) here.checked = true;
    breakIt();
    kept.set("network", name);
  }

  // Drawings are packed, for they are long; each is unpacked when it is shown first.
  async function unpack(place) {
    const packed = Uint8Array.from(atob(place.dataset.drawing), (letter) => letter.charCodeAt(0));
    delete place.dataset.drawing;
    try {
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
      place.innerHTML = await new Response(stream).text();
      place.dataset.drawn = "true";
    } catch {
      place.textContent = say("drawing.old");
    }
  }

  // Columns of code: all, or one.
  let shownColumns = "all";
  const narrow = matchMedia("(max-width: 60rem)");
  function columns(which) {
    const inputs = $$("#columns input");
    const known = inputs.some((input) => input.value === which) ? which : "all";
    shownColumns = known;
    const actual = narrow.matches && known === "all" ? inputs[1].value : known;
    for (const input of inputs) input.checked = input.value === actual;
    for (const rows of $$(".rows")) {
      rows.dataset.columns = actual;
      for (const cell of $$("[data-column]", rows)) cell.hidden = actual !== "all" && cell.dataset.column !== actual;
    }
    kept.set("columns", known);
  }
  function view(which) {
    const known = which === "source" ? which : "written";
    for (const input of $$("#view input")) input.checked = input.value === known;
    for (const each of $$("#side [data-view]")) each.hidden = each.dataset.view !== known;
    kept.set("view", known);
  }

  // A name lights up wherever it stands: a layer, its path, its block, its stage.
  let lit = "";
  const below = (name, above) => name.startsWith(above) && /^(\.|_\d)/.test(name.slice(above.length));
  const shown = () => $$(`div.net[data-net="${CSS.escape(network)}"]`);
  function unlight() {
    for (const each of $$(".on, .within")) each.classList.remove("on", "within");
    lit = "";
    $("#lit").hidden = true;
  }
  function light(names) {
    unlight();
    if (!names.length) return;
    lit = names[0];
    for (const element of shown().flatMap((each) => $$("[data-name]", each))) {
      const own = namesOf(element);
      if (own.some((name) => names.includes(name))) element.classList.add("on");
      else if (own.some((name) => names.some((above) => below(name, above)))) element.classList.add("within");
    }
    describe(names);
  }
  function describe(names) {
    const rows = layers[network] || [];
    const row = names.map((name) => rows.find((each) => each[0] === name)).find(Boolean);
    $("#lit-name").textContent = names.length > 1 ? `${names[0]} +${names.length - 1}` : names[0];
    $("#lit-kind").textContent = row ? row[1] : "";
    $("#lit-shape").textContent = row ? row[2].join("×") : "";
    $("#lit-params").textContent = row ? row[3].toLocaleString("en") : "–";
    $("#lit-macs").textContent = row ? row[4].toLocaleString("en") : "–";
    $("#lit-field").textContent = row && row[5] ? row[5].join("×") : row ? say("field.whole") : "–";
    $("#lit").hidden = false;
  }
  const namesOf = (element) => (element ? (element.dataset.names || element.dataset.name).split(" ") : []);
  const named = (target) => (target instanceof Element ? target.closest(".net [data-name]") : null);
  let pinned = false;
  document.addEventListener("pointerover", (event) => {
    if (pinned || event.pointerType === "touch") return;
    const element = named(event.target);
    if (element) light(namesOf(element));
    else if (lit && !$("#lit").contains(event.target)) unlight();
  });
  document.addEventListener("click", (event) => {
    const element = named(event.target);
    if (!element) return;
    pinned = true;
    light(namesOf(element));
  });
  document.addEventListener("focusin", (event) => {
    const element = named(event.target);
    if (element && event.target.matches(":focus-visible")) light(namesOf(element));
  });
  $("#unlit").addEventListener("click", () => { pinned = false; unlight(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { pinned = false; unlight(); }
  });

  // Arrows walk over the lines that have a name.
  const STEP = { ArrowDown: 1, ArrowUp: -1 };
  const AROUND = { ArrowRight: 1, ArrowLeft: -1 };
  const linesOf = (rows, column) => $$(`pre[data-column="${column}"] .l[data-name]`, rows);
  const visible = (element) => element.offsetParent !== null;
  function walk(event) {
    const rows = event.target.closest(".rows");
    if (!rows || !(event.key in STEP || event.key in AROUND) || event.target.closest("button")) return;
    const line = event.target.closest(".l[data-name]");
    const order = $$(".head", rows).filter(visible).map((head) => head.dataset.column);
    if (!order.length) return;
    let next;
    if (!line) next = linesOf(rows, order[0])[0];
    else {
      const column = line.closest("pre").dataset.column;
      const own = linesOf(rows, column);
      if (event.key in STEP) next = own[own.indexOf(line) + STEP[event.key]];
      else {
        const other = order[(order.indexOf(column) + AROUND[event.key] + order.length) % order.length];
        const first = namesOf(line)[0];
        next = linesOf(rows, other).find((each) => namesOf(each).includes(first));
      }
    }
    if (!next) return;
    event.preventDefault();
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", walk);

  // A known mistake in one framework: what every stage says of it, and what shapes and counts say.
  const broken = read("broken");
  const chosenOf = (name) => $(`input[name="${name}"]:checked`).value;
  function breakIt() {
    const [net, backend] = [chosenOf("break-net"), chosenOf("break-backend")];
    const own = broken.find((each) => each.name === net);
    const tries = own.tries.filter((each) => each.backend === backend);
    const possible = (mistake) => tries.some((each) => each.mistake === mistake);
    if (!possible(chosenOf("break-mistake"))) $(`#break-mistake input[value="${tries[0].mistake}"]`).checked = true;
    const mistake = chosenOf("break-mistake");
    for (const about of $$("#break [data-mistake]")) about.hidden = about.dataset.mistake !== mistake;
    const outcome = tries.find((each) => each.mistake === mistake);
    $("#break-where").textContent = outcome.where;
    $("#break-shapes").textContent = say(outcome.shapes ? "break.same" : "break.differ", { count: own.stages.length });
    $("#break-params").textContent = say(outcome.params ? "break.same" : "break.differ", { count: own.stages.length });
    $("#break-seen").textContent = say(outcome.first ? "break.found" : "break.unseen", { where: outcome.first });
    $("#break-rows").replaceChildren(...own.stages.map((stage, row) => stageRow(stage, row, outcome)));
  }
  function element(tag, holds, attributes = {}) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...[holds].flat());
    return made;
  }
  function stageRow(stage, row, outcome) {
    const cells = $$("#break-backend input").map(({ value }) => {
      const [text, at, verdict] = outcome.cells[value][row];
      const holds = [element("span", text, { class: "number", lang: "en" })];
      if (verdict !== "agree") holds.push(" ", element("em", say("cell." + verdict)));
      if (value === outcome.backend && outcome.first && outcome.first.split(".")[0] === stage.name) {
        holds.push(" ", element("b", say("cell.first", { where: outcome.first })));
      }
      const cell = element("td", [...holds, element("span", "", { class: "log" })], { class: "cell " + verdict });
      cell.style.setProperty("--at", at);
      cell.style.setProperty("--limit", stage.at);
      return cell;
    });
    const shape = element("td", stage.shape.join("×"), { class: "number quiet", lang: "en" });
    return element("tr", [element("th", stage.name, { scope: "row", lang: "en" }), shape, ...cells]);
  }
  $("#break").addEventListener("change", (event) => {
    const has = (net, mistake) => net.tries.some((each) => each.mistake === mistake);
    if (event.target.name === "break-mistake" && !has(broken.find((each) => each.name === chosenOf("break-net")), event.target.value)) {
      const other = broken.find((each) => has(each, event.target.value));
      $(`#break-net input[value="${other.name}"]`).checked = true;
    }
    breakIt();
  });

  // Differences, those about one framework or all.
  function differ() {
    const which = chosenOf("about");
    for (const card of $$(".card")) card.hidden = which !== "all" && !card.dataset.frameworks.split(" ").includes(which);
    for (const group of $$(".group")) group.hidden = !$$(".card", group).some((card) => !card.hidden);
    const count = $$(".card").filter((card) => !card.hidden).length;
    $("#about-count").textContent = say("differences.count", { count });
  }
  $("#about").addEventListener("change", differ);
  function goBreak(mistake) {
    const input = $(`#break-mistake input[value="${mistake}"]`);
    input.checked = true;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    $("#break").scrollIntoView();
    input.focus({ preventScroll: true });
  }

  // The whole file, to copy or to keep.
  const textOf = (button, column) => $$(`pre[data-column="${column}"]`, button.closest(".rows")).map((pre) => pre.textContent).join("");
  async function copy(button) {
    const text = textOf(button, button.dataset.copy);
    let done = true;
    try { await navigator.clipboard.writeText(text); } catch { done = copyByHand(text); }
    const label = $("[data-t]", button);
    label.textContent = say(done ? "copied" : "copy.failed");
    announce(label.textContent);
    setTimeout(() => { label.textContent = say("copy"); }, 1600);
  }
  function copyByHand(text) {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
  function download(button) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([textOf(button, button.dataset.download)], { type: "text/x-python" }));
    link.download = button.dataset.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button");
    if (!button) return;
    if (button.dataset.copy) copy(button);
    else if (button.dataset.download) download(button);
    else if (button.dataset.language) speak(button.dataset.language);
    else if (button.dataset.choose) choose(button.dataset.choose);
    else if (button.dataset.break) goBreak(button.dataset.break);
  });

  // Which section is being read.
  const links = $$(".bar nav a");
  if ("IntersectionObserver" in window) {
    const watch = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const link of links) {
          if (link.hash === "#" + entry.target.id) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }
      }
    }, { rootMargin: "-30% 0px -65% 0px" });
    for (const section of $$("main > section")) watch.observe(section);
  }

  picker.addEventListener("change", () => choose(picker.value));
  $("#columns").addEventListener("change", (event) => columns(event.target.value));
  $("#view").addEventListener("change", (event) => view(event.target.value));
  $("#theme").addEventListener("click", () => colour(THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length]));
  narrow.addEventListener("change", () => columns(shownColumns));
  for (const rows of $$(".rows")) rows.tabIndex = 0;

  speak(kept.get("language") || (navigator.language.startsWith("zh") ? "zh" : "en"));
  colour(kept.get("theme") || "auto");
  shownColumns = kept.get("columns") || "all";
  view(kept.get("view"));
  choose(kept.get("network") || network);
  columns(shownColumns);
  root.dataset.ready = "true";
})();
