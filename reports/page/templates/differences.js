/* Per-image differences between two models: sorted plot, interval, and table by group. */
(() => {
  const { data, element, shape, number, signed, images, choose, byId } = restorebench;
  const { ticks, room, redraw, text, line, canvas } = restorebench.plot;

  /* The interval of the mean of one model minus another's, as `restorebench compare` computes it. */
  const intervalOf = (found, metric, one, other) => {
    const known = found.intervals[metric];
    if (known[`${one}-${other}`]) return known[`${one}-${other}`];
    const reverse = known[`${other}-${one}`];
    return reverse ? [-reverse[1], -reverse[0]] : null;
  };
  const pairUp = (found, metric, one, other) => {
    const [first, second] = [found.rows[one][metric], found.rows[other][metric]];
    return found.keys
      .map((key, index) => ({
        key,
        group: found.groups[index],
        difference: number(first[index]) - number(second[index]),
        known: first[index] !== null && second[index] !== null,
      }))
      .filter(({ known, difference }) => known && Number.isFinite(difference))
      .sort((one, other) => one.difference - other.difference);
  };
  const differencePlot = (pairs, style, names, mean, interval) => {
    const [width, height, left, bottom] = [room("pair-plot"), 340, 64, 34];
    const low = Math.min(0, pairs[0].difference);
    const high = Math.max(0, pairs.at(-1).difference);
    const y = (value) => 12 + (height - bottom - 12) * (1 - (value - low) / (high - low || 1));
    const step = (width - left - 8) / pairs.length;
    const better = (value) => (style.higher ? value > 0 : value < 0);
    const bars = { win: "", loss: "" };
    pairs.forEach(({ difference }, index) => {
      if (difference === 0) return;
      const [x, zero, end] = [left + index * step, y(0), y(difference)].map((place) => place.toFixed(2));
      const across = Math.max(step * 0.86, 0.4).toFixed(2);
      bars[better(difference) ? "win" : "loss"] += `M${x} ${zero}V${end}h${across}V${zero}z`;
    });
    const marks = ticks(low, high, 6).flatMap((value) => [
      line(left, y(value), width - 8, y(value), "grid"),
      text(left - 8, y(value) + 4, signed(value, style.finer), { "text-anchor": "end", class: "tick" }),
    ]);
    const band = interval
      ? [
          shape("rect", {
            x: left,
            y: y(interval[1]),
            width: width - left - 8,
            height: Math.max(y(interval[0]) - y(interval[1]), 0.5),
            class: "band",
          }),
        ]
      : [];
    return canvas(
      width,
      height,
      `Sorted differences of ${style.title}, ${names}`,
      ...marks,
      shape("path", { d: bars.win, class: "win" }),
      shape("path", { d: bars.loss, class: "loss" }),
      ...band,
      line(left, y(mean), width - 8, y(mean), "mean"),
      line(left, y(0), width - 8, y(0), "axis"),
      text(left, height - 8, "images, sorted by difference", { class: "tick" }),
      text(width - 8, height - 8, `${pairs.length} images`, { class: "tick", "text-anchor": "end" }),
    );
  };
  const groupTable = (pairs, style) => {
    const groups = new Map();
    for (const pair of pairs) groups.set(pair.group, [...(groups.get(pair.group) ?? []), pair.difference]);
    if (groups.size < 2 || groups.has("")) return [];
    const better = (value) => (style.higher ? value > 0 : value < 0);
    const lines = [...groups]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, list]) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, name),
          element("td", {}, String(list.length)),
          element("td", {}, signed(list.reduce((sum, value) => sum + value, 0) / list.length, style.finer)),
          element(
            "td",
            {},
            `${list.filter(better).length} : ${list.filter((value) => value && !better(value)).length}`,
          ),
        ),
      );
    const head = element(
      "tr",
      {},
      ...["Group", "Images", "Mean", "Wins : losses"].map((name) => element("th", { scope: "col" }, name)),
    );
    return [
      element(
        "details",
        {},
        element("summary", {}, `By sequence or scene (${groups.size})`),
        element("table", { class: "groups" }, element("thead", {}, head), element("tbody", {}, ...lines)),
      ),
    ];
  };
  const sentence = (pairs, style, [first, second], mean, interval) => {
    const known = (value) => signed(value, style.finer);
    const wins = pairs.filter(({ difference }) => (style.higher ? difference > 0 : difference < 0)).length;
    const ties = pairs.filter(({ difference }) => difference === 0).length;
    const range = interval ? `, 95 % interval ${known(interval[0])} to ${known(interval[1])}` : "";
    const counts = `better on ${wins}, worse on ${pairs.length - wins - ties}${ties ? `, equal on ${ties}` : ""}`;
    return (
      `${first} minus ${second}: ${style.title} ${known(mean)}${range}. ` +
      `${first} is ${counts} of ${pairs.length} images.`
    );
  };
  const showPairs = (pairs, interval, style, titles) => {
    const mean = pairs.reduce((sum, { difference }) => sum + difference, 0) / pairs.length;
    byId("pair-plot").replaceChildren(
      element("p", { class: "verdict" }, sentence(pairs, style, titles, mean, interval)),
      differencePlot(pairs, style, titles.join(" minus "), mean, interval),
    );
    byId("pair-groups").replaceChildren(...groupTable(pairs, style));
  };
  const showNoPairs = (words) => {
    byId("pair-plot").replaceChildren(element("p", { class: "empty" }, words));
    byId("pair-groups").replaceChildren();
  };
  const drawPairs = () => {
    const chosen = ["pair-column", "pair-metric", "pair-a", "pair-b"].map((id) => byId(id).value);
    const [column, metric, first, second] = chosen;
    const style = data.columns[column].metrics.find(({ name }) => name === metric);
    images(column).then(
      (found) => {
        const pairs = pairUp(found, metric, first, second);
        if (first === second) showNoPairs("Choose two models.");
        else if (!pairs.length) showNoPairs("No image has this metric from both models.");
        else {
          const titles = [data.rows[first].title, data.rows[second].title];
          showPairs(pairs, intervalOf(found, metric, first, second), style, titles);
        }
      },
      (problem) => byId("pair-plot").replaceChildren(element("p", { class: "empty" }, problem.message)),
    );
  };
  const pairable = data.columns
    .map((_, index) => index)
    .filter(
      (index) => data.rows.filter(({ entries }) => index in entries).length > 1 && data.columns[index].metrics.length,
    );
  if (byId("pair-controls") && pairable.length) {
    const fillPair = () => {
      const column = byId("pair-column").value;
      const models = data.rows
        .map(({ title, entries }, index) => [index, title, column in entries])
        .filter(([, , here]) => here);
      choose(
        byId("pair-metric"),
        data.columns[column].metrics.map(({ name, title }) => [name, title]),
        byId("pair-metric").value,
      );
      choose(byId("pair-a"), models, byId("pair-a").value || models[0][0]);
      choose(byId("pair-b"), models, byId("pair-b").value || models[1][0]);
      if (byId("pair-a").value === byId("pair-b").value)
        byId("pair-b").value = models.find(([index]) => String(index) !== byId("pair-a").value)[0];
      drawPairs();
    };
    choose(
      byId("pair-column"),
      pairable.map((index) => [index, `${data.columns[index].title} · ${data.columns[index].protocol}`]),
    );
    byId("pair-controls").hidden = false;
    byId("pair-column").addEventListener("change", fillPair);
    for (const id of ["pair-metric", "pair-a", "pair-b"]) byId(id).addEventListener("change", drawPairs);
    /* Per-image values are loaded only when the plot becomes visible. */
    const seen = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) {
          seen.disconnect();
          fillPair();
          redraw("pair-plot", drawPairs);
        }
      },
      { rootMargin: "400px" },
    );
    seen.observe(byId("differences"));
  }
})();
