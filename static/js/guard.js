// Asks before a page with unsaved changes is left.
export default (form) => {
  form.addEventListener("input", () => (form.dataset.dirty = "1"));
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) delete form.dataset.dirty;
  });
  window.addEventListener("beforeunload", (event) => {
    if (form.dataset.dirty && form.isConnected) event.preventDefault();
  });
};
