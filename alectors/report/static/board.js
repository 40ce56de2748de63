// Tables that sort by a click on a heading, or by Enter or the space bar on it.
"use strict";

for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => sort(table, headings, column));
  });
}

function sort(table, headings, column) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const keys = new Map(rows.map((row) => [row, key(row.cells[column])]));
  const numbers = rows.every((row) => keys.get(row) === "" || !Number.isNaN(Number(keys.get(row))));
  // Numbers are best read from the highest, ranks and words from the first.
  const down = numbers && headings[column].textContent.trim() !== "rank";
  const before = headings[column].getAttribute("aria-sort");
  const direction = before ? (before === "ascending" ? "descending" : "ascending") : down ? "descending" : "ascending";
  const sign = direction === "ascending" ? 1 : -1;
  rows.sort((a, b) => compare(keys.get(a), keys.get(b), numbers, sign));
  body.append(...rows);
  headings.forEach((heading) => heading.removeAttribute("aria-sort"));
  headings[column].setAttribute("aria-sort", direction);
}

function key(cell) {
  return cell.dataset.key ?? "";
}

function compare(a, b, numbers, sign) {
  if (a === "" || b === "") return (a === "") - (b === ""); // what is not known comes last
  return sign * (numbers ? Number(a) - Number(b) : a.localeCompare(b));
}
