/** The column edges as a file for a spreadsheet. */

/** A cell that no spreadsheet takes for a formula. @param {string} text */
const cell = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

/** The column edges between datasets that are shown, as CSV. */
function csv() {
  const shown = steps.filter(
    ({ source, process, target }) =>
      !view || [datasetOf[source], process, datasetOf[target]].every((vertex) => view?.shown.has(vertex)),
  );
  const lines = shown.map(({ source, target, process, kind }) => {
    const link_ = makers.get(target)?.find((made) => made.process === process)?.link;
    return [
      datasets[datasetOf[source]].qualifiedName,
      columnName(source),
      datasets[datasetOf[target]].qualifiedName,
      columnName(target),
      kind,
      processAt(process).qualifiedName,
      link_?.[3].map(([, text]) => text).join(" | ") ?? "",
    ];
  });
  const head = ["source", "source column", "target", "target column", "kind", "process", "expression"];
  return [head, ...lines].map((line) => line.map(cell).join(",")).join("\r\n");
}

function download() {
  const url = URL.createObjectURL(new Blob(["\ufeff", csv()], { type: "text/csv" }));
  el("a", { href: url, download: "lineage.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
