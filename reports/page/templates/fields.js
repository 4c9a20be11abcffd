/* Physics fields of the shown image: one collapsible set of four drawings per model that kept its fields. */
restorebench.showFields = (() => {
  const { data, element, byId } = restorebench;
  const folded = new Map();
  const number = (value) => String(value).replace("-", "−");
  const range = ([low, high]) => `${number(low)} to ${number(high)}`;
  const soft = (...words) => element("span", { class: "soft" }, ...words);
  const variable = (name, index) => [element("i", {}, name), element("sub", {}, index)];
  const scale = (colours, low, high) =>
    element("span", { class: "scale" }, number(low), element("span", { class: `ramp ${colours}` }), number(high));

  const drawing = (picture, caption, ...images) => {
    const box = element("div", { class: "drawing" }, ...images);
    box.style.aspectRatio = `${picture.width} / ${picture.height}`;
    return element("figure", { class: "field" }, box, element("figcaption", {}, ...caption));
  };
  const image = (src, alt, kind) => element("img", { class: kind, loading: "lazy", decoding: "async", src, alt });

  const drift = (picture, facts) =>
    drawing(
      picture,
      [
        element("span", { class: "field-name" }, "Drift over T"),
        soft(`longest arrow: ${number(facts.drift)} px of the layer`),
      ],
      image(picture.degraded, "", "under"),
      image(
        facts.files.drift,
        `Drift as arrows over the degraded image, the longest ${number(facts.drift)} pixels of the layer over T`,
        "arrows",
      ),
    );
  const diffusivity = (picture, facts, name, index, along) =>
    drawing(
      picture,
      [
        element("span", { class: "field-name" }, "Diffusivity ", ...variable("D", index), `, along ${along}`),
        scale("sequential", 0, Math.max(facts.dx[1], facts.dy[1])),
        soft("px² per unit of time"),
      ],
      image(facts.files[name], `Diffusivity along ${along}: ${range(facts[name])} pixels² per unit of time`, "map"),
    );
  const source = (picture, facts) => {
    const largest = Math.max(...facts.source.map(Math.abs));
    return drawing(
      picture,
      [
        element("span", { class: "field-name" }, "Source ", element("i", {}, "f")),
        scale("signed", -largest, largest),
        soft("per unit of time"),
      ],
      image(facts.files.source, `Source: ${range(facts.source)} per unit of time`, "map"),
    );
  };

  const model = (picture, row, title, open) => {
    const facts = picture.fields[row];
    const asleep = facts.untrained
      ? " The layer is untrained and adds nothing to its input yet; all channels are weighted equally."
      : "";
    const block = element(
      "details",
      { open: open ? "" : undefined },
      element("summary", {}, `Fields of the physics layer of ${title}`),
      element(
        "p",
        { class: "soft" },
        `K = ${facts.steps} steps to T = ${number(facts.time)}, drawn in ${facts.cells.join(" × ")} cells. ` +
          `Means over the channels, weighted by each channel's contribution to the output.${asleep}`,
      ),
      element(
        "div",
        { class: "field-grid" },
        drift(picture, facts),
        diffusivity(picture, facts, "dx", "x", "rows"),
        diffusivity(picture, facts, "dy", "y", "columns"),
        source(picture, facts),
      ),
    );
    block.addEventListener("toggle", () => folded.set(row, !block.open));
    return block;
  };

  /* All are folded until the reader opens one, which then stays open for other images. */
  return (picture) => {
    const rows = Object.keys(picture.fields ?? {});
    byId("view-fields").hidden = !rows.length;
    byId("view-fields").replaceChildren(
      ...rows.map((row) => model(picture, row, data.rows[row].title, !(folded.get(row) ?? true))),
    );
  };
})();
