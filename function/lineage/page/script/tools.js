/** The bar, the legend and the map. */

function wireTools() {
  /** @type {[string, () => void][]} */
  const actions = [
    ["home", goHome],
    ["theme", toggleTheme],
    ["influences", () => go({ influences: !state.influences })],
    ["columns", toggleColumns],
    ["zoom-in", () => zoom(1.25)],
    ["zoom-out", () => zoom(0.8)],
    ["fit", fitNow],
    ["up-less", () => deepen("up", -1)],
    ["up-more", () => deepen("up", 1)],
    ["down-less", () => deepen("down", -1)],
    ["down-more", () => deepen("down", 1)],
    ["keys", () => /** @type {HTMLDialogElement} */ (by("help")).showModal()],
  ];
  for (const [id, act] of actions) by(id).addEventListener("click", act);
  by("home").prepend(icon("lineage"));
  by("catalogue").textContent = String(data.extras.catalogue ?? "");
  by("theme").append(icon("light"));
  by("fit").append(icon("fit"));
  by("columns").prepend(icon("list"));
  by("influences").prepend(icon("influence"));
  by("key-list").append(
    ...[
      ["← → ↑ ↓", "Move between cards, columns and processes"],
      ["Enter", "Select it; on a column, light up its path"],
      ...KEYS.map(([key, text]) => [key, text]),
    ].flatMap(([key, text]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, text)]),
  );
  drawLegend();
  by("map").addEventListener("pointerdown", (event) => {
    by("map").setPointerCapture(event.pointerId);
    centreOn(event);
  });
  by("map").addEventListener("pointermove", (event) => {
    if (event.buttons) centreOn(event);
  });
}

function drawTools() {
  const home = isHome();
  for (const id of ["depth", "influences", "columns"]) by(id).hidden = home || (id === "depth" && state.at === null);
  by("up").textContent = String(state.up);
  by("down").textContent = String(state.down);
  by("influences").setAttribute("aria-pressed", String(state.influences));
  document.title = state.at === null ? "Lineage" : `${named(state.at).name.slice(0, 80)} · Lineage`;
}

function drawLegend() {
  const kinds = [...new Set(datasets.map(({ kind }) => kind))].sort();
  const line = (/** @type {string} */ style) =>
    svg("svg", { class: "sample", viewBox: "0 0 26 10" }, svg("path", { d: "M1 5H25", class: style }));
  /** @type {[Node, string][]} */
  const entries = [
    ...kinds.map((kind) => /** @type {[Node, string]} */ ([el("span", { class: `badge ${kind}` }, icon(kind)), kind])),
    [el("span", { class: "standing scanned" }, icon("scanned")), "scanned asset"],
    [el("span", { class: "standing ours" }), "ours: no scanner covers it"],
    [el("span", { class: "standing placeholder" }), "placeholder"],
    [el("span", { class: "circle" }, icon("process")), "process"],
    [el("span", { class: "circle failed" }, icon("failed")), "last run failed"],
    [line("edge"), "reads, writes"],
    [line("step"), "path of the column"],
    [line("influence"), "influence (join, filter …)"],
    [el("b", {}, "= ƒ Σ"), "unchanged, computed, aggregated"],
  ];
  by("legend-list").append(...entries.map(([sample, text]) => el("li", {}, sample, el("span", {}, text))));
}

/** The whole view in small, where it is larger than the screen. */
function drawMap() {
  const map = by("map");
  if (!view || !view.width) return;
  const [width, height] = [graph.clientWidth / lens.k, graph.clientHeight / lens.k];
  const [left, top] = [-lens.x / lens.k, -lens.y / lens.k];
  map.toggleAttribute("hidden", left < 1 && top < 1 && left + width > view.width && top + height > view.height);
  const pad = Math.max(view.width, view.height) * 0.02;
  map.setAttribute("viewBox", `${-pad} ${-pad} ${view.width + 2 * pad} ${view.height + 2 * pad}`);
  map.replaceChildren(
    ...[...view.boxes].map(([vertex, box]) =>
      svg("rect", {
        x: box.x,
        y: box.y,
        width: box.w,
        height: box.h,
        rx: 8,
        class: isDataset(vertex) ? "card" : "process",
      }),
    ),
    svg("rect", { x: left, y: top, width, height, class: "window" }),
  );
}

/** @param {PointerEvent} event */
function centreOn(event) {
  const map = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (by("map")));
  const matrix = map.getScreenCTM();
  if (!matrix) return;
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  lens.x = graph.clientWidth / 2 - point.x * lens.k;
  lens.y = graph.clientHeight / 2 - point.y * lens.k;
  moved();
}
