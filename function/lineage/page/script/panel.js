/** The panel at the side, and the parts that its details are made of. */

/** @param {string} kind @param {...(Node|string|null|undefined|false)} children */
const section = (kind, ...children) => el("section", {}, el("h3", {}, kind), ...children);

/** @param {?number} number */
const counted = (number) => (number === null ? "–" : number.toLocaleString("en"));

/** @param {number} at */
const time = (at) => (at ? `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC` : "time not known");

/** @param {number} at */
const shortTime = (at) => time(at).replace(" UTC", "");

/** @param {?number} ms */
function duration(ms) {
  if (ms === null) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** A link that can only lead to the web. @param {string} url @param {string} text */
function link(url, text) {
  if (!url.startsWith("https://")) return label(text);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer", class: "text" }, el("bdi", {}, text));
}

/** @param {string} text */
function copyButton(text) {
  const button = el(
    "button",
    { class: "copy", type: "button", title: "Copy", "aria-label": "Copy the qualified name" },
    icon("copy"),
  );
  button.addEventListener("click", async () => {
    await copy(text);
    button.classList.add("done");
    by("status").textContent = "Copied";
  });
  return button;
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { value: text, class: "offscreen" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/** @param {number} vertex @param {string} [instead] of the line under its name */
function vertexButton(vertex, instead = "") {
  const [name, under] = isDataset(vertex) ? datasetLines(datasets[vertex]) : processLines(processAt(vertex));
  const kind = isDataset(vertex) ? datasets[vertex].kind : `process ${lastStatus(processAt(vertex))}`;
  return el(
    "li",
    {},
    el(
      "button",
      { class: "item", type: "button", onclick: () => select(vertex) },
      el("span", { class: `badge ${kind}` }, icon(isDataset(vertex) ? datasets[vertex].kind : "process")),
      el("span", { class: "names" }, label(name, "name"), label(instead || under, "place")),
    ),
  );
}

/** @param {Dataset} dataset */
const datasetLines = ({ name, container, path }) => [name, placeText(container, path, name)];

/** What it writes is what tells processes of one task apart. @param {Process} process */
function processLines(process) {
  const names = (/** @type {number[]} */ ends) => ends.map((end) => datasets[end].name).join(", ");
  const own = shortName(process);
  if (!process.outputs.length) return [own, process.name.replace(`${own}: `, "")];
  const by_ = isInteractive(process) ? "interactive" : (process.owners.find(({ kind }) => kind === "job")?.name ?? "");
  const under = [process.inputs.length ? `from ${names(process.inputs)}` : "reads nothing", by_]
    .filter(Boolean)
    .join(" · ");
  return [`${own} → ${names(process.outputs)}`, under];
}

/** Show the details of a vertex, and the vertex itself. @param {number} vertex */
function select(vertex) {
  if (view?.shown.has(vertex)) go({ node: vertex, column: null });
  else focusOn(vertex);
}

/** @param {number} column @param {string} [note] */
function columnButton(column, note = "") {
  const dataset = datasetOf[column];
  return el(
    "li",
    {},
    el(
      "button",
      { class: "item column", type: "button", onclick: () => showColumn(column) },
      label(columnName(column), "name"),
      label([datasets[dataset].name, datasets[dataset].container].filter(Boolean).join(" · "), "place"),
      note ? el("span", { class: "note" }, note) : null,
    ),
  );
}

/** @param {number} column */
function showColumn(column) {
  const dataset = datasetOf[column];
  go(
    view?.shown.has(dataset)
      ? { column, node: null }
      : { at: dataset, all: false, column, node: null, grown: new Set() },
  );
}

/** @param {string} text */
const expression = (text) => el("code", { class: "expression" }, el("bdi", {}, text));

function drawPanel() {
  const panel = by("panel");
  const open = !isHome() && (state.node !== null || state.column !== null);
  panel.hidden = !open;
  document.body.classList.toggle("detailed", open);
  if (!open) return;
  const vertex = state.node;
  const content =
    state.column !== null
      ? columnDetails(state.column)
      : isDataset(/** @type {number} */ (vertex))
        ? datasetDetails(/** @type {number} */ (vertex))
        : processDetails(/** @type {number} */ (vertex));
  panel.replaceChildren(
    el(
      "button",
      {
        class: "close",
        type: "button",
        title: "Close (Esc)",
        "aria-label": "Close the details",
        onclick: () => go({ node: null, column: null }),
      },
      icon("close"),
    ),
    ...content.filter((child) => child !== null),
  );
  const about = state.column === null ? /** @type {number} */ (vertex) : datasetOf[state.column];
  if (!shownNow().has(about)) panel.querySelector("header")?.after(awayHint(about));
  panel.scrollTop = 0;
}

/** Of what lies outside of the drawn part: an address named it, or less was asked for since. @param {number} vertex */
function awayHint(vertex) {
  return el(
    "p",
    { class: "away", role: "note" },
    "Not in the part of the graph that is shown. ",
    el("button", { type: "button", onclick: () => bring(vertex) }, "Show it"),
  );
}

/** Go to where a vertex is drawn, and keep the column that is followed. @param {number} vertex */
function bring(vertex) {
  if (state.column === null) focusOn(vertex);
  else go({ at: vertex, all: false, grown: new Set() });
}

/** @param {string} kind @param {string} title @param {string} under @param {string} iconName @param {string} tint */
function heading(kind, title, under, iconName, tint) {
  return el(
    "header",
    {},
    el("span", { class: `badge ${tint}` }, icon(iconName)),
    el(
      "div",
      { class: "names" },
      el("p", { class: "kind" }, kind),
      el("h2", {}, el("bdi", {}, title)),
      under ? el("p", { class: "place" }, el("bdi", {}, under)) : null,
    ),
  );
}
