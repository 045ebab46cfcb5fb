// Keys of the review desk, and ready reasons. Everything works without this file.
(() => {
  const form = document.querySelector("[data-decision]");
  const reason = document.getElementById("f-reason");
  const phrase = document.getElementById("f-phrase");
  const list = document.querySelector("[data-keys]");
  const on = document.querySelector("[data-keys-on]");

  const remember = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("review-keys") !== "off";
      localStorage.setItem("review-keys", value ? "on" : "off");
    } catch {
      return true; // storage may be closed to us; the keys stay on then
    }
    return value;
  };
  if (on) {
    on.checked = remember();
    on.addEventListener("change", () => remember(on.checked));
  }

  // A ready reason goes into the text, where it can be changed before it is sent.
  phrase?.addEventListener("change", () => {
    if (!phrase.value) return;
    const text = phrase.selectedOptions[0].textContent;
    reason.value = reason.value.trim() ? `${reason.value.trim()} ${text}` : text;
    phrase.value = "";
    reason.focus();
  });

  const press = (key) => form?.querySelector(`[data-key="${key}"]`)?.click();
  const open = (name) => document.querySelector(`a[data-${name}]`)?.click();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "?" && list) {
      list.open = !list.open;
      list.querySelector("summary").focus();
      return;
    }
    if (!remember()) return;
    const key = event.key.toLowerCase();
    if (key === "j") open("next");
    else if (key === "k") open("previous");
    else if (key === "m") document.querySelector('summary[data-key="m"]')?.click();
    else if (key === "a" && form) press("a");
    else if (key === "r" && form) {
      event.preventDefault(); // the letter must not land in the text that gets the focus
      if (reason.value.trim() || phrase.value) press("r");
      else reason.focus();
    }
  });
})();
