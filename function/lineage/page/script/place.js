/**
 * Ranks and orders become pixels. The order of things within a rank stays as it was laid out; here they are moved up and
 * down within it until edges run as straight as the cards' heights allow.
 *
 * @typedef {{w: number, h: number, port: number, bow: number}} Size  edges meet at `port` from the top, `bow` from the sides
 * @typedef {{x: number, y: number, w: number, h: number, port: number, bow: number}} Box
 * @typedef {{y: number, h: number, port: number, order: number, vertex: number, links: [Item, number][]}} Item
 * @typedef {{x0: number, x1: number, y: number}} Passage  where a lane crosses a rank, from left to right
 */

const GAP = { rank: 32, card: 26, lane: 16, part: 72 };
const LANE = 6;
/** How strongly an edge pulls its ends into line: lanes first, so that they are straight. */
const PULL = { lane: 8, end: 2, edge: 1 };

/**
 * @param {Set<number>} shown @param {(vertex: number) => Size} sizeOf
 * @returns {{boxes: Map<number, Box>, lanes: Map<Edge, Passage[]>, width: number, height: number}}
 */
function place(shown, sizeOf) {
  /** @type {Map<number, Box>} */
  const boxes = new Map();
  /** @type {Map<Edge, Passage[]>} */
  const lanes = new Map();
  const parts = grouped([...shown], (vertex) => spots[vertex].part);
  const blocks = [...parts.values()].sort((one, other) => other.length - one.length);
  let [width, height] = [0, 0];
  for (const block of blocks.filter((members) => members.length > 1)) {
    const placed = placePart(new Set(block), sizeOf);
    for (const [vertex, box] of placed.boxes) boxes.set(vertex, { ...box, y: box.y + height });
    for (const [edge, lane] of placed.lanes)
      lanes.set(
        edge,
        lane.map((at) => ({ ...at, y: at.y + height })),
      );
    width = Math.max(width, placed.width);
    height += placed.height + GAP.part;
  }
  const alone = blocks.filter((members) => members.length === 1).flat();
  const grid = placeAlone(alone, sizeOf, Math.max(width, 1200));
  for (const [vertex, box] of grid.boxes) boxes.set(vertex, { ...box, y: box.y + height });
  return { boxes, lanes, width: Math.max(width, grid.width), height: height + grid.height };
}

/** Vertices without edges, in rows. @param {number[]} alone @param {(vertex: number) => Size} sizeOf @param {number} width */
function placeAlone(alone, sizeOf, width) {
  const boxes = new Map();
  let [x, y, tallest, widest] = [0, 0, 0, 0];
  for (const vertex of alone) {
    const size = sizeOf(vertex);
    if (x && x + size.w > width) [x, y, tallest] = [0, y + tallest + GAP.card, 0];
    boxes.set(vertex, { ...size, x, y });
    x += size.w + GAP.card;
    widest = Math.max(widest, x);
    tallest = Math.max(tallest, size.h);
  }
  return { boxes, width: widest, height: y + tallest };
}

/** @param {Set<number>} members @param {(vertex: number) => Size} sizeOf */
function placePart(members, sizeOf) {
  const inside = edges.filter((edge) => members.has(edge.source) && members.has(edge.target));
  const ranks = [...new Set([...members].map((vertex) => spots[vertex].rank))].sort((one, other) => one - other);
  const column = new Map(ranks.map((rank, index) => [rank, index]));
  /** @type {Item[][]} */
  const columns = ranks.map(() => []);
  const itemOf = new Map();
  for (const vertex of members) {
    const { h, port } = sizeOf(vertex);
    const item = { y: 0, h, port, order: spots[vertex].order, vertex, links: [] };
    itemOf.set(vertex, item);
    columns[column.get(spots[vertex].rank) ?? 0].push(item);
  }
  const laneItems = new Map(inside.map((edge) => [edge, laneOf(edge, column, columns, itemOf)]));
  for (const items of columns) items.sort((one, other) => one.order - other.order);
  if (members.size < vertices.length) untangle(columns);
  settle(columns);
  for (const lane of laneItems.values()) straighten(lane, columns);
  return measured(columns, laneItems, sizeOf);
}

