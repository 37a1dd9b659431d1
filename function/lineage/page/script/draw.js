/** Cards, process nodes and edges as elements. Names go into the page as text, never as markup. */

const CARD = { width: 232, header: 50, row: 23, foot: 25, filter: 31, pad: 5, port: 25 };
const NODE = { width: 100, height: 62, port: 16, circle: 32 };
/** Columns that a closed card shows, and rows that an open one shows at a time. */
const PREVIEW = 6;
const WINDOW = 14;
/** So many lit columns are drawn in one closed card. */
const MOST_LIT = 24;

const KIND_MARK = { identity: "=", transformation: "ƒ", aggregation: "Σ" };
const KIND_TEXT = { identity: "unchanged", transformation: "computed from", aggregation: "aggregated from" };
const KIND_INTO = { identity: "unchanged", transformation: "computed", aggregation: "aggregated" };
const STANDING = {
  scanned: "Scanned: the catalogue found it itself",
  ours: "Ours: no scanner covers this kind",
  placeholder: "Placeholder: made by lineage, no scanned asset was found",
};

/** Line drawings of 16 × 16, by kind. */
const ICONS = {
  files: "M1.5 4.5a1 1 0 0 1 1-1h3.2l1.6 1.8h6.2a1 1 0 0 1 1 1v6.2a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1z",
  table: "M2 3h12v10H2zM2 6.4h12M2 9.7h12M6.3 6.4V13",
  database:
    "M2.5 4c0-1.2 2.5-2 5.5-2s5.5.8 5.5 2-2.5 2-5.5 2-5.5-.8-5.5-2zM2.5 4v8c0 1.2 2.5 2 5.5 2s5.5-.8 5.5-2V4M2.5 8c0 1.2 2.5 2 5.5 2s5.5-.8 5.5-2",
  stream: "M1.5 5c2-2.4 4.3-2.4 6.5 0s4.5 2.4 6.5 0M1.5 11c2-2.4 4.3-2.4 6.5 0s4.5 2.4 6.5 0",
  documents:
    "M6 2.5c-2 0-2.5 1-2.5 2.3 0 1.7.2 2.7-1.7 3.2 1.9.5 1.7 1.5 1.7 3.2 0 1.3.5 2.3 2.5 2.3M10 2.5c2 0 2.5 1 2.5 2.3 0 1.7-.2 2.7 1.7 3.2-1.9.5-1.7 1.5-1.7 3.2 0 1.3-.5 2.3-2.5 2.3",
  other: "M8 1.8l5.5 3.1v6.2L8 14.2l-5.5-3.1V4.9zM2.5 4.9L8 8l5.5-3.1M8 8v6.2",
  process: "M5.3 4.5L1.8 8l3.5 3.5M10.7 4.5L14.2 8l-3.5 3.5M9.2 3l-2.4 10",
  failed: "M8 3v6M8 12v.6",
  scanned: "M3.5 8.5l3 3 6-6.5",
  lineage:
    "M3.6 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zM12.4 2.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zM12.4 10.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zM5.4 8c3 0 2.2-4 5.2-4M5.4 8c3 0 2.2 4 5.2 4",
  copy: "M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  light:
    "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.8M8 13.2V15M1 8h1.8M13.2 8H15M3 3l1.3 1.3M11.7 11.7L13 13M13 3l-1.3 1.3M4.3 11.7L3 13",
  list: "M2 4h1M5.5 4H14M2 8h1M5.5 8H14M2 12h1M5.5 12H14",
  influence: "M1.5 3h2M5.5 3.6l1.4.8M8.5 6l.8 1.4M9.8 9.5v2M9.8 13.5l2.2-2.2M9.8 13.5L7.6 11.3",
  fit: "M2 5.5V2h3.5M10.5 2H14v3.5M14 10.5V14h-3.5M5.5 14H2v-3.5",
  focus: "M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
};

/**
 * An element with properties (`class`, `data-…`, `aria-…` as attributes, `on…` as listeners) and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, any>} [properties] @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-")) Object.assign(element, { [name]: value });
    else element.setAttribute(name === "class" ? "class" : name, value === true ? "" : String(value));
  }
  element.append(.../** @type {(Node|string)[]} */ (children.filter((child) => child || child === "")));
  return element;
}

/** @param {string} tag @param {Record<string, string | number>} attributes @param {...Node} children */
function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** @param {string} name a key of ICONS */
function icon(name) {
  const path = ICONS[/** @type {keyof typeof ICONS} */ (name)] ?? ICONS.other;
  return svg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, svg("path", { d: path }));
}

/** A name as text that may be cut by the style, whole in its tooltip. @param {string} text @param {string} [style] */
function label(text, style = "") {
  return el("bdi", { class: `text ${style}`, title: text.slice(0, 400) }, text);
}

