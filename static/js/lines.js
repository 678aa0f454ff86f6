// Adds a line of a formset without a round trip.
export default (lines) => {
  const total = lines.querySelector(`[name="${lines.dataset.prefix}-TOTAL_FORMS"]`);
  const template = lines.querySelector("template");
  const button = lines.querySelector("[data-add]");
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const line = template.content.firstElementChild.cloneNode(true);
    line.innerHTML = line.innerHTML.replaceAll("__prefix__", total.value);
    total.value = Number(total.value) + 1;
    button.before(line);
    line.dispatchEvent(new Event("vereda:added", { bubbles: true }));
    line.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    total.dispatchEvent(new Event("input", { bubbles: true }));
  });
};
