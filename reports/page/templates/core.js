"use strict";
/* Shared by the other scripts: the data of the page, creation of elements without markup, and number formatting. */
const restorebench = (() => {
  const data = JSON.parse(document.getElementById("restorebench-data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const values = new Map();
  const waiting = new Map();

  /* Names only ever become text nodes and attribute values, so no name can become markup. */
  const fill = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(name, value);
    node.append(...children.filter((child) => child !== undefined));
    return node;
  };
  const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const shape = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  const number = (value) => (value === "inf" ? Infinity : value === "-inf" ? -Infinity : value);
  const show = (value, digits) => {
    const known = number(value);
    if (known === null || known === undefined) return "–";
    return Number.isFinite(known) ? known.toFixed(digits) : known > 0 ? "∞" : "−∞";
  };
  const signed = (value, digits) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(digits);

  /* Per-image values are large and lie in scripts of their own, because a page from file:// may fetch nothing else. */
  const images = (index) => {
    const column = String(index);
    const inside = document.getElementById(`restorebench-images-${column}`);
    if (inside && !values.has(column)) values.set(column, JSON.parse(inside.textContent));
    if (values.has(column)) return Promise.resolve(values.get(column));
    if (!waiting.has(column)) {
      waiting.set(
        column,
        new Promise((resolve, reject) => {
          const script = element("script", { src: `files/images-${column}.js` });
          script.onload = () => (values.has(column) ? resolve(values.get(column)) : reject(new Error("empty")));
          script.onerror = () => reject(new Error(`files/images-${column}.js is missing beside the page`));
          document.head.append(script);
        }),
      );
    }
    return waiting.get(column);
  };
  const deliver = (column, content) => values.set(String(column), content);

  const choose = (select, options, chosen) => {
    select.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
    if (chosen !== undefined && options.some(([value]) => String(value) === String(chosen))) select.value = chosen;
  };
  const byId = (id) => document.getElementById(id);

  return { data, element, shape, number, show, signed, images, deliver, choose, byId };
})();
