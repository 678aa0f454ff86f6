// On every page. Everything here improves HTML that works without it.
const root = document.documentElement;
root.classList.add("js");

// -- Behaviours: an element names its modules; each is fetched once, when a page has it ------
async function enhance(scope) {
  const marked = [...scope.querySelectorAll("[data-module]")];
  if (scope.dataset?.module) marked.unshift(scope);
  for (const element of marked) {
    const urls = element.dataset.module.split(" ");
    delete element.dataset.module;
    for (const url of urls) (await import(url)).default(element);
  }
}
enhance(document);
document.addEventListener("vereda:added", (event) => enhance(event.target));
document.addEventListener("htmx:load", (event) => enhance(event.target));

document.querySelector("[data-focus]")?.focus();

// -- Light, night, auto ---------------------------------------------------------------------
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-switch]")) return;
  event.preventDefault();
  const theme = event.submitter.value;
  root.dataset.theme = theme;
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=strict${secure}`;
  for (const button of event.target.querySelectorAll("button"))
    button.setAttribute("aria-pressed", button.value === theme);
});

// -- Leave this page: clears the screen first, and leaves no entry to come back to -----------
const way = document.querySelector("[data-quick-exit]");
if (way) {
  const leave = () => {
    document.title = "";
    document.body.replaceChildren();
    location.replace(way.href);
  };
  way.addEventListener("click", (event) => (event.preventDefault(), leave()));
  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Shift") presses = [];
    else if (!event.repeat) presses = [...presses, Date.now()].slice(-3);
    if (presses.length === 3 && presses[2] - presses[0] < 2000) leave();
  });
}

// -- Are you sure? --------------------------------------------------------------------------
const box = document.getElementById("confirm");
let agreed = null;
document.addEventListener("click", (event) => {
  const asker = event.target.closest("[data-confirm]");
  if (!asker || agreed === asker || !box?.showModal) return;
  event.preventDefault();
  event.stopPropagation();
  box.querySelector("p").textContent = asker.dataset.confirm;
  box.returnValue = "";
  box.onclose = () => {
    if (box.returnValue !== "yes") return asker.focus();
    agreed = asker;
    asker.click();
    agreed = null;
  };
  box.showModal();
}, true);

// -- Small buttons --------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-print], [data-opens], [data-closes], [data-copy-text]");
  if (!button) return;
  const { opens, copyText } = button.dataset;
  if (opens) document.getElementById(opens)?.showModal();
  else if (copyText) navigator.clipboard?.writeText(copyText);
  else if ("closes" in button.dataset) button.closest("dialog")?.close();
  else print();
});

// -- A fold says whether something in it is filled in ----------------------------------------
document.addEventListener("input", (event) => {
  const fold = event.target.closest(".fold");
  if (!fold) return;
  const filled = [...fold.querySelectorAll("input, select, textarea")].some((field) =>
    field.matches("[type=hidden]") ? false
      : field.matches("[type=radio], [type=checkbox]") ? field.checked
      : field.value.trim());
  fold.toggleAttribute("data-filled", Boolean(filled));
});

// -- One submission is enough ---------------------------------------------------------------
window.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "again" in form.dataset) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-disabled", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-disabled]")?.removeAttribute("aria-disabled");
  }
});
