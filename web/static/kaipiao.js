// Small conveniences. Everything works without this file.
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  // "/" leads to the search field, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const search = document.getElementById("search");
    if (!search) return;
    event.preventDefault();
    search.focus();
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

  document.querySelector("[data-focus]")?.focus();
})();
