/* The first page as its address asks for it: which year, figure, group and comparison, which municipalities, in which
   order. Belongs here: reading and writing the address, choosing rows, and writing them in the places of the page. Does
   not belong here: figures, ranks and classes (data/, written by dashboard.py) or words (the page has them). */
"use strict";
{
  const $ = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const page = $("dashboard");
  const texts = JSON.parse(page.dataset.texts);
  const selects = all("#choices select");
  const headings = all("#table [data-order]");
  const orders = headings.map((one) => one.dataset.order);
  const measures = [...$("maat").options].map(({ value, text, dataset }, place) => ({
    place, key: value, title: text, name: dataset.name, unit: dataset.unit, digits: Number(dataset.digits),
  }));
  const COUNTED = 4; // of the measures; the others are per 1,000 inhabitants, and share a column
  const USUAL = {
    ...Object.fromEntries(selects.map((one) => [one.name, one.dataset.usual])), volgorde: "rang", zoek: "",
  };
  const TURNED = "-om"; // behind an order: the other way round
  const NOTHING = { bases: [], breaks: {}, rows: [] };
  const books = {};
  const maps = { [USUAL.jaar]: mapOfThePage() };
  const PAUSE = 700; // milliseconds between keys, in which nothing new is told
  let table = {}; // as it is shown: state, measure, rows, usual
  let typedAt = -PAUSE;
  let isTyping = false;
  let telling;

  // The address holds the whole state: what is chosen is written into it, and what it says is shown.

  function asked() {
    const hash = location.hash.slice(1);
    const state = { ...USUAL };
    const unknown = [];
    const isKnown = (name, value) => {
      if (name === "zoek") return true;
      if (name === "volgorde") return orders.includes(value.replace(TURNED, ""));
      return selects.some((one) => one.name === name && [...one.options].some((option) => option.value === value));
    };
    for (const [name, value] of new URLSearchParams(placeOf() ? hash.split("&").slice(1).join("&") : hash)) {
      if (isKnown(name, value)) state[name] = value;
      else unknown.push(`${name}=${value}`);
    }
    return { state, unknown };
  }

  /* A place on the page may stand before the state: #bronnen&jaar=2024. */
  function placeOf() {
    return $(location.hash.slice(1).split("&")[0]);
  }

  function goTo(place) {
    if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
    place.focus();
    place.scrollIntoView();
  }

  function written(state) {
    const told = Object.entries(state).filter(([name, value]) => name === "jaar" || value !== USUAL[name]);
    return String(new URLSearchParams(told));
  }

  function ask(change, replace = false) {
    const hash = `#${written({ ...asked().state, ...change })}`;
    if (replace) location.replace(hash);
    else location.hash = hash;
  }

  async function show() {
    const { jaar, groep } = asked().state;
    const book = `${jaar}-${groep}`;
    try {
      const year = await load(jaar);
      if (groep === USUAL.groep) books[book] ??= unpacked(year, year);
      else books[book] ??= unpacked(year, year.groups.includes(groep) ? await load(book) : NOTHING);
    } catch {
      $("status").textContent = fill(texts.not_loaded, jaar);
      return;
    }
    const { state, unknown } = asked();
    if (state.jaar === jaar && state.groep === groep) write(books[book], state, unknown); // else another is loading
  }

  async function load(name) {
    if (!window.zicht?.[name]) {
      const script = made("script", { src: `${page.dataset.root}data/${name}.js` });
      await new Promise((resolve, reject) => {
        [script.onload, script.onerror] = [resolve, reject];
        document.head.append(script);
      });
    }
    return window.zicht[name];
  }

  // The data, and what is chosen of them.

  function unpacked({ areas, map }, { bases, breaks, rows }) {
    const places = areas.map(([code, name, regions, ownPage], place) => ({ place, code, name, regions, ownPage }));
    const origins = bases.map(([workers, residents, edition, version, synthetic]) => ({
      comparison: `${workers}.${residents}`, universe: `${workers} + ${residents}`, edition, version, synthetic,
    }));
    return {
      areas: places, breaks, map,
      rows: rows.map(([area, basis, preferred, finality, ...cells]) => ({
        area: places[area], basis, ...origins[basis], preferred, finality, cells: cells.map(figureOf),
      })),
    };
  }

  function figureOf(cell) {
    if (typeof cell === "number") return { value: null, low: null, high: null, rank: null, status: cell };
    const [value, low, high, first, last, of, status = 0] = cell;
    return { value, low, high, rank: first === null ? null : [first, last, of], status };
  }

  function filterOf({ provincie, zoek }) {
    const plain = (name) => name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
    return (area) => (!provincie || area.regions.includes(provincie)) && plain(area.name).includes(plain(zoek));
  }

  /* What most rows are based on; the ranks of others are ranks among others. */
  function usualOf(rows) {
    const counts = [];
    for (const { basis } of rows) counts[basis] = (counts[basis] ?? 0) + 1;
    return counts.indexOf(Math.max(...counts.filter(Boolean)));
  }

  /* Ranks from the first, figures from the highest; what has none stands last, whichever way round. */
  function orderOf(order, measure, usual) {
    const by = order.replace(TURNED, "");
    const turned = order === by ? 1 : -1;
    const place = by === "per-1000" ? measure.place : orders.indexOf(by) - 1;
    const keys = {
      naam: (row) => [row.area.place],
      rang: ({ basis, cells }) => cells[measure.place].rank && [Number(basis !== usual), ...cells[measure.place].rank],
    }[by] ?? ((row) => (row.cells[place].value === null ? null : [-row.cells[place].value]));
    return (one, other) => {
      const [mine, theirs] = [keys(one), keys(other)];
      const at = mine && theirs ? mine.findIndex((key, index) => key !== theirs[index]) : -1;
      if (at >= 0) return turned * (mine[at] - theirs[at]);
      return Boolean(theirs) - Boolean(mine) || one.area.place - other.area.place;
    };
  }

  // How figures are written: as on the page before, by words.py and dashboard.py.

  function fill(text, ...values) {
    return values.reduce((said, value) => said.replace("{}", () => value), text);
  }

  function number(value, digits = 0) {
    const form = { minimumFractionDigits: digits, maximumFractionDigits: digits, roundingMode: "halfEven" };
    const said = new Intl.NumberFormat(texts.locale, form).format(Math.abs(value));
    return value < 0 && /[1-9]/.test(said) ? `−${said}` : said;
  }

  function round(value, digits) {
    return Number(value.toFixed(digits));
  }

  /* As many more as bounds need not to look alike; one more where that writes them in full. */
  function digitsOf(low, high, digits) {
    const bounds = [low, high];
    const more = [0, 1, 2].find((one) => low === high || round(low, digits + one) !== round(high, digits + one)) ?? 3;
    const isCut = bounds.some((one) => round(one, digits) !== one);
    const isInFull = isCut && bounds.every((one) => round(one, digits + 1) === one);
    return digits + Math.max(more, Number(isInFull));
  }

  function figure({ value, low, high, status }, { digits, unit }) {
    const isExact = low === null || high === null || low === high;
    const fine = low === null || high === null ? digits : digitsOf(low, high, digits);
    if (value !== null) {
      if (isExact) return number(value, digits) + unit;
      const isAlike = round(low, digits) === round(high, digits);
      const shown = round(value, digits);
      const isWithin = round(low, fine) <= shown && shown <= round(high, fine);
      const said = number(value, isAlike || !isWithin ? fine : digits) + unit;
      return `${said} ${fill(texts.margin, number(low, fine), number(high, fine))}`;
    }
    const bound = (one) => number(one, fine) + unit;
    let between = "";
    if (low !== null && high !== null) between = fill(texts.between, bound(low), bound(high));
    else if (low !== null) between = fill(texts.at_least, bound(low));
    else if (high !== null) between = fill(texts.at_most, bound(high));
    const said = texts.statuses[status];
    return said && between ? `${said} (${between})` : said || between;
  }

  function ranked(rank) {
    if (!rank || rank[2] === 1) return texts.no_rank;
    const [first, last, of] = rank.map((one) => number(one));
    return first === last ? fill(texts.rank, first, of) : fill(texts.ranks, first, last, of);
  }

  // The places of the page.

  function made(name, attributes, ...children) {
    return filled(document.createElement(name), attributes, children);
  }

  function drawn(name, attributes, ...children) {
    return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
  }

  function filled(element, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  function write(book, state, unknown) {
    const measure = measures.find((one) => one.key === state.maat);
    const isShown = filterOf(state);
    const { vergelijking } = state;
    const rows = book.rows.filter((row) => (vergelijking ? row.comparison === vergelijking : row.preferred));
    const usual = usualOf(rows);
    const shown = rows.filter((row) => isShown(row.area)).sort(orderOf(state.volgorde, measure, usual));
    table = { state, measure, usual, rows: shown };
    for (const one of [...selects, $("zoek")]) if (one.value !== state[one.name]) one.value = state[one.name];
    for (const one of all(".the-year")) one.textContent = state.jaar;
    for (const one of all(".the-measure")) one.textContent = measure.title;
    for (const one of all(".the-group")) one.textContent = chosen("groep");
    for (const one of all(".of-year")) one.hidden = one.dataset.year !== state.jaar;
    for (const one of all("a.switch")) one.hash = location.hash;
    writeMap(book, rows, isShown);
    writeTable();
    writeComparisons();
    writeStatus(unknown);
    writeNothing(book.areas.some(isShown));
    const counted = new Set(rows.map((row) => row.area));
    const bare = book.areas.filter((area) => isShown(area) && !counted.has(area));
    $("bare").hidden = !bare.length;
    $("bare-count").textContent = number(bare.length);
    $("bare-names").textContent = bare.map((area) => area.name).join(", ");
  }

  function chosen(name) {
    return $(name)?.selectedOptions[0].text;
  }

  function linkTo({ code }) {
    const { jaar, groep } = table.state;
    return `gemeente/${code}.html#${new URLSearchParams(groep === USUAL.groep ? { jaar } : { jaar, groep })}`;
  }

  function linkToComparison(number) {
    return made("a", { href: `#vergelijking-${number}`, "aria-label": fill(texts.comparison, number) }, number);
  }

  function writeStatus(unknown) {
    const { state, measure, rows } = table;
    const names = [
      measure.title, state.jaar, chosen("groep"), state.provincie && chosen("provincie"),
      state.vergelijking && chosen("vergelijking"), state.zoek && fill(texts.searched, state.zoek),
    ];
    const isOpen = ({ status }) => ["suppressed", "missing", "bounds"].includes(texts.status_codes[status]);
    const open = rows.filter((row) => isOpen(row.cells[measure.place])).length;
    const order = headings.find((one) => one.dataset.order === state.volgorde.replace(TURNED, "")).textContent;
    const said = [
      ...unknown.map((value) => fill(texts.unknown, value)),
      fill(texts.shown, names.filter(Boolean).join(", "), number(rows.length)),
      open ? fill(texts.open, number(open)) : "",
      fill(texts.sorted, state.volgorde.endsWith(TURNED) ? fill(texts.turned, order) : order),
    ].filter(Boolean).join(" ");
    clearTimeout(telling);
    if (isTyping) telling = setTimeout(() => ($("status").textContent = said), PAUSE);
    else $("status").textContent = said;
    isTyping = false;
  }

  function writeNothing(isNamed) {
    const { zoek, provincie } = table.state;
    if (isNamed || !zoek) $("nothing").textContent = texts.nothing;
    else if (provincie) $("nothing").textContent = fill(texts.no_name_there, zoek, chosen("provincie"));
    else $("nothing").textContent = fill(texts.no_name, zoek);
  }

  function mapOfThePage() {
    const codes = all("#shapes path").map((one) => one.dataset.code);
    const by = (list) => Object.fromEntries(list.map((value, place) => [codes[place], value]));
    return {
      kind: $("map").getAttribute("class"),
      box: $("map").getAttribute("viewBox"),
      shapes: by(all("#shapes path").map((one) => one.getAttribute("d"))),
      labels: by(all("#shapes text").map((one) => [one.getAttribute("x"), one.getAttribute("y")])),
    };
  }

  /* What a row is on the map: its sign, and how the style sheet calls that. */
  function classOf(row, edges) {
    if (!row) return ["", "lacking"];
    const { value, low, high, status } = row.cells[table.measure.place];
    if (value === null) return [texts.lacking[status], "lacking"];
    if (table.measure.name.startsWith("gap") && !(low > 0)) {
      return high !== null && high < 0 ? ["−", "below"] : ["≈", "unclear"];
    }
    const place = 1 + edges.filter((edge) => edge <= value).length;
    return [String(place), `k${place}`];
  }

  function writeMap(book, rows, isShown) {
    const { state, measure } = table;
    const { kind, box, shapes, labels } = (maps[state.jaar] ??= book.map);
    const edges = book.breaks[state.vergelijking]?.[measure.place] ?? [];
    const rowOf = new Map(rows.map((row) => [row.area, row]));
    const signs = new Map();
    const elements = book.areas.filter(({ code }) => code in shapes).flatMap((area) => {
      const row = rowOf.get(area);
      const [sign, name] = classOf(row, edges);
      const faded = isShown(area) ? "" : "faded";
      const [x, y] = labels[area.code];
      signs.set(sign, name);
      const shape = drawn(
        "path", { class: `${name} ${faded}`, fill: "url(#hatch)", "data-code": area.code, d: shapes[area.code] },
        drawn("title", {}, `${area.name}: ${row ? figure(row.cells[measure.place], measure) : texts.none}`),
      );
      return [
        area.ownPage ? drawn("a", { href: linkTo(area), tabindex: -1 }, shape) : shape,
        drawn("text", { class: faded, x, y }, sign),
      ];
    });
    filled($("map"), { class: kind, viewBox: box }, []);
    $("shapes").replaceChildren(...elements);
    writeLegend(signs, edges.map((edge) => number(edge, measure.digits)));
  }

  function writeLegend(signs, edges) {
    const spans = edges.map((edge, place) =>
      place + 1 < edges.length ? fill(texts.from_to, edge, edges[place + 1]) : fill(texts.or_more, edge),
    );
    const meanings = [
      ["−", texts.below], ["≈", texts.unclear],
      ...[edges.length ? fill(texts.less, edges[0]) : texts.a_figure, ...spans].map((said, at) => [String(at + 1), said]),
      ...texts.lacking.map((sign, status) => [sign, texts.statuses[status] || texts.only_bounds]).slice(1),
      ["", texts.none],
    ];
    const items = meanings.filter(([sign]) => signs.has(sign)).map(([sign, said]) => {
      const swatch = drawn("path", { class: signs.get(sign), fill: "url(#hatch)", d: "M2 2h96v96h-96z" });
      const frame = { width: 24, height: 24, viewBox: "0 0 100 100", "aria-hidden": true };
      return made("li", {}, drawn("svg", frame, swatch, drawn("text", { x: 50, y: 50 }, sign)), ` ${said}`);
    });
    $("legend").replaceChildren(...items);
  }

  function writeTable() {
    const { state, measure, rows, usual } = table;
    const isPer = measure.place >= COUNTED;
    const numbers = Object.fromEntries(all(".comparisons > li").map((one) => [one.dataset.key, String(one.value)]));
    const cell = (...content) => made("td", { class: "count" }, ...content);
    const lines = rows.map((row) => {
      const { name, ownPage } = row.area;
      const notes = [texts.finalities[row.finality], row.synthetic ? texts.synthetic : ""];
      return made(
        "tr", {},
        made("th", { scope: "row" }, ownPage ? made("a", { href: linkTo(row.area) }, name) : name),
        ...measures.slice(0, COUNTED).map((one) => cell(figure(row.cells[one.place], one))),
        ...(isPer ? [cell(figure(row.cells[measure.place], measure))] : []),
        cell(row.basis === usual ? ranked(row.cells[measure.place].rank) : texts.apart),
        made("td", {}, notes.filter(Boolean).join(", ")),
        cell(linkToComparison(numbers[row.comparison])),
      );
    });
    $("rows").replaceChildren(...lines);
    $("per-1000").hidden = !isPer;
    $("table").hidden = $("download").hidden = !rows.length;
    $("nothing").hidden = rows.length > 0;
    $("not-computed").hidden = !isPer || rows.some((row) => row.cells[measure.place].rank);
    for (const one of headings) {
      const isUp = ["naam", "rang"].includes(one.dataset.order) === !state.volgorde.endsWith(TURNED);
      const isSorted = one.dataset.order === state.volgorde.replace(TURNED, "");
      one.setAttribute("aria-sort", isSorted ? (isUp ? "ascending" : "descending") : "none");
    }
  }

  function writeComparisons() {
    for (const one of all(".comparisons > li")) {
      const rows = table.rows.filter((row) => row.comparison === one.dataset.key);
      one.hidden = !rows.length;
      one.querySelector(".editions").textContent = [...new Set(rows.map((row) => row.edition))].sort().join("; ");
    }
  }

  /* The table as it is shown, in the columns of the files that stand beside it. */
  function csv({ state, measure, rows }) {
    const quoted = (value) => {
      const isFormula = typeof value === "string" && /^[=+@-]/.test(value); // to a spreadsheet
      const said = `${isFormula ? "'" : ""}${value ?? ""}`;
      return /[",\n\r]/.test(said) ? `"${said.replaceAll('"', '""')}"` : said;
    };
    const lines = rows.map((row) => [
      row.area.code, row.area.name, state.jaar, state.groep, Boolean(row.preferred),
      ...row.cells.flatMap(({ value, low, high, status }) => [value, low, high, texts.status_codes[status]]),
      measure.name, ...(row.cells[measure.place].rank ?? [null, null, null]),
      texts.finality_codes[row.finality], row.synthetic, row.universe, row.edition, row.version,
    ]);
    const written = [page.dataset.columns.split(" "), ...lines].map((line) => `${line.map(quoted).join(",")}\n`);
    return `\ufeff${written.join("")}`; // without that mark Excel misreads accents
  }

  function download() {
    const address = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv;charset=utf-8" }));
    const { jaar, maat } = table.state;
    made("a", { href: address, download: `${page.dataset.prefix}gemeenten-${jaar}-${maat}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  for (const one of headings) {
    const button = made("button", { type: "button" }, ...one.childNodes);
    button.addEventListener("click", () => {
      const isFirst = asked().state.volgorde !== one.dataset.order;
      ask({ volgorde: one.dataset.order + (isFirst ? "" : TURNED) });
    });
    one.append(button);
  }
  for (const one of selects) one.addEventListener("change", () => ask({ [one.name]: one.value }));
  $("zoek").addEventListener("input", ({ timeStamp }) => {
    isTyping = timeStamp - typedAt < PAUSE;
    typedAt = timeStamp;
    ask({ zoek: $("zoek").value }, true);
  });
  $("download").addEventListener("click", download);
  window.addEventListener("hashchange", show);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const place = link && $(link.hash.slice(1));
    if (!place || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    history.pushState(null, "", `${link.hash}&${written(asked().state)}`);
    for (const one of all("a.switch")) one.hash = location.hash;
    goTo(place);
  });
  for (const one of all(".with-script, .without-script")) one.hidden = one.className.includes("without-script");
  show().then(() => placeOf() && goTo(placeOf()));
}
