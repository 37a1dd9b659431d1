/**
 * What is shown: the state, and the address that holds it.
 *
 * @typedef {{at: ?number, all: boolean, up: number, down: number, node: ?number, column: ?number, influences: boolean,
 *            columns: "auto" | "on" | "off", open: Set<number>, grown: Set<string>, theme: string,
 *            filters: Map<number, string>, scrolls: Map<number, number>}} State
 * @typedef {ReturnType<typeof viewOf>} View
 */

/** @param {string} id @returns {HTMLElement} */
const by = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const graph = by("graph");
const world = by("world");
/** Deeper than any lineage. */
const ALL = 99;

/** @type {State} */
const state = {
  at: data.focus,
  all: false,
  up: data.focus === null ? 2 : data.depth,
  down: data.focus === null ? 2 : data.depth,
  node: null,
  column: null,
  influences: false,
  columns: "auto",
  open: new Set(),
  grown: new Set(),
  theme: "",
  filters: new Map(),
  scrolls: new Map(),
};
const start = { ...state };

const isHome = () => state.at === null && !state.all;

/** The state as the address holds it. */
function addressOf() {
  const query = new URLSearchParams();
  if (state.all) query.set("all", "");
  else if (state.at !== null) query.set("at", named(state.at).key);
  else if (start.at !== null) query.set("home", "");
  if (state.at !== null && state.up !== start.up) query.set("up", String(state.up));
  if (state.at !== null && state.down !== start.down) query.set("down", String(state.down));
  if (state.column !== null) {
    query.set("of", datasets[datasetOf[state.column]].key);
    query.set("column", columnName(state.column));
  }
  if (state.node !== null) query.set("node", named(state.node).key);
  if (state.influences) query.set("influences", "");
  if (state.columns !== "auto") query.set("columns", state.columns);
  for (const dataset of state.open) query.append("open", datasets[dataset].key);
  for (const grown of state.grown) query.append("grown", named(parseInt(grown, 10)).key + grown.slice(-1));
  if (state.theme) query.set("theme", state.theme);
  if (lens.mine && !isHome()) query.set("view", [lens.x, lens.y, lens.k * 100].map(Math.round).join(","));
  return `#${query.toString().replaceAll("=&", "&").replace(/=$/, "")}`;
}

/** The other way round; whatever is not understood is left out. */
function readAddress() {
  const query = new URLSearchParams(location.hash.slice(1));
  /** @param {string} name */
  const vertex = (name) => byKey.get(query.get(name) ?? "") ?? null;
  /** @param {string} name @param {number} fallback */
  const depth = (name, fallback) => Math.min(Math.max(parseInt(query.get(name) ?? "", 10) || fallback, 0), ALL);
  const of = vertex("of");
  const column = of !== null && isDataset(of) ? columnNamed(of, query.get("column") ?? "") : -1;
  const mode = query.get("columns");
  Object.assign(state, {
    at: vertex("at") ?? (query.has("all") || query.has("home") ? null : start.at),
    all: query.has("all"),
    up: query.get("up") === "0" ? 0 : depth("up", start.up),
    down: query.get("down") === "0" ? 0 : depth("down", start.down),
    node: vertex("node"),
    column: column < 0 ? null : column,
    influences: query.has("influences"),
    columns: mode === "on" || mode === "off" ? mode : "auto",
    open: new Set(
      query
        .getAll("open")
        .map((key) => byKey.get(key))
        .filter((found) => found !== undefined && isDataset(found)),
    ),
    grown: new Set(
      query.getAll("grown").flatMap((text) => {
        const found = byKey.get(text.slice(0, -1));
        return found === undefined ? [] : [`${found}${text.slice(-1)}`];
      }),
    ),
    theme: ["light", "dark"].includes(query.get("theme") ?? "") ? query.get("theme") : "",
  });
  const moved = (query.get("view") ?? "").split(",").map(Number);
  lens.mine = moved.length === 3 && moved.every(Number.isFinite) && moved[2] > 0;
  if (lens.mine) Object.assign(lens, { x: moved[0], y: moved[1], k: moved[2] / 100 });
}

/** Change what is shown. @param {Partial<State>} change */
function go(change) {
  const elsewhere = ["at", "all", "up", "down"].some((name) => name in change);
  Object.assign(state, change);
  if (elsewhere) lens.mine = false;
  draw(elsewhere);
  if (!elsewhere && change.column !== undefined && state.column !== null) reveal(datasetOf[state.column], state.column);
  if (!elsewhere && change.node !== undefined && state.node !== null) reveal(state.node);
  history.pushState(null, "", addressOf());
}

/** Centre the lineage on a vertex. @param {number} vertex */
function focusOn(vertex) {
  if (data.live && data.focus !== null && data.focus !== vertex && isDataset(vertex)) {
    askServer(named(vertex).guid, data.depth);
    return;
  }
  go({ at: vertex, all: false, node: vertex, grown: new Set(), ...(isHome() || state.all ? {} : { column: null }) });
  focusVertex(vertex);
}

/** @param {number} vertex @param {string} side */
function grow(vertex, side) {
  go({ grown: new Set([...state.grown, `${vertex}${side}`]) });
}

/** @param {number} dataset */
function toggleOpen(dataset) {
  const open = new Set(state.open);
  if (!open.delete(dataset)) open.add(dataset);
  go({ open });
}

/** The list of a card was scrolled: edges follow. @param {number} dataset */
function scrolled(dataset) {
  const list = world.querySelector(`[data-rows="${dataset}"]`);
  if (!list || !view) return;
  state.scrolls.set(dataset, list.scrollTop);
  if (view.steps.size || view.influencesShown.size) by("edges").replaceChildren(markers(), ...drawEdges(view));
}

/** The filter of a card has changed: its rows follow. @param {number} dataset */
function refill(dataset) {
  const drawn = view;
  if (!drawn) return;
  world
    .querySelector(`[data-rows="${dataset}"]`)
    ?.replaceChildren(...columnsShown(dataset, drawn).map((column) => row(column, drawn)));
  scrolled(dataset);
}
