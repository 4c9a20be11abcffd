/* Two SVG plots with selectable text: per-image differences, and quality against cost. */
(() => {
  const { data, element, shape, number, show, signed, images, choose, byId } = restorebench;

  const ticks = (low, high, count) => {
    const raw = (high - low || 1) / count;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw);
    const found = [];
    for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) found.push(Number(value.toPrecision(12)));
    return found;
  };
  /* Ticks at 1, 2 and 5 of every power of ten, or at every digit if these are too few. */
  const logTicks = (low, high) => {
    for (const digits of [[1], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 7, 8]]) {
      const found = [];
      for (let power = Math.floor(low); power <= high; power += 1) found.push(...digits.map((digit) => digit * 10 ** power));
      const inside = found.filter((value) => Math.log10(value) >= low && Math.log10(value) <= high);
      if (inside.length >= 3) return inside;
    }
    return ticks(10 ** low, 10 ** high, 5);
  };
  /* Plots are drawn at their actual width, so that text is never scaled. */
  const room = (id) => Math.max(300, Math.min(1180, byId(id).clientWidth));
  const redraw = (id, draw) => {
    let width = room(id);
    new ResizeObserver(() => { if (Math.abs(room(id) - width) > 8) { width = room(id); draw(); } }).observe(byId(id));
  };
  const text = (x, y, words, attributes = {}) => shape("text", { x, y, ...attributes }, words);
  const line = (x1, y1, x2, y2, kind) => shape("line", { x1, y1, x2, y2, class: kind });
  const canvas = (width, height, label, ...children) => shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...children);

  /* ---- differences ---- */
  const random = (seed) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  /* 97.5 % quantile of Student's t by its expansion in 1 / df, exact where that is poor. */
  const student = (df) => {
    if (df < 3) return [Infinity, 12.706, 4.303][Math.floor(df)];
    const z = 1.959964;
    const terms = [z, (z ** 3 + z) / 4, (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96, (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384];
    return terms.reduce((sum, term, power) => sum + term / df ** power, 0);
  };
  /* The hull of a percentile bootstrap and of Student's interval, of whole groups: frames of a sequence are not independent. */
  const intervalOf = (pairs, draws = 2000) => {
    const groups = new Map();
    pairs.forEach(({ difference, group }, index) => {
      const sums = groups.get(group || index) ?? [0, 0];
      groups.set(group || index, [sums[0] + difference, sums[1] + 1]);
    });
    const sums = [...groups.values()];
    if (sums.length < 2) return null;
    const next = random(1);
    const means = Array.from({ length: draws }, () => {
      let total = 0;
      let count = 0;
      for (let index = 0; index < sums.length; index += 1) {
        const [sum, size] = sums[Math.floor(next() * sums.length)];
        total += sum;
        count += size;
      }
      return total / count;
    }).sort((a, b) => a - b);
    const total = sums.reduce((sum, [, size]) => sum + size, 0);
    const mean = sums.reduce((sum, [value]) => sum + value, 0) / total;
    const effective = total ** 2 / sums.reduce((sum, [, size]) => sum + size ** 2, 0);
    const spread = sums.reduce((sum, [value, size]) => sum + (value - mean * size) ** 2, 0);
    const reach = student(effective - 1) * Math.sqrt(spread * effective / (effective - 1)) / total;
    if (!Number.isFinite(reach)) return null;
    return [Math.min(means[Math.floor(draws * 0.025)], mean - reach), Math.max(means[Math.floor(draws * 0.975)], mean + reach)];
  };
  const pairUp = (found, metric, a, b) => {
    const [first, second] = [found.rows[a][metric], found.rows[b][metric]];
    return found.keys.map((key, index) => ({ key, group: found.groups[index], difference: number(first[index]) - number(second[index]), known: first[index] !== null && second[index] !== null }))
      .filter(({ known, difference }) => known && Number.isFinite(difference)).sort((p, q) => p.difference - q.difference);
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
      const x = left + index * step;
      if (difference !== 0) bars[better(difference) ? "win" : "loss"] += `M${x.toFixed(2)} ${y(0).toFixed(2)}V${y(difference).toFixed(2)}h${Math.max(step * 0.86, 0.4).toFixed(2)}V${y(0).toFixed(2)}z`;
    });
    const marks = ticks(low, high, 6).flatMap((value) => [line(left, y(value), width - 8, y(value), "grid"), text(left - 8, y(value) + 4, signed(value, style.finer), { "text-anchor": "end", class: "tick" })]);
    const band = interval ? [shape("rect", { x: left, y: y(interval[1]), width: width - left - 8, height: Math.max(y(interval[0]) - y(interval[1]), 0.5), class: "band" })] : [];
    return canvas(width, height, `Sorted differences of ${style.title}, ${names}`, ...marks,
      shape("path", { d: bars.win, class: "win" }), shape("path", { d: bars.loss, class: "loss" }), ...band,
      line(left, y(mean), width - 8, y(mean), "mean"), line(left, y(0), width - 8, y(0), "axis"),
      text(left, height - 8, "images, sorted by difference", { class: "tick" }),
      text(width - 8, height - 8, `${pairs.length} images`, { class: "tick", "text-anchor": "end" }));
  };
  const groupTable = (pairs, style) => {
    const groups = new Map();
    for (const pair of pairs) groups.set(pair.group, [...(groups.get(pair.group) ?? []), pair.difference]);
    if (groups.size < 2 || groups.has("")) return [];
    const better = (value) => (style.higher ? value > 0 : value < 0);
    const lines = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, list]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, String(list.length)),
      element("td", {}, signed(list.reduce((sum, value) => sum + value, 0) / list.length, style.finer)), element("td", {}, `${list.filter(better).length} : ${list.filter((value) => value && !better(value)).length}`)));
    const head = element("tr", {}, ...["Group", "Images", "Mean", "Wins : losses"].map((name) => element("th", { scope: "col" }, name)));
    return [element("details", {}, element("summary", {}, `By sequence or scene (${groups.size})`), element("table", { class: "groups" }, element("thead", {}, head), element("tbody", {}, ...lines)))];
  };
  const drawPairs = () => {
    const [column, metric, a, b] = ["pair-column", "pair-metric", "pair-a", "pair-b"].map((id) => byId(id).value);
    const style = data.columns[column].metrics.find(({ name }) => name === metric);
    const titles = [data.rows[a].title, data.rows[b].title];
    images(column).then((found) => {
      const pairs = pairUp(found, metric, a, b);
      if (!pairs.length || a === b) { byId("pair-plot").replaceChildren(element("p", { class: "empty" }, a === b ? "Choose two models." : "No image has this metric from both models.")); byId("pair-groups").replaceChildren(); return; }
      const mean = pairs.reduce((sum, { difference }) => sum + difference, 0) / pairs.length;
      const interval = intervalOf(pairs);
      const wins = pairs.filter(({ difference }) => (style.higher ? difference > 0 : difference < 0)).length;
      const ties = pairs.filter(({ difference }) => difference === 0).length;
      const range = interval ? `, 95 % interval ${signed(interval[0], style.finer)} to ${signed(interval[1], style.finer)}` : "";
      byId("pair-plot").replaceChildren(
        element("p", { class: "verdict" }, `${titles[0]} minus ${titles[1]}: ${style.title} ${signed(mean, style.finer)}${range}. ${titles[0]} is better on ${wins}, worse on ${pairs.length - wins - ties}${ties ? `, equal on ${ties}` : ""} of ${pairs.length} images.`),
        differencePlot(pairs, style, titles.join(" minus "), mean, interval));
      byId("pair-groups").replaceChildren(...groupTable(pairs, style));
    }, (problem) => byId("pair-plot").replaceChildren(element("p", { class: "empty" }, problem.message)));
  };
  const pairable = data.columns.map((_, index) => index).filter((index) => data.rows.filter(({ entries }) => index in entries).length > 1 && data.columns[index].metrics.length);
  if (byId("pair-controls") && pairable.length) {
    const fillPair = () => {
      const column = byId("pair-column").value;
      const models = data.rows.map(({ title, entries }, index) => [index, title, column in entries]).filter(([, , here]) => here);
      choose(byId("pair-metric"), data.columns[column].metrics.map(({ name, title }) => [name, title]), byId("pair-metric").value);
      choose(byId("pair-a"), models, byId("pair-a").value || models[0][0]);
      choose(byId("pair-b"), models, byId("pair-b").value || models[1][0]);
      if (byId("pair-a").value === byId("pair-b").value) byId("pair-b").value = models.find(([index]) => String(index) !== byId("pair-a").value)[0];
      drawPairs();
    };
    choose(byId("pair-column"), pairable.map((index) => [index, `${data.columns[index].title} · ${data.columns[index].protocol}`]));
    byId("pair-controls").hidden = false;
    byId("pair-column").addEventListener("change", fillPair);
    for (const id of ["pair-metric", "pair-a", "pair-b"]) byId(id).addEventListener("change", drawPairs);
    /* Per-image values are loaded only when the plot becomes visible. */
    const seen = new IntersectionObserver((entries) => { if (entries.some(({ isIntersecting }) => isIntersecting)) { seen.disconnect(); fillPair(); redraw("pair-plot", drawPairs); } }, { rootMargin: "400px" });
    seen.observe(byId("differences"));
  }

  /* ---- quality against cost ---- */
  const SCALES = { macs: ["GMACs", 1e-9], latency: ["ms", 1e3], memory: ["MiB", 1 / 1048576] };
  const costsOf = ({ cost }) => {
    if (!cost) return {};
    const found = cost.params === null ? {} : { "Parameters, M": cost.params / 1e6 };
    for (const [kind, [unit, factor]] of Object.entries(SCALES)) for (const [name, value] of Object.entries(cost[kind] ?? {})) found[`${unit} (${kind} ${name})`] = value * factor;
    return found;
  };
  const front = (points, higher) => points.filter((point) => !points.some((other) => other !== point && other.x <= point.x && (higher ? other.y >= point.y : other.y <= point.y) && (other.x < point.x || other.y !== point.y))).sort((a, b) => a.x - b.x);
  /* Each label takes the first of eight places that overlaps nothing placed before; a far one gets a leader. */
  const placeLabels = (points, width, height) => {
    const taken = points.map(({ px, py }) => [px - 6, py - 6, px + 6, py + 6]);
    const free = ([a, b, c, d]) => a >= 0 && b >= 0 && c <= width && d <= height && taken.every(([e, f, g, h]) => c <= e || a >= g || d <= f || b >= h);
    for (const point of points) {
      const words = point.title.length > 34 ? `${point.title.slice(0, 33)}…` : point.title;
      const size = words.length * 6.7;
      const places = [];
      for (const reach of [9, 22, 38, 58, 82]) for (const [dx, dy] of [[1, 0], [0, -1], [0, 1], [-1, 0], [1, -1], [1, 1], [-1, -1], [-1, 1]]) {
        const x = point.px + dx * reach - (dx < 0 ? size : dx === 0 ? size / 2 : 0);
        const y = point.py + dy * reach;
        places.push({ x, y, reach, box: [x, y - 8, x + size, y + 6] });
      }
      const place = places.find(({ box }) => free(box)) ?? places[0];
      taken.push(place.box);
      Object.assign(point, { words, lx: place.x, ly: place.y + 4, far: place.reach > 22, size });
    }
  };
  const drawFront = () => {
    const [column, metric] = byId("front-y").value.split(" ");
    const axis = byId("front-x").value;
    const style = data.columns[column].metrics.find(({ name }) => name === metric);
    const points = data.rows.map((row) => ({ title: row.title, model: row.model, x: costsOf(row)[axis], y: number(row.entries[column]?.metrics[metric]?.mean ?? null), whole: row.entries[column]?.comparable }))
      .filter(({ x, y }) => x !== undefined && y !== null && Number.isFinite(y));
    const log = byId("front-log").checked && points.every(({ x }) => x > 0);
    if (!points.length) { byId("front-plot").replaceChildren(element("p", { class: "empty" }, "No model has both numbers.")); return; }
    const [width, height, left, bottom] = [room("front-plot"), 460, 66, 52];
    const scale = log ? Math.log10 : (value) => value;
    const span = (list, pad) => { const [low, high] = [Math.min(...list), Math.max(...list)]; const room = (high - low || Math.abs(high) * 0.1 || 1) * pad; return [low - room, high + room]; };
    const [x0, x1] = span(points.map(({ x }) => scale(x)), 0.09);
    const [y0, y1] = span(points.map(({ y }) => y), 0.12);
    const px = (value) => left + (width - left - 16) * (scale(value) - x0) / (x1 - x0);
    const py = (value) => 14 + (height - bottom - 14) * (1 - (value - y0) / (y1 - y0));
    for (const point of points) Object.assign(point, { px: px(point.x), py: py(point.y) });
    const best = front(points.filter(({ whole }) => whole), style.higher);
    placeLabels(points, width, height - bottom);
    const xs = log ? logTicks(x0, x1) : ticks(x0, x1, 7);
    const nodes = [
      ...xs.flatMap((value) => [line(px(value), 14, px(value), height - bottom, "grid"), text(px(value), height - bottom + 18, String(Number(value.toPrecision(3))), { "text-anchor": "middle", class: "tick" })]),
      ...ticks(y0, y1, 6).flatMap((value) => [line(left, py(value), width - 16, py(value), "grid"), text(left - 8, py(value) + 4, show(value, style.digits), { "text-anchor": "end", class: "tick" })]),
      text((left + width) / 2, height - 8, axis, { "text-anchor": "middle" }),
      text(16, (height - bottom) / 2, `${style.title} ${style.higher ? "↑" : "↓"}`, { "text-anchor": "middle", transform: `rotate(-90 16 ${(height - bottom) / 2})` }),
      shape("path", { class: "front", d: best.map(({ px: x, py: y }, index) => `${index ? "L" : "M"}${x} ${y}`).join("") }),
    ];
    for (const point of points) {
      const base = points.find(({ model }) => point.model !== model && point.model.replace(/[+-]pde$/, "") === model && /[+-]pde$/.test(point.model));
      if (base) nodes.push(shape("path", { class: "arrow", d: `M${base.px} ${base.py}L${point.px} ${point.py}`, "marker-end": "url(#front-arrow)" }));
      if (point.far) nodes.push(line(point.px, point.py, Math.max(point.lx, Math.min(point.px, point.lx + point.size)), point.ly - 4, "leader"));
      nodes.push(shape("circle", { cx: point.px, cy: point.py, r: 5, class: !point.whole ? "dot partial" : best.includes(point) ? "dot" : "dot behind" }, shape("title", {}, `${point.title}: ${style.title} ${show(point.y, style.digits)}, ${axis} ${Number(point.x.toPrecision(4))}`)));
      nodes.push(text(point.lx, point.ly, point.words, { class: "name" }));
    }
    const tip = shape("defs", {}, shape("marker", { id: "front-arrow", viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, shape("path", { d: "M0 0L8 4L0 8z", class: "arrowhead" })));
    const partial = points.some(({ whole }) => !whole);
    byId("front-plot").replaceChildren(canvas(width, height, `${style.title} against ${axis}`, tip, ...nodes),
      element("p", { class: "soft caption" }, `The line is the Pareto front.${partial ? " Hollow: not comparable, for the reason noted in the leaderboard." : ""}`));
  };
  if (byId("front-controls")) {
    const axes = [...new Set(data.rows.flatMap((row) => Object.keys(costsOf(row))))];
    choose(byId("front-x"), axes.map((name) => [name, name]));
    choose(byId("front-y"), data.columns.flatMap(({ title, metrics }, index) => metrics.map((metric) => [`${index} ${metric.name}`, `${metric.title} on ${title}`])));
    byId("front-controls").hidden = false;
    byId("front-controls").addEventListener("change", drawFront);
    drawFront();
    redraw("front-plot", drawFront);
  }
})();
