/** The view of the state, drawn; and the beginning. */

/** @type {?View} */
let view = null;

/** The vertices that the state shows; not of the start page. */
const shownNow = () =>
  state.all ? new Set(vertices) : around(/** @type {number} */ (state.at), state.up, state.down, state.grown);

/** Everything that drawing needs to know, worked out from the state. */
function viewOf() {
  const shown = shownNow();
  const traced = state.column === null ? null : trace(state.column);
  const around_ = traced && state.influences ? influencesAround(traced) : new Set();
  /** @type {Map<number, Set<string>>} */
  const kinds = new Map();
  for (const step of traced?.steps ?? []) kinds.set(step.target, (kinds.get(step.target) ?? new Set()).add(step.kind));
  /** @type {Map<number, Set<string>>} */
  const tags = new Map();
  for (const { source, kind } of around_) tags.set(source, (tags.get(source) ?? new Set()).add(kind));
  const lit = traced?.columns ?? new Set();
  const litVertices = new Set([
    ...[...lit].map((column) => datasetOf[column]),
    ...[...(traced?.steps ?? [])].map((step) => step.process),
  ]);
  for (const { source, process } of around_) litVertices.add(datasetOf[source]).add(process);
  const decided = new Set([...around_].filter(({ source }) => source === state.column).map(({ process }) => process));
  for (const process of decided) for (const output of after[process]) litVertices.add(output);
  return {
    shown,
    preview: previewFor(shown),
    lit,
    kinds,
    steps: traced?.steps ?? new Set(),
    influences: tags,
    influencesShown: around_,
    marked: new Set([...lit, ...tags.keys()]),
    litVertices,
    decided,
    slots: slotsOf(traced?.steps ?? new Set()),
    /** @type {Map<number, Box>} */
    boxes: new Map(),
    /** @type {Map<Edge, Passage[]>} */
    lanes: new Map(),
    width: 0,
    height: 0,
  };
}

/** How many columns closed cards show: none where that would make the picture too tall to read. @param {Set<number>} shown */
function previewFor(shown) {
  if (state.columns !== "auto") return state.columns === "on" ? PREVIEW : 0;
  const cards = [...shown].filter(isDataset);
  const tall = grouped(cards, (vertex) => spots[vertex].rank);
  const height = (/** @type {number} */ vertex) =>
    CARD.header + CARD.foot + GAP.card + Math.min(datasets[vertex].columns.length, PREVIEW) * CARD.row;
  const tallest = Math.max(
    0,
    ...[...tall.values()].map((rank) => rank.reduce((sum, vertex) => sum + height(vertex), 0)),
  );
  return tallest <= 1100 && cards.length <= 30 ? PREVIEW : 0;
}

/** Steps through one process run beside each other. @param {Set<Step>} shown */
function slotsOf(shown) {
  const slots = new Map();
  for (const [process, group] of grouped([...shown], (step) => step.process)) {
    const apart = Math.min(4, (NODE.circle - 10) / group.length);
    const sorted = group.sort((one, other) => one.source - other.source || one.target - other.target);
    for (const [index, step] of sorted.entries()) {
      slots.set(`${step.source}>${process}>${step.target}`, (index - (sorted.length - 1) / 2) * apart);
    }
  }
  return slots;
}

/** @param {boolean} [elsewhere] whether another part of the graph is shown than before */
function draw(elsewhere = false) {
  document.documentElement.dataset.theme = state.theme || "auto";
  const home = isHome();
  const detailed = document.body.classList.contains("detailed");
  by("browse").hidden = !home;
  graph.hidden = home;
  drawPanel();
  drawTools();
  if (home) {
    drawBrowse();
    view = null;
    return;
  }
  const refit = !lens.mine && detailed !== document.body.classList.contains("detailed");
  const anchor = elsewhere || refit ? null : anchorOf();
  const kept = activeMark();
  const next = viewOf();
  const placed = place(next.shown, (vertex) => sizeOf(vertex, next));
  const drawn = (view = { ...next, ...placed });
  by("nodes").replaceChildren(
    ...[...drawn.boxes]
      .sort(([one], [other]) => one - other)
      .map(([vertex, box]) => (isDataset(vertex) ? card(vertex, drawn, box) : processNode(vertex, drawn, box))),
  );
  for (const [dataset, top] of state.scrolls) {
    const list = world.querySelector(`[data-rows="${dataset}"]`);
    if (list) list.scrollTop = top;
  }
  by("edges").replaceChildren(markers(), ...drawEdges(drawn));
  graph.classList.toggle("tracing", state.column !== null);
  if (anchor) keepInPlace(anchor);
  else if (!lens.mine) fit(false);
  world.classList.toggle("glide", refit && !elsewhere);
  moveLens();
  restoreActive(kept);
  announce();
}

/** @returns {?{vertex: number, x: number, y: number}} */
function anchorOf() {
  const vertex = state.node ?? (state.column === null ? state.at : datasetOf[state.column]);
  const box = vertex === null ? undefined : view?.boxes.get(vertex);
  return box && vertex !== null ? { vertex, x: box.x, y: box.y } : null;
}

/** @param {{vertex: number, x: number, y: number}} anchor */
function keepInPlace({ vertex, x, y }) {
  const box = view?.boxes.get(vertex);
  if (!box) return;
  lens.x += (x - box.x) * lens.k;
  lens.y += (y - box.y) * lens.k;
}

function markers() {
  const arrow = (/** @type {string} */ id) =>
    svg(
      "marker",
      {
        id,
        viewBox: "0 0 8 8",
        refX: 7,
        refY: 4,
        markerWidth: 7,
        markerHeight: 7,
        markerUnits: "userSpaceOnUse",
        orient: "auto-start-reverse",
      },
      svg("path", { d: "M0.5 0.8L7.2 4L0.5 7.2z" }),
    );
  return svg("defs", {}, ...["arrow", "arrow-near", "arrow-lit", "arrow-influence"].map(arrow));
}

/** Tell those who do not see it what lit up. */
function announce() {
  if (state.column === null) {
    by("status").textContent = "";
    return;
  }
  const { up, down } = trace(state.column);
  const count = (/** @type {Set<Step>} */ found, /** @type {"source" | "target"} */ end) =>
    new Set([...found].map((step) => step[end])).size;
  by("status").textContent =
    `${columnName(state.column)}: ${count(up, "source")} columns upstream, ${count(down, "target")} downstream`;
}

/* --- begin ------------------------------------------------------------------------------------------------------- */

wireTools();
wireSearch();
wirePointer();
document.addEventListener("keydown", onKey);
window.addEventListener("popstate", () => {
  readAddress();
  draw(!lens.mine);
});
window.addEventListener("resize", () => {
  if (view && !lens.mine) fit(false);
  if (view) moveLens();
});
readAddress();
draw(true);
document.documentElement.dataset.ready = "true";
