// The review desk by keys, ready reasons, and the next case, which is fetched ahead. Everything works without this file.
(() => {
  const QUIET_MS = 700; // so long after a decision no other one is taken: a second press of the same hand is none
  const LAST = "review-last-decision";
  const find = (selector) => document.querySelector(selector);
  const form = () => find("[data-decision]");
  const reason = () => document.getElementById("f-reason");
  const phrases = () => find("[data-phrases]");
  const typing = (target) => target.closest("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");

  const kept = (name, value) => {
    try {
      if (value !== undefined) localStorage.setItem(name, value);
      return localStorage.getItem(name);
    } catch {
      return null; // storage may be closed to us
    }
  };
  const keysOn = () => kept("review-keys") !== "off";
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-keys-on]")) kept("review-keys", target.checked ? "on" : "off");
    if (target.name === "phrase") showChosen();
  });

  // A decision is taken from a page that was seen, and not right after the last one.
  let last = Number(kept(LAST)) || 0;
  const decided = () => {
    last = Date.now();
    kept(LAST, String(last));
  };
  const tooSoon = () => {
    const mine = form();
    const soon = Boolean(mine && !mine.dataset.seen) || Date.now() - last < QUIET_MS;
    const said = find("[data-too-soon]");
    if (said) said.textContent = soon ? said.dataset.tooSoon : "";
    if (soon) last = Math.max(last, Date.now() - QUIET_MS / 2); // whoever goes on hammering decides nothing
    return soon;
  };

  // Ready reasons: what is chosen stands under the text; in an empty text a figure or the arrows choose.
  const choices = () => [...(phrases()?.querySelectorAll("input[name=phrase]") ?? [])];
  const chosen = () => choices().find((each) => each.checked && each.value !== "none");
  const showChosen = () => {
    const said = find("[data-phrase-chosen]");
    if (said) said.textContent = chosen()?.closest("label").querySelector("span:last-child").textContent.trim() ?? "";
  };
  const choose = (place) => {
    const each = choices()[place];
    if (!each) return false;
    each.checked = true;
    showChosen();
    return true;
  };
  const inReason = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      reject();
    } else if (!event.target.value && !event.ctrlKey && !event.metaKey && !event.altKey && phrases()?.open) {
      const now = choices().findIndex((each) => each.checked);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const figure = /^[0-9]$/.test(event.key) && !chosen() ? Number(event.key) : event.key === "Backspace" ? 0 : undefined;
      const place = step ? Math.min(Math.max(now + step, 0), choices().length - 1) : figure;
      if (place !== undefined && choose(place)) event.preventDefault();
    }
  };
  const reject = () => {
    if (reason().value.trim() || chosen()) press("r");
    else {
      if (phrases()) phrases().open = true;
      reason().focus();
    }
  };

  // What a key presses: a button, a link or a list that carries it. Those of a decision wait until the page was seen.
  const press = (key) => {
    const target = find(`[data-key="${key}"]`);
    if (!target) return;
    if (target.closest(".kp-decision") && tooSoon()) return;
    target.click();
    if (target.matches("summary") && target.parentElement.open) target.parentElement.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  };
  const open = (name) => {
    const link = find(`a[data-${name}]`);
    if (link && name === "next" && ahead?.page && new URL(link.href).pathname === new URL(ahead.address, link.href).pathname) show(ahead.page, link.href);
    else link?.click();
  };

  // Rows of the queue: the link of one has the focus, so Enter opens it.
  const rows = () => [...document.querySelectorAll(".kp-desk-queue tbody a[href^='/review/']")];
  const move = (step) => {
    const all = rows();
    const place = all.indexOf(document.activeElement);
    const next = all[place < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(place + step, 0), all.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  const escape = () => {
    for (const list of document.querySelectorAll("[data-phrases][open], [data-keys][open]")) list.open = false;
    if (document.activeElement !== document.body) document.activeElement.blur();
  };

  document.addEventListener("keydown", (event) => {
    if (event.target.id === "f-reason" && event.key !== "Escape") return inReason(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.key === "Escape") return escape();
    if (typing(event.target)) return;
    const list = find("[data-keys]");
    if (event.key === "?" && list) {
      list.open = !list.open;
      list.querySelector("summary").focus();
      return;
    }
    if (!keysOn()) return;
    const key = event.key.toLowerCase();
    const queue = !find(".kp-desk");
    if (key === "j" || key === "k") {
      if (queue) move(key === "j" ? 1 : -1);
      else open(key === "j" ? "next" : "previous");
    } else if (key === "enter") {
      if (queue && !event.target.closest("a, button, summary, input")) open("next");
      else if (event.target.name === "phrase") {
        event.preventDefault();
        reject();
      }
    } else if (key === "r" && form()) {
      event.preventDefault(); // the letter must not land in the text that gets the focus
      reject();
    } else if (key === "n" && reason()) {
      event.preventDefault();
      reason().focus();
    } else if (key === "x" && queue) document.activeElement.closest("tr")?.querySelector("input[name=pick]")?.click();
    else if (key === "o") find("#f-files a")?.focus();
    else if (/^[0-9]$/.test(key) && phrases()?.open) choose(Number(key));
    else if (/^[a-z0-9]$/.test(key)) press(key);
  });

  // The next case is fetched while this one is read, and again when it has changed since.
  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
  let ahead = null;
  const sentFrom = new Set(); // cases whose decision is on its way: behind the last one the queue begins anew, perhaps with one of these
  const fetchAhead = async () => {
    const place = find("[data-ahead]");
    if (!place || sentFrom.has(new URL(place.dataset.ahead, location.href).pathname)) {
      ahead = null;
      return;
    }
    const { ahead: address, stamp } = place.dataset;
    if (ahead?.address === address && ahead.stamp === stamp) return;
    const mine = { address, stamp, page: null };
    ahead = mine;
    try {
      const answer = await fetch(address);
      if (answer.ok && !answer.redirected) mine.page = parsed(await answer.text());
    } catch {
      // the plain way leads there as well
    }
  };

  // A page that is here already takes this one's place.
  const show = (page, address) => {
    const main = document.getElementById("content");
    main.replaceChildren(...document.adoptNode(page.getElementById("content")).childNodes);
    document.title = page.title;
    history.pushState(null, "", address);
    for (const field of document.querySelectorAll("form[action='/language'] [name=next]")) field.value = address;
    window.htmx?.process(main);
    window.scrollTo(0, 0);
    main.focus({ preventScroll: true });
    ahead = null;
    opened();
  };
  window.addEventListener("popstate", () => location.reload());

  // The decision is on its way while the next case is read; what became of it is said at the top of that one.
  const said = (page) => page.querySelector("#content > .kp-notice, #content [role=alert]");
  const tell = (box, number, answer, page, plain) => {
    const note = said(page);
    const back = new URL(answer.url).pathname.startsWith(`/review/${number}`);
    box.className = note ? note.className : "kp-notice kp-notice-failed";
    box.replaceChildren(...(note ? document.adoptNode(note).childNodes : []));
    if (answer.ok && !back) return;
    const again = document.createElement(answer.ok ? "a" : "button");
    again.className = "btn btn-outline btn-small";
    again.textContent = number;
    if (again.tagName === "A") again.href = `/review/${number}`;
    else again.addEventListener("click", plain);
    box.append(again);
  };
  const send = async (action, body, number, box, plain) => {
    try {
      let answer = await fetch(action, { method: "POST", body });
      let page = parsed(await answer.text());
      tell(box, number, answer, page, plain);
      for (let tries = 0; tries < 60 && box.isConnected && box.classList.contains("kp-notice-progress"); tries += 1) {
        await new Promise((done) => setTimeout(done, 1000));
        answer = await fetch(answer.url);
        page = parsed(await answer.text());
        tell(box, number, answer, page, plain);
      }
    } catch {
      plain(); // cut off: the browser says so, and the same key makes a repeat harmless
    }
  };
  document.addEventListener("submit", (event) => {
    const sent = event.target;
    if (!sent.matches("[data-decision]") || event.defaultPrevented) return;
    if (tooSoon()) {
      event.preventDefault();
      delete sent.dataset.sent;
      return;
    }
    decided();
    const bare = event.submitter?.value === "reject" && !reason().value.trim() && !chosen();
    if (bare || !ahead?.page) return; // without a reason it is answered here, beside the field
    event.preventDefault();
    const body = new URLSearchParams(new FormData(sent, event.submitter));
    const number = sent.dataset.decision;
    const plain = () => {
      const repeat = document.createElement("form");
      repeat.method = "post";
      repeat.action = sent.action;
      for (const [name, value] of body) {
        const field = document.createElement("input");
        [field.type, field.name, field.value] = ["hidden", name, value];
        repeat.append(field);
      }
      document.body.append(repeat);
      repeat.submit();
    };
    sentFrom.add(`/review/${number}`);
    const words = sent.dataset.underWay;
    show(ahead.page, new URL(ahead.address, location.href).href);
    find(`.kp-desk-list a[href^="/review/${number}?"]`)?.closest("li").remove();
    const box = document.createElement("div");
    box.className = "kp-notice kp-notice-progress";
    box.setAttribute("role", "status");
    box.textContent = words.replace("{number}", number);
    document.getElementById("content").prepend(box);
    send(sent.action, body, number, box, plain);
  });

  // Only a page that is seen says that somebody looks, and asks what has changed.
  document.addEventListener("htmx:config:request", (event) => {
    if (document.hidden && event.target.id === "beside") event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.getElementById("beside")?.dispatchEvent(new CustomEvent("every"));
  });
  document.addEventListener("htmx:after:swap", fetchAhead);

  const opened = () => {
    const on = find("[data-keys-on]");
    if (on) on.checked = keysOn();
    for (const line of document.querySelectorAll("[data-key-of]")) line.hidden = !find(`[data-key="${line.dataset.keyOf}"]`) && !(line.dataset.keyOf === "o" && find("#f-files a"));
    showChosen();
    const mine = form();
    // Two frames on, the page has been painted.
    if (mine) requestAnimationFrame(() => requestAnimationFrame(() => { mine.dataset.seen = "yes"; }));
    fetchAhead();
  };
  opened();
})();
