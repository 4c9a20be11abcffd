/* Leaderboard: one table per task, with sorting, filters, intervals and a choice of how operations are counted. */
(() => {
  const { data, number, byId } = restorebench;
  const { factsOf, showTip, hideTip, openDetails } = restorebench.provenance;
  const tables = [...document.querySelectorAll("table.results")];
  const bodyRows = (table) => [...table.tBodies[0].rows];

  const sortKey = (row, position) => {
    const cell = row.cells[position];
    if (cell.classList.contains("untrusted")) return null;
    if (cell.dataset.cell) return number(factsOf(cell).value.mean) ?? null;
    const text = cell.textContent.trim();
    return text === "" || text === "–" ? null : Number.parseFloat(text);
  };
  const sortBy = (table, head, position) => {
    const higher = head.textContent.includes("↑");
    const first = higher ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? (higher ? "ascending" : "descending") : first;
    for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const keyed = bodyRows(table).map((row) => [row, sortKey(row, position)]);
    keyed.sort(([, one], [, other]) => {
      if (one === null || other === null) return (one === null) - (other === null);
      return one === other ? 0 : sign * (one < other ? -1 : 1);
    });
    table.tBodies[0].append(...keyed.map(([row]) => row));
  };

  const chosen = (id) => byId(id)?.value ?? "";
  const wanted = (index) => {
    const [column, task] = [chosen("filter-column"), chosen("filter-task")];
    return (column === "" || String(index) === column) && (!task || data.columns[index].task === task);
  };
  const levels = [...(byId("filter-trust")?.options ?? [])].map(({ value }) => value);
  const trusted = ({ dataset }) => levels.indexOf(dataset.trust) >= levels.indexOf(chosen("filter-trust"));
  const fits = (row, table) => {
    const facts = data.rows[row.dataset.row];
    const words = chosen("filter-text").toLowerCase().split(/\s+/).filter(Boolean);
    const text = `${facts.title} ${facts.model} ${facts.family}`.toLowerCase();
    return (
      words.every((word) => text.includes(word)) &&
      (!chosen("filter-trust") ||
        [...row.querySelectorAll("[data-trust]")].some((cell) => !cell.hidden && trusted(cell))) &&
      (!chosen("filter-family") || facts.family === chosen("filter-family")) &&
      [...table.tHead.querySelectorAll(".set[data-column]")].some(
        ({ dataset }) => dataset.column in facts.entries && wanted(dataset.column),
      )
    );
  };
  const showCount = (count) => {
    for (const cell of document.querySelectorAll(".results [data-count]")) cell.hidden = cell.dataset.count !== count;
  };
  const filter = () => {
    const found = new Set();
    for (const table of tables) {
      for (const cell of table.querySelectorAll("[data-column]")) cell.hidden = !wanted(cell.dataset.column);
      for (const cell of table.querySelectorAll("td[data-column]"))
        cell.classList.toggle("untrusted", chosen("filter-trust") !== "" && !trusted(cell));
      for (const cell of table.querySelectorAll("td[data-ranks]")) {
        const rank = cell.dataset.ranks.split(" ")[Math.max(0, levels.indexOf(chosen("filter-trust")))];
        cell.classList.toggle("best", rank === "1");
        cell.classList.toggle("second", rank === "2");
      }
      for (const row of bodyRows(table)) {
        row.hidden = !fits(row, table);
        if (!row.hidden) found.add(row.dataset.row);
      }
      table.closest(".part").hidden = bodyRows(table).every((row) => row.hidden);
    }
    const all = data.rows.length;
    byId("board-empty").hidden = found.size > 0;
    byId("board-count").textContent = found.size === all ? "" : `${found.size} of ${all} models`;
    if (byId("choose-count")) showCount(chosen("choose-count"));
    document.body.classList.toggle("show-intervals", byId("show-intervals").checked);
    document.body.classList.toggle("hide-published", byId("show-published")?.checked === false);
  };
  const controls = byId("board-controls");
  controls.hidden = false;
  controls.addEventListener("input", filter);
  controls.addEventListener("submit", (event) => event.preventDefault());
  byId("board-clear").addEventListener("click", () => {
    for (const select of controls.querySelectorAll("[id^=filter-]")) select.value = "";
    filter();
    byId("filter-text").focus();
  });

  /* One tab stop for each table; arrow keys go from number to number. */
  const numbers = (row) =>
    [...row.querySelectorAll("td[data-cell]")].filter((cell) => !cell.hidden && !cell.classList.contains("untrusted"));
  const focusOn = (cell) => {
    cell.closest("table").querySelector("td[tabindex]")?.removeAttribute("tabindex");
    cell.tabIndex = 0;
    cell.focus();
  };
  const move = (cell, down, right) => {
    const line = numbers(cell.parentNode);
    if (right) return line[line.indexOf(cell) + right];
    const grid = bodyRows(cell.closest("table")).filter((row) => !row.hidden);
    for (let index = grid.indexOf(cell.parentNode) + down; index in grid; index += down) {
      if (grid[index].cells[cell.cellIndex].dataset.cell) return grid[index].cells[cell.cellIndex];
    }
    return undefined;
  };
  const steps = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };
  const at = (event) => event.target.closest("td[data-cell]");
  const onKey = (event) => {
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
  };
  const stick = () => {
    for (const table of tables) table.style.setProperty("--head", `${table.tHead.rows[0].offsetHeight}px`);
  };
  for (const table of tables) {
    for (const [index, head] of [...table.tHead.rows[1].cells].entries())
      head.querySelector("button").addEventListener("click", () => sortBy(table, head, index + 1));
    const body = table.tBodies[0];
    body.addEventListener("keydown", onKey);
    body.addEventListener("click", (event) => at(event) && openDetails(at(event)));
    body.addEventListener("mouseover", (event) => at(event) && showTip(at(event)));
    body.addEventListener("mouseout", (event) => hideTip(at(event)));
    body.addEventListener("focusin", (event) => at(event) && showTip(at(event)));
    body.addEventListener("focusout", (event) => hideTip(at(event)));
    const first = bodyRows(table).flatMap(numbers)[0];
    if (first) first.tabIndex = 0;
  }
  stick();
  addEventListener("resize", stick);
})();
