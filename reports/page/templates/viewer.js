/* The picture viewer: two pictures under a slider or side by side, error maps, scores, and one crop by every model. */
(() => {
  const { data, element, show, choose, byId, address, pixels, scores } = restorebench;
  const columns = Object.keys(data.galleries);
  restorebench.openPicture = () => false;
  if (!columns.length) return;
  const start = { picture: 0, left: "degraded", right: "", mode: "slider", largest: 32, split: 0.5, fitted: true };
  const state = { ...start, column: columns[0], x: 0, y: 0, scale: 0 };
  let values = null;
  let missing = false;

  const gallery = () => data.galleries[state.column];
  const picture = () => gallery().pictures[state.picture];
  const source = (role) => picture()[role] ?? picture().restored[role];
  const title = (role) => ({ degraded: "degraded", target: "target" })[role] ?? data.rows[role].title;
  const roles = () => ["degraded", "target", ...models()];
  /* The model that returns its input is shown as "degraded", once. */
  const models = () =>
    scores
      .ranked(state.column, values, picture().key)
      .filter((row) => row in picture().restored && !data.rows[row].input);
  const isError = () => ["absolute", "signed"].includes(state.mode);

  const stage = restorebench.openStage(
    state,
    () => [picture().width, picture().height],
    () => address.moved(state, picture().key, state.fitted),
  );

  const scoreTable = () =>
    scores.draw(
      { column: state.column, values, picture: picture(), right: state.right },
      (right) => change({ right }),
      () => display(),
    );

  /* Panes of the four ways to look at two pictures. */
  const image = (role, alt = title(role)) =>
    element("img", {
      src: source(role),
      alt,
      width: picture().width,
      height: picture().height,
      draggable: "false",
    });
  const layer = (kind, ...children) => element("div", { class: `layer ${kind}` }, ...children);
  const label = (side, words) => element("span", { class: `label ${side}` }, words);
  const pane = (...children) => element("div", { class: "pane" }, ...children);
  const slider = () => {
    const [under, over] = [image(state.left), image(state.right)];
    const handle = element("div", { class: "handle" });
    handle.addEventListener("pointerdown", stage.startSplit);
    const names = [label("left", title(state.left)), label("right", title(state.right))];
    return [stage.watch(pane(layer("", under), layer("over", over), handle, ...names), under, over)];
  };
  const pair = () =>
    [state.left, state.right].map((role) => {
      const shown = image(role);
      return stage.watch(pane(layer("", shown), label("left", title(role))), shown);
    });
  const measured = () => {
    const shown = [...new Set([state.left, state.right])].filter((role) => role !== "target");
    return shown.length ? shown : ["degraded"];
  };
  const errorName = (role) => (state.mode === "absolute" ? `|${title(role)} − target|` : `${title(role)} − target`);
  const errors = () =>
    measured().map((role) => {
      const size = { width: picture().width, height: picture().height };
      const map = element("canvas", { ...size, role: "img", "aria-label": `Error of ${title(role)}` });
      const [kind, largest] = [state.mode, state.largest];
      Promise.all([pixels.read(source(role)), pixels.read(source("target"))]).then(
        ([output, target]) => pixels.drawError(map, kind, output, target, largest),
        (problem) => {
          byId("view-value").textContent = problem.message;
        },
      );
      return stage.watch(pane(layer("", map), label("left", errorName(role))), map);
    });
  const layouts = { slider, pair, absolute: errors, signed: errors };

  const showScale = () => {
    byId("view-scale").hidden = !isError();
    if (!isError()) return;
    const largest = String(state.largest);
    const [low, kind] = state.mode === "absolute" ? ["0", "sequential"] : [`−${largest}`, "signed"];
    byId("view-scale-bar").replaceChildren(low, element("span", { class: `ramp ${kind}` }), largest);
    byId("view-value").textContent = "";
  };
  const showValue = async (event) => {
    const at = isError() ? stage.pixelAt(event) : null;
    if (!at) {
      byId("view-value").textContent = "";
      return;
    }
    const shown = measured();
    const [target, ...outputs] = await Promise.all(["target", ...shown].map((role) => pixels.read(source(role))));
    const place = 4 * (at[1] * target.width + at[0]);
    const error = (output) => pixels.errorAt(state.mode, output.data, target.data, place);
    const words = outputs.map(
      (output, index) => `${errorName(shown[index])} ${show(error(output), 1).replace("-", "−")}`,
    );
    byId("view-value").textContent = [`x ${at[0]}, y ${at[1]}`, ...words].join(" · ");
  };
  stage.node.addEventListener("pointermove", showValue);

  const strip = () => {
    byId("strip").replaceChildren(
      ...roles().map((role) => {
        const shown = image(role, "");
        const box = stage.watch(element("span", { class: "crop" }, shown), shown);
        const facts = { type: "button", class: "crop-box", "aria-pressed": String(role === state.right) };
        const button = element("button", facts, box, element("span", { class: "crop-name" }, title(role)));
        button.addEventListener("click", () => change({ right: role }));
        return button;
      }),
    );
  };
  const build = () => {
    stage.clear();
    stage.node.replaceChildren(...layouts[state.mode]());
    strip();
    scoreTable();
    showScale();
    byId("view-range-label").hidden = !isError();
    const notice = missing ? "The image of this link has no picture in this report; this is another one: " : "";
    byId("view-caption").textContent =
      `${notice}${picture().key}, image ${state.picture + 1} of ${gallery().pictures.length}: ` +
      `${title(state.left)} on the left, ${title(state.right)} on the right`;
    stage.refit();
  };

  /* Controls follow the state; `change` is what a person does, which becomes a step of the history. */
  const marks = (index) =>
    Object.entries(gallery().selections)
      .filter(([, list]) => list.includes(index))
      .map(([name]) => (name === "disputed" ? "most disputed" : name))
      .join(", ");
  const showControls = () => {
    byId("view-column").value = state.column;
    choose(
      byId("view-picture"),
      gallery().pictures.map(({ key }, index) => [index, `${key}  (${marks(index)})`]),
      state.picture,
    );
    const known = roles();
    if (!known.includes(state.left)) state.left = "degraded";
    if (!known.includes(state.right)) state.right = models()[0] ?? "target";
    const named = known.map((role) => [role, title(role)]);
    for (const side of ["left", "right"]) choose(byId(`view-${side}`), named, state[side]);
    for (const radio of document.querySelectorAll("[name=view-mode]")) radio.checked = radio.value === state.mode;
    byId("view-range").value = state.largest;
    byId("zoom-focus").hidden = !picture().focus;
  };
  const display = () => {
    const column = state.column;
    showControls();
    build();
    restorebench.showFields(picture());
    restorebench.showTraces(picture());
    if (values?.column === column) return;
    values = null;
    restorebench.images(column).then(
      (found) => {
        if (state.column !== column) return;
        values = { ...found, column };
        showControls();
        build();
      },
      () => {},
    );
  };
  const apply = (next) => {
    const said = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
    const elsewhere = "picture" in said || "column" in said;
    const fitted = !("scale" in said) && (elsewhere || "mode" in said || state.fitted);
    if ("column" in said && !("picture" in said)) said.picture = 0;
    Object.assign(state, said, { fitted });
    display();
  };
  const change = (next) => {
    missing = false;
    apply(next);
    address.step(state, picture().key, state.fitted);
  };
  restorebench.openPicture = (column, key, roles = {}) => {
    const place = data.galleries[column]?.pictures.findIndex((known) => known.key === key) ?? -1;
    if (place < 0) return false;
    change({ column: String(column), picture: place, ...roles });
    byId("viewer").scrollIntoView({ block: "start" });
    stage.node.focus({ preventScroll: true });
    return true;
  };

  const around = (list, now, step) => list[(list.indexOf(now) + step + list.length) % list.length];
  const nextPicture = (step) => {
    const count = gallery().pictures.length;
    change({ picture: (state.picture + step + count) % count });
  };
  const keys = {
    n: () => nextPicture(1),
    p: () => nextPicture(-1),
    m: () => change({ right: around(models(), state.right, 1) }),
    M: () => change({ right: around(models(), state.right, -1) }),
    l: () => change({ left: around(roles(), state.left, 1) }),
    L: () => change({ left: around(roles(), state.left, -1) }),
    x: () => change({ left: state.right, right: state.left }),
    s: () => change({ mode: "slider" }),
    b: () => change({ mode: "pair" }),
    e: () => change({ mode: "absolute" }),
    d: () => change({ mode: "signed" }),
    f: () => picture().focus && stage.focus(...picture().focus),
    0: () => change({ mode: state.mode }),
    1: stage.one,
    "+": () => stage.zoom(1.25),
    "=": () => stage.zoom(1.25),
    "-": () => stage.zoom(0.8),
    ",": () => stage.split(state.split - 0.05),
    ".": () => stage.split(state.split + 0.05),
  };
  const arrows = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("select, dialog, input:not([type=radio])"))
      return;
    if (event.key === "?") byId("shortcuts").showModal();
    else if (target === stage.node && arrows[event.key]) stage.pan(...arrows[event.key]);
    else if (keys[event.key] && (target === document.body || byId("viewer").contains(target))) keys[event.key]();
    else return;
    event.preventDefault();
  });

  byId("zoom-in").addEventListener("click", () => stage.zoom(1.5));
  byId("zoom-out").addEventListener("click", () => stage.zoom(1 / 1.5));
  byId("zoom-fit").addEventListener("click", keys[0]);
  byId("zoom-focus").addEventListener("click", keys.f);
  byId("zoom-one").addEventListener("click", stage.one);
  byId("view-next").addEventListener("click", keys.n);
  byId("view-previous").addEventListener("click", keys.p);
  byId("view-keys").addEventListener("click", () => byId("shortcuts").showModal());
  const onChange = (id, apply) => byId(id).addEventListener("change", (event) => apply(event.target.value));
  onChange("view-column", (column) => change({ column }));
  onChange("view-picture", (place) => change({ picture: Number(place) }));
  onChange("view-left", (left) => change({ left }));
  onChange("view-right", (right) => change({ right }));
  onChange("view-range", (largest) => change({ largest: Number(largest) }));
  for (const radio of document.querySelectorAll("[name=view-mode]"))
    radio.addEventListener("change", () => change({ mode: radio.value }));
  for (const card of document.querySelectorAll(".card")) {
    const column = card.closest(".gallery").dataset.gallery;
    const shown = data.galleries[column].pictures[card.dataset.picture];
    for (const small of card.querySelectorAll("img:not([src])"))
      small.src = shown[small.dataset.role] ?? shown.restored[small.dataset.role];
    card.addEventListener("click", () => restorebench.openPicture(column, shown.key));
  }

  byId("viewer").hidden = false;
  choose(
    byId("view-column"),
    columns.map((index) => [index, `${data.columns[index].title} · ${data.columns[index].protocol}`]),
    state.column,
  );
  const linked = address.read();
  missing = linked !== null && linked.picture === undefined;
  apply(linked ?? {});
  if (linked) byId("viewer").scrollIntoView({ block: "start" });
  addEventListener("popstate", () => {
    const known = address.read();
    if (known)
      apply({ ...start, ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) });
    else if (!location.hash) apply({ ...start, column: columns[0] });
  });
})();
