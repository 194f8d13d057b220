/* The entry of a move-in: the address finder, 方書 of the entered address, nationalities, 全部／一部.
   Everything here fills fields; without it the fields are typed. Only towns and lots are sent, never a name. */
"use strict";
(() => {
  const form = document.getElementById("entry");
  const finder = document.getElementById("address-finder");
  if (!form || !finder || !form.dataset.postalUrl) return;
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const named = (name) => (name ? form.elements[name] : null);
  const later = (wait, action) => {
    let timer = 0;
    return (...values) => {
      clearTimeout(timer);
      timer = setTimeout(() => action(...values), wait);
    };
  };
  const ask = async (url) => {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : {};
  };
  const fill = (field, value) => {
    if (!field) return;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };

  /* ---- 全部／一部 ---- */
  const showScope = () => {
    const chosen = form.querySelector('[name="scope"]:checked');
    for (const block of form.querySelectorAll("[data-scope]")) block.hidden = Boolean(chosen) && block.dataset.scope !== chosen.value;
  };
  form.addEventListener("change", (event) => {
    if (event.target.name === "scope") showScope();
  });
  showScope();

  /* ---- 職権の根拠: it decides which day is asked for ---- */
  const basis = form.querySelector('select[name="basis"]');
  const showDays = () => {
    for (const block of form.querySelectorAll("[data-basis]")) block.hidden = !block.dataset.basis.split(" ").includes(basis.value);
  };
  if (basis) {
    basis.addEventListener("change", showDays);
    showDays();
  }

  /* ---- the address finder ---- */
  const query = document.getElementById("address-query");
  const list = document.getElementById("address-candidates");
  const picks = Object.fromEntries([...finder.querySelectorAll("[data-pick]")].map((select) => [select.dataset.pick, select]));
  let target = {};
  let asked = 0;

  const take = (text, code, postal) => {
    fill(named(target.into), text);
    fill(named(target.code), code);
    if (postal) fill(named(target.postal), postal);
    finder.close();
    const next = target.into === "town" ? named("lot") : named(target.into);
    next.focus();
    if (next.setSelectionRange) next.setSelectionRange(next.value.length, next.value.length);
  };

  const show = (candidates, more) => {
    list.replaceChildren(
      ...candidates.map((candidate) => {
        const button = document.createElement("button");
        button.type = "button";
        const postal = candidate.postal_code ? `〒${candidate.postal_code.slice(0, 3)}-${candidate.postal_code.slice(3)}　` : "";
        button.textContent = `${postal}${candidate.text}${candidate.note ? `　${candidate.note}` : ""}`;
        button.addEventListener("click", () => take(candidate.text, candidate.town_code, candidate.postal_code));
        const line = document.createElement("li");
        line.append(button);
        return line;
      }),
    );
    if (!candidates.length || more) {
      const line = document.createElement("li");
      line.className = "none";
      line.textContent = more ? "ほかにもあります。もう少し入力してください。" : "見つかりません。入力を変えるか、下の一覧から選んでください。";
      list.append(line);
    }
  };

  const search = async (text) => {
    const turn = ++asked;
    const digits = text.normalize("NFKC").replace(/[^0-9]/g, "");
    const isPostal = digits.length >= 3;
    if (!isPostal && text.trim().length < 1) return;
    const url = isPostal ? form.dataset.postalUrl : form.dataset.kanaUrl;
    const told = await ask(`${url}?q=${encodeURIComponent(isPostal ? digits : text)}`);
    if (turn === asked) show(told.candidates ?? [], told.more);
  };
  query.addEventListener("input", later(250, () => search(query.value)));

  finder.addEventListener("keydown", (event) => {
    const buttons = [...list.querySelectorAll("button")];
    const place = buttons.indexOf(document.activeElement);
    if (event.isComposing) return;
    if (event.key === "Enter" && document.activeElement === query && buttons.length) {
      event.preventDefault();
      buttons[0].focus();
    } else if (event.key === "ArrowDown" && (place >= 0 || document.activeElement === query)) {
      event.preventDefault();
      buttons[Math.min(place + 1, buttons.length - 1)]?.focus();
    } else if (event.key === "ArrowUp" && place >= 0) {
      event.preventDefault();
      (place ? buttons[place - 1] : query).focus();
    }
    /* Esc closes the finder, not the page. */
    if (event.key === "Escape") event.stopPropagation();
  });

  const options = (select, found) => {
    select.replaceChildren(new Option("", ""), ...found.map((pick) => new Option(pick.name + (pick.ended ? "（旧）" : ""), pick.code)));
    select.disabled = !found.length;
  };
  const under = async (select, url) => options(select, (await ask(url + (target.old ? "?old=1" : ""))).picks ?? []);
  const clear = (...names) => names.forEach((name) => options(picks[name], []));
  picks.prefecture.addEventListener("change", async () => {
    clear("municipality", "oaza", "town");
    if (picks.prefecture.value) await under(picks.municipality, form.dataset.municipalitiesUrl + picks.prefecture.value);
  });
  picks.municipality.addEventListener("change", async () => {
    clear("oaza", "town");
    if (picks.municipality.value) await under(picks.oaza, form.dataset.oazaUrl + picks.municipality.value);
  });
  picks.oaza.addEventListener("change", async () => {
    clear("town");
    if (picks.oaza.value) await under(picks.town, form.dataset.townsUrl + picks.oaza.value);
  });
  const label = (select) => (select.value ? select.selectedOptions[0].textContent.replace("（旧）", "") : "");
  finder.querySelector("[data-take-pick]").addEventListener("click", async () => {
    if (!picks.municipality.value) return;
    const town = label(picks.town) || label(picks.oaza);
    take(label(picks.prefecture) + label(picks.municipality) + town, picks.town.value, "");
  });
  finder.querySelector("[data-close]").addEventListener("click", () => finder.close());

  for (const button of form.querySelectorAll("[data-find-address]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      target = button.dataset;
      list.replaceChildren();
      const postal = named(target.postal);
      query.value = postal ? postal.value : "";
      finder.showModal();
      query.focus();
      query.select();
      clear("municipality", "oaza", "town");
      options(picks.prefecture, (await ask(form.dataset.prefecturesUrl)).picks ?? []);
      if (query.value) search(query.value);
    });
  }

  /* A whole postal code with one town fills the address at once; with several, they are there to choose from. */
  const byPostalCode = (postal, into, code) => {
    const field = named(postal);
    if (!field) return;
    field.addEventListener("change", async () => {
      const digits = field.value.normalize("NFKC").replace(/[^0-9]/g, "");
      const town = named(into);
      if (digits.length !== 7 || town.value.trim()) return;
      const found = (await ask(`${form.dataset.postalUrl}?q=${digits}`)).candidates ?? [];
      if (found.length === 1 && !town.value.trim()) {
        fill(town, found[0].text);
        fill(named(code), found[0].town_code);
      } else if (found.length > 1 && !town.value.trim()) {
        form.querySelector(`[data-find-address][data-into="${into}"]`)?.click();
      }
    });
  };
  /* A town typed over no longer has the code of the one before. */
  const ownCode = (into, code) => {
    const town = named(into);
    if (!town || !named(code)) return;
    town.addEventListener("input", (event) => {
      if (event.isTrusted) named(code).value = "";
    });
  };
  const addresses = new Map([["town", { postal: "postal_code", code: "address_code" }]]);
  for (const { dataset } of form.querySelectorAll("[data-find-address]")) addresses.set(dataset.into, dataset);
  for (const [into, fields] of addresses) {
    /* Where 番地 stands in the same field, typing on does not mean another town. */
    if (into !== "town" && !fields.parts) continue;
    byPostalCode(fields.postal, into, fields.code);
    ownCode(into, fields.code);
  }

  /* ---- 方書 of the entered address (RR-4.0.7) ---- */
  const lot = named("lot");
  const building = named("building");
  const buildings = document.getElementById("building-list");
  if (lot && building) {
    building.setAttribute("list", "building-list");
    const offer = later(300, async () => {
      const code = named("address_code").value;
      if (!code || !lot.value.trim()) return;
      const body = new URLSearchParams({ town: code, lot: lot.value });
      const answer = await fetch(form.dataset.buildingsUrl, { method: "POST", headers: { "X-CSRFToken": token, Accept: "application/json" }, body });
      if (!answer.ok) return;
      buildings.replaceChildren(...(await answer.json()).buildings.map((found) => new Option(found.kana, found.name)));
    });
    for (const name of ["lot", "address_code", "town"]) named(name).addEventListener("change", offer);
    offer();
  }

  /* ---- 一括入力: the field with the keyboard is the target ---- */
  const copyTo = named("copy-to");
  if (copyTo) {
    form.addEventListener("focusin", (event) => {
      const name = event.target.name;
      if (name && [...copyTo.options].some((option) => option.value === name)) copyTo.value = name;
    });
  }

  /* ---- lists for typing ---- */
  for (const field of form.querySelectorAll('[name$="-relationship"]')) field.setAttribute("list", "relationship-list");
  const nationalities = [...form.querySelectorAll('[name$="-nationality"], [name$="_country"]')];
  if (nationalities.length) {
    ask(form.dataset.countriesUrl).then((told) => {
      const found = told.picks ?? [];
      const codes = new Map(found.map((country) => [country.name, country.code]));
      document.getElementById("country-list").replaceChildren(...found.map((country) => new Option("", country.name)));
      for (const field of nationalities) {
        field.setAttribute("list", "country-list");
        field.addEventListener("change", () => {
          const code = named(`${field.name}_code`);
          if (code && codes.has(field.value)) fill(code, codes.get(field.value));
        });
      }
    });
  }

  /* After a button that adds or changes something the work goes on where it was. */
  if (location.hash) {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const field = place?.matches("input, select, textarea") ? place : place?.querySelector('input:not([type="hidden"]), select');
    const closed = place?.closest("details");
    if (closed) closed.open = true;
    field?.focus();
  }
})();
