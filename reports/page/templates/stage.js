/* The stage of the viewer: panes that show the same part of a picture, with zoom, pan and a slider between two layers. */
restorebench.openStage = (state, sizeOf, onMove) => {
  const { byId } = restorebench;
  const stage = byId("stage");
  let views = [];

  /* A view shows the image point (state.x, state.y) at its centre. */
  const place = ({ box, layers }) => {
    const left = box.clientWidth / 2 - state.x * state.scale;
    const top = box.clientHeight / 2 - state.y * state.scale;
    for (const layer of layers) layer.style.transform = `translate(${left}px, ${top}px) scale(${state.scale})`;
  };
  const draw = () => {
    for (const view of views) place(view);
    for (const id of ["stage", "strip"]) byId(id).classList.toggle("sharp", state.scale >= 2);
    const over = stage.querySelector(".layer.over");
    if (over) {
      over.style.clipPath = `inset(0 0 0 ${state.split * 100}%)`;
      stage.querySelector(".handle").style.left = `${state.split * 100}%`;
    }
    byId("zoom-level").textContent = `${Math.round(state.scale * 100)} %`;
  };
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const fitScale = () => {
    const [width, height] = sizeOf();
    const pane = stage.querySelector(".pane") ?? stage;
    return Math.min(pane.clientWidth / width, pane.clientHeight / height);
  };
  const centre = () => {
    const [width, height] = sizeOf();
    return { x: width / 2, y: height / 2 };
  };
  const look = (change) => {
    Object.assign(state, change);
    draw();
    onMove();
  };
  const fit = () => {
    Object.assign(state, centre(), { scale: fitScale(), fitted: true });
    draw();
  };
  const refit = () => {
    if (state.fitted) fit();
    else draw();
  };
  const one = () => look({ ...centre(), scale: 1, fitted: false });
  const zoom = (factor, px, py, box = stage) => {
    const scale = clamp(state.scale * factor, Math.min(fitScale(), 1) / 2, 32);
    if (px !== undefined) {
      state.x += (px - box.clientWidth / 2) * (1 / state.scale - 1 / scale);
      state.y += (py - box.clientHeight / 2) * (1 / state.scale - 1 / scale);
    }
    look({ scale, fitted: false });
  };
  const pan = (dx, dy) => {
    const [width, height] = sizeOf();
    const [x, y] = [clamp(state.x - dx / state.scale, 0, width), clamp(state.y - dy / state.scale, 0, height)];
    look({ x, y, fitted: false });
  };
  const split = (share) => look({ split: clamp(share, 0, 1) });
  const focus = (x, y) => look({ x, y, scale: Math.max(3, fitScale() * 3), fitted: false });

  /* Pointers: one pans, two zoom, the handle moves the slider, the wheel zooms where it points. */
  const pointers = new Map();
  const startSplit = (event) => {
    event.stopPropagation();
    const handle = event.currentTarget;
    handle.setPointerCapture(event.pointerId);
    const follow = (moved) => split((moved.clientX - stage.getBoundingClientRect().left) / stage.clientWidth);
    handle.addEventListener("pointermove", follow);
    handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", follow), {
      once: true,
    });
  };
  stage.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const other = [...pointers.entries()].find(([id]) => id !== event.pointerId)?.[1];
    const now = [event.clientX, event.clientY];
    const away = ([x, y]) => Math.max(1, Math.hypot(x - other[0], y - other[1]));
    if (other) zoom(away(now) / away(before));
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
      const pane = (event.target.closest(".pane") ?? stage).getBoundingClientRect();
      const size = { clientWidth: pane.width, clientHeight: pane.height };
      zoom(Math.exp(-event.deltaY / 400), event.clientX - pane.left, event.clientY - pane.top, size);
    },
    { passive: false },
  );
  new ResizeObserver(refit).observe(stage);

  /* The pixel of the picture under a pointer, null outside of it. */
  const pixelAt = (event) => {
    const pane = event.target.closest(".pane");
    if (!pane) return null;
    const box = pane.getBoundingClientRect();
    const x = Math.floor(state.x + (event.clientX - box.left - box.width / 2) / state.scale);
    const y = Math.floor(state.y + (event.clientY - box.top - box.height / 2) / state.scale);
    const [width, height] = sizeOf();
    return x >= 0 && y >= 0 && x < width && y < height ? [x, y] : null;
  };
  const clear = () => {
    views = [];
  };
  const watch = (box, ...layers) => {
    views.push({ box, layers });
    return box;
  };
  return { node: stage, clear, watch, draw, fit, refit, one, zoom, pan, split, focus, startSplit, pixelAt };
};
