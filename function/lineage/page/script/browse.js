/** The start page: what there is, by container and by job, and what ran last. */

/** Longer lists begin closed. */
const FOLD = 12;

/** So many of the last runs are listed. */
const RUNS = 8;
/** So many vertices are drawn in the preview of the whole. */
const PREVIEW_MOST = 400;

/** The whole graph in small: it is also the way to it. */
function preview() {
  if (vertices.length > PREVIEW_MOST || !edges.length) return null;
  const closed = (/** @type {number} */ vertex) =>
    isDataset(vertex) ? { w: CARD.width, h: 92, port: 46, bow: 0 } : { w: NODE.width, h: 40, port: 20, bow: 30 };
  const connected = new Set(vertices.filter((vertex) => before[vertex].length + after[vertex].length));
  const { boxes, lanes, width, height } = place(connected, closed);
  const lines = edges.map((edge) =>
    svg("path", {
      class: "edge",
      d: smooth(pointsOf(edge, { boxes, lanes }, closed(edge.source).port, closed(edge.target).port)),
    }),
  );
  const marks = [...boxes].map(([vertex, box]) =>
    isDataset(vertex)
      ? svg("rect", { x: box.x, y: box.y, width: box.w, height: box.h, rx: 14, class: `card ${datasets[vertex].kind}` })
      : svg("circle", {
          cx: box.x + box.w / 2,
          cy: box.y + box.port,
          r: 19,
          class: `process ${lastStatus(processAt(vertex))}`,
        }),
  );
  return el(
    "button",
    {
      class: "preview",
      type: "button",
      title: "Show everything as one graph (a)",
      "aria-label": "Show everything as one graph",
      onclick: () => go({ all: true }),
    },
    svg("svg", { viewBox: `-8 -8 ${width + 16} ${height + 16}`, "aria-hidden": "true" }, ...lines, ...marks),
    el("span", {}, icon("fit"), "Show everything as one graph"),
  );
}

function drawBrowse() {
  const failed = processes.filter((process) => lastStatus(process) === "failed").length;
  const standing = (/** @type {string} */ name) => datasets.filter((dataset) => dataset.standing === name).length;
  const facts = [
    figure(datasets.length, "datasets"),
    figure(processes.length, "processes"),
    figure(steps.length, "column steps"),
    figure(standing("scanned"), "scanned"),
    figure(standing("placeholder"), "placeholders"),
    figure(failed, "failed last", failed ? "bad" : ""),
    ...["unmapped", "parked"]
      .filter((name) => name in data.extras)
      .map((name) => figure(Number(data.extras[name]), name, Number(data.extras[name]) ? "bad" : "")),
  ];
  const small = preview();
  by("browse").replaceChildren(
    el(
      "div",
      { class: "page" },
      el(
        "div",
        { class: "welcome" },
        el("h1", {}, "Where does this number come from?"),
        el("p", {}, "Choose a dataset to see what it is made of and what becomes of it."),
        el("div", { class: "figures" }, ...facts),
        data.cut ? el("p", { class: "cut" }, data.cut) : null,
        small
          ? null
          : el(
              "button",
              { class: "action", type: "button", onclick: () => go({ all: true }) },
              icon("fit"),
              "Show everything as one graph",
            ),
      ),
      small,
      el(
        "div",
        { class: "columns" },
        browseList(
          "By container",
          grouping(datasets.map((dataset, vertex) => [[dataset.container || dataset.type], vertex])),
        ),
        el(
          "div",
          {},
          recentRuns(),
          browseList(
            "By workspace, job and notebook",
            grouping(processes.map((process, index) => [ownerPath(process), datasets.length + index])),
          ),
        ),
      ),
    ),
  );
}

/** @param {number} number @param {string} text @param {string} [style] */
const figure = (number, text, style = "") =>
  el("div", { class: `figure ${style}` }, el("b", {}, counted(number)), el("span", {}, text));

/** Workspace, job (or notebook), in words. @param {Process} process @returns {string[]} */
function ownerPath(process) {
  const named_ = (/** @type {string} */ kind) => process.owners.find((owner) => owner.kind === kind)?.name;
  return [named_("workspace") ?? "Elsewhere", named_("job") ?? named_("notebook") ?? named_("application") ?? "Other"];
}

