/* Per-image differences between two models: sorted plot, interval, and table by group. */
(() => {
  const { data, element, shape, number, signed, images, choose, byId } = restorebench;
  const { ticks, room, redraw, text, line, canvas } = restorebench.plot;

  /* Mulberry32: the same numbers in [0, 1) in every browser. */
  const random = (seed) => {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  };
  /* 97.5 % quantile of Student's t by its expansion in 1 / freedom, exact where that is poor. */
  const studentQuantile = (freedom) => {
    if (freedom < 3) return [Infinity, 12.706, 4.303][Math.floor(freedom)];
    const normal = 1.959964;
    const terms = [
      normal,
      (normal ** 3 + normal) / 4,
      (5 * normal ** 5 + 16 * normal ** 3 + 3 * normal) / 96,
      (3 * normal ** 7 + 19 * normal ** 5 + 17 * normal ** 3 - 15 * normal) / 384,
    ];
    return terms.reduce((sum, term, power) => sum + term / freedom ** power, 0);
  };
  /* [sum, size] of each group; an image without a group is one of its own. */
  const sumsByGroup = (pairs) => {
    const groups = new Map();
    pairs.forEach(({ difference, group }, index) => {
      const [sum, size] = groups.get(group || index) ?? [0, 0];
      groups.set(group || index, [sum + difference, size + 1]);
    });
    return [...groups.values()];
  };
  /* Sorted means of groups drawn with replacement. */
  const bootstrapMeans = (sums, draws) => {
    const next = random(1);
    return Array.from({ length: draws }, () => {
      let total = 0;
      let count = 0;
      for (let index = 0; index < sums.length; index += 1) {
        const [sum, size] = sums[Math.floor(next() * sums.length)];
        total += sum;
        count += size;
      }
      return total / count;
    }).sort((one, other) => one - other);
  };
  /* The hull of a percentile bootstrap and of Student's interval, of whole groups, because frames of one sequence are
     not independent. */
  const intervalOf = (pairs, draws = 2000) => {
    const sums = sumsByGroup(pairs);
    if (sums.length < 2) return null;
    const means = bootstrapMeans(sums, draws);
    const total = sums.reduce((sum, [, size]) => sum + size, 0);
    const mean = sums.reduce((sum, [value]) => sum + value, 0) / total;
    const effective = total ** 2 / sums.reduce((sum, [, size]) => sum + size ** 2, 0);
    const spread = sums.reduce((sum, [value, size]) => sum + (value - mean * size) ** 2, 0);
    const reach = (studentQuantile(effective - 1) * Math.sqrt((spread * effective) / (effective - 1))) / total;
    if (!Number.isFinite(reach)) return null;
    return [
      Math.min(means[Math.floor(draws * 0.025)], mean - reach),
      Math.max(means[Math.floor(draws * 0.975)], mean + reach),
    ];
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
  const showPairs = (pairs, style, titles) => {
    const mean = pairs.reduce((sum, { difference }) => sum + difference, 0) / pairs.length;
    const interval = intervalOf(pairs);
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
        else showPairs(pairs, style, [data.rows[first].title, data.rows[second].title]);
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
