/**
 * The graph as Python wrote it, and the walks over it. A vertex is a number: datasets first, then processes.
 * A column is a number as well: the first of dataset 0 is 0, and so on through all datasets.
 *
 * @typedef {[number, number]} At  dataset and column, by their indexes
 * @typedef {{key: string, guid: string, type: string, qualifiedName: string, name: string}} Named
 * @typedef {Named & {kind: string, container: string, path: string, standing: string, columns: [string, string][]}} Dataset
 * @typedef {{kind: string, name: string, link: string}} Owner
 * @typedef {[At, [number, number, string][], At[], [number, string][]]} Link  target, sources with kind, columns that decide
 *            about the value, expressions with the index of their statement
 * @typedef {{mode: string, indirect: [string, At[]][]}} Statement
 * @typedef {{at: number, status: string, rows: ?number, duration_ms: ?number, error: string, link: string}} Run
 * @typedef {Named & {inputs: number[], outputs: number[], hidden: number, owners: Owner[], links: Link[],
 *            statements: Statement[], runs: Run[], runCount: number, notes: string[], noteCount: number, cut: string,
 *            stale: boolean}} Process
 * @typedef {{source: number, target: number, backwards: boolean, lane: [number, number][]}} Edge
 * @typedef {{part: number, rank: number, order: number}} Spot
 * @typedef {{source: number, target: number, process: number, kind: string}} Step  one column becomes another
 * @typedef {{source: number, process: number, target: number, kind: string}} Influence  target is -1 for all columns
 */

/** @type {{focus: ?number, depth: number, cut: string, live: boolean, extras: Record<string, any>, datasets: Dataset[],
 *          processes: Process[], spots: [number, number, number][], edges: [number, number, number, [number, number][]][]}} */
const data = JSON.parse(document.getElementById("data")?.textContent ?? "");
const { datasets, processes } = data;

/** @type {Edge[]} */
const edges = data.edges.map(([source, target, backwards, lane]) => ({ source, target, backwards: !!backwards, lane }));
/** @type {Spot[]} */
const spots = data.spots.map(([part, rank, order]) => ({ part, rank, order }));
const vertices = spots.map((_, vertex) => vertex);

/** @param {number} vertex */
const isDataset = (vertex) => vertex < datasets.length;
/** @param {number} vertex */
const processAt = (vertex) => processes[vertex - datasets.length];
/** @param {number} vertex @returns {Named} */
const named = (vertex) => (isDataset(vertex) ? datasets[vertex] : processAt(vertex));

const byKey = new Map(vertices.map((vertex) => [named(vertex).key, vertex]));
/** @type {number[][]} */
const before = vertices.map(() => []);
/** @type {number[][]} */
const after = vertices.map(() => []);
const edgeBetween = new Map();
for (const edge of edges) {
  after[edge.source].push(edge.target);
  before[edge.target].push(edge.source);
  edgeBetween.set(`${edge.source} ${edge.target}`, edge);
}

/** @type {number[]} */
const firstColumn = [];
/** @type {number[]} */
const datasetOf = [];
for (const [index, dataset] of datasets.entries()) {
  firstColumn.push(datasetOf.length);
  for (const _ of dataset.columns) datasetOf.push(index);
}
/** @param {At} at */
const columnAt = ([dataset, column]) => firstColumn[dataset] + column;
/** @param {number} column */
const columnName = (column) => datasets[datasetOf[column]].columns[column - firstColumn[datasetOf[column]]][0];
/** @param {number} dataset @param {string} name */
const columnNamed = (dataset, name) => {
  const index = datasets[dataset].columns.findIndex(([own]) => own === name);
  return index < 0 ? -1 : firstColumn[dataset] + index;
};

/** Every step from a column to another; one that several statements make stands once. @type {Step[]} */
const steps = [];
/** @type {Influence[]} */
const influences = [];
/** The processes that make a column, and how. @type {Map<number, {process: number, link: Link}[]>} */
const makers = new Map();
for (const [index, process] of processes.entries()) readSteps(datasets.length + index, process);
const stepsInto = grouped(steps, (step) => step.target);
const stepsOutOf = grouped(steps, (step) => step.source);
const influencesOf = grouped(influences, (influence) => influence.process);
const influencesOutOf = grouped(influences, (influence) => influence.source);

