/** Zoom and pan: how the world lies on the screen. */

/** `type` is how much larger letters get, where everything else gets smaller. */
const ZOOM = { least: 0.08, most: 2.5, far: 0.5, legible: 0.55, type: 1.22 };
/** How the world lies on the screen; `mine` once the reader has moved it. */
const lens = { x: 0, y: 0, k: 1, mine: false };

function moveLens() {
  world.style.transform = `translate(${lens.x}px, ${lens.y}px) scale(${lens.k})`;
  graph.classList.toggle("far", lens.k < ZOOM.far);
  graph.style.setProperty("--type", Math.min(Math.max(0.8 / lens.k, 1), ZOOM.type).toFixed(2));
  by("percent").textContent = `${Math.round(lens.k * 100)} %`;
  graph.style.backgroundPosition = `${lens.x}px ${lens.y}px`;
  drawMap();
}

/** Everything on the screen; at first not smaller than can be read, where there is something to centre on. @param {boolean} whole */
function fit(whole) {
  if (!view) return;
  const [margin, foot] = [32, 30];
  const [width, height] = [graph.clientWidth, graph.clientHeight - foot];
  const scale = Math.min((width - 2 * margin) / view.width, (height - 2 * margin) / view.height, 1.15);
  lens.k = Math.max(scale, ZOOM.least);
  lens.x = (width - view.width * lens.k) / 2;
  lens.y = (height - view.height * lens.k) / 2;
  const centre = state.at === null ? undefined : view.boxes.get(state.at);
  if (!whole && lens.k < ZOOM.legible && centre) {
    lens.k = 0.8;
    lens.x = width / 2 - (centre.x + centre.w / 2) * lens.k;
    lens.y = height / 2 - (centre.y + centre.h / 2) * lens.k;
  }
}

/** @param {number} factor @param {number} [x] @param {number} [y] the point that stays, from the graph's corner */
function zoom(factor, x = graph.clientWidth / 2, y = graph.clientHeight / 2) {
  const k = Math.min(Math.max(lens.k * factor, ZOOM.least), ZOOM.most);
  lens.x = x - ((x - lens.x) * k) / lens.k;
  lens.y = y - ((y - lens.y) * k) / lens.k;
  lens.k = k;
  moved();
}

/** @param {number} dx @param {number} dy */
function pan(dx, dy) {
  lens.x += dx;
  lens.y += dy;
  moved();
}

let moving = 0;
function moved() {
  lens.mine = true;
  world.classList.remove("glide");
  moveLens();
  clearTimeout(moving);
  moving = setTimeout(() => history.replaceState(null, "", addressOf()), 250);
}

function fitNow() {
  fit(true);
  lens.mine = false;
  moveLens();
  history.replaceState(null, "", addressOf());
}

/** How much of the graph's height is free: on a narrow screen the details lie over it. */
function freeHeight() {
  const panel = by("panel");
  return panel.hidden || getComputedStyle(panel).position !== "absolute"
    ? graph.clientHeight
    : panel.offsetTop - graph.offsetTop;
}

/** Bring a vertex, or a column of it, onto the screen where it is not. @param {number} vertex @param {?number} [column] */
function reveal(vertex, column = null) {
  const box = view?.boxes.get(vertex);
  if (!box || !view) return;
  const row = column === null ? null : rowY(column, view);
  const [y, h] = row === null ? [box.y, Math.min(box.h, 120)] : [box.y + row - CARD.row, CARD.row * 2];
  const over = (/** @type {number} */ low, /** @type {number} */ length, /** @type {number} */ free) => {
    const [margin, high] = [16, low + length];
    if (low < margin) return margin - low;
    return high > free - margin ? Math.max(free - margin - high, margin - low) : 0;
  };
  const dx = over(box.x * lens.k + lens.x, box.w * lens.k, graph.clientWidth);
  const dy = over(y * lens.k + lens.y, h * lens.k, freeHeight());
  if (dx || dy) pan(dx, dy);
}

function wirePointer() {
  /** @type {Map<number, {x: number, y: number}>} */
  const pointers = new Map();
  const apart = () => {
    const [one, other] = [...pointers.values()];
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, d: Math.hypot(one.x - other.x, one.y - other.y) };
  };
  graph.addEventListener("pointerdown", (event) => {
    if (event.button || /** @type {Element} */ (event.target).closest("button, input, .rows, .float")) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    graph.setPointerCapture(event.pointerId);
    graph.classList.add("grabbed");
  });
  graph.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const pinch = pointers.size === 2 ? apart() : null;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (!pinch) {
      pan(event.clientX - before.x, event.clientY - before.y);
      return;
    }
    const now = apart();
    const corner = graph.getBoundingClientRect();
    zoom(now.d / (pinch.d || 1), now.x - corner.x, now.y - corner.y);
    pan(now.x - pinch.x, now.y - pinch.y);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    graph.addEventListener(name, (event) => {
      pointers.delete(/** @type {PointerEvent} */ (event).pointerId);
      graph.classList.remove("grabbed");
    });
  }
  graph.addEventListener(
    "wheel",
    (event) => {
      const list = /** @type {Element} */ (event.target).closest(".rows");
      if (list && list.scrollHeight > list.clientHeight && !event.ctrlKey) return;
      event.preventDefault();
      const corner = graph.getBoundingClientRect();
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(-(event.deltaX || event.deltaY), 0);
      else
        zoom(
          Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)),
          event.clientX - corner.x,
          event.clientY - corner.y,
        );
    },
    { passive: false },
  );
}
