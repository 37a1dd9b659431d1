/** What the details say of a column, a dataset, a process. */

/** @param {number} column @param {number} process */
const influencesOn = (column, process) =>
  (influencesOf.get(process) ?? []).filter(({ target }) => target < 0 || target === column);

/** How a column is made; processes that make it in the same way stand together. @param {number} column */
function sameWays(column) {
  /** @type {Map<string, {processes: number[], link: Link}>} */
  const ways = new Map();
  for (const { process, link: link_ } of makers.get(column) ?? []) {
    const way = JSON.stringify([link_, influencesOn(column, process).map(({ kind, source }) => [kind, source])]);
    const known = ways.get(way) ?? { processes: [], link: link_ };
    known.processes.push(process);
    ways.set(way, known);
  }
  return [...ways.values()];
}

/** @param {number} column */
function columnDetails(column) {
  const dataset = datasetOf[column];
  const type = datasets[dataset].columns[column - firstColumn[dataset]][1];
  const uses = new Map((stepsOutOf.get(column) ?? []).map((step) => [step.target, step]));
  const decides = grouped(influencesOutOf.get(column) ?? [], ({ process }) => process);
  return [
    heading(
      "Column",
      columnName(column),
      [datasets[dataset].name, datasets[dataset].container].filter(Boolean).join(" · "),
      datasets[dataset].kind,
      datasets[dataset].kind,
    ),
    type ? section("Type", el("code", {}, el("bdi", {}, type))) : null,
    ...sameWays(column).map(({ processes: makers_, link: [, sources, , expressions] }) =>
      section(
        "Made by",
        el("ul", { class: "list" }, ...makers_.map((process) => vertexButton(process))),
        ...[...new Set(expressions.map(([, text]) => text))].map(expression),
        sources.length
          ? el(
              "ul",
              { class: "list" },
              ...sources.map(([source, index, kind]) =>
                columnButton(columnAt([source, index]), KIND_TEXT[/** @type {keyof typeof KIND_TEXT} */ (kind)] ?? ""),
              ),
            )
          : el("p", { class: "quiet" }, "No column of an input goes into its value."),
        influenceList(influencesOn(column, makers_[0])),
      ),
    ),
    makers.has(column)
      ? null
      : section(
          "Made by",
          el(
            "p",
            { class: "quiet" },
            before[dataset].length ? "No write that is shown says how." : "Nothing that was recorded: it is a source.",
          ),
        ),
    uses.size
      ? section(
          "Goes into",
          el(
            "ul",
            { class: "list" },
            ...[...uses.values()].map((step) =>
              columnButton(step.target, KIND_INTO[/** @type {keyof typeof KIND_INTO} */ (step.kind)] ?? ""),
            ),
          ),
        )
      : null,
    decides.size
      ? section(
          "Decides about rows or values of",
          el(
            "ul",
            { class: "list" },
            ...[...decides].map(([process, found]) => {
              const item = vertexButton(process);
              item.firstElementChild?.append(
                el("span", { class: "note warm" }, [...new Set(found.map(({ kind }) => kind))].join(", ")),
              );
              return item;
            }),
          ),
        )
      : null,
  ];
}

/** @param {Pick<Influence, "kind" | "source">[]} found */
function influenceList(found) {
  if (!found.length) return null;
  const groups = new Map();
  for (const { kind, source } of found) groups.set(kind, (groups.get(kind) ?? new Set()).add(source));
  return el(
    "details",
    { class: "influences", open: state.influences },
    el("summary", {}, "Influenced by"),
    ...[...groups].map(([kind, columns]) =>
      el(
        "div",
        {},
        el("h4", { class: "warm" }, kind),
        el("ul", { class: "list" }, ...[...columns].map((column) => columnButton(column))),
      ),
    ),
  );
}

/** @param {Named} entity */
function identity(entity) {
  return section(
    "Qualified name",
    el("div", { class: "qualified" }, el("bdi", {}, entity.qualifiedName), copyButton(entity.qualifiedName)),
    el("p", { class: "type-name" }, el("bdi", {}, entity.type)),
  );
}

/** @param {number} vertex */
function centreButton(vertex) {
  if (state.at === vertex && !state.all) return null;
  return el(
    "button",
    { class: "action", type: "button", onclick: () => focusOn(vertex) },
    icon("focus"),
    "Centre the lineage here",
  );
}

/** What lies further off is not on the page of one asset. @param {number} vertex */
const within = (vertex) => (data.focus === null || data.focus === vertex ? "" : " on this page");

/** @param {number} vertex */
function datasetDetails(vertex) {
  const dataset = datasets[vertex];
  const list = (/** @type {number[]} */ found) => el("ul", { class: "list" }, ...found.map((end) => vertexButton(end)));
  return [
    heading(
      "Dataset",
      dataset.name,
      [dataset.container, dataset.path].filter(Boolean).join(" / "),
      dataset.kind,
      dataset.kind,
    ),
    el(
      "p",
      { class: `standing-text ${dataset.standing}` },
      STANDING[/** @type {keyof typeof STANDING} */ (dataset.standing)],
    ),
    centreButton(vertex),
    identity(dataset),
    section(
      "Written by",
      before[vertex].length
        ? list(before[vertex])
        : el("p", { class: "quiet" }, `No write is recorded${within(vertex)}.`),
    ),
    section(
      "Read by",
      after[vertex].length ? list(after[vertex]) : el("p", { class: "quiet" }, `No read is recorded${within(vertex)}.`),
    ),
    section(
      `Columns (${dataset.columns.length})`,
      dataset.columns.length
        ? el(
            "table",
            { class: "schema" },
            el(
              "tbody",
              {},
              ...dataset.columns.map(([name, type], index) =>
                el(
                  "tr",
                  {},
                  el(
                    "td",
                    {},
                    el(
                      "button",
                      { class: "plain", type: "button", onclick: () => showColumn(firstColumn[vertex] + index) },
                      el("bdi", {}, name),
                    ),
                  ),
                  el("td", {}, el("bdi", {}, type)),
                ),
              ),
            ),
          )
        : el("p", { class: "quiet" }, "Its schema is not known."),
    ),
  ];
}

