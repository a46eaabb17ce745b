// The index: search and facets over the rows of the table. The state is the address's query, so
// that a search can be sent; without this script the table is a plain table.
"use strict";

const { facets, uses, use: firstUse, orders, rows } = medregCatalog;
const element = (id) => document.getElementById(id);
const lines = rows.map((row) => element("d-" + row.name));
const verdictCells = lines.map((line) => line.querySelector(".c-terms"));
const links = lines.map((line) => line.querySelector("a"));
const MARKS = { allowed: "✓", blocked: "✕", unclear: "?" };
const ALL = new Set(["has"]); // of these every choice must be there; of others, one of them

const state = { q: "", use: firstUse, sort: "best", chosen: {} };
for (const { key } of facets) state.chosen[key] = new Set();

// --- the address ------------------------------------------------------------------------------

function readAddress() {
  const query = new URLSearchParams(location.search);
  state.q = query.get("q") ?? "";
  state.use = uses.includes(query.get("use")) ? query.get("use") : firstUse;
  state.sort = query.get("sort") in orders ? query.get("sort") : "best";
  for (const { key, values } of facets) {
    state.chosen[key] = new Set(query.getAll(key).filter((value) => values.includes(value)));
  }
}

function writeAddress() {
  const query = new URLSearchParams();
  if (state.q) query.set("q", state.q);
  for (const { key } of facets) for (const value of state.chosen[key]) query.append(key, value);
  if (state.use !== firstUse) query.set("use", state.use);
  if (state.sort !== "best") query.set("sort", state.sort);
  const text = query.toString();
  try {
    history.replaceState(null, "", text ? "?" + text : location.pathname);
  } catch {
    // a browser that lets no file change its address: the search works, and cannot be sent
  }
}

// --- which rows -------------------------------------------------------------------------------

function words(text) {
  return text.toLowerCase().replaceAll("tumour", "tumor").match(/[\p{L}\p{N}]+/gu) ?? [];
}

function valuesOf(row, key) {
  return key === "terms" ? [row.terms[uses.indexOf(state.use)]] : row[key];
}

function fits(row, key) {
  const wanted = state.chosen[key];
  if (!wanted.size) return true;
  const had = valuesOf(row, key);
  const has = (value) => had.includes(value);
  return ALL.has(key) ? [...wanted].every(has) : [...wanted].some(has);
}

// Return which rows are found, and of each facet how many rows each further choice would leave.
function find() {
  const sought = words(state.q);
  const counts = Object.fromEntries(facets.map(({ key }) => [key, new Map()]));
  const found = rows.map((row) => {
    if (!sought.every((word) => row.text.includes(word))) return false;
    const failed = facets.filter(({ key }) => !fits(row, key));
    if (failed.length > 1) return false;
    const open = failed.length ? failed : facets;
    for (const { key } of open) {
      if (failed.length && ALL.has(key)) continue;
      for (const value of valuesOf(row, key)) {
        counts[key].set(value, (counts[key].get(value) ?? 0) + 1);
      }
    }
    return failed.length === 0;
  });
  return { found, counts };
}

// --- what is shown ----------------------------------------------------------------------------

const MOST = 7; // values of a facet that are shown before a person asks for more
const lists = new Map(); // key -> what holds its values
const boxes = new Map(); // "key value" -> its checkbox, line and number

function makeFacet({ key, name, values }) {
  const set = document.createElement("fieldset");
  set.dataset.facet = key;
  const legend = document.createElement("legend");
  legend.textContent = name;
  set.append(legend);
  if (values.length > 30) set.append(makeNarrow(name, key));
  const list = document.createElement("div");
  list.className = "values";
  lists.set(key, list);
  for (const value of values) {
    const line = document.createElement("label");
    const box = document.createElement("input");
    const number = document.createElement("span");
    box.type = "checkbox";
    box.value = value;
    box.name = key;
    number.className = "of";
    const word = document.createElement("span");
    word.textContent = value.replaceAll("_", " ");
    line.append(box, word, number);
    list.append(line);
    boxes.set(key + " " + value, { box, line, number });
    box.addEventListener("change", () => {
      if (box.checked) state.chosen[key].add(value);
      else state.chosen[key].delete(value);
      update();
    });
  }
  set.append(list);
  if (values.length > MOST) set.append(makeMore(list, name));
  return set;
}

function makeMore(list, name) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "more";
  button.textContent = "more";
  button.setAttribute("aria-label", "More values: " + name);
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    const all = list.toggleAttribute("data-all");
    button.textContent = all ? "fewer" : "more";
    button.setAttribute("aria-expanded", String(all));
    showMore(list);
  });
  return button;
}

function chosenIn(line) {
  return line.firstElementChild.checked;
}

// Show the first values of a facet that would leave a row, and those that are chosen.
function showMore(list) {
  let left = list.hasAttribute("data-all") || list.dataset.narrow ? Infinity : MOST;
  for (const line of list.children) {
    const chosen = chosenIn(line);
    const away = line.dataset.none === "true" || line.dataset.away === "true";
    line.hidden = !chosen && (away || left <= 0);
    if (!line.hidden) left -= 1;
  }
  const any = [...list.children].some((line) => line.dataset.none !== "true" || chosenIn(line));
  list.parentElement.hidden = !any;
  const button = list.nextElementSibling;
  if (button) button.hidden = left > 0 && left !== Infinity;
}