/** The items of an edge's lane, linked to each other and to its ends. */
/** @param {Edge} edge @param {Map<number, number>} column @param {Item[][]} columns @param {Map<number, Item>} itemOf */
function laneOf(edge, column, columns, itemOf) {
  const lane = [];
  for (const [rank, order] of edge.lane) {
    const at = column.get(rank);
    if (at === undefined) continue;
    const item = { y: 0, h: LANE, port: LANE / 2, order, vertex: -1, links: [] };
    columns[at].push(item);
    lane.push({ item, at });
  }
  const ends = [itemOf.get(edge.source), itemOf.get(edge.target)];
  const [left, right] = /** @type {Item[]} */ (edge.backwards ? ends.reverse() : ends);
  const chain = [left, ...lane.map(({ item }) => item), right];
  for (let at = 1; at < chain.length; at += 1) {
    const inLane = [chain[at - 1], chain[at]].filter(({ vertex }) => vertex < 0).length;
    const pull = [PULL.edge, PULL.end, PULL.lane][inLane];
    chain[at - 1].links.push([chain[at], pull]);
    chain[at].links.push([chain[at - 1], pull]);
  }
  return lane;
}

/**
 * The order was laid out for the whole graph; of a piece of it, other orders may cross less. Each rank is sorted by the
 * middle of what it is linked to, to and fro, and the best order that was met is kept.
 * @param {Item[][]} columns
 */
function untangle(columns) {
  let best = columns.map((items) => [...items]);
  let fewest = crossings(columns);
  for (let round = 0; round < 10 && fewest; round += 1) {
    const ranks = columns.map((_, index) => (round % 2 ? columns.length - 1 - index : index)).slice(1);
    for (const index of ranks) sortByMiddle(columns[index], columns[index + (round % 2 ? 1 : -1)]);
    const crossed = crossings(columns);
    if (crossed < fewest) [fewest, best] = [crossed, columns.map((items) => [...items])];
  }
  for (const [index, items] of best.entries()) columns[index].splice(0, items.length, ...items);
}

/** @param {Item[]} items @param {Item[]} fixed  the rank beside it */
function sortByMiddle(items, fixed) {
  const at = new Map(fixed.map((item, index) => [item, index]));
  const middle = new Map(
    items.map((item, index) => {
      const linked = item.links.map(([other]) => at.get(other)).filter((place_) => place_ !== undefined);
      return [item, linked.length ? linked.reduce((sum, place_) => sum + place_, 0) / linked.length : index];
    }),
  );
  items.sort((one, other) => (middle.get(one) ?? 0) - (middle.get(other) ?? 0));
}

/** @param {Item[][]} columns  how many pairs of edge pieces cross */
function crossings(columns) {
  let count = 0;
  for (const [index, items] of columns.slice(0, -1).entries()) {
    const at = new Map(columns[index + 1].map((item, place_) => [item, place_]));
    /** @type {number[]} */
    const ends = items.flatMap((item) =>
      item.links
        .map(([other]) => at.get(other) ?? -1)
        .filter((place_) => place_ >= 0)
        .sort((one, other) => one - other),
    );
    for (const [place_, end] of ends.entries()) {
      for (let before_ = 0; before_ < place_; before_ += 1) count += ends[before_] > end ? 1 : 0;
    }
  }
  return count;
}

/** Move all items towards what they are linked to, until it is quiet. @param {Item[][]} columns */
function settle(columns) {
  for (const items of columns) {
    let y = 0;
    for (const [index, item] of items.entries()) {
      if (index) y += distance(items[index - 1], item);
      item.y = y;
    }
  }
  for (let round = 0; round < 30; round += 1) {
    for (const items of round % 2 ? columns : [...columns].reverse()) align(items);
  }
}

