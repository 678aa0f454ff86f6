// Saves a draft while it is written. Nothing is kept in the browser's storage: what could not
// be sent stays in the form and is tried again until it is.
const WAIT = 3000;
const LONGEST = 30000;

export default (form) => {
  const state = form.querySelector("[data-save-state]");
  let timer, sending = false, again = false, stopped = false, delay = WAIT;

  const say = (word, kind = "") => {
    if (!state) return;
    const time = word === "saved"
      ? ` ${new Date().toTimeString().slice(0, 5)}` : "";
    const text = state.dataset[word] + time;
    if (state.textContent !== text) state.textContent = text;
    state.dataset.kind = kind;
  };
  const plan = (wait) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, wait);
  };

  async function save(leaving = false) {
    if (sending) return void (again = true);
    clearTimeout(timer);
    sending = true;
    again = false;
    let answer;
    try {
      answer = await fetch(form.dataset.autosaveUrl, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json", "X-Requested-With": "autosave" },
        redirect: "manual",
        keepalive: leaving === true,
      });
    } catch {
      answer = null;
    }
    sending = false;
    if (stopped) return;
    await heard(answer);
  }

  async function heard(answer) {
    if (answer?.ok) {
      delay = WAIT;
      const { version } = await answer.json().catch(() => ({}));
      const hidden = form.elements.namedItem("version");
      if (hidden && version !== undefined) hidden.value = version;
      if (again) return plan(WAIT);
      delete form.dataset.dirty;
      say("saved");
    } else if (!answer || answer.status >= 500) {
      say("offline", "warn");
      delay = Math.min(delay * 2, LONGEST);
      plan(delay);
    } else if (answer.status === 409) {
      stopped = true;
      say("elsewhere", "warn");
    } else if (answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) {
      say("signedOut", "warn");
      plan(LONGEST);
    } else {
      say("refused", "warn");
    }
  }

  const changed = () => {
    form.dataset.dirty = "1";
    if (sending) again = true;
    else plan(WAIT);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  window.addEventListener("online", () => form.dataset.dirty && save());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && form.dataset.dirty && !stopped) save(true);
  });
  form.addEventListener("submit", (event) => {
    if (navigator.onLine === false) {
      // Sending now would lose the page: it stays, and goes on trying.
      event.preventDefault();
      say("offline", "warn");
      return;
    }
    stopped = true;
    clearTimeout(timer);
    delete form.dataset.dirty;
  });
};
