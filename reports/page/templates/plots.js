/* Shared by the plots: axes, lines and text as SVG. Text stays text. */
restorebench.plot = (() => {
  const { shape, byId } = restorebench;

  const ticks = (low, high, count) => {
    const raw = (high - low || 1) / count;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw);
    const found = [];
    for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step)
      found.push(Number(value.toPrecision(12)));
    return found;
  };
  /* Ticks at 1, 2 and 5 of every power of ten, or at every digit if these are too few. */
  const logTicks = (low, high) => {
    for (const digits of [[1], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 7, 8]]) {
      const found = [];
      for (let power = Math.floor(low); power <= high; power += 1)
        found.push(...digits.map((digit) => digit * 10 ** power));
      const inside = found.filter((value) => Math.log10(value) >= low && Math.log10(value) <= high);
      if (inside.length >= 3) return inside;
    }
    return ticks(10 ** low, 10 ** high, 5);
  };
  /* Plots are drawn at their actual width, so that text is never scaled. */
  const room = (id) => Math.max(300, Math.min(1180, byId(id).clientWidth));
  const redraw = (id, draw) => {
    let width = room(id);
    new ResizeObserver(() => {
      if (Math.abs(room(id) - width) > 8) {
        width = room(id);
        draw();
      }
    }).observe(byId(id));
  };
  const text = (x, y, words, attributes = {}) => shape("text", { x, y, ...attributes }, words);
  const line = (x1, y1, x2, y2, kind) => shape("line", { x1, y1, x2, y2, class: kind });
  const canvas = (width, height, label, ...children) =>
    shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...children);

  return { ticks, logTicks, room, redraw, text, line, canvas };
})();
