// − and + beside a number. An empty box starts at the least value, or at 0.
export default (stepper) => {
  const input = stepper.querySelector("input");
  const { step, min, max } = stepper.dataset;
  stepper.addEventListener("click", (event) => {
    const by = Number(event.target.closest("[data-by]")?.dataset.by);
    if (!by) return;
    const now = Number(input.value.replace(/\s/g, ""));
    if (Number.isNaN(now)) return;
    const next = input.value.trim() === "" && by > 0 && min > 0 ? Number(min) : now + by * (Number(step) || 1);
    input.value = Math.min(max === undefined ? Infinity : Number(max),
      Math.max(min === undefined ? 0 : Number(min), next));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
};
