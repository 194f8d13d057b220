/* Fields that the address dictionary fills: the finder of addresses and of 本籍, a postal code that brings its town,
   方書 of the entered address, nationalities. Without it the fields are typed. Only towns and lots are sent, never a name. */
"use strict";
(() => {
  const form = document.querySelector("form[data-postal-url]");
  const finder = document.getElementById("address-finder");
  if (!form || !finder) return;
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

  /* ---- the address finder ---- */
  const query = document.getElementById("address-query");
  const list = document.getElementById("address-candidates");
  const picks = Object.fromEntries([...finder.querySelectorAll("[data-pick]")].map((select) => [select.dataset.pick, select]));
  const ownWard = finder.querySelector("[data-own-ward]");
  let target = {};
  let asked = 0;
  /* What a request adds: old names for a 本籍, and in a 指定都市 the officer's ward alone. */
  const wanted = (joint) => {
    const more = [target.old ? "old=1" : "", ownWard?.checked ? "ward=1" : ""].filter(Boolean).join("&");
    return more ? joint + more : "";
  };
  /* The list behind the one that was just picked from, on its way. */
  let loading = Promise.resolve();

  /* 番地 is typed next: in the field of its own where there is one, else behind the town. */
  const take = (text, code, postal) => {
    const field = named(target.into);
    const before = field.tagName === "TEXTAREA" ? field.value.trim() : "";
    fill(field, before ? `${before}\n${text}` : text);
    fill(named(target.code), code);
    fill(named(target.postal), postal);
    finder.close();
    const next = named(target.into.replace(/town$/, "lot")) ?? field;
    next.focus();
    if (next.setSelectionRange) next.setSelectionRange(next.value.length, next.value.length);
  };

  const show = (candidates, more) => {
    list.replaceChildren(
      ...candidates.map((candidate) => {
        const button = document.createElement("button");
        button.type = "button";
        const postal = candidate.postal_code ? `〒${candidate.postal_code.slice(0, 3)}-${candidate.postal_code.slice(3)}　` : "";
        button.textContent = `${postal}${candidate.text}${candidate.note ? `　${candidate.note}` : ""}${candidate.ended ? "（旧）" : ""}`;
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
    const told = await ask(`${url}?q=${encodeURIComponent(isPostal ? digits : text)}${wanted("&")}`);
    if (turn === asked) show(told.candidates ?? [], told.more);
  };
  query.addEventListener("input", later(250, () => search(query.value)));

  finder.addEventListener("keydown", async (event) => {
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
    } else if (event.key === "Enter" && event.target.matches("[data-pick]")) {
      /* Enter goes on to the next list, and behind the last one it takes what was picked. */
      event.preventDefault();
      await loading;
      const following = Object.values(picks).find((select, order) => order > Object.values(picks).indexOf(event.target) && !select.disabled);
      (following ?? finder.querySelector("[data-take-pick]")).focus();
    }
  });
  /* Esc closes the finder, not the page. */
  finder.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.stopPropagation();
  });

  const options = (select, found) => {
    select.replaceChildren(new Option("", ""), ...found.map((pick) => new Option(pick.name + (pick.ended ? "（旧）" : ""), pick.code)));
    select.disabled = !found.length;
  };
  const choose = (select, value) => {
    const found = [...select.options].find((option) => option.value && option.value === value);
    if (found) select.value = value;
    return Boolean(found);
  };
  const under = async (select, url) => options(select, (await ask(url + wanted("?"))).picks ?? []);
  const clear = (...names) => names.forEach((name) => options(picks[name], []));
  const afterPrefecture = async () => {
    clear("municipality", "oaza", "town");
    if (picks.prefecture.value) await under(picks.municipality, form.dataset.municipalitiesUrl + picks.prefecture.value);
  };
  const afterMunicipality = async () => {
    clear("oaza", "town");
    if (picks.municipality.value) await under(picks.oaza, form.dataset.oazaUrl + picks.municipality.value);
  };
  const label = (select) => (select.value ? select.selectedOptions[0].textContent.replace("（旧）", "") : "");
  /* A 大字 itself is a town too: it stands ready, so that its code is known when no 小字 is picked. */
  const afterOaza = async () => {
    clear("town");
    if (!picks.oaza.value) return;
    await under(picks.town, form.dataset.townsUrl + picks.oaza.value);
    choose(picks.town, `${picks.oaza.value}000`);
  };
  for (const [name, after] of [["prefecture", afterPrefecture], ["municipality", afterMunicipality], ["oaza", afterOaza]]) {
    picks[name].addEventListener("change", () => {
      loading = after();
    });
  }
  finder.querySelector("[data-take-pick]").addEventListener("click", async () => {
    if (!picks.municipality.value) return;
    const text = label(picks.prefecture) + label(picks.municipality) + (label(picks.town) || label(picks.oaza));
    const found = picks.town.value ? ((await ask(form.dataset.townUrl + picks.town.value)).candidates ?? []) : [];
    const codes = new Set(found.map((candidate) => candidate.postal_code));
    /* A town with several postal codes: which one is the clerk's to say. */
    if (named(target.postal) && codes.size > 1) {
      show(found);
      list.querySelector("button").focus();
    } else take(text, picks.town.value, found[0]?.postal_code ?? "");
  });
  ownWard?.addEventListener("change", () => {
    clear("municipality", "oaza", "town");
    picks.prefecture.value = "";
    if (query.value) search(query.value);
  });
  finder.querySelector("[data-close]").addEventListener("click", () => finder.close());

  for (const button of form.querySelectorAll("[data-find-address]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      target = button.dataset;
      list.replaceChildren();
      const postal = named(target.postal);
      query.value = postal ? postal.value : "";
      /* Where people will live is asked for at the counter of the ward; where they came from is anywhere. */
      if (ownWard) ownWard.checked = target.into === "town";
      finder.showModal();
      query.focus();
      query.select();
      clear("municipality", "oaza", "town");
      const told = await ask(form.dataset.prefecturesUrl);
      options(picks.prefecture, told.picks ?? []);
      /* An address of a resident lies in the own municipality. */
      if (target.into === "town" && choose(picks.prefecture, (told.own ?? "").slice(0, 2))) {
        await afterPrefecture();
        if (choose(picks.municipality, told.own)) await afterMunicipality();
      }
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
      if (digits.length !== 7 || !town || town.value.trim()) return;
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
  const addresses = new Map(named("town") ? [["town", { postal: "postal_code", code: "address_code" }]] : []);
  for (const { dataset } of form.querySelectorAll("[data-find-address]")) addresses.set(dataset.into, dataset);
  for (const [into, fields] of addresses) {
    byPostalCode(fields.postal, into, fields.code);
    /* Where 番地 stands in the same field, typing on does not mean another town. */
    if (into === "town" || fields.parts) ownCode(into, fields.code);
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

  /* ---- nationalities ---- */
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
})();
