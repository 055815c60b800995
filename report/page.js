"use strict";
// Without it the page is complete; with it tables sort, and the picture of the lineage follows what is chosen.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].map((row) => [key(row.cells[place].textContent), row]);
      rows.sort(([one], [other]) => compare(one, other) * (down ? -1 : 1));
      body.append(...rows.map(([, row]) => row));
    });
  });
}

function key(text) {
  const time = /^(?:(\d+) h )?(?:(\d+) min)?(?: ?([\d.]+) s)?$/.exec(text);
  if (text && time && /\d/.test(text)) return 3600 * (time[1] || 0) + 60 * (time[2] || 0) + Number(time[3] || 0);
  const number = /^<?\s*(-?[\d,]*\.?\d+)\s*%?$/.exec(text);
  return number ? Number(number[1].replaceAll(",", "")) : text;
}

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other));
}

const graph = document.getElementById("graph");
if (graph) {
  const edges = [...graph.querySelectorAll("[data-from]")];
  const along = (start, from, to) => {
    const seen = new Set([start]);
    for (const name of seen) for (const edge of edges) if (edge.dataset[from] === name) seen.add(edge.dataset[to]);
    return seen;
  };
  const choose = (node) => {
    const before = along(node, "to", "from"), after = along(node, "from", "to");
    graph.classList.add("chosen");
    for (const one of graph.querySelectorAll("[data-node]")) one.classList.toggle("on", before.has(one.dataset.node) || after.has(one.dataset.node));
    for (const edge of edges) {
      const { from, to } = edge.dataset;
      edge.classList.toggle("on", (before.has(from) && before.has(to)) || (after.has(from) && after.has(to)));
    }
  };
  for (const one of graph.querySelectorAll("[data-node]")) one.addEventListener("click", () => choose(one.dataset.node));
  const show = () => {
    const found = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (found && found.tagName === "DETAILS") {
      for (const other of document.querySelectorAll(".columns details")) other.open = other === found;
      const link = graph.querySelector(`a[href="#${CSS.escape(found.id)}"]`);
      if (link) choose(link.parentNode.dataset.node);
      found.scrollIntoView({ block: "nearest" });
    }
  };
  addEventListener("hashchange", show);
  show();
}
