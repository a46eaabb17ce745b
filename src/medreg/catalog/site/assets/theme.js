// Before anything is painted: the colors that a person chose, if any.
"use strict";
try {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  // no storage here (a file, a strict browser): the system's colors
}
