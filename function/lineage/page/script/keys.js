/** The keyboard: every key, and the way between cards, columns and processes. */

/** @type {[string, string, () => void][]} */
const KEYS = [
  ["/", "Search", () => by("query").focus()],
  ["Escape", "Let go of the column, then of the details", letGo],
  [
    "g",
    "Centre the lineage on what is selected",
    () => {
      const vertex = activeVertex() ?? state.node;
      if (vertex !== null) focusOn(vertex);
    },
  ],
  [
    "o",
    "Open or close the list of columns",
    () => {
      const vertex = activeVertex();
      if (vertex !== null && isDataset(vertex)) toggleOpen(vertex);
    },
  ],
  ["i", "Indirect influences on or off", () => go({ influences: !state.influences })],
  ["c", "Columns in the cards on or off", toggleColumns],
  ["[", "One step less upstream", () => deepen("up", -1)],
  ["]", "One step more upstream", () => deepen("up", 1)],
  ["{", "One step less downstream", () => deepen("down", -1)],
  ["}", "One step more downstream", () => deepen("down", 1)],
  ["f", "Fit everything on the screen", fitNow],
  ["+", "Zoom in", () => zoom(1.25)],
  ["-", "Zoom out", () => zoom(0.8)],
  ["0", "Real size", () => zoom(1 / lens.k)],
  ["d", "Download the column edges that are shown (CSV)", download],
  ["a", "The whole catalogue as one graph", () => go({ at: null, all: true, grown: new Set() })],
  ["h", "Start page", goHome],
  ["t", "Light or dark", toggleTheme],
  ["?", "This list", () => /** @type {HTMLDialogElement} */ (by("help")).showModal()],
];

/** @param {KeyboardEvent} event */
function onKey(event) {
  const typing = event.target instanceof HTMLInputElement;
  if (event.ctrlKey || event.metaKey || event.altKey || /** @type {HTMLDialogElement} */ (by("help")).open) return;
  if (typing && event.key !== "Escape") return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const known = KEYS.find(([name]) => name === key);
  if (known) {
    event.preventDefault();
    known[2]();
  } else if (event.key.startsWith("Arrow") && !isHome() && world.contains(document.activeElement)) {
    event.preventDefault();
    step(event.key.slice(5));
  }
}

/** @param {"up" | "down"} side @param {number} by_ */
function deepen(side, by_) {
  if (state.at === null) return;
  const depth = Math.min(Math.max(state[side] + by_, 0), ALL);
  if (data.live && by_ > 0 && data.focus !== null && depth > data.depth) askServer(named(data.focus).guid, depth);
  else go({ [side]: depth });
}

function letGo() {
  if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur();
  if (!by("hits").hidden) closeHits();
  else if (state.column !== null) go({ column: null });
  else if (state.node !== null) go({ node: null });
}

function goHome() {
  if (data.live && data.focus !== null) location.assign("/");
  else go({ at: null, all: false, node: null, column: null, grown: new Set() });
}

function toggleColumns() {
  const shown = (view?.preview ?? 0) > 0;
  go({ columns: shown ? "off" : "on", open: new Set() });
}

function toggleTheme() {
  const dark = getComputedStyle(document.documentElement).getPropertyValue("--dark").trim() === "1";
  go({ theme: dark ? "light" : "dark" });
}

/** @returns {?number} the vertex whose card or node has the keyboard */
function activeVertex() {
  const own = document.activeElement?.closest(".card, .node")?.querySelector("[data-vertex]") ?? document.activeElement;
  const vertex = /** @type {HTMLElement} */ (own)?.dataset?.vertex;
  return vertex === undefined ? null : Number(vertex);
}

/** @param {number} vertex */
function focusVertex(vertex) {
  /** @type {?HTMLElement} */
  const element = world.querySelector(`[data-vertex="${vertex}"]`);
  element?.focus({ preventScroll: true });
  reveal(vertex);
}

/** Move the keyboard to the next thing in a direction. @param {string} direction */
function step(direction) {
  const vertex = activeVertex();
  if (vertex === null) return;
  if (direction === "Up" || direction === "Down") stepAcross(vertex, direction === "Down" ? 1 : -1);
  else stepAlong(vertex, direction === "Right");
}

/** @param {number} vertex @param {1 | -1} by_ through the rows of a card, then to the card below */
function stepAcross(vertex, by_) {
  const card_ = document.activeElement?.closest(".card");
  const stops = card_ ? /** @type {HTMLElement[]} */ ([...card_.querySelectorAll(".head, .row, .foot")]) : [];
  const next = stops[stops.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + by_];
  if (next) {
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
    undoScroll();
    return;
  }
  const box = view?.boxes.get(vertex);
  if (!box || !view) return;
  const column = [...view.boxes].filter(([, other]) => Math.abs(other.x + other.w / 2 - box.x - box.w / 2) < 20);
  const sorted = column.sort(([, one], [, other]) => one.y - other.y).map(([other]) => other);
  const other = sorted[sorted.indexOf(vertex) + by_];
  if (other !== undefined) focusVertex(other);
}

/** The browser scrolls the graph to what has the keyboard; the lens does that here. */
function undoScroll() {
  for (const element of [graph, world, document.documentElement])
    Object.assign(element, { scrollTop: 0, scrollLeft: 0 });
  const vertex = activeVertex();
  if (vertex !== null) reveal(vertex);
}

/** @param {number} vertex @param {boolean} right along the lit path from a lit row, else along the edges */
function stepAlong(vertex, right) {
  const id = /** @type {HTMLElement} */ (document.activeElement)?.dataset.id;
  const lit =
    id === undefined
      ? []
      : [...(view?.steps ?? [])]
          .filter((one) => (right ? one.source : one.target) === Number(id))
          .map(
            (one) =>
              /** @type {?HTMLElement} */ (world.querySelector(`[data-id="${right ? one.target : one.source}"]`)),
          )
          .filter((element) => element !== null);
  if (lit.length) {
    lit[0].focus({ preventScroll: true });
    undoScroll();
    return;
  }
  const here = view?.boxes.get(vertex);
  const others = (right ? after : before)[vertex].filter((other) => {
    const box = view?.boxes.get(other);
    return here && box && (right ? box.x > here.x : box.x < here.x);
  });
  const gap = (/** @type {number} */ other) => Math.abs((view?.boxes.get(other)?.y ?? 0) - (here?.y ?? 0));
  others.sort((one, other) => gap(one) - gap(other));
  if (others.length) focusVertex(others[0]);
}

/** A selector for what has the keyboard, so that it has it again after drawing. */
function activeMark() {
  const element = /** @type {?HTMLElement} */ (document.activeElement);
  if (!element || !world.contains(element)) return "";
  for (const name of ["vertex", "id", "filter"]) {
    if (name in element.dataset) return `[data-${name}="${element.dataset[name]}"]`;
  }
  const vertex = activeVertex();
  return vertex === null ? "" : `[data-vertex="${vertex}"]`;
}

/** @param {string} mark */
function restoreActive(mark) {
  const vertex = state.node ?? state.at ?? [...(view?.shown ?? [])][0];
  /** @type {?HTMLElement} */
  const stop = world.querySelector(`[data-vertex="${vertex}"]`) ?? world.querySelector("[data-vertex]");
  if (stop) stop.tabIndex = 0;
  if (mark) /** @type {?HTMLElement} */ (world.querySelector(mark))?.focus({ preventScroll: true });
}
