/* Pixels of pictures, and maps of their errors. A page from file:// may not read the pixels of a picture file, so each
   picture has a script beside it with the same picture as a data URL. */
restorebench.pixels = (() => {
  const { element } = restorebench;
  const delivered = new Map();
  const loading = new Map();

  restorebench.deliverPicture = (address, content) => delivered.set(address, content);
  const content = (address) => {
    if (address.startsWith("data:")) return Promise.resolve(address);
    if (delivered.has(address)) return Promise.resolve(delivered.get(address));
    return new Promise((resolve, reject) => {
      const src = address.replace(/\.png$/, ".js");
      const script = element("script", { src: encodeURI(src) });
      script.onload = () => (delivered.has(address) ? resolve(delivered.get(address)) : reject(new Error(src)));
      script.onerror = () => reject(new Error(`${src} is missing beside the page`));
      document.head.append(script);
    });
  };
  const decode = async (address) => {
    const image = new Image();
    image.src = await content(address);
    await image.decode();
    const canvas = element("canvas", { width: image.naturalWidth, height: image.naturalHeight });
    const brush = canvas.getContext("2d", { willReadFrequently: true });
    brush.drawImage(image, 0, 0);
    return brush.getImageData(0, 0, canvas.width, canvas.height);
  };
  const read = (address) => {
    if (!loading.has(address)) loading.set(address, decode(address));
    return loading.get(address);
  };

  /* Two maps with even steps of perceived colour: viridis, and one from blue over white to red. */
  const MAPS = {
    absolute: "440154 482475 414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725",
    signed: "053061 2065ab 4393c3 90c4dd d1e5f0 f7f6f6 fddbc7 f3a481 d6604d b1182b 67001f",
  };
  const stops = (kind) =>
    MAPS[kind].split(" ").map((code) => [0, 2, 4].map((at) => parseInt(code.slice(at, at + 2), 16)));
  const table = (kind) => {
    const known = stops(kind);
    return Array.from({ length: 256 }, (_, level) => {
      const at = (level / 255) * (known.length - 1);
      const low = Math.min(Math.floor(at), known.length - 2);
      return known[low].map((value, channel) => value + (known[low + 1][channel] - value) * (at - low));
    });
  };

  /* Mean over red, green and blue, in levels of 8 bits. */
  const errorAt = (kind, output, target, place) => {
    let sum = 0;
    for (let channel = 0; channel < 3; channel += 1) {
      const difference = output[place + channel] - target[place + channel];
      sum += kind === "absolute" ? Math.abs(difference) : difference;
    }
    return sum / 3;
  };
  const drawError = (canvas, kind, output, target, largest) => {
    const colours = table(kind);
    const brush = canvas.getContext("2d");
    const drawn = brush.createImageData(canvas.width, canvas.height);
    for (let place = 0; place < drawn.data.length; place += 4) {
      const share = errorAt(kind, output.data, target.data, place) / largest;
      const level = kind === "absolute" ? share : (share + 1) / 2;
      const colour = colours[Math.round(255 * Math.min(1, Math.max(0, level)))];
      for (let channel = 0; channel < 3; channel += 1) drawn.data[place + channel] = colour[channel];
      drawn.data[place + 3] = 255;
    }
    brush.putImageData(drawn, 0, 0);
  };

  return { read, errorAt, drawError };
})();