/** The columns that a card shows, in their own order. @param {number} dataset @param {View} view @returns {number[]} */
function columnsShown(dataset, view) {
  const all = datasets[dataset].columns.map((_, index) => firstColumn[dataset] + index);
  if (state.open.has(dataset)) {
    const wanted = (state.filters.get(dataset) ?? "").toLowerCase();
    return wanted ? all.filter((column) => columnName(column).toLowerCase().includes(wanted)) : all;
  }
  const lit = all.filter((column) => view.marked.has(column)).slice(0, MOST_LIT);
  const kept = new Set(lit);
  for (const column of all) {
    if (kept.size >= Math.max(view.preview, lit.length)) break;
    kept.add(column);
  }
  return all.filter((column) => kept.has(column));
}

/** @param {number} dataset */
const hasFilter = (dataset) => state.open.has(dataset) && datasets[dataset].columns.length > WINDOW;

/** @param {number} vertex @param {View} view @returns {Size} */
function sizeOf(vertex, view) {
  if (!isDataset(vertex)) {
    return { w: NODE.width, h: NODE.height, port: NODE.port, bow: (NODE.width - NODE.circle) / 2 };
  }
  const rows = columnsShown(vertex, view).length;
  const seen = hasFilter(vertex) ? WINDOW : rows;
  const list = seen * CARD.row + (hasFilter(vertex) ? CARD.filter : 0) + (seen ? CARD.pad : 0);
  return { w: CARD.width, h: CARD.header + list + (hasFoot(vertex, view) ? CARD.foot : 0), port: CARD.port, bow: 0 };
}

/** @param {number} dataset @param {View} view */
function hasFoot(dataset, view) {
  const count = datasets[dataset].columns.length;
  return state.open.has(dataset)
    ? view.preview < count
    : view.preview > 0 && columnsShown(dataset, view).length < count;
}

/** @param {number} dataset @param {View} view @param {Box} box */
function card(dataset, view, box) {
  const { name, kind, container, path, standing, type, columns, qualifiedName } = datasets[dataset];
  const columnIds = columnsShown(dataset, view);
  const open = state.open.has(dataset);
  const title = el(
    "button",
    {
      class: "head",
      type: "button",
      tabIndex: -1,
      "data-vertex": dataset,
      "aria-label": `${name}, ${container || type}, ${columns.length} columns, ${standing}`,
      "aria-pressed": String(state.node === dataset),
      onclick: () => go({ node: dataset, column: null }),
      ondblclick: () => focusOn(dataset),
    },
    el("span", { class: `badge ${kind}`, title: type }, icon(kind)),
    el("span", { class: "names" }, label(name, "name"), label(placeText(container, path, name), "place")),
    el(
      "span",
      { class: `standing ${standing}`, title: STANDING[/** @type {keyof typeof STANDING} */ (standing)] },
      standing === "scanned" ? icon("scanned") : null,
    ),
  );
  const rows = el(
    "div",
    { class: "rows", role: "list", "data-rows": dataset, onscroll: () => scrolled(dataset) },
    ...columnIds.map((column) => row(column, view)),
  );
  const element = el(
    "article",
    { class: `card ${standing}`, "data-dataset": qualifiedName, "data-key": datasets[dataset].key },
    title,
    hasFilter(dataset) ? filterBox(dataset) : null,
    columnIds.length ? rows : null,
    hasFoot(dataset, view) ? footer(dataset, columns.length - columnIds.length, open) : null,
    !view.preview && columns.length && !open ? counter(dataset, columns.length) : null,
    handle(dataset, "<", before, view),
    handle(dataset, ">", after, view),
  );
  element.classList.toggle("lit", view.litVertices.has(dataset));
  element.classList.toggle("focus", state.at === dataset);
  element.classList.toggle("chosen", state.node === dataset);
  element.classList.toggle("open", open);
  element.classList.toggle("counted", element.querySelector(".count") !== null);
  return at(element, box);
}

/** Where it is, without saying its name again. @param {string} container @param {string} path @param {string} name */
function placeText(container, path, name) {
  const folder = path.endsWith(`/${name}`) ? path.slice(0, -name.length - 1) : "";
  return [container, folder].filter(Boolean).join(" · ");
}

/** @param {number} column @param {View} view */
function row(column, view) {
  const [name, type] = datasets[datasetOf[column]].columns[column - firstColumn[datasetOf[column]]];
  const kinds = view.kinds.get(column) ?? new Set();
  const tags = view.influences.get(column) ?? new Set();
  const mark = [...kinds].map((kind) => KIND_MARK[/** @type {keyof typeof KIND_MARK} */ (kind)] ?? "").join("");
  const element = el(
    "button",
    {
      class: "row",
      type: "button",
      role: "listitem",
      tabIndex: -1,
      "data-column": name,
      "data-id": column,
      "aria-pressed": String(state.column === column),
      onclick: () => go({ column: state.column === column ? null : column, node: null }),
    },
    el("span", { class: "mark", title: [...kinds].join(", ") }, mark),
    label(name, "name"),
    tags.size ? el("span", { class: "tags" }, [...tags].join(" ")) : label(type, "type"),
  );
  element.classList.toggle("lit", view.lit.has(column));
  element.classList.toggle("influence", tags.size > 0);
  return element;
}