/** @typedef {Map<string, Group>} Groups @typedef {{vertices: number[], groups: Groups}} Group */

/** @param {[string[], number][]} items @returns {Groups} */
function grouping(items) {
  /** @type {Groups} */
  const top = new Map();
  for (const [path, vertex] of items) {
    let [groups, /** @type {?Group} */ group] = [top, /** @type {?Group} */ (null)];
    for (const name of path) {
      group = groups.get(name) ?? { vertices: [], groups: new Map() };
      groups.set(name, group);
      groups = group.groups;
    }
    group?.vertices.push(vertex);
  }
  return top;
}

/** @param {string} title @param {Groups} groups */
function browseList(title, groups) {
  return el("section", { class: "browse-list" }, el("h2", {}, title), ...groupElements(groups, groups.size <= FOLD));
}

/** @param {Groups} groups @param {boolean} open @returns {HTMLElement[]} */
function groupElements(groups, open) {
  return [...groups]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, group]) => {
      const count = total(group);
      const list = el("div", { class: "group" });
      const fill = () => {
        if (!list.childElementCount)
          list.append(
            ...groupElements(group.groups, count <= FOLD * 2),
            el("ul", { class: "list" }, ...group.vertices.map(browseItem)),
          );
      };
      const element = el(
        "details",
        { open: open && count <= FOLD * 2, ontoggle: fill },
        el("summary", {}, el("bdi", { class: "text" }, name), el("span", { class: "pill" }, String(count))),
        list,
      );
      if (element.open) fill();
      return element;
    });
}

/** @param {Group} group @returns {number} */
const total = (group) =>
  group.vertices.length + [...group.groups.values()].reduce((sum, below) => sum + total(below), 0);

/** What is worth knowing of a dataset in the list of its container. @param {number} vertex */
function browseLine(vertex) {
  const writers = [...new Set(before[vertex].map((process) => shortName(processAt(process))))];
  return [
    datasets[vertex].path.split("/").slice(0, -1).join("/"),
    countedColumns(vertex),
    writers.length ? `from ${writers.join(", ")}` : "a source",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** @param {number} vertex */
function browseItem(vertex) {
  const item = vertexButton(vertex, isDataset(vertex) ? browseLine(vertex) : "");
  const failed = !isDataset(vertex) && lastStatus(processAt(vertex)) === "failed";
  if (failed) item.firstElementChild?.append(el("span", { class: "note failed" }, "failed"));
  return item;
}

function recentRuns() {
  const runs = processes.flatMap((process, index) =>
    process.runs.map((run) => ({ run, vertex: datasets.length + index })),
  );
  runs.sort((one, other) => other.run.at - one.run.at || one.vertex - other.vertex);
  return el(
    "section",
    { class: "browse-list" },
    el("h2", {}, "Recent runs"),
    runs.length
      ? el(
          "table",
          { class: "runs" },
          el(
            "thead",
            {},
            el("tr", {}, ...["When", "Process", "Status", "Rows", "Took"].map((name) => el("th", {}, name))),
          ),
          el(
            "tbody",
            {},
            ...runs.slice(0, RUNS).map(({ run, vertex }) =>
              el(
                "tr",
                {},
                el("td", {}, run.link ? link(run.link, shortTime(run.at)) : shortTime(run.at)),
                el(
                  "td",
                  {},
                  el(
                    "button",
                    {
                      class: "plain",
                      type: "button",
                      title: named(vertex).name.slice(0, 400),
                      onclick: () => focusOn(vertex),
                    },
                    el("bdi", { class: "text" }, processLines(processAt(vertex))[0]),
                  ),
                ),
                el("td", {}, statusPill(run.status)),
                el("td", { class: "number" }, counted(run.rows)),
                el("td", { class: "number" }, duration(run.duration_ms)),
              ),
            ),
          ),
        )
      : el("p", { class: "quiet" }, "No run is recorded."),
  );
}
