// On every page: a button for dark and light, buttons that copy, and "/" to search.
"use strict";

const root = document.documentElement;
const theme = document.getElementById("theme");
const system = matchMedia("(prefers-color-scheme: dark)");

function dark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
}

function tellTheme() {
  theme.textContent = dark() ? "Light" : "Dark";
  theme.setAttribute("aria-label", dark() ? "Use light colors" : "Use dark colors");
}

theme.addEventListener("click", () => {
  root.dataset.theme = dark() ? "light" : "dark";
  tellTheme();
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    // it holds for this page alone
  }
});
system.addEventListener("change", tellTheme);
tellTheme();
theme.hidden = false;

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
  }
}

document.addEventListener("keydown", (event) => {
  const field = document.getElementById("q");
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "/" && field && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});
