// Totals that add themselves up: <output data-sum="women men girls boys">.
export default (scope) => {
  const add = () => {
    for (const output of scope.querySelectorAll("[data-sum]")) {
      const total = output.dataset.sum.split(" ").reduce((sum, name) => {
        const value = Number(scope.querySelector(`[name="${CSS.escape(name)}"]`)?.value.replace(/\s/g, ""));
        return sum + (value || 0);
      }, 0);
      output.textContent = total.toLocaleString(document.documentElement.lang);
    }
  };
  scope.addEventListener("input", add);
  add();
};
