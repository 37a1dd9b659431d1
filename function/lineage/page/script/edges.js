/** Edges as paths: between cards and processes, of columns, of influences. */

/** @typedef {{x: number, y: number}} Point */

/** Where edges leave (`right`) or enter a vertex. @param {Box} box @param {boolean} right @param {number} [y] @returns {Point} */
function port(box, right, y = box.port) {
  return { x: right ? box.x + box.w - box.bow : box.x + box.bow, y: box.y + y };
}

/** The points of an edge in its own direction, through its lane. @param {Edge} edge @param {Pick<View, "boxes" | "lanes">} view @param {number} from @param {number} to */
function pointsOf(edge, view, from, to) {
  const [source, target] = [view.boxes.get(edge.source), view.boxes.get(edge.target)];
  const lane = (view.lanes.get(edge) ?? []).flatMap(({ x0, x1, y }) => [
    { x: x0, y },
    { x: x1, y },
  ]);
  if (!source || !target) return [];
  return edge.backwards
    ? [port(source, false, from), ...lane.reverse(), port(target, true, to)]
    : [port(source, true, from), ...lane, port(target, false, to)];
}

/** So little up or down is left out: a line looks better straight than true by a hair. */
const HAIR = 5;

/** @param {Point[]} points  a smooth line that is level at every point */
function smooth(points) {
  const [first, ...rest] = points;
  let path = `M${first.x} ${first.y}`;
  let { x, y } = first;
  for (const point of rest) {
    const reach = (point.x - x) / 2;
    if (Math.abs(point.y - y) < HAIR) {
      path += `H${point.x}`;
    } else {
      path += `C${x + reach} ${y} ${point.x - reach} ${point.y} ${point.x} ${point.y}`;
      y = point.y;
    }
    x = point.x;
  }
  return path;
}

/** Apart from the other edge, where a write also reads what it writes. */
const RETURN = 8;

/** @param {View} view */
function drawEdges(view) {
  const plain = edges
    .filter((edge) => view.boxes.has(edge.source) && view.boxes.has(edge.target))
    .map((edge) => plainEdge(edge, view));
  const lit = [...view.steps].map((step, index) => stepEdge(step, view, index));
  const dashed = [...view.influencesShown].flatMap((influence) => influenceEdges(influence, view));
  return [...plain, ...dashed, ...lit].filter((path) => path !== null);
}

/** @param {Edge} edge @param {View} view */
function plainEdge(edge, view) {
  const [source, target] = [view.boxes.get(edge.source), view.boxes.get(edge.target)];
  if (!source || !target) return null;
  const shift = edge.backwards ? RETURN : 0;
  const near = state.node !== null && (edge.source === state.node || edge.target === state.node);
  return svg("path", {
    d: smooth(pointsOf(edge, view, source.port + shift, target.port + shift)),
    class: `edge ${near ? "near" : ""}`,
    ...(isDataset(edge.target) || edge.backwards ? { "marker-end": `url(#${near ? "arrow-near" : "arrow"})` } : {}),
  });
}

/** A column to a column, through the process between them. @param {Step} step @param {View} view @param {number} index */
function stepEdge(step, view, index) {
  const points = stepPoints(step.source, step.process, step.target, view);
  if (!points) return null;
  const [source, target] = [datasets[datasetOf[step.source]], datasets[datasetOf[step.target]]];
  return svg("path", {
    d: smooth(points),
    class: `step ${step.kind}`,
    "marker-end": "url(#arrow-lit)",
    "data-source": `${source.qualifiedName}#${columnName(step.source)}`,
    "data-target": `${target.qualifiedName}#${columnName(step.target)}`,
    "data-kind": step.kind,
    "data-step": index,
  });
}

/** @param {number} source @param {number} process @param {number} target @param {View} view @returns {?Point[]} */
function stepPoints(source, process, target, view) {
  const into = edgeBetween.get(`${datasetOf[source]} ${process}`);
  const out = edgeBetween.get(`${process} ${datasetOf[target]}`);
  const box = view.boxes.get(process);
  if (!into || !out || !box || !view.boxes.has(datasetOf[source]) || !view.boxes.has(datasetOf[target])) return null;
  const y = box.port + (view.slots.get(`${source}>${process}>${target}`) ?? 0);
  return [...pointsOf(into, view, rowY(source, view), y), ...pointsOf(out, view, y, rowY(target, view))];
}

/** @param {Influence} influence @param {View} view */
function influenceEdges({ source, process, target, kind }, view) {
  const into = edgeBetween.get(`${datasetOf[source]} ${process}`);
  const box = view.boxes.get(process);
  if (!into || !box || !view.boxes.has(datasetOf[source])) return [];
  const path = svg("path", {
    d: smooth(pointsOf(into, view, rowY(source, view), box.port + NODE.circle / 2 - 5)),
    class: "influence",
    "marker-end": "url(#arrow-influence)",
    "data-source": `${datasets[datasetOf[source]].qualifiedName}#${columnName(source)}`,
    "data-target":
      target < 0
        ? processAt(process).qualifiedName
        : `${datasets[datasetOf[target]].qualifiedName}#${columnName(target)}`,
    "data-kind": kind,
  });
  return [
    path,
    ...(view.decided.has(process) ? after[process].map((output) => decidedEdge(process, output, view)) : []),
  ];
}

/** From a process to an output whose rows the chosen column decides about. @param {number} process @param {number} output @param {View} view */
function decidedEdge(process, output, view) {
  const [edge, box, target] = [
    edgeBetween.get(`${process} ${output}`),
    view.boxes.get(process),
    view.boxes.get(output),
  ];
  if (!edge || !box || !target) return null;
  const points = pointsOf(edge, view, box.port + NODE.circle / 2 - 5, target.port + RETURN);
  return svg("path", { d: smooth(points), class: "influence", "marker-end": "url(#arrow-influence)" });
}

/** How far below the top of its card a column's row is: at the edge of the list where it is scrolled away. @param {number} column @param {View} view */
function rowY(column, view) {
  const dataset = datasetOf[column];
  const index = columnsShown(dataset, view).indexOf(column);
  if (index < 0) return CARD.port;
  const top = CARD.header + (hasFilter(dataset) ? CARD.filter : 0);
  if (!hasFilter(dataset)) return top + (index + 0.5) * CARD.row;
  const scroll = state.scrolls.get(dataset) ?? 0;
  return top + Math.min(Math.max((index + 0.5) * CARD.row - scroll, 3), WINDOW * CARD.row - 3);
}
