/* Per-image differences between two models: plot, interval, and table by group. Python computed the interval. */
(() => {
  const { data, element, shape, number, signed, images, choose, byId } = restorebench;
  const { ticks, room, redraw, text, line, canvas } = restorebench.plot;

  const WIDEST = 120; // pixels of a bar with its gap: two images do not fill the page

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
        values: [first[index], second[index]],
        difference: number(first[index]) - number(second[index]),
        known: first[index] !== null && second[index] !== null,
      }))
      .filter(({ known, difference }) => known && Number.isFinite(difference))
      .sort((one, other) => one.difference - other.difference);
  };
  const inGroups = (pairs) => {
    const names = new Set(pairs.map(({ group }) => group));
    return names.size > 1 && !names.has("");
  };
  const byGroup = (pairs) => [...pairs].sort((one, other) => (one.group < other.group ? -1 : one.group > other.group));

  /* The frame and the scales of the plot: its axis holds zero, every difference, and the interval. */
  const layOut = (pairs, interval) => {
    const [width, height, left, bottom] = [room("pair-plot"), 360, 64, 54];
    const values = [0, ...pairs.map(({ difference }) => difference), ...(interval ?? [])];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const pad = (high - low || 1) * 0.03;
    const y = (value) => 12 + (height - bottom - 12) * (1 - (value - low + pad) / (high - low + 2 * pad));
    const step = Math.min((width - left - 8) / pairs.length, WIDEST);
    return {
      width,
      height,
      left,
      right: width - 8,
      foot: height - bottom,
      low,
      high,
      y,
      step,
      x: (at) => left + at * step,
    };
  };
  const bars = ({ x, y, step }, pairs, style) => {
    const drawn = { win: "", loss: "" };
    pairs.forEach(({ difference }, index) => {
      if (difference === 0) return;
      const [at, zero, end] = [x(index + 0.07), y(0), y(difference)].map((place) => place.toFixed(2));
      const across = Math.max(step * 0.86, 0.4).toFixed(2);
      drawn[difference > 0 === style.higher ? "win" : "loss"] += `M${at} ${zero}V${end}h${across}V${zero}z`;
    });
    return Object.entries(drawn).map(([kind, d]) => shape("path", { d, class: kind }));
  };
  /* Dots below the bars of images whose pictures the viewer can show. */
  const dots = ({ x, step, foot }, pairs, kept) => {
    const at = pairs.map(({ key }, index) => (kept.has(key) ? x(index + 0.5) : null)).filter((place) => place !== null);
    const size = Math.min(3, Math.max(1.2, step / 3));
    return at.map((cx) => shape("circle", { cx, cy: foot + 8, r: size, class: "kept" }));
  };
  const groupMarks = ({ x, y, foot, step }, pairs) => {
    const starts = pairs.map(({ group }, at) => [group, at]).filter(([group, at]) => pairs[at - 1]?.group !== group);
    let free = 0;
    return starts.flatMap(([group, at], index) => {
      const end = starts[index + 1]?.[1] ?? pairs.length;
      const mean = pairs.slice(at, end).reduce((sum, { difference }) => sum + difference, 0) / (end - at);
      const marks = [line(x(at), 12, x(at), foot + 4, "grid"), line(x(at), y(mean), x(end), y(mean), "mean")];
      const words = group.length > 18 ? `…${group.slice(-17)}` : group;
      const middle = x(at) + ((end - at) * step) / 2;
      if (middle - words.length * 3.3 < free) return marks;
      free = middle + words.length * 3.3 + 6;
      return [...marks, text(middle, foot + 26, words, { class: "tick", "text-anchor": "middle" })];
    });
  };
  const differencePlot = (pairs, style, names, mean, interval, kept) => {
    const frame = layOut(pairs, interval);
    const { width, height, left, right, foot, low, high, y } = frame;
    const grouped = byId("pair-order").value === "group";
    const marks = ticks(low, high, 6).flatMap((value) => [
      line(left, y(value), right, y(value), "grid"),
      text(left - 8, y(value) + 4, signed(value, style.finer), { "text-anchor": "end", class: "tick" }),
    ]);
    const band = interval && {
      x: left,
      y: y(interval[1]),
      width: right - left,
      height: Math.max(y(interval[0]) - y(interval[1]), 0.5),
      class: "band",
    };
    const order = grouped ? "images by group, then by difference" : "images, sorted by difference";
    const drawn = canvas(
      width,
      height,
      `Differences of ${style.title}, ${names}, ${order}`,
      ...marks,
      ...bars(frame, pairs, style),
      ...(band ? [shape("rect", band)] : []),
      ...(grouped ? groupMarks(frame, pairs) : [line(left, y(mean), right, y(mean), "mean")]),
      line(left, y(0), right, y(0), "axis"),
      ...dots(frame, pairs, kept),
      shape("rect", {
        class: "pointed",
        y: 12,
        height: foot - 12,
        width: Math.max(frame.step, 1.5),
        visibility: "hidden",
      }),
      text(left, height - 8, order, { class: "tick" }),
      text(right, height - 8, `${pairs.length} image${pairs.length === 1 ? "" : "s"}`, {
        class: "tick",
        "text-anchor": "end",
      }),
    );
    return [drawn, frame];
  };

  const groupTable = (pairs, style) => {
    if (!inGroups(pairs)) return [];
    const groups = new Map();
    for (const pair of pairs) groups.set(pair.group, [...(groups.get(pair.group) ?? []), pair.difference]);
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
  /* Images that one of the two models lacks, and those without a finite difference: `compare` leaves them out too. */
  const leftOut = (found, metric, rows, shown) => {
    const [one, other] = rows.map((row) => found.rows[row][metric]);
    const count = (wanted) =>
      found.keys.filter((_, index) => wanted(one[index] !== null, other[index] !== null)).length;
    const alone = count((here, there) => here !== there);
    const infinite = count((here, there) => here && there) - shown;
    const images = (number) => `${number} image${number === 1 ? "" : "s"}`;
    return (
      (alone ? ` Left out: ${images(alone)} with a value from one of the two only.` : "") +
      (infinite ? ` Left out: ${images(infinite)} with an infinite value.` : "")
    );
  };
  const sentence = (pairs, style, [first, second], mean, interval) => {
    const known = (value) => signed(value, style.finer);
    const wins = pairs.filter(({ difference }) => (style.higher ? difference > 0 : difference < 0)).length;
    const ties = pairs.filter(({ difference }) => difference === 0).length;
    const range = interval ? `, 95 % interval ${known(interval[0])} to ${known(interval[1])}` : "";
    const counts = `better on ${wins}, worse on ${pairs.length - wins - ties}${ties ? `, equal on ${ties}` : ""}`;
    return (
      `${first} minus ${second}: ${style.title} ${known(mean)}${range}. ` +
      `${first} is ${counts} of ${pairs.length} image${pairs.length === 1 ? "" : "s"}.`
    );
  };
  const roleOf = (row) => (data.rows[row].input ? "degraded" : String(row));
  const showPairs = (pairs, interval, style, rows, without) => {
    const titles = rows.map((row) => data.rows[row].title);
    const column = byId("pair-column").value;
    const mean = pairs.reduce((sum, { difference }) => sum + difference, 0) / pairs.length;
    const grouped = inGroups(pairs);
    byId("pair-order").closest("label").hidden = !grouped;
    if (!grouped) byId("pair-order").value = "difference";
    const shown = byId("pair-order").value === "group" ? byGroup(pairs) : pairs;
    const kept = new Set((data.galleries[column]?.pictures ?? []).map(({ key }) => key));
    const here = new Set(pairs.map(({ key }) => key).filter((key) => kept.has(key)));
    const [drawn, frame] = differencePlot(shown, style, titles.join(" minus "), mean, interval, here);
    byId("pair-sentence").textContent = sentence(pairs, style, titles, mean, interval) + without;
    byId("pair-frame").hidden = false;
    byId("pair-frame").replaceChildren(drawn);
    byId("pair-legend").textContent = [
      byId("pair-order").value === "group" ? "Dashed: mean of each group." : "Dashed: mean.",
      interval ? "Band: 95 % interval of the mean." : "",
      here.size ? "Dots: images that the viewer can show." : "",
    ]
      .filter(Boolean)
      .join(" ");
    restorebench.followPointer(drawn, frame, shown, style, titles, (key) =>
      restorebench.openPicture(column, key, { left: roleOf(rows[1]), right: roleOf(rows[0]) }),
    );
    byId("pair-groups").replaceChildren(...groupTable(pairs, style));
  };
  const showNoPairs = (words) => {
    byId("pair-sentence").textContent = words;
    byId("pair-frame").hidden = true;
    byId("pair-legend").textContent = "";
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
          const without = leftOut(found, metric, [first, second], pairs.length);
          showPairs(pairs, intervalOf(found, metric, first, second), style, [first, second], without);
        }
      },
      (problem) => showNoPairs(problem.message),
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
    for (const id of ["pair-metric", "pair-a", "pair-b", "pair-order"]) byId(id).addEventListener("change", drawPairs);
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
