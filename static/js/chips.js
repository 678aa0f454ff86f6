// An optional answer is taken back with a second tap; "not asked" stands alone.
export default (group) => {
  const all = () => [...group.querySelectorAll("input")];
  let before = all().find((input) => input.checked);
  group.addEventListener("click", (event) => {
    const input = event.target;
    if (input.type !== "radio") return;
    if ("undo" in group.dataset && input === before) {
      input.checked = false;
      before = null;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    } else before = input;
  });
  const alone = group.dataset.exclusive?.split(" ") ?? [];
  group.addEventListener("input", ({ target }) => {
    if (target.type !== "checkbox" || !target.checked || !alone.length) return;
    for (const other of all())
      if (other !== target && (alone.includes(target.value) || alone.includes(other.value)))
        other.checked = false;
  });
};
