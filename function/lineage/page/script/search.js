/** The search, here and on the server. */

const HITS = 40;

/** @typedef {{vertex: number, column: number, rank: number}} Hit */

/** What a text finds: names that begin with it first, then names, qualified names and columns that have it. @param {string} text @returns {Hit[]} */
function find(text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  /** @type {Hit[]} */
  const hits = [];
  for (const vertex of vertices) {
    const { name, qualifiedName } = named(vertex);
    const rank = [
      name.toLowerCase().startsWith(wanted),
      name.toLowerCase().includes(wanted),
      qualifiedName.toLowerCase().includes(wanted),
    ].indexOf(true);
    if (rank >= 0) hits.push({ vertex, column: -1, rank: rank * 2 + (isDataset(vertex) ? 0 : 1) });
    if (!isDataset(vertex)) continue;
    for (const [index, [column]] of datasets[vertex].columns.entries()) {
      const at_ = column.toLowerCase().indexOf(wanted);
      if (at_ >= 0) hits.push({ vertex, column: firstColumn[vertex] + index, rank: at_ ? 7 : 6 });
    }
  }
  return hits.sort((one, other) => one.rank - other.rank || one.vertex - other.vertex).slice(0, HITS);
}

function wireSearch() {
  const query = /** @type {HTMLInputElement} */ (by("query"));
  const hits = by("hits");
  query.addEventListener("input", () => drawHits(query.value));
  query.addEventListener("focus", () => drawHits(query.value));
  query.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
    event.preventDefault();
    const options = /** @type {HTMLElement[]} */ ([...hits.querySelectorAll("[role=option]")]);
    const at_ = options.findIndex((option) => option.ariaSelected === "true");
    if (event.key === "Enter") (options[at_] ?? options[0])?.click();
    else choose(options, Math.min(Math.max(at_ + (event.key === "ArrowDown" ? 1 : -1), 0), options.length - 1));
  });
  document.addEventListener("pointerdown", (event) => {
    if (!by("finder").contains(/** @type {Node} */ (event.target))) closeHits();
  });
}

/** @param {HTMLElement[]} options @param {number} index */
function choose(options, index) {
  for (const [at_, option] of options.entries()) option.ariaSelected = String(at_ === index);
  options[index]?.scrollIntoView({ block: "nearest" });
  by("query").setAttribute("aria-activedescendant", options[index]?.id ?? "");
}

/** @param {string} text */
function drawHits(text) {
  const found = find(text);
  const hits = by("hits");
  hits.hidden = !text.trim();
  by("query").setAttribute("aria-expanded", String(!hits.hidden));
  hits.replaceChildren(
    ...(found.length ? found.map(hitOption) : [el("li", { class: "quiet" }, "Nothing has this name.")]),
  );
  if (data.live && text.trim().length > 1) searchServer(text.trim());
}

/** @param {Hit} hit @param {number} index */
function hitOption({ vertex, column }, index) {
  const kind = isDataset(vertex) ? datasets[vertex].kind : "process";
  const name =
    column < 0 ? (isDataset(vertex) ? named(vertex).name : shortName(processAt(vertex))) : columnName(column);
  const under =
    column < 0
      ? isDataset(vertex)
        ? placeText(datasets[vertex].container, datasets[vertex].path, datasets[vertex].name)
        : named(vertex).name
      : `column of ${named(vertex).name} · ${datasets[vertex].container}`;
  const pick = () => {
    closeHits();
    if (column >= 0) showColumn(column);
    else select(vertex);
  };
  return el(
    "li",
    { role: "option", id: `hit-${index}`, "aria-selected": "false", onclick: pick },
    column < 0 ? el("span", { class: `badge ${kind}` }, icon(kind)) : el("span", { class: "badge column" }, "≡"),
    el("span", { class: "names" }, label(name, "name"), label(under, "place")),
  );
}

function closeHits() {
  by("hits").hidden = true;
  by("query").setAttribute("aria-expanded", "false");
}

/** @type {?AbortController} */
let asking = null;
/** Add what only the server knows to what was found. @param {string} text */
async function searchServer(text) {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(`/lineage/search?q=${encodeURIComponent(text)}`, { signal: asking.signal });
    /** @type {{guid: string, name: string, qualifiedName: string}[]} */
    const found = answer.ok ? await answer.json() : [];
    const known = new Set(vertices.map((vertex) => named(vertex).guid));
    by("hits").append(
      ...found
        .filter(({ guid }) => !known.has(guid))
        .map(({ guid, name, qualifiedName }) =>
          el(
            "li",
            { role: "option", "aria-selected": "false", onclick: () => askServer(guid, 3) },
            el("span", { class: "badge other" }, icon("other")),
            el("span", { class: "names" }, label(name, "name"), label(qualifiedName, "place")),
          ),
        ),
    );
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** Open the page of an asset that is not, or not deep enough, in this one. @param {string} guid @param {number} depth */
function askServer(guid, depth) {
  location.assign(`/lineage?asset=${encodeURIComponent(guid)}&depth=${depth}`);
}
