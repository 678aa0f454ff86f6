// A fold that says in its summary what is chosen inside.
export default (fold) => {
  const place = fold.querySelector("[data-recap]");
  fold.addEventListener("input", () => {
    const chosen = [...fold.querySelectorAll(".chip:has(input:checked)")];
    place.textContent = chosen.map((chip) => chip.textContent.trim()).join(" · ");
  });
};