/** @param {number} dataset */
function filterBox(dataset) {
  return el("input", {
    class: "filter",
    type: "search",
    tabIndex: -1,
    placeholder: `Filter ${datasets[dataset].columns.length} columns`,
    "aria-label": `Filter the columns of ${datasets[dataset].name}`,
    "data-filter": dataset,
    value: state.filters.get(dataset) ?? "",
    oninput: (/** @type {InputEvent} */ event) => {
      state.filters.set(dataset, /** @type {HTMLInputElement} */ (event.target).value);
      refill(dataset);
    },
  });
}

/** @param {number} dataset @param {number} hidden @param {boolean} open */
function footer(dataset, hidden, open) {
  const text = open ? "Fewer columns" : `${hidden} more ${hidden === 1 ? "column" : "columns"}`;
  return el(
    "button",
    { class: "foot", type: "button", tabIndex: -1, "aria-expanded": String(open), onclick: () => toggleOpen(dataset) },
    text,
  );
}

/** @param {number} dataset */
function countedColumns(dataset) {
  const count = datasets[dataset].columns.length;
  return `${count} ${count === 1 ? "column" : "columns"}`;
}

/** @param {number} dataset @param {number} count */
function counter(dataset, count) {
  const text = countedColumns(dataset);
  return el(
    "button",
    {
      class: "count",
      type: "button",
      tabIndex: -1,
      title: `Show ${text}`,
      "aria-label": `Show ${text}`,
      onclick: () => toggleOpen(dataset),
    },
    String(count),
  );
}

/** A button for neighbours that are not shown. @param {number} vertex @param {"<" | ">"} side @param {number[][]} along @param {View} view */
function handle(vertex, side, along, view) {
  const hidden = along[vertex].filter((other) => !view.shown.has(other)).length;
  if (!hidden) return null;
  const where = side === "<" ? "upstream" : "downstream";
  return el(
    "button",
    {
      class: `handle ${where}`,
      type: "button",
      tabIndex: -1,
      title: `Show ${hidden} more ${where}`,
      "aria-label": `Show ${hidden} more ${where} of ${named(vertex).name}`,
      onclick: () => grow(vertex, side),
    },
    `+${hidden}`,
  );
}

/** What a process is called where there is room for one word: its task, else its notebook. @param {Process} process */
function shortName(process) {
  const owner =
    process.owners.findLast(({ kind }) => kind === "task") ??
    process.owners.findLast(({ kind }) => kind !== "workspace");
  return owner ? (owner.name.split("/").findLast(Boolean) ?? owner.name) : process.name;
}

/** A notebook that was run by hand, not by a job. @param {Process} process */
const isInteractive = ({ owners }) =>
  owners.some(({ kind }) => kind === "notebook") && !owners.some(({ kind }) => kind === "job");

/** @param {Process} process */
const lastStatus = (process) => process.runs[0]?.status ?? "unknown";

/** @param {number} vertex @param {View} view @param {Box} box */
function processNode(vertex, view, box) {
  const process = processAt(vertex);
  const status = lastStatus(process);
  const modes = [...new Set(process.statements.map(({ mode }) => mode).filter(Boolean))].join(", ");
  const main = el(
    "button",
    {
      class: "main",
      type: "button",
      tabIndex: -1,
      "data-vertex": vertex,
      "aria-label": `Process ${process.name}, ${modes || "write"}, last run ${status}`,
      "aria-pressed": String(state.node === vertex),
      title: process.name.slice(0, 400),
      onclick: () => go({ node: vertex, column: null }),
      ondblclick: () => focusOn(vertex),
    },
    el("span", { class: "circle" }, icon(status === "failed" ? "failed" : "process")),
    el("bdi", { class: "text name" }, shortName(process)),
    el("bdi", { class: "mode" }, status === "failed" ? "failed" : isInteractive(process) ? "interactive" : modes),
  );
  const element = el(
    "div",
    { class: `node ${status}`, "data-process": process.qualifiedName, "data-key": process.key },
    main,
    handle(vertex, "<", before, view),
    handle(vertex, ">", after, view),
  );
  element.classList.toggle("lit", view.litVertices.has(vertex));
  element.classList.toggle("focus", state.at === vertex);
  element.classList.toggle("chosen", state.node === vertex);
  return at(element, box);
}

/** @template {HTMLElement} E @param {E} element @param {Box} box */
function at(element, box) {
  element.style.transform = `translate(${box.x}px, ${box.y}px)`;
  element.style.width = `${box.w}px`;
  element.style.height = `${box.h}px`;
  return element;
}
