/* Leaderboard: sorting, filters, intervals, a tooltip for every result, and a dialog with its provenance. */
(() => {
  const { data, element, number, show, signed, byId } = restorebench;
  const table = byId("board-table");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const tip = byId("tip");

  const rowOf = (cell) => data.rows[cell.parentNode.dataset.row];
  const factsOf = (cell) => {
    const [column, metric] = cell.dataset.cell.split(" ");
    const entry = rowOf(cell).entries[column];
    const style = data.columns[column].metrics.find((known) => known.name === metric);
    return { row: rowOf(cell), column: data.columns[column], entry, style, value: entry.metrics[metric] };
  };

  const interval = ({ value, style }) =>
    value.low === null
      ? "no interval"
      : `${value.level * 100} % interval ${show(value.low, style.finer)} to ${show(value.high, style.finer)}`;
  const sample = ({ value }) => `n = ${value.n} images${value.groups < value.n ? ` in ${value.groups} groups` : ""}`;

  const tipLines = (cell) => {
    const facts = factsOf(cell);
    const { value, style, entry, column } = facts;
    const lines = [`${style.title} ${show(value.mean, style.stored)} by ${column.protocol}`];
    if (value.n) lines.push(`${interval(facts)}, ${sample(facts)}`);
    const published = value.published;
    if (published) {
      const how = published.reasons.length
        ? published.reasons.join("; ")
        : published.difference === null
          ? ""
          : `measured − published: ${signed(published.difference, style.finer)}`;
      lines.push(`published ${published.value}${how ? ` (${how})` : ""}`, published.source, ...published.doubts);
      if (published.explained) lines.push(published.explained);
    }
    return [...lines, ...entry.notes, ...value.notes].join("\n");
  };

  const showTip = (cell) => {
    tip.textContent = tipLines(cell);
    tip.hidden = false;
    const box = cell.getBoundingClientRect();
    const below = box.bottom + 8 + tip.offsetHeight < innerHeight;
    tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${below ? box.bottom + 6 : Math.max(8, box.top - tip.offsetHeight - 6)}px`;
    cell.setAttribute("aria-describedby", "tip");
  };
  const hideTip = (cell) => {
    tip.hidden = true;
    cell?.removeAttribute("aria-describedby");
  };

  const list = (pairs) =>
    element(
      "dl",
      {},
      ...pairs
        .filter(([, text]) => text !== "" && text !== null && text !== undefined)
        .flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]),
    );
  const openDetails = (cell) => {
    const facts = factsOf(cell);
    const { row, column, entry, style, value } = facts;
    const published = value.published;
    byId("details-title").textContent =
      `${row.title} on ${column.title}: ${style.title} ${show(value.mean, style.digits)}`;
    byId("details-body").replaceChildren(
      list([
        ["Mean", show(value.mean, style.stored)],
        ["Interval", value.n ? interval(facts) : ""],
        ["Sample", sample(facts)],
        ["Protocol", column.protocol],
        ["Images", `${entry.images} measured, ${entry.failed} failed`],
        ["Published", published && `${published.value}, ${published.source}`],
        ["", published?.how],
        ["Comparability", published && ([...published.reasons, ...published.doubts].join("; ") || published.agreement)],
        ["Explanation", published?.explained],
        ["Inference", entry.inference],
        ["Quantiser", entry.quantiser],
        ["Weights", entry.weights],
        ["Trained on", entry.trained_on],
        ["Notes", [...entry.notes, ...value.notes].join("; ")],
        ["Pixels", entry.fingerprint],
        ["Measured", entry.created],
      ]),
      element("h3", {}, "Command"),
      element("pre", { class: "command" }, element("code", {}, entry.command)),
      element("p", {}, element("a", { href: encodeURI(entry.run) }, entry.run)),
    );
    hideTip(cell);
    byId("details").showModal();
  };

  const sortKey = (row, position) => {
    const cell = row.cells[position];
    if (cell.dataset.cell) return number(factsOf(cell).value.mean) ?? null;
    const text = cell.textContent.trim();
    return text === "" ? null : Number.parseFloat(text);
  };
  const sortBy = (head, position) => {
    const higher = head.textContent.includes("↑");
    const first = higher ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? (higher ? "ascending" : "descending") : first;
    for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const keyed = rows.map((row) => [row, sortKey(row, position)]);
    keyed.sort(([, one], [, other]) => {
      if (one === null || other === null) return (one === null) - (other === null);
      return one === other ? 0 : sign * (one < other ? -1 : 1);
    });
    body.append(...keyed.map(([row]) => row));
  };
  for (const [index, head] of [...table.tHead.rows[1].cells].entries()) {
    head.querySelector("button").addEventListener("click", () => sortBy(head, index + 1));
  }

  const chosen = (id) => byId(id)?.value ?? "";
  const fits = (row) => {
    const facts = data.rows[row.dataset.row];
    const words = chosen("filter-text").toLowerCase().split(/\s+/).filter(Boolean);
    const text = `${facts.title} ${facts.model} ${facts.family}`.toLowerCase();
    const column = chosen("filter-column");
    const task = chosen("filter-task");
    return (
      words.every((word) => text.includes(word)) &&
      (!chosen("filter-family") || facts.family === chosen("filter-family")) &&
      (column === "" || column in facts.entries) &&
      (!task || Object.keys(facts.entries).some((index) => data.columns[index].task === task))
    );
  };
  const filter = () => {
    const column = chosen("filter-column");
    const task = chosen("filter-task");
    for (const cell of table.querySelectorAll("[data-column]")) {
      const index = cell.dataset.column;
      cell.hidden = (column !== "" && index !== column) || (task !== "" && data.columns[index].task !== task);
    }
    for (const row of rows) row.hidden = !fits(row);
    const count = rows.filter((row) => !row.hidden).length;
    byId("board-count").textContent = count === rows.length ? "" : `${count} of ${rows.length} models`;
    table.classList.toggle("show-intervals", byId("show-intervals").checked);
    document.body.classList.toggle("hide-published", !byId("show-published").checked);
  };
  byId("board-controls").hidden = false;
  byId("board-controls").addEventListener("input", filter);
  byId("board-controls").addEventListener("submit", (event) => event.preventDefault());

  /* One tab stop for the whole table; arrow keys go from number to number. */
  const cells = () =>
    rows
      .filter((row) => !row.hidden)
      .map((row) => [...row.querySelectorAll("td[data-cell]")].filter((cell) => !cell.hidden));
  const focusOn = (cell) => {
    table.querySelector("td[tabindex]")?.removeAttribute("tabindex");
    cell.tabIndex = 0;
    cell.focus();
  };
  const move = (cell, down, right) => {
    const grid = [...body.rows].filter((row) => !row.hidden);
    if (right) {
      const line = [...cell.parentNode.querySelectorAll("td[data-cell]")].filter((other) => !other.hidden);
      return line[line.indexOf(cell) + right];
    }
    for (let index = grid.indexOf(cell.parentNode) + down; index in grid; index += down) {
      if (grid[index].cells[cell.cellIndex].dataset.cell) return grid[index].cells[cell.cellIndex];
    }
    return undefined;
  };
  const steps = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };
  const at = (event) => event.target.closest("td[data-cell]");
  body.addEventListener("keydown", (event) => {
    const cell = at(event);
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") openDetails(cell);
    else if (event.key === "Escape") hideTip(cell);
    else if (!steps[event.key]) return;
    else {
      const next = move(cell, ...steps[event.key]);
      if (next) focusOn(next);
    }
    event.preventDefault();
  });
  body.addEventListener("click", (event) => at(event) && openDetails(at(event)));
  body.addEventListener("mouseover", (event) => at(event) && showTip(at(event)));
  body.addEventListener("mouseout", (event) => hideTip(at(event)));
  body.addEventListener("focusin", (event) => at(event) && showTip(at(event)));
  body.addEventListener("focusout", (event) => hideTip(at(event)));
  const firstLine = cells().find((line) => line.length);
  if (firstLine) firstLine[0].tabIndex = 0;

  const stick = () => table.style.setProperty("--head", `${table.tHead.rows[0].offsetHeight}px`);
  stick();
  addEventListener("resize", stick);
})();
