// Plots by uPlot, and planes of an array on a canvas.
import uPlot from "./plot/uPlot.esm.js";

const COLOURS = { light: ["#1f5fae", "#b3541e", "#2e7d4f", "#8a2b8f", "#946c00", "#0f7c86", "#a3161f", "#555b66"], dark: ["#8bb9f2", "#f0a878", "#86d3a4", "#dc9be0", "#e0c068", "#7fd2da", "#ff9b9b", "#c0c6cf"] };
const HEIGHT = 220;

const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;

function colours() {
  return COLOURS[isDark() ? "dark" : "light"];
}

function options(target, more) {
  const ink = getComputedStyle(document.body).color;
  const axis = { stroke: ink, grid: { stroke: isDark() ? "#3a414a" : "#dfe3e8" }, ticks: { stroke: ink } };
  return { width: Math.max(200, target.clientWidth - 2), height: HEIGHT, legend: { show: false }, cursor: { show: false }, scales: { x: { time: false } }, axes: [axis, { ...axis, size: 70 }], ...more };
}

/** A histogram. */
export function drawHistogram(target, { counts, low, high }) {
  const width = (high - low) / counts.length || 1;
  const x = counts.map((_, bin) => low + (bin + 0.5) * width);
  const fill = colours()[0];
  const bars = { label: "elements", stroke: fill, fill, paths: uPlot.paths.bars({ size: [0.95] }), points: { show: false } };
  target.replaceChildren();
  new uPlot(options(target, { series: [{}, bars] }), [x, counts], target);
}

/** A line for each column. */
export function drawLines(target, { x, series }) {
  const lines = series.map((_, index) => ({ stroke: colours()[index % 8], width: 1.2, points: { show: x.length < 60 } }));
  target.replaceChildren();
  new uPlot(options(target, { series: [{}, ...lines] }), [x, ...series], target);
}

/** A plane in the colours of viridis, which are in order for every eye. */
export function drawPlane(canvas, { width, height, shades }) {
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  for (const [pixel, shade] of shades.entries()) {
    image.data.set(VIRIDIS[shade], 4 * pixel);
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Nine of its colours, and what lies between. */
const ANCHORS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
const VIRIDIS = Array.from({ length: 256 }, (_, shade) => {
  const place = (shade / 255) * (ANCHORS.length - 1);
  const [from, to] = [ANCHORS[Math.floor(place)], ANCHORS[Math.ceil(place)]];
  return from.map((value, channel) => Math.round(value + (to[channel] - value) * (place % 1)));
});
