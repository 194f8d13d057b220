/* The entry of a move-in or a change: 全部／一部, the day that a 職権の根拠 asks for, 続柄. */
"use strict";
(() => {
  const form = document.getElementById("entry");
  if (!form) return;

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

  /* ---- 一括入力: the field with the keyboard is the target ---- */
  const copyTo = form.elements["copy-to"];
  if (copyTo) {
    form.addEventListener("focusin", (event) => {
      const name = event.target.name;
      if (name && [...copyTo.options].some((option) => option.value === name)) copyTo.value = name;
    });
  }

  /* ---- lists for typing ---- */
  for (const field of form.querySelectorAll('[name$="-relationship"]')) field.setAttribute("list", "relationship-list");

  /* After a button that adds or changes something the work goes on where it was. */
  if (location.hash) {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const field = place?.matches("input, select, textarea") ? place : place?.querySelector('input:not([type="hidden"]), select');
    const closed = place?.closest("details");
    if (closed) closed.open = true;
    field?.focus();
  }
})();
