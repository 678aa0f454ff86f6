// Fills in what usually follows: the language of a nationality, interpretation for another
// language; and puts the names away where no data are to be kept. The person confirms.
export default (form) => {
  const usual = new Map(form.dataset.usual?.split(" ").map((pair) => pair.split(":")));
  const chosen = (name) => form.querySelector(`input[name=${name}]:checked`);
  const touched = new Set([...form.querySelectorAll("input:checked")].map(({ name }) => name));
  let own = false;

  function suggest(name, value) {
    if (touched.has(name) || !value) return;
    const input = form.querySelector(`input[name=${name}][value="${CSS.escape(value)}"]`);
    if (!input || input.checked) return;
    own = true;
    input.click();
    own = false;
  }

  function follow({ target }) {
    if (!own && target.name) touched.add(target.name);
    if (target.name === "nationality" && target.checked)
      suggest("language", `languages:${usual.get(target.value.slice(-3)) ?? ""}`);
    const language = chosen("language");
    if (language && ["nationality", "language"].includes(target.name))
      suggest("interpreter_needed", language.value.endsWith(":spa") ? "no" : "yes");
    if (target.name === "consent_data") putAway();
  }

  function putAway() {
    const consent = chosen("consent_data");
    const without = Boolean(consent) && !consent.value.endsWith(":given");
    for (const part of form.querySelectorAll("[data-named]")) part.hidden = without;
  }

  form.addEventListener("change", follow);
  putAway();
};
