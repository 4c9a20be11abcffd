/* The picture viewer: two pictures under a slider or side by side, error maps, zoom, pan, one crop by every model. */
(() => {
  const { data, element, show, choose, byId } = restorebench;
  const columns = Object.keys(data.galleries);
  if (!columns.length) return;
  const stage = byId("stage");
  const state = {
    column: columns[0],
    picture: 0,
    left: "degraded",
    right: "",
    mode: "slider",
    gain: 8,
    split: 0.5,
    x: 0,
    y: 0,
    scale: 0,
  };
  let views = [];
  let values = null;

  const gallery = () => data.galleries[state.column];
  const picture = () => gallery().pictures[state.picture];
  const address = (role) => picture()[role] ?? picture().restored[role];
  const title = (role) => ({ degraded: "degraded", target: "target" })[role] ?? data.rows[role].title;
  const roles = () => ["degraded", "target", ...Object.keys(picture().restored)];

  const scores = (role) => {
    const place = values?.keys.indexOf(picture().key) ?? -1;
    if (place < 0 || !values.rows[role]) return "";
    return data.columns[state.column].metrics
      .map((metric) => `${metric.title} ${show(values.rows[role][metric.name][place], metric.digits)}`)
      .join(" · ");
  };

  /* A view shows the image point (state.x, state.y) at its centre. */
  const place = ({ box, images }) => {
    const left = box.clientWidth / 2 - state.x * state.scale;
    const top = box.clientHeight / 2 - state.y * state.scale;
    for (const image of images) image.style.transform = `translate(${left}px, ${top}px) scale(${state.scale})`;
  };
  const draw = () => {
    for (const view of views) place(view);
    stage.classList.toggle("sharp", state.scale >= 2);
    byId("strip").classList.toggle("sharp", state.scale >= 2);
    const top = stage.querySelector(".layer.over");
    if (top) {
      top.style.clipPath = `inset(0 0 0 ${state.split * 100}%)`;
      stage.querySelector(".handle").style.left = `${state.split * 100}%`;
    }
    byId("zoom-level").textContent = `${Math.round(state.scale * 100)} %`;
  };
  const fitScale = () =>
    Math.min(
      stage.clientWidth / (state.mode === "pair" ? 2 : 1) / picture().width,
      stage.clientHeight / picture().height,
    );
  const fit = () => {
    Object.assign(state, { x: picture().width / 2, y: picture().height / 2, scale: fitScale() });
    draw();
  };
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const zoom = (factor, px, py, box = stage) => {
    const scale = clamp(state.scale * factor, Math.min(fitScale(), 1) / 2, 32);
    if (px !== undefined) {
      state.x += (px - box.clientWidth / 2) * (1 / state.scale - 1 / scale);
      state.y += (py - box.clientHeight / 2) * (1 / state.scale - 1 / scale);
    }
    state.scale = scale;
    draw();
  };
  const pan = (dx, dy) => {
    state.x = clamp(state.x - dx / state.scale, 0, picture().width);
    state.y = clamp(state.y - dy / state.scale, 0, picture().height);
    draw();
  };

  const image = (role) =>
    element("img", {
      src: address(role),
      alt: title(role),
      width: picture().width,
      height: picture().height,
      draggable: "false",
    });
  const layer = (kind, ...children) => element("div", { class: `layer ${kind}` }, ...children);
  const label = (side, words) => element("span", { class: `label ${side}` }, words);
  const watch = (box, images) => {
    views.push({ box, images });
    return box;
  };
  const layouts = {
    slider: () => {
      const [under, over] = [image(state.left), image(state.right)];
      const handle = element("div", { class: "handle" });
      handle.addEventListener("pointerdown", startSplit);
      const pane = element(
        "div",
        { class: "pane" },
        layer("", under),
        layer("over", over),
        handle,
        label("left", title(state.left)),
        label("right", title(state.right)),
      );
      return [watch(pane, [under, over])];
    },
    pair: () =>
      [state.left, state.right].map((role) => {
        const shown = image(role);
        return watch(element("div", { class: "pane" }, layer("", shown), label("left", title(role))), [shown]);
      }),
    absolute: () => error("absolute", `brightness(${state.gain})`),
    signed: () => error("signed", `contrast(${state.gain})`),
  };
  /* |restored − target| by blending; 127.5 + (restored − target) / 2 by laying the half-transparent negative of the
     target over the restored image, then stretched. */
  const error = (kind, filter) => {
    const images = [image(state.right), image("target")];
    const both = layer(`error ${kind}`, ...images);
    both.style.filter = filter;
    return [
      watch(
        element("div", { class: "pane" }, both, label("left", title(state.right)), label("right", "minus target")),
        images,
      ),
    ];
  };

  const strip = () => {
    byId("strip").replaceChildren(
      ...roles().map((role) => {
        const shown = image(role);
        const box = watch(element("span", { class: "crop" }, shown), [shown]);
        const button = element(
          "button",
          { type: "button", class: "crop-box", "aria-pressed": String(role === state.right) },
          box,
          element("span", { class: "crop-name" }, title(role)),
          element("span", { class: "crop-name soft" }, scores(role)),
        );
        button.addEventListener("click", () => {
          state.right = role;
          byId("view-right").value = role;
          build();
        });
        return button;
      }),
    );
  };
  const build = () => {
    views = [];
    stage.replaceChildren(...layouts[state.mode]());
    strip();
    byId("view-gain-label").hidden = !["absolute", "signed"].includes(state.mode);
    const parts = [state.left, state.right].map((role) => [title(role), scores(role)].filter(Boolean).join(": "));
    byId("view-caption").textContent = [picture().key, ...parts].join("  —  ");
    draw();
  };

  const selectPicture = () => {
    const known = roles();
    if (!known.includes(state.left)) state.left = "degraded";
    if (!known.includes(state.right)) state.right = known[2];
    for (const side of ["left", "right"])
      choose(
        byId(`view-${side}`),
        known.map((role) => [role, title(role)]),
        state[side],
      );
    byId("view-picture").value = state.picture;
    byId("zoom-focus").hidden = !picture().focus;
    build();
    fit();
    restorebench.showFields(picture());
    restorebench.showTraces(picture());
  };
  const selectColumn = () => {
    values = null;
    const column = state.column;
    const names = { worst: "worst", best: "best", median: "median", disputed: "most disputed" };
    const marks = (index) =>
      Object.entries(gallery().selections)
        .filter(([, list]) => list.includes(index))
        .map(([name]) => names[name] ?? name)
        .join(", ");
    choose(
      byId("view-picture"),
      gallery().pictures.map(({ key }, index) => [index, `${key}  (${marks(index)})`]),
      state.picture,
    );
    selectPicture();
    restorebench.images(column).then(
      (found) => {
        if (state.column === column) {
          values = found;
          build();
        }
      },
      () => {},
    );
  };

  /* Pointers: one pans, two zoom, the handle moves the slider, the wheel zooms where it points. */
  const pointers = new Map();
  const local = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  function startSplit(event) {
    event.stopPropagation();
    const handle = event.currentTarget;
    handle.setPointerCapture(event.pointerId);
    const follow = (moved) => {
      state.split = clamp(local(moved)[0] / stage.clientWidth, 0, 1);
      draw();
    };
    handle.addEventListener("pointermove", follow);
    handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", follow), {
      once: true,
    });
  }
  stage.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const other = [...pointers.entries()].find(([id]) => id !== event.pointerId)?.[1];
    const now = [event.clientX, event.clientY];
    if (other)
      zoom(
        Math.hypot(now[0] - other[0], now[1] - other[1]) /
          Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1])),
      );
    else pan(now[0] - before[0], now[1] - before[1]);
    pointers.set(event.pointerId, now);
  });
  for (const name of ["pointerup", "pointercancel"])
    stage.addEventListener(name, (event) => pointers.delete(event.pointerId));
  stage.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && document.activeElement !== stage && !stage.matches(":active")) return;
      event.preventDefault();
      const pane = event.target.closest(".pane")?.getBoundingClientRect() ?? stage.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY / 400), event.clientX - pane.left, event.clientY - pane.top, {
        clientWidth: pane.width,
        clientHeight: pane.height,
      });
    },
    { passive: false },
  );
  const keys = {
    ArrowLeft: () => pan(40, 0),
    ArrowRight: () => pan(-40, 0),
    ArrowUp: () => pan(0, 40),
    ArrowDown: () => pan(0, -40),
    "+": () => zoom(1.25),
    "=": () => zoom(1.25),
    "-": () => zoom(0.8),
    0: fit,
    ",": () => {
      state.split = clamp(state.split - 0.05, 0, 1);
      draw();
    },
    ".": () => {
      state.split = clamp(state.split + 0.05, 0, 1);
      draw();
    },
  };
  stage.addEventListener("keydown", (event) => {
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  byId("zoom-in").addEventListener("click", () => zoom(1.5));
  byId("zoom-out").addEventListener("click", () => zoom(1 / 1.5));
  byId("zoom-fit").addEventListener("click", fit);
  byId("zoom-focus").addEventListener("click", () => {
    const [x, y] = picture().focus;
    Object.assign(state, { x, y, scale: Math.max(3, fitScale() * 3) });
    draw();
  });
  byId("zoom-one").addEventListener("click", () => zoom(1 / state.scale));

  const onChange = (id, apply) => byId(id).addEventListener("change", (event) => apply(event.target.value));
  onChange("view-column", (value) => {
    Object.assign(state, { column: value, picture: 0 });
    selectColumn();
  });
  onChange("view-picture", (value) => {
    state.picture = Number(value);
    selectPicture();
  });
  onChange("view-left", (value) => {
    state.left = value;
    build();
  });
  onChange("view-right", (value) => {
    state.right = value;
    build();
  });
  onChange("view-gain", (value) => {
    state.gain = Number(value);
    build();
  });
  for (const radio of document.querySelectorAll("[name=view-mode]")) {
    radio.addEventListener("change", () => {
      state.mode = radio.value;
      build();
      fit();
    });
  }
  for (const card of document.querySelectorAll(".card")) {
    const shown = data.galleries[card.closest(".gallery").dataset.gallery].pictures[card.dataset.picture];
    for (const small of card.querySelectorAll("img:not([src])"))
      small.src = shown[small.dataset.role] ?? shown.restored[small.dataset.role];
    card.addEventListener("click", () => {
      Object.assign(state, { column: card.closest(".gallery").dataset.gallery, picture: Number(card.dataset.picture) });
      byId("view-column").value = state.column;
      selectColumn();
      byId("viewer").scrollIntoView({ block: "start" });
      stage.focus({ preventScroll: true });
    });
  }
  byId("viewer").hidden = false;
  choose(
    byId("view-column"),
    columns.map((index) => [index, data.columns[index].title]),
    state.column,
  );
  selectColumn();
  new ResizeObserver(draw).observe(stage);
})();
