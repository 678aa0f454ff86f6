// Search and tap, for long lists. Only code lists are searched while typing, never people.
export default (picker) => {
  const { name, type, list, url } = picker.dataset;
  const max = Number(picker.dataset.max) || Infinity;
  const alone = picker.dataset.exclusive?.split(" ") ?? [];
  const chosen = picker.querySelector(".chosen");
  const quick = picker.querySelector(".quick");
  const box = picker.querySelector(".picker-other input");
  const found = picker.querySelector(".found");
  const status = picker.querySelector("[role=status]");
  const one = type === "radio";
  let timer, asked = 0;
  // A second tap on the chosen radio takes it back: `checked` alone does not tell.
  let before = chosen.querySelector("input:checked");

  const say = (text) => status && (status.textContent = text);
  const inputs = (scope = picker) => [...scope.querySelectorAll(`input[type=${type}]`)];
  const announce = (input) => input.dispatchEvent(new Event("change", { bubbles: true }));

  function chip(key, label) {
    const element = document.createElement("label");
    const input = document.createElement("input");
    const text = document.createElement("span");
    Object.assign(input, { type, name, value: key });
    text.textContent = label;
    element.className = "chip";
    element.append(input, text);
    return element;
  }

  function settle(input) {
    const label = input.closest(".chip");
    if (input.checked) {
      if (!one && alone.length)
        for (const other of inputs(chosen))
          if (other !== input && (alone.includes(input.value) || alone.includes(other.value)))
            drop(other);
      if (!one && inputs(chosen).filter((other) => other !== input).length >= max) {
        input.checked = false;
        return say(status?.dataset.full);
      }
      if (one) for (const other of inputs(chosen)) if (other !== input) drop(other);
      for (const same of inputs(quick))
        if (same !== input && same.value === input.value) same.closest(".chip").remove();
      chosen.append(label);
      clear();
    } else drop(input);
    input.focus({ preventScroll: true });
  }

  function drop(input) {
    input.checked = false;
    quick.prepend(input.closest(".chip"));
  }

  function clear() {
    clearTimeout(timer);
    asked += 1;
    if (!box) return;
    box.value = "";
    found.replaceChildren();
    say("");
  }

  picker.addEventListener("click", ({ target }) => {
    if (target.type !== type || !one) return;
    if (target === before) {
      target.checked = false;
      before = null;
      settle(target);
      announce(target);
    } else before = target;
  });
  picker.addEventListener("input", ({ target }) => {
    if (target.type === type) settle(target);
  });

  if (!box || !url) return;

  async function search() {
    const text = box.value.trim();
    const turn = (asked += 1);
    if (text.length < 2) return found.replaceChildren(), say("");
    try {
      const address = `${url}?${new URLSearchParams({ list, q: text })}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.statusText);
      const { results } = await answer.json();
      if (turn !== asked) return;
      const taken = inputs(chosen).map((input) => input.value);
      const open = results.filter(({ key }) => !taken.includes(key));
      found.replaceChildren(...open.map(({ key, label }) => chip(key, label)));
      say(open.length ? "" : status.dataset.none);
    } catch {
      if (turn === asked) say(status.dataset.offline);
    }
  }

  box.addEventListener("input", (event) => {
    event.stopPropagation();
    picker.closest("form")?.dispatchEvent(new Event("input"));
    clearTimeout(timer);
    timer = setTimeout(search, 250);
  });
  box.addEventListener("keydown", (event) => {
    const first = found.querySelector("input");
    if (event.key === "Enter") {
      event.preventDefault();
      if (first) (first.checked = true), settle(first), announce(first), box.focus();
    } else if (event.key === "ArrowDown" && first) {
      event.preventDefault();
      first.focus();
    } else if (event.key === "Escape") clear();
  });
};