/** @param {number} vertex @param {Process} process */
function readSteps(vertex, process) {
  for (const link of process.links) {
    const target = columnAt(link[0]);
    makers.set(target, [...(makers.get(target) ?? []), { process: vertex, link }]);
    for (const [dataset, column, kind] of link[1]) {
      steps.push({ source: columnAt([dataset, column]), target, process: vertex, kind });
    }
    for (const at of link[2]) influences.push({ source: columnAt(at), process: vertex, target, kind: "condition" });
  }
  const own = new Set(process.links.flatMap((link) => link[2].map(columnAt)));
  const seen = new Set();
  for (const { mode, indirect } of process.statements) {
    for (const [kind, ats] of indirect) {
      for (const source of ats.map(columnAt)) {
        if (seen.has(`${source} ${kind}`)) continue;
        seen.add(`${source} ${kind}`);
        // A statement lists the conditions of its columns as well; these are about their own column alone.
        const elsewhere = kind === "condition" && mode !== "merge" && own.has(source);
        if (!elsewhere) influences.push({ source, process: vertex, target: -1, kind });
      }
    }
  }
}

/** @template T @param {T[]} items @param {(item: T) => number} by @returns {Map<number, T[]>} */
function grouped(items, by) {
  /** @type {Map<number, T[]>} */
  const groups = new Map();
  for (const item of items) {
    const group = groups.get(by(item));
    if (group) group.push(item);
    else groups.set(by(item), [item]);
  }
  return groups;
}

/** The steps before (or behind) a column, all the way. @param {number} start @param {boolean} upstream @returns {Set<Step>} */
function walk(start, upstream) {
  const [from, to] = upstream
    ? [stepsInto, /** @type {const} */ ("source")]
    : [stepsOutOf, /** @type {const} */ ("target")];
  const found = new Set();
  const reached = new Set([start]);
  for (const column of reached) {
    for (const step of from.get(column) ?? []) {
      found.add(step);
      reached.add(step[to]);
    }
  }
  return found;
}

/**
 * What lights up with a column: itself, everything that its values come from and go to.
 * @param {number} column
 */
function trace(column) {
  const up = walk(column, true);
  const down = walk(column, false);
  const found = new Set([...up, ...down]);
  const columns = new Set([column, ...[...found].flatMap((step) => [step.source, step.target])]);
  return { column, up, down, steps: found, columns };
}

/**
 * What decides which rows and values of a column, and of the columns that it comes from, come out at all; and the writes
 * that the column itself decides about.
 * @param {{column: number, up: Set<Step>}} traced @returns {Set<Influence>}
 */
function influencesAround({ column, up }) {
  const found = new Set(influencesOutOf.get(column) ?? []);
  const made = new Set([column, ...[...up].map((step) => step.source)]);
  for (const target of made) {
    for (const { process } of makers.get(target) ?? []) {
      for (const influence of influencesOf.get(process) ?? []) {
        if (influence.target === target || influence.target < 0) found.add(influence);
      }
    }
  }
  return found;
}

/**
 * What is around a vertex: `up` and `down` count datasets. `grown` has vertices that show one step more on a side.
 * @param {number} focus @param {number} up @param {number} down @param {Set<string>} grown @returns {Set<number>}
 */
function around(focus, up, down, grown) {
  const found = new Set([focus, ...reach(focus, before, up), ...reach(focus, after, down)]);
  for (const vertex of found) {
    if (grown.has(`${vertex}<`)) for (const other of reach(vertex, before, 1)) found.add(other);
    if (grown.has(`${vertex}>`)) for (const other of reach(vertex, after, 1)) found.add(other);
  }
  return found;
}

/** @param {number} start @param {number[][]} along @param {number} depth @returns {Set<number>} */
function reach(start, along, depth) {
  const found = new Set();
  let border = [start];
  for (let left = isDataset(start) ? depth * 2 : depth * 2 - 1; left > 0 && border.length; left -= 1) {
    border = [...new Set(border.flatMap((vertex) => along[vertex]))].filter((vertex) => !found.has(vertex));
    for (const vertex of border) found.add(vertex);
  }
  return found;
}
