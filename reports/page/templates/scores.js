/* Scores of all models for the shown image, as a table beside it, sorted by one metric. */
restorebench.scores = (() => {
  const { data, element, number, show, byId } = restorebench;
  let sortedBy = "";

  const styleOf = (metrics) => metrics.find(({ name }) => name === sortedBy) ?? metrics[0];
  const reader = (values, key) => {
    const place = values?.keys.indexOf(key) ?? -1;
    return (row, metric) => (place < 0 ? null : (number(values.rows[row]?.[metric]?.[place]) ?? null));
  };
  const meanOf = (row, column, metric) => number(data.rows[row].entries[column].metrics[metric]?.mean ?? null) ?? null;
  /* Rows of a column, best first, by their means until the scores are loaded; those without a score come last. */
  const ranked = (column, values, key) => {
    const style = styleOf(data.columns[column].metrics);
    const read = reader(values, key);
    const here = data.rows.map((_, row) => String(row)).filter((row) => column in data.rows[row].entries);
    return here
      .map((row) => [row, values ? read(row, style?.name) : meanOf(row, column, style?.name)])
      .sort(([, one], [, other]) => {
        if (one === null || other === null) return (one === null) - (other === null);
        return one === other ? 0 : one < other === style.higher ? 1 : -1;
      })
      .map(([row]) => row);
  };
  const heads = (metrics, again) =>
    metrics.map((metric) => {
      const order = metric.higher ? "descending" : "ascending";
      const words = `${metric.title} ${metric.higher ? "↑" : "↓"}`;
      const button = element("button", { type: "button", class: "sort" }, words);
      button.addEventListener("click", () => {
        sortedBy = metric.name;
        again();
      });
      const sorted = metric === styleOf(metrics) ? order : "none";
      return element("th", { scope: "col", class: "num", "aria-sort": sorted }, button);
    });
  const name = (row, picture, right, choose) => {
    const { title, input } = data.rows[row];
    if (!input && !(row in picture.restored)) return element("span", { class: "soft" }, `${title} (no picture kept)`);
    const facts = {
      type: "button",
      class: "plain",
      "aria-pressed": String(row === right || (input && right === "degraded")),
    };
    const button = element("button", facts, title);
    button.addEventListener("click", () => choose(input ? "degraded" : row));
    return button;
  };

  /* Draws the table; `choose` takes the row of a model that was clicked, `again` draws after a change of the order. */
  const draw = ({ column, values, picture, right }, choose, again) => {
    const { metrics } = data.columns[column];
    const read = reader(values, picture.key);
    const rows = ranked(column, values, picture.key);
    const best = metrics.map(({ name: metric, higher }) => {
      const known = rows.map((row) => read(row, metric)).filter((value) => value !== null);
      return known.length > 1 ? (higher ? Math.max(...known) : Math.min(...known)) : undefined;
    });
    const lines = rows.map((row) => {
      const cells = metrics.map((metric, index) => {
        const value = read(row, metric.name);
        const kind = value !== null && value === best[index] ? "num best" : "num";
        return element("td", { class: kind }, element("span", { class: "value" }, show(value, metric.digits)));
      });
      const head = element("th", { scope: "row" }, name(row, picture, right, choose));
      return element("tr", { class: row === right ? "shown" : undefined }, head, ...cells);
    });
    const top = element("tr", {}, element("th", { scope: "col" }, "Model"), ...heads(metrics, again));
    byId("view-scores").replaceChildren(
      element("caption", {}, `Scores of ${picture.key}`),
      element("thead", {}, top),
      element("tbody", {}, ...lines),
    );
  };
  return { draw, ranked };
})();
