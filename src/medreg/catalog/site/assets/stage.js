// The volumes on the canvas, by NiiVue: loaded, windowed, with the labels that are switched on.
"use strict";
const stage = (() => {
  const { Told, element, fail, make, off, say, tell } = panel;
  const canvas = element("canvas");
  const SLICE = { axial: 0, coronal: 1, sagittal: 2, four: 3, render: 4 };
  const HUGE = 2 ** 28; // voxels; more are only loaded when somebody says so
  const BYTES = 8; // of graphics memory for a voxel: two textures of four bytes
  const LABELS = 1002; // nifti1.h: values are labels; NiiVue draws outlines of nothing else
  const WINDOWS = {
    // values shown black and white; of what is not here, the image's own range
    HU: {
      "Soft tissue": [-150, 250],
      Lung: [-1350, 150],
      Bone: [-500, 1300],
      Brain: [0, 80],
    },
    SUV: { "0 to 6": [0, 6], "0 to 10": [0, 10] },
  };

  let viewer = null;
  let coming = null; // aborts what is being fetched
  let open = null; // what is open: the dataset, its case and the image of it
  let mask = null;
  let whole = null; // its voxels, with the labels that are switched off
  const chosen = {}; // per modality and unit, the window that a person chose

  // --- volumes ----------------------------------------------------------------------------------

  async function started() {
    if (viewer) return viewer;
    if (!document.createElement("canvas").getContext("webgl2")) {
      throw new Told(
        "This browser draws no volumes: it has no WebGL 2. What was measured is told here; " +
          "medreg preview draws a picture.",
      );
    }
    const made = new niivue.Niivue({
      logLevel: "error",
      dragAndDropEnabled: false, // other people's files are no business of this page
      isRadiologicalConvention: true, // the patient's right is on the left
      sagittalNoseLeft: true, // as medreg preview draws it
      multiplanarLayout: 2, // a grid
      multiplanarShowRender: 1,
      multiplanarPadPixels: 4,
      backColor: [0.05, 0.06, 0.07, 1],
      crosshairColor: [0.42, 0.69, 0.96, 0.8],
      crosshairWidth: 0.5,
      crosshairWidthUnit: "percent",
      crosshairGap: 4,
      fontColor: [0.9, 0.92, 0.94, 1],
      viewModeHotKey: "",
      clipPlaneHotKey: "",
      cycleClipPlaneHotKey: "",
      loadingText: "",
    });
    await made.attachToCanvas(canvas);
    made.onLocationChange = place;
    viewer = made;
    return viewer;
  }

  async function bytes(path, tellMore, signal) {
    const steps = path.split("/").map(encodeURIComponent).join("/");
    const answer = await fetch(steps, { signal });
    if (!answer.ok) throw new Told(`${path} is not here any more (${answer.status}).`);
    const chunks = [];
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      tellMore(value.length);
    }
    return await new Blob(chunks).arrayBuffer();
  }

  // Show a channel of case *one* with its mask; huge ones only when a person *agreed*.
  async function show(shown, one, channel, agreed = false) {
    coming?.abort();
    coming = new AbortController();
    const { signal } = coming;
    clear();
    if (!one.images.length) {
      say(`${one.case} of ${shown.name}: ${shown.missing.why}`, shown.missing.type);
      return;
    }
    const image = one.images.find((each) => each.channel === channel);
    if (one.voxels > HUGE && !agreed) {
      askFirst(one, () => show(shown, one, channel, true).catch(fail));
      return;
    }
    await started();
    const bar = make("progress", { max: one.bytes[image.channel] + (one.bytes.mask ?? 0) });
    bar.setAttribute("aria-label", "Loading");
    bar.value = 0;
    tell(make("p", { textContent: `Loading ${one.case}` }), make("p", {}, bar));
    const more = (count) => (bar.value += count);
    const paths = [image.path, ...(one.mask ? [one.mask] : [])];
    const buffers = await Promise.all(paths.map((path) => bytes(path, more, signal)));
    const read = (index, name) =>
      niivue.NVImage.loadFromUrl({ url: buffers[index], name, colormap: "gray" });
    const volume = await read(0, "image.nii.gz");
    const labels = one.mask ? await read(1, "mask.nii.gz") : null;
    if (signal.aborted) return;
    open = { shown, one, image };
    windows(image, volume);
    viewer.addVolume(volume);
    if (labels) {
      labels.hdr.intent_code = LABELS;
      labels.setColormapLabel(colors(shown.labels));
      labels.opacity = element("opacity").value / 100;
      viewer.addVolume(labels);
      [mask, whole] = [labels, labels.img.slice()];
      paint();
    }
    setView();
    centre();
    tell();
    const said = `${image.channel} of ${one.case}${one.mask ? " with its mask" : ""}`;
    canvas.setAttribute("aria-label", said);
    canvas.dataset.shown = `${shown.name}/${one.case}/${image.channel}`;
  }

  function askFirst(one, agreed) {
    const memory = ((one.voxels * BYTES) / 1e9).toFixed(1);
    const button = make("button", { type: "button", textContent: "Open it" });
    button.addEventListener("click", agreed);
    const text =
      `This volume has ${Math.round(one.voxels / 1e6)} million voxels: ` +
      `about ${memory} GB of graphics memory.`;
    tell(make("p", { textContent: text }), make("p", {}, button));
  }

  function clear() {
    open = mask = whole = null;
    delete canvas.dataset.shown;
    canvas.setAttribute("aria-label", "No volume");
    while (viewer?.volumes.length) viewer.removeVolumeByIndex(viewer.volumes.length - 1);
  }

  // --- labels -----------------------------------------------------------------------------------

  // Return the colors of the mask's values as NiiVue takes them.
  function colors(labels) {
    const table = { R: [0], G: [0], B: [0], A: [0], I: [0] };
    for (const { values, color } of labels) {
      const [R, G, B] = [1, 3, 5].map((from) => parseInt(color.slice(from, from + 2), 16));
      for (const value of values) {
        for (const [key, part] of Object.entries({ R, G, B, A: 255, I: value })) {
          table[key].push(part);
        }
      }
    }
    return table;
  }

  // Draw the labels that are switched on. NiiVue would draw the outline of one that is seen
  // through, so the others leave the mask.
  function paint() {
    if (!mask) return;
    const kept = new Uint16Array(2 ** 16).map((_, value) => value);
    for (const { name, values } of open.shown.labels) {
      if (off.has(name)) for (const value of values) kept[value] = 0;
    }
    for (let index = 0; index < whole.length; index++) mask.img[index] = kept[whole[index]];
    blend();
  }

  function blend() {
    if (!mask) return;
    const outlined = element("outline").checked;
    viewer.opts.atlasOutline = outlined ? 1 : 0;
    const least = outlined ? 0.01 : 0; // of no opacity nothing is drawn, outlines neither
    viewer.setOpacity(1, Math.max(least, element("opacity").value / 100));
  }

  // --- windows ----------------------------------------------------------------------------------

  function windows(image, volume) {
    const robust = [volume.robust_min, volume.robust_max];
    const all = [volume.global_min, volume.global_max];
    const known = { ...WINDOWS[image.unit], "Most values": robust, "All values": all };
    const select = element("window");
    select.replaceChildren(
      ...Object.keys(known).map((name) => new Option(name, name)),
      new Option("As below", ""),
    );
    const kind = `${image.modality} ${image.unit}`;
    const [first] = Object.keys(known);
    const name = chosen[kind] in known ? chosen[kind] : first;
    select.value = name;
    [volume.cal_min, volume.cal_max] = known[name];
    tellWindow(volume);
    select.onchange = () => {
      if (!select.value) return;
      chosen[kind] = select.value;
      [volume.cal_min, volume.cal_max] = known[select.value];
      tellWindow(volume);
      viewer.updateGLVolume();
    };
  }

  function tellWindow({ cal_min: low, cal_max: high }) {
    element("low").value = Number(low.toPrecision(5));
    element("high").value = Number(high.toPrecision(5));
  }

  function typedWindow() {
    const [low, high] = [element("low").valueAsNumber, element("high").valueAsNumber];
    if (!viewer?.volumes.length || !(low < high)) return;
    [viewer.volumes[0].cal_min, viewer.volumes[0].cal_max] = [low, high];
    element("window").value = "";
    viewer.updateGLVolume();
  }

  // --- where one looks --------------------------------------------------------------------------

  function setView() {
    viewer?.setSliceType(SLICE[element("view").value]);
  }

  // Put the cross in the middle of what the mask shows, or of the volume.
  function centre() {
    const size = viewer.volumes[0].dimsRAS.slice(1, 4);
    let middle = size.map((n) => 0.5 * n);
    if (mask) middle = middleOf(whole, mask) ?? middle;
    viewer.scene.crosshairPos = viewer.vox2frac(middle.map(Math.floor));
    viewer.createOnLocationChange();
    viewer.drawScene();
  }

  // Return the voxel of the label that most planes show; masks are stored in RAS order.
  function middleOf(img, { dimsRAS: [, x, y, z] }) {
    const counts = [new Float64Array(x), new Float64Array(y), new Float64Array(z)];
    let index = 0;
    for (let k = 0; k < z; k++) {
      for (let j = 0; j < y; j++) {
        for (let i = 0; i < x; i++, index++) {
          if (!img[index]) continue;
          counts[0][i] += 1;
          counts[1][j] += 1;
          counts[2][k] += 1;
        }
      }
    }
    const best = counts.map((one) => one.indexOf(Math.max(...one)));
    return counts[0][best[0]] ? best : null;
  }

  function place({ mm, values }) {
    if (!open) return;
    const parts = [
      `${mm[0] < 0 ? "L" : "R"} ${Math.abs(mm[0]).toFixed(0)}`,
      `${mm[1] < 0 ? "P" : "A"} ${Math.abs(mm[1]).toFixed(0)}`,
      `${mm[2] < 0 ? "F" : "H"} ${Math.abs(mm[2]).toFixed(0)} mm`,
    ];
    const [value, label] = values.map((one) => one.value);
    const { image, shown } = open;
    const under = shown.labels.find(({ values: own }) => own.includes(Math.round(label)));
    const said = [parts.join(" "), `${Number(value.toPrecision(5))} ${image.unit}`];
    if (under) said.push(under.name.replaceAll("_", " "));
    element("place").textContent = said.join(" · ");
  }

  function nextView() {
    const select = element("view");
    select.selectedIndex = (select.selectedIndex + 1) % select.length;
    setView();
  }

  const MOVES = {
    ArrowLeft: [1, 0, 0], // to the patient's right, which is on the left
    ArrowRight: [-1, 0, 0],
    ArrowUp: [0, 1, 0],
    ArrowDown: [0, -1, 0],
    PageUp: [0, 0, 1],
    PageDown: [0, 0, -1],
  };

  // Move the cross, or do nothing for other keys.
  function move(event) {
    if (!filled()) return;
    const by = MOVES[event.key];
    if (by) viewer.moveCrosshairInVox(...by.map((n) => (event.shiftKey ? 10 * n : n)));
    else if (event.key === "Home") centre();
    else return;
    event.preventDefault();
  }

  const filled = () => Boolean(viewer?.volumes.length);
  const masked = () => mask !== null;

  return { blend, canvas, filled, masked, move, nextView, paint, setView, show, typedWindow };
})();