/** @param {Item} upper @param {Item} lower  from top to top */
function distance(upper, lower) {
  return upper.h + (upper.vertex < 0 || lower.vertex < 0 ? GAP.lane : GAP.card);
}

/**
 * Put the items of one rank as near to their neighbours as their order and distances allow: least squares under order
 * constraints, by pooling adjacent violators.
 * @param {Item[]} items
 */
function align(items) {
  /** @type {{sum: number, weight: number, count: number}[]} */
  const pools = [];
  const offsets = [];
  let offset = 0;
  for (const [index, item] of items.entries()) {
    if (index) offset += distance(items[index - 1], item);
    offsets.push(offset);
    const weight = item.links.reduce((sum, [, pull]) => sum + pull, 0) || 0.01;
    const wanted = item.links.length
      ? item.links.reduce((sum, [other, pull]) => sum + pull * (other.y + other.port - item.port), 0) / weight
      : item.y;
    pools.push({ sum: (wanted - offset) * weight, weight, count: 1 });
    while (pools.length > 1 && mean(pools[pools.length - 2]) >= mean(pools[pools.length - 1])) {
      const last = /** @type {typeof pools[0]} */ (pools.pop());
      const pool = pools[pools.length - 1];
      pool.sum += last.sum;
      pool.weight += last.weight;
      pool.count += last.count;
    }
  }
  let index = 0;
  for (const pool of pools) {
    for (let left = pool.count; left; left -= 1, index += 1) items[index].y = mean(pool) + offsets[index];
  }
}

/** @param {{sum: number, weight: number}} pool */
function mean(pool) {
  return pool.sum / pool.weight;
}

/** Make a lane one straight line where there is room for it. @param {{item: Item, at: number}[]} lane @param {Item[][]} columns */
function straighten(lane, columns) {
  if (lane.length < 2) return;
  let [lowest, highest, sum] = [-Infinity, Infinity, 0];
  for (const { item, at } of lane) {
    const index = columns[at].indexOf(item);
    const [above, below] = [columns[at][index - 1], columns[at][index + 1]];
    if (above) lowest = Math.max(lowest, above.y + distance(above, item));
    if (below) highest = Math.min(highest, below.y - distance(item, below));
    sum += item.y;
  }
  const y = Math.min(Math.max(sum / lane.length, lowest), highest);
  if (y >= lowest) for (const { item } of lane) item.y = y;
}

/**
 * @param {Item[][]} columns @param {Map<Edge, {item: Item, at: number}[]>} laneItems @param {(vertex: number) => Size} sizeOf
 */
function measured(columns, laneItems, sizeOf) {
  const top = Math.min(...columns.flat().map((item) => item.y));
  /** @type {Map<number, Box>} */
  const boxes = new Map();
  /** @type {[number, number][]} */
  const spans = [];
  let x = 0;
  for (const items of columns) {
    const real = items.filter(({ vertex }) => vertex >= 0);
    const width = Math.max(...real.map(({ vertex }) => sizeOf(vertex).w));
    for (const { vertex, y } of real) {
      const size = sizeOf(vertex);
      boxes.set(vertex, { ...size, x: x + (width - size.w) / 2, y: y - top });
    }
    spans.push([x, x + width]);
    x += width + GAP.rank;
  }
  /** @type {Map<Edge, Passage[]>} */
  const lanes = new Map();
  for (const [edge, lane] of laneItems) {
    lanes.set(
      edge,
      lane.map(({ item, at }) => ({ x0: spans[at][0], x1: spans[at][1], y: item.y - top + item.port })),
    );
  }
  const height = Math.max(...columns.flat().map((item) => item.y - top + item.h));
  return { boxes, lanes, width: x - GAP.rank, height };
}