function makeNarrow(name, key) {
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = "narrow this list";
  field.setAttribute("aria-label", "Narrow the list: " + name);
  field.addEventListener("input", () => {
    const sought = words(field.value);
    for (const value of facets.find((one) => one.key === key).values) {
      const text = words(value).join(" ");
      boxes.get(key + " " + value).line.dataset.away = !sought.every((w) => text.includes(w));
    }
    const list = field.nextElementSibling;
    list.dataset.narrow = field.value;
    showMore(list);
  });
  return field;
}

function showCounts(counts) {
  for (const { key, values } of facets) {
    for (const value of values) {
      const { box, line, number } = boxes.get(key + " " + value);
      const count = counts[key].get(value) ?? 0;
      const on = state.chosen[key].has(value);
      if (number.textContent !== String(count)) number.textContent = count;
      if (box.checked !== on) box.checked = on;
      line.dataset.none = !count;
    }
    showMore(lists.get(key));
  }
}

let shownSort = "best"; // the order in which the page came
let shownUse = firstUse;

function showRows(found) {
  if (shownSort !== state.sort) {
    element("found").append(...orders[state.sort].map((at) => lines[at]));
    shownSort = state.sort;
  }
  if (shownUse !== state.use) {
    rows.forEach((row, at) => showVerdict(verdictCells[at], row.terms[uses.indexOf(state.use)]));
    element("used").textContent = state.use.replace("-", " ");
    shownUse = state.use;
  }
  found.forEach((is, at) => {
    if (lines[at].hidden === is) lines[at].hidden = !is;
  });
}

function showVerdict(cell, answer) {
  const mark = document.createElement("span");
  mark.setAttribute("aria-hidden", "true");
  mark.textContent = MARKS[answer];
  cell.firstElementChild.className = "v " + answer;
  cell.firstElementChild.replaceChildren(mark, " " + answer);
}

function showChosen() {
  const chosen = facets.flatMap(({ key }) => [...state.chosen[key]].map((value) => [key, value]));
  const items = chosen.map(([key, value]) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = value.replaceAll("_", " ") + " ✕";
    button.setAttribute("aria-label", "Take away: " + value.replaceAll("_", " "));
    button.addEventListener("click", () => {
      state.chosen[key].delete(value);
      update();
      element("q").focus();
    });
    item.append(button);
    return item;
  });
  element("chosen").replaceChildren(...items);
  element("clear").hidden = !chosen.length && !state.q;
  const number = chosen.length ? ` (${chosen.length})` : "";
  element("facets").querySelector("summary").textContent = "Filters" + number;
}

// Write the search as the command that finds the same, where it has options for all of it.
function showCommand() {
  const quoted = (word) => (/^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "")}'`);
  const options = words(state.q).map(quoted);
  let whole = true;
  for (const { key, option } of facets) {
    for (const value of state.chosen[key]) {
      if (option) options.push(`--${option} ${quoted(value)}`);
      else if (key === "terms" && value === "allowed") options.push(`--use ${state.use}`);
      else whole = false;
    }
  }
  if (state.sort !== "name") options.push(`--sort ${state.sort}`);
  element("typed").textContent = ["medreg list", ...options].join(" ");
  element("same").hidden = !whole;
}

function update() {
  performance.mark("find-start");
  const { found, counts } = find();
  showRows(found);
  showCounts(counts);
  const number = found.filter(Boolean).length;
  element("count").textContent = `${number} of ${rows.length} datasets`;
  element("none").hidden = number > 0;
  showChosen();
  showCommand();
  writeAddress();
  performance.measure("find", "find-start");
}

// --- what a person does -----------------------------------------------------------------------

function options(select, values) {
  for (const value of values) select.append(new Option(value.replace("-", " "), value));
}

function restore() {
  readAddress();
  element("q").value = state.q;
  element("use").value = state.use;
  element("sort").value = state.sort;
  update();
}

function step(event) {
  const seen = orders[state.sort].filter((at) => !lines[at].hidden).map((at) => links[at]);
  const at = seen.indexOf(document.activeElement);
  const to = at + (event.key === "ArrowDown" ? 1 : -1);
  if (to < -1 || to >= seen.length) return;
  event.preventDefault();
  (to === -1 ? element("q") : seen[to]).focus();
}

element("find").addEventListener("submit", (event) => event.preventDefault());
element("q").addEventListener("input", () => {
  state.q = element("q").value;
  update();
});
element("q").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") step(event);
});
element("found").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event);
});
for (const key of ["use", "sort"]) {
  element(key).addEventListener("change", () => {
    state[key] = element(key).value;
    update();
  });
}
element("clear").addEventListener("click", () => {
  state.q = element("q").value = "";
  for (const { key } of facets) state.chosen[key].clear();
  update();
  element("q").focus();
});
addEventListener("popstate", restore);

options(element("use"), uses);
options(element("sort"), Object.keys(orders));
element("boxes").append(...facets.map(makeFacet));
element("find").hidden = false;
element("facets").hidden = false;
element("facets").open = matchMedia("(min-width: 60rem)").matches;
restore();