/** @param {number} vertex */
function processDetails(vertex) {
  const process = processAt(vertex);
  const status = lastStatus(process);
  const hidden = process.hidden ? el("p", { class: "quiet" }, `${process.hidden} more lie beyond this page.`) : null;
  return [
    heading(
      "Process",
      shortName(process),
      process.name,
      status === "failed" ? "failed" : "process",
      `process ${status}`,
    ),
    process.stale ? el("p", { class: "cut" }, "Stale: no run of it was seen for long.") : null,
    process.cut ? el("p", { class: "cut" }, process.cut) : null,
    centreButton(vertex),
    process.owners.length
      ? section(
          "Runs in",
          el(
            "dl",
            {},
            ...process.owners.flatMap((owner) => [
              el("dt", {}, owner.kind),
              el("dd", {}, link(owner.link, owner.name)),
            ]),
          ),
        )
      : null,
    section(
      process.runCount > 1 ? `Last runs of ${counted(process.runCount)}` : "Last run",
      process.runs.length ? runTable(process.runs) : el("p", { class: "quiet" }, "No run is recorded."),
    ),
    process.noteCount ? section("What could not be known", noteList(process)) : null,
    section(
      "Reads",
      process.inputs.length
        ? el("ul", { class: "list" }, ...process.inputs.map((end) => vertexButton(end)))
        : el("p", { class: "quiet" }, "Nothing that is shown."),
      hidden,
    ),
    section(
      "Writes",
      process.outputs.length
        ? el("ul", { class: "list" }, ...process.outputs.map((end) => vertexButton(end)))
        : el(
            "p",
            { class: "quiet" },
            status === "failed" ? "It has never succeeded, so no edge is drawn." : "Nothing that is shown.",
          ),
    ),
    ...statementSections(process),
    identity(process),
  ];
}

/** @param {Process} process */
function noteList(process) {
  const left = process.noteCount - process.notes.length;
  const items = process.notes.map((note) => el("li", {}, el("bdi", {}, note)));
  if (left)
    items.push(
      el(
        "li",
        {},
        `${left} ${items.length ? "more " : ""}${left === 1 ? "note is" : "notes are"} on the record of its last run.`,
      ),
    );
  return el("ul", { class: "notes" }, ...items);
}

/** How each statement makes its columns; where there is one statement, all columns are its own. @param {Process} process */
function statementSections(process) {
  const { statements, links } = process;
  if (!statements.length) return links.length ? [section("Columns", linkTable(links, -1))] : [];
  return statements.map((statement, index) => {
    const own =
      statements.length > 1 ? links.filter(([, , , expressions]) => expressions.some(([of]) => of === index)) : links;
    return section(
      statements.length > 1 ? `Statement ${index + 1}` : "Statement",
      statement.mode ? el("p", {}, el("span", { class: "pill" }, statement.mode)) : null,
      own.length ? linkTable(own, index) : null,
      influenceList(statement.indirect.flatMap(([kind, ats]) => ats.map((at_) => ({ kind, source: columnAt(at_) })))),
    );
  });
}

/** @param {Link[]} links @param {number} statement */
function linkTable(links, statement) {
  const text = (/** @type {Link} */ [, sources, , expressions]) =>
    expressions.find(([of]) => of === statement)?.[1] ??
    (sources.map(([dataset, column]) => datasets[dataset].columns[column][0]).join(", ") || "no source column");
  return el(
    "table",
    { class: "schema made" },
    el(
      "tbody",
      {},
      ...links.map((link_) => {
        const target = columnAt(link_[0]);
        return el(
          "tr",
          {},
          el(
            "td",
            {},
            el(
              "button",
              { class: "plain", type: "button", onclick: () => showColumn(target) },
              el("bdi", {}, columnName(target)),
            ),
          ),
          el("td", {}, el("code", {}, el("bdi", {}, text(link_)))),
        );
      }),
    ),
  );
}

/** @param {Run[]} runs */
function runTable(runs) {
  return el(
    "table",
    { class: "runs" },
    el("thead", {}, el("tr", {}, ...["When", "Status", "Rows", "Took"].map((name) => el("th", {}, name)))),
    el(
      "tbody",
      {},
      ...runs.flatMap((run) => [
        el(
          "tr",
          {},
          el("td", {}, run.link ? link(run.link, time(run.at)) : time(run.at)),
          el("td", {}, statusPill(run.status)),
          el("td", { class: "number" }, counted(run.rows)),
          el("td", { class: "number" }, duration(run.duration_ms)),
        ),
        ...(run.error ? [el("tr", { class: "error" }, el("td", { colSpan: 4 }, el("bdi", {}, run.error)))] : []),
      ]),
    ),
  );
}

/** @param {string} status */
const statusPill = (status) => el("span", { class: `pill ${status}` }, status);
