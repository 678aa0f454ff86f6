// Same as last time: fills the field from the button, as the server would.
export default (button) => {
  const values = JSON.parse(button.dataset.values);
  button.addEventListener("click", (event) => {
    const field = button.closest(".field");
    const boxes = [...field.querySelectorAll("input[type=radio], input[type=checkbox]")];
    const known = values.every((value) => boxes.some((box) => box.value === value));
    const text = field.querySelector("textarea, select, input:not([type=radio], [type=checkbox])");
    // Choices that this page does not hold are brought by the server.
    if (boxes.length ? !known : !text) return;
    event.preventDefault();
    if (boxes.length) {
      for (const box of boxes) box.checked = values.includes(box.value);
      for (const value of values) {
        const box = boxes.find((one) => one.value === value);
        box.dispatchEvent(new Event("input", { bubbles: true }));
      }
    } else {
      text.value = values.join("\n");
      text.dispatchEvent(new Event("input", { bubbles: true }));
      text.focus();
    }
  });
};
