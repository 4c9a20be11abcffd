/* Scatter plots of models: one dot each, labels that do not collide, and the Pareto front. */
restorebench.scatter = (() => {
  const { shape, element, show } = restorebench;
  const { ticks, logTicks, room, text, line, canvas } = restorebench.plot;

  /* Points that no other beats on both axes; `across` and `up` are 1 where more is better, -1 where less is. */
  const front = (points, across, up) => {
    const beats = (one, other) =>
      across * one.x >= across * other.x && up * one.y >= up * other.y && (one.x !== other.x || one.y !== other.y);
    return points.filter((point) => !points.some((other) => beats(other, point))).sort((one, other) => one.x - other.x);
  };
  const DIRECTIONS = [
    [1, 0],
    [0, -1],
    [0, 1],
    [-1, 0],
    [1, -1],
    [1, 1],
    [-1, -1],
    [-1, 1],
  ];
  /* A label takes the first of eight directions, near ones first, where its box (left, top, right, bottom) overlaps
     nothing placed before; a far one gets a leader. */
  const placeLabels = (points, width, height) => {
    const taken = points.map(({ px, py }) => [px - 6, py - 6, px + 6, py + 6]);
    const inside = ([left, top, right, bottom]) => left >= 0 && top >= 0 && right <= width && bottom <= height;
    const apart = (one, other) => one[2] <= other[0] || one[0] >= other[2] || one[3] <= other[1] || one[1] >= other[3];
    const free = (box) => inside(box) && taken.every((other) => apart(box, other));
    for (const point of points) {
      const words = point.title.length > 34 ? `${point.title.slice(0, 33)}…` : point.title;
      const size = words.length * 6.7;
      const places = [];
      for (const reach of [9, 22, 38, 58, 82])
        for (const [dx, dy] of DIRECTIONS) {
          const x = point.px + dx * reach - (dx < 0 ? size : dx === 0 ? size / 2 : 0);
          const y = point.py + dy * reach;
          places.push({ x, y, reach, box: [x, y - 8, x + size, y + 6] });
        }
      const place = places.find(({ box }) => free(box)) ?? places[0];
      taken.push(place.box);
      Object.assign(point, { words, lx: place.x, ly: place.y + 4, far: place.reach > 22, size });
    }
  };
  const span = (values, margin) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const pad = (high - low || Math.abs(high) * 0.1 || 1) * margin;
    return [low - pad, high + pad];
  };
  /* Size, ticks, and the functions px and py from a value to its place in the drawing. */
  const layOut = (place, points, log) => {
    const [width, height, left, bottom] = [room(place), 460, 66, 52];
    const scale = log ? Math.log10 : (value) => value;
    const across = points.map(({ x }) => scale(x));
    const up = points.map(({ y }) => y);
    const [[x0, x1], [y0, y1]] = [span(across, 0.09), span(up, 0.12)];
    const px = (value) => left + ((width - left - 16) * (scale(value) - x0)) / (x1 - x0);
    const py = (value) => 14 + (height - bottom - 14) * (1 - (value - y0) / (y1 - y0));
    return { width, height, left, bottom, px, py, xs: log ? logTicks(x0, x1) : ticks(x0, x1, 7), ys: ticks(y0, y1, 6) };
  };
  const axes = ({ width, height, left, bottom, px, py, xs, ys }, { x, y }) => {
    const foot = height - bottom;
    return [
      ...xs.flatMap((value) => {
        const words = String(Number(value.toPrecision(3)));
        const where = { "text-anchor": "middle", class: "tick" };
        return [line(px(value), 14, px(value), foot, "grid"), text(px(value), foot + 18, words, where)];
      }),
      ...ys.flatMap((value) => [
        line(left, py(value), width - 16, py(value), "grid"),
        text(left - 8, py(value) + 4, show(value, y.digits), { "text-anchor": "end", class: "tick" }),
      ]),
      text((left + width) / 2, height - 8, x.label, { "text-anchor": "middle" }),
      text(16, foot / 2, y.label, {
        "text-anchor": "middle",
        transform: `rotate(-90 16 ${foot / 2})`,
      }),
    ];
  };
  const arrowFrom = (base, point) =>
    shape("path", {
      class: "arrow",
      d: `M${base.px} ${base.py}L${point.px} ${point.py}`,
      "marker-end": "url(#front-arrow)",
    });
  const leaderTo = (point) => {
    const end = Math.max(point.lx, Math.min(point.px, point.lx + point.size));
    return line(point.px, point.py, end, point.ly - 4, "leader");
  };
  const dot = (point, kind, words) =>
    shape("circle", { cx: point.px, cy: point.py, r: 5, class: kind }, shape("title", {}, words));
  const markOf = (point, best, words) => {
    const { base } = point;
    const kind = best.includes(point) ? "dot" : "dot behind";
    return [
      ...(base ? [arrowFrom(base, point)] : []),
      ...(point.far ? [leaderTo(point)] : []),
      dot(point, point.whole ? kind : "dot partial", words),
      text(point.lx, point.ly, point.words, { class: "name" }),
    ];
  };
  const arrowhead = () => {
    const size = { viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 7, markerHeight: 7 };
    const head = shape("path", { d: "M0 0L8 4L0 8z", class: "arrowhead" });
    return shape("defs", {}, shape("marker", { id: "front-arrow", ...size, orient: "auto" }, head));
  };

  /* Draws into the element `place`. Points have title, x, y, whole (comparable), and maybe base, the point that an arrow
     comes from; axes have a label, `better` (1 or -1) and `say`, from a value to words. */
  const draw = (place, points, { x, y, log }) => {
    const layout = layOut(place, points, log && points.every((point) => point.x > 0));
    for (const point of points) Object.assign(point, { px: layout.px(point.x), py: layout.py(point.y) });
    const whole = points.filter((point) => point.whole);
    const best = front(whole, x.better, y.better);
    placeLabels(points, layout.width, layout.height - layout.bottom);
    const path = best.map(({ px, py }, index) => `${index ? "L" : "M"}${px} ${py}`).join("");
    const words = (point) => `${point.title}: ${y.say(point.y)}, ${x.say(point.x)}`;
    const hollow = " Hollow: not comparable, for the reason noted in the leaderboard.";
    const line = best.length > 1 ? "The line is the Pareto front." : "";
    const caption = `${line}${whole.length < points.length ? hollow : ""}`.trim();
    return [
      canvas(
        layout.width,
        layout.height,
        `${y.label} against ${x.label}: ${points.map(words).join("; ")}`,
        arrowhead(),
        ...axes(layout, { x, y }),
        shape("path", { class: "front", d: path }),
        ...points.flatMap((point) => markOf(point, best, words(point))),
      ),
      element("p", { class: "soft caption" }, caption),
    ];
  };
  return { draw };
})();
