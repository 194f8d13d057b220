"use strict";
/* Keyboard and small helps of every screen. Nothing here is needed for a screen to work, except its keys:
   without scripts forms are sent by their buttons all the same. No names are put into addresses. */
(() => {
  const page = document.body.dataset;
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const main = document.getElementById("main");
  const line = document.getElementById("line");
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  const say = (text, wrong = false) => {
    if (!line) return;
    line.textContent = text;
    line.classList.toggle("line-wrong", wrong);
  };

  /* What the page asks for by itself says so: it must not keep a deserted screen logged in. */
  const post = (url, fields, { part = false, keepalive = false } = {}) => {
    const body = fields instanceof URLSearchParams ? fields : new URLSearchParams(fields);
    const headers = { "X-CSRFToken": token, "X-Residentapp-Background": "1", Accept: "application/json" };
    if (part) Object.assign(headers, { "X-Part": "1", Accept: "text/html" });
    return fetch(url, { method: "POST", body, headers, keepalive, credentials: "same-origin", cache: "no-store" });
  };

  const later = (milliseconds, work) => {
    let timer = 0;
    return (...values) => {
      clearTimeout(timer);
      timer = setTimeout(() => work(...values), milliseconds);
    };
  };

  /* What stands in a closed part (details) has a place, and cannot be gone to. */
  const visible = (element) => element.offsetParent !== null && !element.disabled && element.checkVisibility({ contentVisibilityAuto: true });
  const isTyping = (element) => element.matches('input:not([type="checkbox"]):not([type="radio"]), textarea, select');

  /* ---- drafts: saved while typing, on leaving, and before the session ends ---- */
  const dirty = new WeakSet();
  const changed = new Set();

  const fieldsOf = (form) => {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
    return fields;
  };

  const saveDraft = async (form, keepalive = false) => {
    if (!form.dataset.draftUrl || !changed.has(form)) return true;
    changed.delete(form);
    try {
      const answer = await post(form.dataset.draftUrl, fieldsOf(form), { keepalive });
      const told = await answer.json();
      if (!answer.ok) changed.add(form);
      say(told.message ?? told.error ?? "", !answer.ok);
      return answer.ok;
    } catch {
      changed.add(form);
      say("下書きを保存できません。通信を確かめてください。", true);
      return false;
    }
  };
  const saveDrafts = (keepalive = false) => Promise.all([...changed].map((form) => saveDraft(form, keepalive)));
  const saveSoon = later(3000, () => saveDrafts());

  const onEntry = (event) => {
    const form = event.target.form;
    if (!form || form.method !== "post" || form.classList.contains("command")) return;
    dirty.add(form);
    if (form.dataset.draftUrl) {
      changed.add(form);
      saveSoon();
    }
  };
  document.addEventListener("input", onEntry);
  document.addEventListener("change", onEntry);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") saveDrafts(true);
  });

  /* ---- leaving without loss ---- */
  const leaveDialog = document.getElementById("leave");
  const unsaved = () => all("form", main).some((form) => dirty.has(form) && !form.dataset.draftUrl && !form.dataset.enter);

  const go = async (url) => {
    if (changed.size) await saveDrafts();
    if ((changed.size || unsaved()) && leaveDialog) {
      leaveDialog.showModal();
      $("[data-stay]", leaveDialog).focus();
      $("[data-leave]", leaveDialog).onclick = () => location.assign(url);
      return;
    }
    location.assign(url);
  };
  if (leaveDialog) $("[data-stay]", leaveDialog).onclick = () => leaveDialog.close();

  /* ---- one press, one entry ---- */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    dirty.delete(form);
    changed.delete(form);
    for (const button of all('button[type="submit"]', form)) button.setAttribute("aria-disabled", "true");
    /* A download leaves the page standing: let the button work again. */
    setTimeout(() => {
      delete form.dataset.sent;
      for (const button of all('button[type="submit"]', form)) button.removeAttribute("aria-disabled");
    }, form.dataset.download !== undefined ? 1500 : 15000);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

  /* ---- Enter walks through the fields ---- */
  const fieldOrder = (form) =>
    all("input, select, textarea, button", document).filter(
      (element) => element.form === form && element.type !== "hidden" && element.tabIndex >= 0 && visible(element) && !element.closest("[data-aside]"),
    );

  const step = (from, by) => {
    const fields = fieldOrder(from.form);
    const next = fields[fields.indexOf(from) + by];
    if (!next) return;
    next.focus();
    if (next.matches('input[type="text"]')) next.select();
  };

  const onEnter = (event) => {
    const element = event.target;
    if (!element.form || !isTyping(element) && !element.matches('input[type="checkbox"], input[type="radio"]')) return;
    if (element.form.classList.contains("command") || element.form.dataset.enter === "submit") {
      if (event.shiftKey) {
        event.preventDefault();
        step(element, -1);
      } else if (element.matches("select")) {
        /* The browser sends a form from a text field, but not from a list. */
        event.preventDefault();
        element.form.requestSubmit();
      }
      return;
    }
    if (element.matches("textarea") && event.ctrlKey) return;
    /* The last password of a form sends it, as people expect of a login. */
    if (element.type === "password" && !event.shiftKey) {
      const passwords = all('input[type="password"]', element.form);
      if (passwords.at(-1) === element && passwords.every((password) => password.value)) {
        event.preventDefault();
        return element.form.requestSubmit();
      }
    }
    event.preventDefault();
    step(element, event.shiftKey ? -1 : 1);
  };

  /* ---- lists by arrows ---- */
  const onArrow = (event) => {
    const list = event.target.closest("[data-list]");
    if (!list || isTyping(event.target)) return false;
    const stops = all("a[href], button, input:not([data-tick])", list).filter(visible);
    const rows = [...new Map(stops.map((stop) => [stop.closest("tr, li") ?? stop, stop]).reverse()).values()].reverse();
    const here = rows.findIndex((stop) => (stop.closest("tr, li") ?? stop).contains(event.target));
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined || !rows[to]) return false;
    event.preventDefault();
    rows[to].focus();
    return true;
  };

  /* The tick of a row, from wherever in the row one is. */
  const onSpace = (event) => {
    if (event.target.matches("button, input, select, textarea, summary")) return false;
    const tick = event.target.closest("[data-list] tr, [data-list] li")?.querySelector("[data-tick]");
    if (!tick || tick.disabled) return false;
    event.preventDefault();
    tick.click();
    return true;
  };

  /* ---- keys of the page's actions ---- */
  const nameOf = (event) => {
    if (event.altKey && !event.ctrlKey && !event.metaKey) {
      const letter = /^Key([A-Z])$/.exec(event.code) ?? /^Digit(\d)$/.exec(event.code);
      return letter ? `Alt+${letter[1]}` : `Alt+${event.key.toUpperCase()}`;
    }
    if (event.ctrlKey || event.metaKey) return "";
    return event.key;
  };

  const press = (key) => {
    const action = all(`[data-key="${CSS.escape(key)}"]`).find(visible);
    if (!action) return false;
    if (action.matches("a[href]")) {
      go(action.href);
    } else {
      action.focus();
      action.click();
    }
    return true;
  };

  /* In a window of its own: what is half typed stays where it is. Esc closes it again. */
  const openHelp = () => page.help && window.open(page.help, "residentapp-help");
  const goBack = () => {
    if (page.back !== "history") return page.back && go(page.back);
    if (window.opener && window.name === "residentapp-help") return window.close();
    return history.length > 1 ? history.back() : location.assign(page.home);
  };
  const focusCommand = () => {
    const box = document.getElementById("command");
    if (box) {
      box.focus();
      box.select();
    }
    return Boolean(box);
  };

  document.addEventListener("keydown", (event) => {
    /* While an input method composes, every key belongs to it. */
    if (event.isComposing || event.keyCode === 229) return;
    const open = $("dialog[open]");
    if (open) {
      if (event.key === "F9") event.preventDefault();
      return;
    }
    const key = nameOf(event);
    const typing = isTyping(event.target) && !event.target.readOnly;
    if (key === "Enter") return onEnter(event);
    if (["ArrowDown", "ArrowUp", "Home", "End"].includes(key) && onArrow(event)) return;
    if (key === " " && onSpace(event)) return;
    if (key === "Escape") {
      event.preventDefault();
      if (event.target.id === "command") return main.focus();
      return goBack();
    }
    if ((key === "/" && !typing) || key === "Alt+/") {
      if (focusCommand()) event.preventDefault();
      return;
    }
    if ((key === "?" && !typing) || key === "F1") {
      event.preventDefault();
      return openHelp();
    }
    if (key === "F9") {
      event.preventDefault();
      return showCharacters(event.target);
    }
    if (/^(F\d+|Alt\+.|PageUp|PageDown)$/.test(key) && press(key)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link?.dataset.helpLink !== undefined) {
      event.preventDefault();
      return openHelp();
    }
    if (link && !event.defaultPrevented && !event.ctrlKey && !event.shiftKey && !link.target && !link.hasAttribute("download")
        && !link.getAttribute("href").startsWith("#") && (changed.size || unsaved())) {
      event.preventDefault();
      go(link.href);
    }
    const jump = event.target.closest('[data-summary] a[href^="#"]');
    if (jump) {
      const field = document.getElementById(decodeURIComponent(jump.hash.slice(1)));
      const target = field?.matches("input, select, textarea") ? field : field && $("input, select, textarea", field);
      if (target) {
        event.preventDefault();
        target.focus();
        target.scrollIntoView({ block: "center" });
      }
    }
    const name = event.target.closest("[data-characters]");
    if (name) showCharacters(name);
  });

  /* ---- the reading of a date, at once ---- */
  const readDate = async (input) => {
    const place = document.getElementById(input.dataset.reading);
    const text = input.value.trim();
    if (!place) return;
    if (!text || text.includes("○")) {
      place.textContent = text ? "○を書き換えてください" : "";
      place.classList.remove("reading-wrong");
      return;
    }
    try {
      const answer = await post(page.dateUrl, { text, field: input.dataset.date });
      const told = await answer.json();
      if (input.value.trim() !== text) return;
      place.textContent = told.reading ?? told.message ?? "";
      place.classList.toggle("reading-wrong", !told.ok);
    } catch {
      place.textContent = "";
    }
  };
  const readSoon = later(250, readDate);
  for (const input of all("[data-date]")) {
    input.addEventListener("input", () => readSoon(input));
    input.addEventListener("change", () => readDate(input));
    /* A date that was refused already has its message beside it. */
    if (input.value && input.getAttribute("aria-invalid") !== "true") readDate(input);
  }
  for (const select of all("[data-pattern-for]")) {
    const input = document.getElementById(select.dataset.patternFor);
    select.addEventListener("change", () => {
      if (!select.value) return;
      input.value = select.value;
      select.selectedIndex = 0;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.focus();
      const circle = input.value.indexOf("○");
      if (circle >= 0) input.setSelectionRange(circle, circle + 1);
    });
    /* Alt+↓ in the date field opens the picker without a mouse; Tab leaves it out. */
    input.addEventListener("keydown", (event) => {
      if (event.altKey && event.key === "ArrowDown") {
        event.preventDefault();
        select.focus();
        select.showPicker?.();
      }
    });
  }

  /* ---- exact glyphs of what is being typed, and the character panel ---- */
  const addStyle = (url) => {
    if (!url || $(`link[href="${CSS.escape(url)}"]`)) return;
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = url;
    document.head.append(link);
  };
  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (!input.matches("input.mj, textarea.mj") || !input.value) return;
    try {
      const answer = await post(page.fontUrl, { text: input.value });
      if (!answer.ok) return;
      const told = await answer.json();
      addStyle(told.style);
      input.className = input.className.replace(/\bmj-[0-9a-f]{12}\b/g, "").trim();
      if (told.css_class) input.classList.add(told.css_class);
    } catch { /* the system's own font stays */ }
  });

  const panel = document.getElementById("panel");
  const textFor = (element) => {
    const picked = String(getSelection()).trim();
    if (picked) return picked;
    if (isTyping(element) && element.value) return element.value;
    const near = element.closest?.(".mj, tr, li, .strip, .item") ?? null;
    if (!near) return $(".strip .mj")?.textContent ?? "";
    return (near.matches(".mj") ? near : $(".mj", near))?.textContent ?? "";
  };
  /* A variant that is chosen takes the place of its character in the field the panel was opened from. */
  const offerVariants = (part, field) => {
    for (const section of all(".character", part)) {
      const from = $(".character-large", section).textContent;
      for (const shown of all(".variants .mj", section)) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "button mj";
        button.textContent = shown.textContent;
        button.onclick = () => {
          const parts = [...new Intl.Segmenter("ja").segment(field.value)].map((one) => one.segment);
          field.value = parts.map((one) => (one === from ? button.textContent : one)).join("");
          for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
          panel.close();
          field.focus();
        };
        shown.replaceWith(button);
      }
    }
  };
  async function showCharacters(element) {
    const text = textFor(element).slice(0, 400);
    if (!text.trim()) return say("文字を調べる氏名や住所を選んでください。");
    try {
      const answer = await post(page.charactersUrl, { text }, { part: true });
      if (!answer.ok) return say("文字を調べられません。", true);
      const close = document.createElement("button");
      close.type = "button";
      close.className = "button";
      close.append("閉じる ", Object.assign(document.createElement("kbd"), { textContent: "Esc" }));
      close.onclick = () => panel.close();
      const head = document.createElement("div");
      head.className = "panel-head";
      head.append(Object.assign(document.createElement("h2"), { textContent: "文字情報" }), close);
      const part = document.createElement("div");
      part.innerHTML = await answer.text();
      if (isTyping(element) && element.value === text && !element.readOnly && !element.disabled) offerVariants(part, element);
      panel.replaceChildren(head, part);
      panel.showModal();
      close.focus();
    } catch {
      say("文字を調べられません。通信を確かめてください。", true);
    }
  }

  /* ---- a screen left alone locks ---- */
  const idle = Number(page.idle ?? 0);
  if (idle) {
    const dialog = document.getElementById("idle");
    let last = Date.now();
    const awake = () => { if (!dialog.open) last = Date.now(); };
    for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, awake, { passive: true });
    /* The server counts requests, not keys: tell it now and then that somebody is at work. */
    let told = Date.now();
    const tell = () => fetch(page.awakeUrl, { credentials: "same-origin", cache: "no-store" }).then(() => { told = Date.now(); }, () => {});
    $("[data-awake]", dialog).onclick = () => {
      dialog.close();
      last = Date.now();
      tell();
    };
    setInterval(async () => {
      const still = (Date.now() - last) / 1000;
      if (last > told && (Date.now() - told) / 1000 > 30) tell();
      if (still > idle) {
        await saveDrafts();
        document.body.classList.add("locked");
        /* By now the server has closed the login too: it sends to the login page, and from there back here. */
        if (still > idle + 45) location.assign(location.href.split("#")[0]);
      } else if (still > idle - 60 && !dialog.open && idle > 120) {
        await saveDrafts();
        $("dialog[open]")?.close();
        dialog.showModal();
      }
    }, 5000);
  }

  /* ---- where to begin: the list of errors, what the page marks, its rows, its first field, its search ---- */
  const summary = $("[data-summary]");
  const placesToBegin = [
    '[data-start], [data-start] a[href]',
    '[data-list] a[href], form:not([data-enter]) :is(input:not([type="hidden"]), select, textarea)',
    'form :is(input:not([type="hidden"]), select, textarea)',
  ];
  const canBegin = (element) => visible(element) && !element.readOnly && !element.closest("[data-aside]") && (element.tabIndex >= 0 || element.hasAttribute("data-start"));
  /* Where an address leads into the page, the keyboard goes on there. */
  const anchored = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const firstField = (part) => [part, ...all("input, select, textarea", part)].find(
    (element) => element.matches('input:not([type="hidden"]), select, textarea') && canBegin(element));
  const next = anchored && main?.contains(anchored) ? firstField(anchored) : undefined;
  if (summary) summary.focus();
  else if (next && !$("[autofocus]")) {
    /* The browser takes the focus away when it scrolls to the anchor: only after that. */
    const goOn = () => setTimeout(() => document.activeElement === document.body && next.focus({ preventScroll: true }));
    if (document.readyState === "complete") goOn();
    else addEventListener("load", goOn);
  }
  else if ($("[data-start]") || (!$("[autofocus]") && !location.hash)) {
    const found = placesToBegin.map((places) => all(places, main).find(canBegin)).find(Boolean);
    (found ?? main).focus({ preventScroll: true });
  }
})();
