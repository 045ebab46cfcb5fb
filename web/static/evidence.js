// Files are sent one by one as they are chosen or dropped, with progress. Everything works without this file.
(() => {
  const set = (area) => {
    if (area.dataset.ready) return;
    area.dataset.ready = "yes";
    const drop = area.querySelector("[data-drop]");
    if (!drop) return;
    const input = drop.querySelector("input[type=file]");
    const kind = drop.querySelector("select, [data-kind]");
    const sending = drop.querySelector("[data-sending]");
    const words = drop.querySelector("[data-words]").dataset;
    const form = input.form;
    let waiting = 0;
    let resend = null;
    area.querySelector("[data-plain]").hidden = true;
    drop.querySelector("[data-script]").hidden = false;

    const size = (bytes) => (bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);

    // The answer has the list as it is now, and what is wrong with what was sent.
    const take = (text) => {
      const answer = new DOMParser().parseFromString(text, "text/html");
      const list = answer.querySelector(`[data-list="${area.dataset.part ?? ""}"]`);
      const wrong = [...answer.querySelectorAll("[data-problem]")].map((each) => each.textContent).join(" ");
      for (const each of list?.querySelectorAll("[data-problem]") ?? []) each.remove();
      const there = area.querySelector("[data-list]");
      if (list && there) there.replaceWith(list);
      // A file counts for the other lists of the page, too.
      for (const each of answer.querySelectorAll("[data-along], [data-list]:not([data-list=''])")) {
        const old = each.id ? document.getElementById(each.id) : document.querySelector(`[data-list="${each.dataset.list}"]`);
        old?.replaceWith(each);
      }
      return list || wrong ? wrong : (answer.querySelector("h1")?.textContent ?? words.lost);
    };

    const post = (values, progress, done) => {
      const data = new FormData();
      data.set("csrf", form.elements.csrf.value);
      if (area.dataset.number) data.set("number", area.dataset.number);
      for (const [name, value] of Object.entries(values)) data.set(name, value);
      const request = new XMLHttpRequest();
      request.open("POST", area.dataset.evidence);
      request.setRequestHeader("HX-Request", "true");
      request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
      request.addEventListener("load", () => {
        const away = request.getResponseHeader("HX-Redirect");
        if (away) window.location.assign(away);
        else done(take(request.responseText));
      });
      request.addEventListener("error", () => done(words.lost));
      request.addEventListener("abort", () => done(""));
      request.send(data);
      return request;
    };

    const queue = [];
    let busy = false;
    const next = () => {
      const one = queue.shift();
      busy = Boolean(one);
      if (one) one();
    };
    const settled = () => {
      waiting -= 1;
      if (waiting === 0 && resend) {
        const button = resend;
        resend = null;
        if (!sending.querySelector(".is-wrong")) form.requestSubmit(button.isConnected ? button : undefined);
      }
      next();
    };

    const add = (file) => {
      const row = drop.querySelector("[data-row]").content.firstElementChild.cloneNode(true);
      const bar = row.querySelector("progress");
      const remove = row.querySelector("[data-remove]");
      const chosen = kind.value;
      row.querySelector("[data-name]").textContent = file.name;
      row.querySelector("[data-size]").textContent = size(file.size);
      sending.append(row);
      const refuse = (text) => {
        const place = row.querySelector("[data-wrong]");
        bar.remove();
        place.hidden = false;
        place.textContent = text;
        row.classList.add("is-wrong");
        remove.onclick = () => row.remove();
      };
      if (file.size > Number(words.limit)) {
        refuse(`${file.name}: ${words.large}`);
        return;
      }
      waiting += 1;
      let gone = false;
      remove.onclick = () => {
        gone = true;
        row.remove();
      };
      queue.push(() => {
        if (gone) return settled();
        const request = post({ evidence_kind: chosen, file }, (part) => (bar.value = part), (wrong) => {
          if (wrong) refuse(wrong);
          else row.remove();
          settled();
        });
        remove.onclick = () => {
          row.remove();
          request.abort();
        };
      });
      if (!busy) next();
    };

    input.addEventListener("change", () => {
      for (const file of input.files) add(file);
      input.value = "";
    });
    for (const name of ["dragenter", "dragover"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("kp-drop-over");
      });
    }
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("kp-drop-over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      for (const file of event.dataTransfer.files) add(file);
    });

    // A draft is removed in place; the rest of the form stays as it is.
    area.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=take_back]");
      if (!button) return;
      event.preventDefault();
      button.disabled = true;
      post({ take_back: button.value }, () => {}, () => input.focus());
    });

    // A form that is sent while files are still on their way waits for them.
    if (area.dataset.number || area.dataset.part) {
      form.addEventListener(
        "submit",
        (event) => {
          if (waiting === 0) return;
          event.preventDefault();
          event.stopImmediatePropagation();
          resend = event.submitter ?? form.querySelector("button.btn-primary");
        },
        { capture: true },
      );
    }
  };

  const all = () => document.querySelectorAll("[data-evidence]").forEach(set);
  all();
  document.addEventListener("htmx:oobAfterSwap", all);
  document.addEventListener("htmx:afterSwap", all);
})();
