// Small conveniences. Everything works without this file.
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  // Keys can be switched off, here and on the review desk together.
  const keysOn = (value) => {
    try {
      if (value !== undefined) localStorage.setItem("review-keys", value ? "on" : "off");
      return localStorage.getItem("review-keys") !== "off";
    } catch {
      return true; // storage may be closed to us; the keys stay on then
    }
  };
  const shortcuts = document.querySelector("[data-shortcuts]");
  const shortcutsOn = document.querySelector("[data-shortcuts-on]");
  if (shortcutsOn) {
    shortcutsOn.checked = keysOn();
    shortcutsOn.addEventListener("change", () => keysOn(shortcutsOn.checked));
  }

  // "/" leads to the search field, "?" to the list of keys, unless somebody is typing. The review desk has a longer list.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      for (const open of document.querySelectorAll("[data-more][open], [data-shortcuts][open], .kp-masked details[open]")) {
        open.open = false;
        open.querySelector("summary").focus();
      }
      if (event.target.id === "search") event.target.blur();
      return;
    }
    if (typing(event.target)) return;
    const search = document.getElementById("search");
    if (event.key === "/" && search && keysOn()) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "?" && shortcuts && !document.querySelector("[data-keys]")) {
      shortcuts.open = !shortcuts.open;
      shortcuts.querySelector("summary").focus();
    }
  });

  // A sheet closes when something beside it is touched.
  document.addEventListener("click", (event) => {
    const more = document.querySelector("[data-more][open]");
    if (more && !more.contains(event.target)) more.open = false;
  });

  // A button that cannot be pressed now leads to its reason.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reason]");
    if (!button) return;
    event.preventDefault();
    document.getElementById(button.dataset.reason)?.focus();
  });

  // A filter is applied when it is changed; its button stays for those without script.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form) form.requestSubmit();
  });

  // Copy a number without its gaps.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
  });

  // A form is sent once: the second press of an impatient hand is dropped.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-hx-post")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    window.addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
  });

  // A browser that comes back restores ticks and typed text, not what was worked out of them: it is worked out again.
  window.addEventListener("pageshow", (event) => {
    const [how] = performance.getEntriesByType("navigation");
    if (!event.persisted && (!how || how.type === "navigate")) return;
    // A request sent in the event itself is not answered: it has to wait until the page is there.
    setTimeout(() => {
      for (const form of document.querySelectorAll("form[hx-trigger=change]")) form.dispatchEvent(new Event("change"));
    }, 50);
  });

  // What was typed and not sent is there again after the language was switched..
  const TYPED = "typed-before-language";
  const fields = () => [...document.querySelectorAll("main form textarea, main form input[type=text], main form input:not([type])")];
  const name = (field) => `${new URL(field.form.action).pathname} ${field.name}`;
  document.addEventListener("submit", ({ target }) => {
    if (!target.matches("form[action='/language']")) return;
    const typed = fields().filter((field) => field.value !== field.defaultValue && field.autocomplete !== "one-time-code");
    const kept = { page: location.pathname, values: typed.map((field) => [name(field), field.value]) };
    try {
      sessionStorage.setItem(TYPED, JSON.stringify(kept));
    } catch {
      // storage may be closed to us
    }
  });
  try {
    const kept = JSON.parse(sessionStorage.getItem(TYPED));
    sessionStorage.removeItem(TYPED);
    for (const [which, value] of kept?.page === location.pathname ? kept.values : []) {
      const field = fields().find((each) => name(each) === which && each.value === each.defaultValue);
      if (field) field.value = value;
    }
  } catch {
    // nothing was kept
  }

  // A password can be looked at while it is typed.
  for (const eye of document.querySelectorAll("[data-eye]")) {
    eye.hidden = false;
    eye.addEventListener("click", () => {
      const field = document.getElementById(eye.dataset.eye);
      const shown = field.type === "text";
      field.type = shown ? "password" : "text";
      eye.setAttribute("aria-pressed", String(!shown));
    });
  }

  // Another kind of invoice offers that kind's title, unless one was chosen by hand.
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (event.target.name === "title" && form) form.dataset.titleChosen = "yes";
    if (event.target.name !== "kind" || event.target.type !== "radio" || !form || form.dataset.titleChosen) return;
    const offered = (which) => form.querySelector(`[name="title"][data-template="${which}"]:not(:disabled)`);
    const wanted = offered(event.target.value) ?? offered("any");
    if (wanted) wanted.checked = true;
  });

  document.querySelector("[data-focus]")?.focus();
})();
