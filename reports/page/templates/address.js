/* The state of the viewer in the fragment of the page's address: a copied link opens the same view, and the back button
   returns to the one before. Names stand there, no positions, so that a link outlives the next report. */
restorebench.address = (() => {
  const { data } = restorebench;
  const nameOf = (column) => `${data.columns[column].dataset} ${data.columns[column].protocol}`;
  const roleName = (role) => data.rows[role]?.title ?? role;
  const roleNamed = (name) => {
    const row = data.rows.findIndex(({ title }) => title === name);
    return row < 0 ? name : String(row);
  };
  const MODES = ["slider", "pair", "absolute", "signed"];
  const GAINS = [128, 64, 32, 16];
  const known = (list, value) => (list.includes(value) ? value : undefined);
  const finite = (text) => (text !== null && text !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined);

  /* What the fragment says of a view; null if it says nothing of one. */
  const read = () => {
    const said = new URLSearchParams(location.hash.slice(1));
    const column = Object.keys(data.galleries).find((index) => nameOf(index) === said.get("set"));
    if (!said.has("image") || column === undefined) return null;
    const picture = data.galleries[column].pictures.findIndex(({ key }) => key === said.get("image"));
    const [x, y] = (said.get("at") ?? "").split(",").map(finite);
    return {
      column,
      picture: picture < 0 ? undefined : picture,
      left: said.has("left") ? roleNamed(said.get("left")) : undefined,
      right: said.has("right") ? roleNamed(said.get("right")) : undefined,
      mode: known(MODES, said.get("mode")),
      largest: known(GAINS, finite(said.get("range"))),
      split: finite(said.get("split")),
      scale: finite(said.get("zoom")),
      x,
      y,
    };
  };
  const fragment = (state, key, fitted) => {
    const said = new URLSearchParams({ set: nameOf(state.column), image: key });
    said.set("left", roleName(state.left));
    said.set("right", roleName(state.right));
    said.set("mode", state.mode);
    if (["absolute", "signed"].includes(state.mode)) said.set("range", state.largest);
    if (state.mode === "slider" && state.split !== 0.5) said.set("split", state.split.toFixed(3));
    if (!fitted) {
      said.set("at", `${state.x.toFixed(1)},${state.y.toFixed(1)}`);
      said.set("zoom", state.scale.toFixed(3));
    }
    return `#${said}`;
  };
  let later = 0;
  /* A new picture or model is a step of the history; a move within it is not, and is written when it has ended. */
  const step = (...view) => {
    clearTimeout(later);
    const now = fragment(...view);
    if (now !== location.hash) history.pushState(null, "", now);
  };
  const moved = (...view) => {
    clearTimeout(later);
    later = setTimeout(() => history.replaceState(null, "", fragment(...view)), 250);
  };
  return { read, step, moved };
})();
