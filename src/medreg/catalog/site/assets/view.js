// The viewer: which case is seen, and what a person does. The state is the address's fragment,
// "#lits/volume-1"; all it asks for lies beside this page.
"use strict";
{
  const { Told, element, fail, make, say, tell } = panel;

  let shown = null; // what cases/<name>.json says
  let at = -1; // the case of it

  // --- the case ---------------------------------------------------------------------------------

  function address() {
    const [name, ...rest] = location.hash.slice(1).split("/");
    return [name, rest.join("/")].map(decodeURIComponent);
  }

  function hash(name, item) {
    return "#" + encodeURIComponent(name) + "/" + encodeURIComponent(item);
  }

  async function listed(name) {
    const answer = await fetch("cases/" + encodeURIComponent(name) + ".json");
    if (!answer.ok) throw new Told(`No case of ${name} is shown here.`);
    return await answer.json();
  }

  async function follow() {
    try {
      const [name, item] = address();
      if (!name) {
        tell(
          make("p", {}, "Choose a case on the page of a "),
          make("p", {}, make("a", { href: "index.html", textContent: "dataset" })),
        );
        return;
      }
      if (shown?.name !== name) {
        shown = await listed(name);
        panel.forget(shown.labels);
        element("cases").replaceChildren(...shown.cases.map((one) => new Option(one.case)));
      }
      const found = item ? shown.cases.findIndex((one) => one.case === item) : 0;
      if (!shown.cases.length) throw new Told(`${name} has no case yet.`);
      if (found < 0) throw new Told(`${name} has no case named ${item}.`);
      at = found;
      panel.describe(shown, at, stage.paint);
      await open();
    } catch (error) {
      fail(error);
    }
  }

  function open() {
    return stage.show(shown, shown.cases[at], element("channel").value);
  }

  // --- what a person does -----------------------------------------------------------------------

  function go(step) {
    const to = shown?.cases[at + step];
    if (to) location.hash = hash(shown.name, to.case);
  }

  function switchAll(on) {
    panel.switchAll(shown.labels, on);
    stage.paint();
  }

  // Letters work where nobody types: on the page itself, on the volume and on its buttons.
  function onPage(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, summary, a")) return;
    const key = event.key.toLowerCase();
    if (key === "n") go(1);
    else if (key === "p") go(-1);
    else if (key === "v" && stage.filled()) stage.nextView();
    else if (key === "m" && stage.masked()) switchAll(panel.off.size === shown.labels.length);
    else return;
    event.preventDefault();
  }

  // NiiVue has letters of its own, and no word for them: these keys are told on the page.
  stage.canvas.addEventListener("keydown", (event) => {
    stage.move(event);
    onPage(event);
    if (event.key !== "Tab") event.stopImmediatePropagation();
  });
  document.addEventListener("keydown", onPage);
  element("previous").addEventListener("click", () => go(-1));
  element("next").addEventListener("click", () => go(1));
  element("cases").addEventListener("change", () => {
    location.hash = hash(shown.name, element("cases").value);
  });
  element("view").addEventListener("change", stage.setView);
  element("channel").addEventListener("change", () => open().catch(fail));
  element("opacity").addEventListener("input", stage.blend);
  element("outline").addEventListener("change", stage.blend);
  element("all").addEventListener("click", () => switchAll(true));
  element("none").addEventListener("click", () => switchAll(false));
  for (const id of ["low", "high"]) element(id).addEventListener("change", stage.typedWindow);
  addEventListener("hashchange", follow);

  if (location.protocol === "file:") {
    say("A browser reads no volumes from a folder. Serve the site:", ["medreg serve"]);
  } else {
    follow();
  }
}
