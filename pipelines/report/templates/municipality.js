// The comparisons of a municipality, by year and group; the address remembers the choice (#jaar=2024&groep=moe).
"use strict";
const form = document.querySelector("form.choose");
if (form) {
  const rows = [...document.querySelectorAll("tr[data-year]")];
  const chosen = { jaar: form.elements.jaar, groep: form.elements.groep };
  const count = form.querySelector("output");

  function told() {
    const all = new URLSearchParams();
    for (const [name, select] of Object.entries(chosen)) {
      if (select.value) all.set(name, select.value);
    }
    return String(all);
  }

  function show() {
    let shown = 0;
    for (const row of rows) {
      const fits = (!chosen.jaar.value || row.dataset.year === chosen.jaar.value)
        && (!chosen.groep.value || row.dataset.group === chosen.groep.value);
      row.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${count.dataset.text}: ${shown}`;
    for (const one of document.querySelectorAll("a.switch")) one.hash = told();
  }

  // A link to a source or a heading is a hash too, and changes no choice: its place in the history keeps that.
  function own() {
    return /^#(jaar|groep)=/.test(location.hash);
  }

  function read() {
    const wishes = new URLSearchParams(own() ? location.hash.slice(1) : history.state || "");
    for (const [name, select] of Object.entries(chosen)) {
      const wanted = wishes.get(name) || "";
      select.value = [...select.options].some((one) => one.value === wanted) ? wanted : "";
    }
    show();
  }

  form.addEventListener("change", () => {
    history.replaceState(told(), "", `#${told()}`);
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", () => {
    if (own()) read();
    else history.replaceState(told(), "");
  });
  form.hidden = false;
  read();
}
