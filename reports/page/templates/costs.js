/* Two plots of models: quality against cost, and fidelity (distortion) against perceptual quality. */
(() => {
  const { data, element, number, show, choose, byId, scatter } = restorebench;
  const { redraw } = restorebench.plot;

  const SCALES = { macs: ["GMACs", 1e-9], latency: ["ms", 1e3], memory: ["MiB", 1 / 1048576] };
  const costsOf = ({ cost }) => {
    if (!cost) return {};
    const found = cost.params === null ? {} : { "Parameters, M": cost.params / 1e6 };
    for (const [kind, [unit, factor]] of Object.entries(SCALES))
      for (const [name, value] of Object.entries(cost[kind] ?? {})) found[`${unit} (${kind} ${name})`] = value * factor;
    return found;
  };
  const meanOf = (row, column, metric) => number(row.entries[column]?.metrics[metric]?.mean ?? null) ?? null;
  const baseOf = (point, points) =>
    points.find(
      ({ model }) =>
        point.model !== model && point.model.replace(/[+-]pde$/, "") === model && /[+-]pde$/.test(point.model),
    );
  const pointsOf = (column, xOf, yOf) => {
    const points = data.rows
      .map((row) => ({
        title: row.title,
        model: row.model,
        x: xOf(row) ?? null,
        y: yOf(row),
        whole: row.entries[column]?.comparable,
      }))
      .filter(({ x, y }) => x !== null && y !== null && Number.isFinite(x) && Number.isFinite(y));
    return points.map((point) => Object.assign(point, { base: baseOf(point, points) }));
  };
  const styleOf = (column, metric) => data.columns[column].metrics.find(({ name }) => name === metric);
  const metricAxis = ({ title, higher, digits }) => ({
    label: `${title} ${higher ? "↑" : "↓"}`,
    digits,
    better: higher ? 1 : -1,
    say: (value) => `${title} ${show(value, digits)}`,
  });
  const costAxis = (name) => ({
    label: name,
    better: -1,
    say: (value) => `${name} ${Number(value.toPrecision(4))}`,
  });
  const put = (place, points, axes) =>
    byId(place).replaceChildren(
      ...(points.length
        ? scatter.draw(place, points, axes)
        : [element("p", { class: "empty" }, "No model has both numbers.")]),
    );

  const drawCost = () => {
    const [column, metric] = byId("front-y").value.split(" ");
    const axis = byId("front-x").value;
    const points = pointsOf(
      column,
      (row) => costsOf(row)[axis],
      (row) => meanOf(row, column, metric),
    );
    const y = metricAxis(styleOf(column, metric));
    put("front-plot", points, { x: costAxis(axis), y, log: byId("front-log").checked });
  };
  if (byId("front-controls")) {
    const names = [...new Set(data.rows.flatMap((row) => Object.keys(costsOf(row))))];
    choose(
      byId("front-x"),
      names.map((name) => [name, name]),
    );
    choose(
      byId("front-y"),
      data.columns.flatMap(({ title, metrics }, index) =>
        metrics.map((metric) => [`${index} ${metric.name}`, `${metric.title} on ${title}`]),
      ),
    );
    const usable = (_, index) => data.rows.some((row) => index in row.entries && names[0] in costsOf(row));
    const first = data.columns.findIndex(usable);
    if (first > 0) byId("front-y").value = `${first} ${data.columns[first].metrics[0].name}`;
    byId("front-controls").hidden = false;
    byId("front-controls").addEventListener("change", drawCost);
    drawCost();
    redraw("front-plot", drawCost);
  }

  /* Perceptual metrics go across, whatever is measured first, usually PSNR, goes up. */
  const drawTrade = () => {
    const column = byId("trade-column").value;
    const [across, up] = ["trade-x", "trade-y"].map((id) => styleOf(column, byId(id).value));
    const points = pointsOf(
      column,
      (row) => meanOf(row, column, across.name),
      (row) => meanOf(row, column, up.name),
    );
    put("trade-plot", points, { x: metricAxis(across), y: metricAxis(up) });
  };
  const fillTrade = () => {
    const { metrics } = data.columns[byId("trade-column").value];
    const [perceptual, plain] = [true, false].map((wanted) => metrics.filter((each) => each.perceptual === wanted));
    for (const [id, list] of [
      ["trade-x", perceptual],
      ["trade-y", plain],
    ])
      choose(
        byId(id),
        list.map(({ name, title }) => [name, title]),
        byId(id).value,
      );
    drawTrade();
  };
  if (byId("trade-controls")) {
    const both = (metrics) => [true, false].every((wanted) => metrics.some((each) => each.perceptual === wanted));
    choose(
      byId("trade-column"),
      data.columns
        .map(({ title, protocol, metrics }, index) => [index, `${title} · ${protocol}`, both(metrics)])
        .filter(([, , usable]) => usable),
    );
    byId("trade-controls").hidden = false;
    byId("trade-column").addEventListener("change", fillTrade);
    for (const id of ["trade-x", "trade-y"]) byId(id).addEventListener("change", drawTrade);
    fillTrade();
    redraw("trade-plot", drawTrade);
  }
})();
