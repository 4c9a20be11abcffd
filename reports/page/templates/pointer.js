/* The image under the pointer of the plot of differences, or chosen by arrow keys, is named with both values; a click
   or Enter opens it in the viewer. */
restorebench.followPointer = (() => {
  const { show, signed, byId } = restorebench;

  return (drawn, frame, pairs, style, titles, open) => {
    const tip = byId("tip");
    const mark = drawn.querySelector(".pointed");
    let now = -1;
    const point = (index) => {
      now = Math.max(0, Math.min(pairs.length - 1, index));
      const { key, group, values, difference } = pairs[now];
      mark.setAttribute("x", frame.x(now));
      mark.setAttribute("visibility", "visible");
      const lines = [
        group && !key.startsWith(group) ? `${key} (${group})` : key,
        `${titles[0]}: ${show(values[0], style.digits)}`,
        `${titles[1]}: ${show(values[1], style.digits)}`,
        `difference: ${signed(difference, style.finer)}`,
      ];
      tip.textContent = lines.join("\n");
      byId("pair-point").textContent = lines.join(", ");
      tip.hidden = false;
      const box = drawn.getBoundingClientRect();
      const at = box.left + (frame.x(now) * box.width) / frame.width;
      tip.style.left = `${Math.max(8, Math.min(at + 10, innerWidth - tip.offsetWidth - 8))}px`;
      tip.style.top = `${Math.max(8, Math.min(box.top + 16, innerHeight - tip.offsetHeight - 8))}px`;
    };
    const leave = () => {
      tip.hidden = true;
      mark.setAttribute("visibility", "hidden");
    };
    const use = () => {
      const shown = open(pairs[now].key);
      if (shown) leave();
      else tip.textContent = `${pairs[now].key}\nNo picture of this image is in the report.`;
    };
    drawn.addEventListener("pointermove", (event) => {
      const box = drawn.getBoundingClientRect();
      point(Math.floor((((event.clientX - box.left) * frame.width) / box.width - frame.left) / frame.step));
    });
    drawn.addEventListener("pointerleave", leave);
    drawn.addEventListener("click", () => now >= 0 && use());
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -pairs.length, End: pairs.length };
    const box = byId("pair-frame");
    box.onkeydown = (event) => {
      if (event.key === "Enter" && now >= 0) use();
      else if (event.key === "Escape") leave();
      else if (steps[event.key]) point(now < 0 ? 0 : now + steps[event.key]);
      else return;
      event.preventDefault();
    };
    box.onblur = leave;
  };
})();
