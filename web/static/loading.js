// Waiting, trouble and being cut off, told in place: the same for live parts, sums, filters and uploads.
// The words stand in the page's <template id="loading">, in its language. Everything works without this file.
(() => {
  const words = document.getElementById("loading")?.content;
  if (!words) return;

  const SKELETON_MS = 400;
  const PROGRESS_MS = 2_000;
  const LEAVE_MS = 10_000;
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
  const opened = clock.format(new Date());

  // What a part of the page says of itself: by its own attributes, else by those of what asked for it.
  const said = (source, target, name) => target?.dataset[name] ?? source?.dataset[name] ?? "";
  const part = (name) => words.querySelector(`[data-part="${name}"]`).cloneNode(true);
  const fill = (box, values) => {
    for (const place of box.querySelectorAll("[data-fill]")) {
      const names = [...place.dataset.fill.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
      if (!names.some((name) => name in values)) continue;
      place.hidden = names.some((name) => !values[name]);
      place.textContent = place.hidden ? "" : place.dataset.fill.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    }
    return box;
  };

  // One box a part at most, right before it; the part itself is replaced by what comes.
  const boxes = new Map();
  const clear = (key) => {
    boxes.get(key)?.remove();
    boxes.delete(key);
  };
  const put = (key, target, box) => {
    clear(key);
    target.before(box);
    boxes.set(key, box);
  };
  const keyOf = (target) => target.id || target;

  // Waiting: dimmed, then bars for figures, then progress with the seconds, then what still runs.
  const stops = new Map();
  const wait = (source, target, quiet, kind = "live") => {
    const key = keyOf(target);
    stops.get(key)?.();
    const began = performance.now();
    const timers = [];
    const after = (ms, step) => timers.push(setTimeout(step, ms));
    const dim = () => target.setAttribute("aria-busy", "true");
    // A part that renews itself is not dimmed each time: nothing moves by itself under the hand.
    if (quiet) after(SKELETON_MS, dim);
    else dim();
    // Its figures are still right, where a choice of the reader's own makes them wrong.
    if (!quiet) after(SKELETON_MS, () => target.classList.add("kp-skeleton"));
    after(PROGRESS_MS, () => {
      const box = part("progress");
      put(key, target, box);
      const count = () => fill(box, { seconds: String(Math.floor((performance.now() - began) / 1000)) });
      count();
      timers.push(setInterval(count, 1000));
    });
    after(LEAVE_MS, () => {
      const note = part(kind === "upload" ? "stay" : "leave");
      boxes.get(key)?.querySelector("[data-more]").replaceChildren(fill(note, { runs: said(source, target, "runs") || part(kind).textContent }));
    });
    const stop = () => {
      stops.delete(key);
      timers.forEach(clearTimeout);
      target.removeAttribute("aria-busy");
      target.classList.remove("kp-skeleton");
      if (boxes.get(key)?.dataset.part === "progress") clear(key);
    };
    stops.set(key, stop);
    return stop;
  };

  // From when a part is: its own mark says so, and else the page's opening does.
  const times = new Map();
  const mark = (target) => target?.querySelector("[data-live]");
  const since = (target) => times.get(keyOf(target)) ?? mark(target)?.dataset.live ?? opened;
  const live = (target, on) => {
    const found = mark(target);
    if (!found) return;
    found.classList.toggle("kp-live-off", !on);
    found.textContent = found.dataset[on ? "on" : "off"].replace("{time}", since(target));
  };

  const failed = new Map();
  const retry = ({ source, type }) => {
    if (source.isConnected) source.dispatchEvent(new CustomEvent(type, { bubbles: type === "change" }));
  };
  const trouble = (ctx, target, kind, number = "") => {
    const key = keyOf(target);
    const again = { source: ctx.sourceElement, type: ctx.sourceEvent?.type ?? "every" };
    failed.set(key, again);
    live(target, false);
    const box = fill(part(kind), { time: since(target), kept: said(again.source, target, "kept"), number });
    box.querySelector("button").addEventListener("click", () => retry(again));
    const before = boxes.get(key);
    // The same trouble again is not announced again.
    if (before?.textContent !== box.textContent) put(key, target, box);
  };
  const fine = (target, at) => {
    const key = keyOf(target);
    if (at) times.set(key, clock.format(at));
    live(target, true);
    if (failed.delete(key)) clear(key);
  };

  const waits = new WeakMap();
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (ctx.target) waits.set(ctx, wait(ctx.sourceElement, ctx.target, ctx.sourceEvent?.type === "every"));
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => waits.get(ctx)?.());
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.target && ctx.response.status < 400) fine(ctx.target, new Date(ctx.response.headers.get("date") ?? Date.now()));
  });
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.target) trouble(ctx, ctx.target, "trouble", ctx.response.headers.get("x-error-number") ?? "");
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (ctx?.target) trouble(ctx, ctx.target, "offline");
  });

  // Cut off: said at once, and made good silently.
  window.addEventListener("offline", () => {
    for (const found of document.querySelectorAll("[data-live]")) live(found.closest("[id]"), false);
  });
  window.addEventListener("online", () => {
    for (const again of [...failed.values()]) retry(again);
  });

  // A filter's list and an upload wait in the same way, until their page comes.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const { submitter } = event;
    if (event.defaultPrevented) return;
    const filters = form.matches(".kp-filters") || Boolean(submitter?.closest(".kp-filters, .kp-pager"));
    const uploads = form.method === "post" && form.enctype === "multipart/form-data";
    if (!filters && !uploads) return;
    const target = uploads ? form : (form.closest(".card") ?? form.querySelector(".card") ?? form);
    if (filters && !navigator.onLine) {
      event.preventDefault();
      const box = fill(part("offline"), { time: since(target) });
      box.querySelector("button").addEventListener("click", () => form.requestSubmit(submitter));
      put(keyOf(target), target, box);
      return;
    }
    const stop = wait(form, target, false, uploads ? "upload" : "filters");
    window.addEventListener("pageshow", stop, { once: true });
  });
})();
