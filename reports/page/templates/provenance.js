/* Provenance of a number of the leaderboard: a tooltip, and a dialog with everything that is known of it. */
restorebench.provenance = (() => {
  const { data, element, show, signed, byId } = restorebench;
  const tip = byId("tip");

  const factsOf = (cell) => {
    const [column, metric] = cell.dataset.cell.split(" ");
    const row = data.rows[cell.parentNode.dataset.row];
    const entry = row.entries[column];
    const style = data.columns[column].metrics.find((known) => known.name === metric);
    return { row, column: data.columns[column], entry, style, value: entry.metrics[metric] };
  };
  const interval = ({ value, style }) =>
    value.low === null
      ? "no interval"
      : `${value.level * 100} % interval ${show(value.low, style.finer)} to ${show(value.high, style.finer)}`;
  const sample = ({ value }) =>
    `n = ${value.n} images${value.groups < value.n ? ` in ${value.groups} ${value.groups === 1 ? "group" : "groups"}` : ""}`;

  const tipLines = (cell) => {
    const facts = factsOf(cell);
    const { value, style, entry, column } = facts;
    const lines = [`${style.title} ${show(value.mean, style.digits)} by ${column.protocol}`];
    if (value.n) lines.push(`${interval(facts)}, ${sample(facts)}`);
    const published = value.published;
    if (published) {
      const how = published.reasons.length
        ? published.reasons.join("; ")
        : published.difference === null
          ? ""
          : `measured − published: ${signed(published.difference, style.finer)}`;
      lines.push(`published ${published.value}${how ? ` (${how})` : ""}`, published.source, ...published.doubts);
      if (published.explained) lines.push(published.explained);
    }
    return [...lines, ...entry.notes, ...value.notes].join("\n");
  };

  const showTip = (cell) => {
    tip.textContent = tipLines(cell);
    tip.hidden = false;
    const box = cell.getBoundingClientRect();
    const below = box.bottom + 8 + tip.offsetHeight < innerHeight;
    tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${below ? box.bottom + 6 : Math.max(8, box.top - tip.offsetHeight - 6)}px`;
    cell.setAttribute("aria-describedby", "tip");
  };
  const hideTip = (cell) => {
    tip.hidden = true;
    cell?.removeAttribute("aria-describedby");
  };

  const list = (pairs) =>
    element(
      "dl",
      {},
      ...pairs
        .filter(([, text]) => text !== "" && text !== null && text !== undefined)
        .flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]),
    );
  const openDetails = (cell) => {
    const facts = factsOf(cell);
    const { row, column, entry, style, value } = facts;
    const published = value.published;
    byId("details-title").textContent =
      `${row.title} on ${column.title}: ${style.title} ${show(value.mean, style.digits)}`;
    byId("details-body").replaceChildren(
      list([
        ["With more digits", show(value.mean, style.stored)],
        ["Interval", value.n ? interval(facts) : ""],
        ["Sample", sample(facts)],
        ["Protocol", column.protocol],
        ["Images", `${entry.images} measured, ${entry.failed} failed`],
        ["Trust", value.trust],
        ["Published", published && `${published.value}, ${published.source}`],
        ["", published?.how],
        ["Comparability", published && ([...published.reasons, ...published.doubts].join("; ") || published.agreement)],
        ["Explanation", published?.explained],
        ["Inference", entry.inference],
        ["Quantiser", entry.quantiser],
        ["Weights", entry.weights],
        ["Trained on", entry.trained_on],
        ["Notes", [...entry.notes, ...value.notes].join("; ")],
        ["Pixels", entry.fingerprint],
        ["Measured", entry.created],
      ]),
      element("h3", {}, "Command"),
      element("pre", { class: "command" }, element("code", {}, entry.command)),
      element("p", {}, element("a", { href: encodeURI(entry.run) }, entry.run)),
    );
    hideTip(cell);
    byId("details").showModal();
  };

  return { factsOf, showTip, hideTip, openDetails };
})();
