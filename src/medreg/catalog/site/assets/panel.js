// What the viewer tells in words: messages on the stage, facts and findings, the list of labels.
"use strict";
const panel = (() => {
  const element = (id) => document.getElementById(id);
  const off = new Set(); // names of labels that are switched off

  class Told extends Error {} // its message is for people

  // --- words on the stage -----------------------------------------------------------------------

  function make(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  function tell(...blocks) {
    element("told").replaceChildren(...blocks);
    if (blocks.length) element("place").textContent = "\u00a0";
  }

  function say(text, commands = []) {
    tell(
      make("p", { textContent: text }),
      ...commands.map((command) => make("p", {}, make("code", { textContent: command }))),
    );
  }

  function fail(error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Told)) console.error(error);
    say(error instanceof Told ? error.message : `This case cannot be shown: ${error.message}`);
  }

  // --- the case ---------------------------------------------------------------------------------

  // Fill the page with case number *at*; call *changed* when a label is switched.
  function describe(shown, at, changed) {
    const one = shown.cases[at];
    document.title = `${one.case} of ${shown.name} · medreg`;
    element("case").textContent = one.case;
    Object.assign(element("dataset"), { textContent: shown.title, href: shown.page });
    element("previous").disabled = at === 0;
    element("next").disabled = at === shown.cases.length - 1;
    element("cases").selectedIndex = at;
    element("cases").disabled = false;
    element("panel").hidden = false;
    element("channel").replaceChildren(
      ...one.images.map(({ channel }) => new Option(channel, channel)),
    );
    for (const part of [element("channel"), document.querySelector("label[for=channel]")]) {
      part.hidden = one.images.length < 2;
    }
    const facts = [...one.facts, ["Quality", one.verdict || "not checked"]];
    element("facts").replaceChildren(
      ...facts.flatMap(([key, value]) => [
        make("dt", { textContent: key }),
        make("dd", { textContent: value }),
      ]),
    );
    const found = one.findings.map((finding) => {
      const kind = make("strong", { textContent: finding.severity, className: finding.severity });
      return make("li", {}, kind, ` ${finding.check}: ${finding.message}`);
    });
    element("findings").replaceChildren(
      found.length
        ? make("ul", { className: "found" }, ...found)
        : make("p", { textContent: one.verdict ? "None." : "It was not checked yet." }),
    );
    legend(shown.labels, one, changed);
  }

  // --- labels -----------------------------------------------------------------------------------

  // Forget what was switched: the labels are those of another dataset.
  function forget(labels) {
    off.clear();
    for (const label of labels) if (label.off) off.add(label.name);
  }

  function legend(labels, one, changed) {
    element("labelled").hidden = !one.mask;
    element("labels").replaceChildren(
      ...labels.map((label) => {
        const box = make("input", { type: "checkbox", checked: !off.has(label.name) });
        box.dataset.label = label.name;
        box.addEventListener("change", () => {
          if (box.checked) off.delete(label.name);
          else off.add(label.name);
          changed();
        });
        const volume = one.milliliters[label.name];
        return make(
          "li",
          {},
          make(
            "label",
            {},
            box,
            swatch(label.color),
            make("span", { className: "name", textContent: label.name.replaceAll("_", " ") }),
            make("span", { className: "ml", textContent: volume ? `${volume} ml` : "" }),
          ),
        );
      }),
    );
  }

  function swatch(color) {
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const fill = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const side of ["width", "height"]) fill.setAttribute(side, "100%");
    fill.setAttribute("fill", color);
    drawn.setAttribute("aria-hidden", "true");
    drawn.append(fill);
    return drawn;
  }

  function switchAll(labels, on) {
    off.clear();
    if (!on) for (const { name } of labels) off.add(name);
    for (const box of element("labels").querySelectorAll("input")) box.checked = on;
  }

  return { Told, describe, element, fail, forget, make, off, say, switchAll, tell };
})();
