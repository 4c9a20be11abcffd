/* Sampled restorations of the shown image: states on the way to the result, and the spread of several samples. */
restorebench.showTraces = (() => {
  const { data, element, byId } = restorebench;
  const folded = new Map();

  const figure = (src, alt, caption) =>
    element(
      "figure",
      { class: "trace" },
      element("img", { loading: "lazy", decoding: "async", src, alt }),
      element("figcaption", { class: "soft" }, caption),
    );

  const model = (picture, row, title, open) => {
    const files = picture.traces[row];
    const figures = [
      figure(
        files.trajectory,
        "Five states of the restoration side by side, from noise to result",
        "States of the first sample, from the degraded image with noise (t = T) by quarters of the time to the result (t = 0).",
      ),
    ];
    if (files.spread) {
      figures.push(
        figure(
          files.spread,
          "Map of the standard deviation between the samples",
          "Standard deviation between the samples: black is 0, white is 10 % of the range (25.5 grey levels) or more.",
        ),
      );
    }
    const block = element(
      "details",
      { open: open ? "" : undefined },
      element("summary", {}, `Sampling by ${title}`),
      ...figures,
    );
    block.addEventListener("toggle", () => folded.set(row, !block.open));
    return block;
  };

  /* All are folded until the reader opens one, which then stays open for other images. */
  return (picture) => {
    const rows = Object.keys(picture.traces ?? {});
    byId("view-traces").hidden = !rows.length;
    byId("view-traces").replaceChildren(
      ...rows.map((row) => model(picture, row, data.rows[row].title, !(folded.get(row) ?? true))),
    );
  };
})();
