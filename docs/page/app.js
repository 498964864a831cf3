// The page: what one does on it, and what it shows. All that takes time is the worker's.
import { Cancelled, Client } from "./client.js";
import { drawHistogram, drawLines, drawPlane } from "./picture.js";
import { ScrollingTable } from "./table.js";

const MOST_IN_A_LINK = 8000;
const $ = (id) => document.getElementById(id);
const client = new Client(showProgress);
const table = new ScrollingTable($("scroller"));
let shown;
let turn = 0;

/** Opens a file or a text, and shows the first array inside. */
async function open(source) {
  const mine = (turn += 1);
  // What was held before is given back first.
  client.end();
  clearFound();
  if (typeof source === "string" && source.trim() === "") return say("");
  busy(true);
  try {
    const byHand = { chain: $("chain").value.trim(), dtype: $("dtype").value.trim(), shape: $("shape").value.trim(), order: $("order").value };
    const found = await client.call("open", { source, byHand });
    if (mine !== turn) return;
    if (found.unknown !== undefined) return showUnknown(found);
    listArrays(found.names);
    await select(0, mine);
  } catch (error) {
    if (mine === turn) fail(error);
  } finally {
    if (mine === turn) busy(false);
  }
}

async function select(index, mine = turn) {
  const array = await client.call("select", { index });
  if (mine !== turn) return;
  shown = array;
  for (const [place, button] of [...$("array-list").querySelectorAll("button")].entries()) {
    button.setAttribute("aria-pressed", String(place === index));
  }
  showFacts(array);
  explain(array);
  $("found").hidden = false;
  $("trials").hidden = true;
  $("advice").textContent = "";
  await table.show(array.table, (from, to) => client.call("rows", { from, to }));
  await showStatistics(array);
  await showPicture(array);
  say(`${array.dtype} array of shape ${shapeText(array.shape)}.`);
}

function showFacts(array) {
  $("sure").textContent = array.how === "you said so" ? "This is what comes out of what you said." : `An array: ${array.how}.`;
  const facts = {
    chain: array.chain,
    dtype: `${array.dtype}, ${kindText(array)}`,
    shape: shapeText(array.shape),
    order: array.order === "C" ? "C: the last index varies fastest" : "F: the first index varies fastest",
    elements: array.shape.reduce((product, length) => product * length, 1).toLocaleString("en"),
    bytes: bytesText(array),
  };
  $("facts").replaceChildren(...pairs(facts));
}

function bytesText({ nbytes, encodedLength }) {
  const decoded = `${nbytes.toLocaleString("en")} decoded`;
  if (encodedLength === undefined) return decoded;
  return `${encodedLength.toLocaleString("en")} encoded, ${decoded} (ratio ${(nbytes / encodedLength).toFixed(2)})`;
}

function kindText({ kind, unit }) {
  const names = { int: "signed integers", uint: "unsigned integers", float: "floats", complex: "complex numbers", bool: "booleans", str: "texts", bytes: "byte strings", struct: "records" };
  if (kind === "datetime") return `times in ${unit}`;
  return kind === "timedelta" ? `durations in ${unit}` : (names[kind] ?? kind);
}

function shapeText(shape) {
  return shape.length === 0 ? "scalar" : shape.join(" × ");
}

function pairs(entries) {
  return Object.entries(entries).flatMap(([name, value]) => {
    const [term, description] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    description.textContent = value;
    return [term, description];
  });
}

function explain({ stages }) {
  const items = stages.map((stage) => {
    const [item, word] = [document.createElement("li"), document.createElement("code")];
    word.textContent = stage.text;
    const given = stage.params.filter((param) => param.isGiven).map((param) => `${param.name}: ${param.doc}`);
    item.append(word, ` (${stage.kind}): ${stage.summary}${given.length > 0 ? `. ${given.join("; ")}` : ""}`);
    return item;
  });
  if (items.length === 0) {
    items.push(document.createElement("li"));
    items[0].textContent = "numbers as JSON has them";
  }
  $("stages").replaceChildren(...items);
}

async function showStatistics(array) {
  const found = array.isNumeric ? await client.call("statistics") : undefined;
  $("statistics").hidden = found === undefined || found.finite === 0;
  if ($("statistics").hidden) return;
  const number = (value) => String(Number(value.toPrecision(10)));
  const numbers = { least: number(found.min), greatest: number(found.max), mean: number(found.mean), "standard deviation": number(found.deviation), zeros: found.zeros.toLocaleString("en") };
  if (found.nan > 0) numbers["not a number"] = found.nan.toLocaleString("en");
  if (found.infinite > 0) numbers.infinite = found.infinite.toLocaleString("en");
  $("numbers").replaceChildren(...pairs(numbers));
  $("histogram").setAttribute("aria-label", `Histogram of ${found.finite} elements from ${number(found.low)} to ${number(found.high)}`);
  drawHistogram($("histogram"), found);
}

async function showPicture(array) {
  $("picture").hidden = !array.isNumeric || array.shape.length === 0 || array.nbytes === 0;
  if ($("picture").hidden) return;
  $("as-image").hidden = !array.canBeImage;
  $("slice").max = array.slices - 1;
  $("slice").value = 0;
  await (array.canBeImage ? drawImage() : drawLine());
}

async function drawLine() {
  press("as-line");
  $("line").hidden = false;
  $("image").hidden = true;
  $("slice-label").hidden = true;
  const points = await client.call("line");
  const what = points.series.length > 1 ? `${points.series.length} columns` : "the elements in order";
  $("line").setAttribute("aria-label", `Line plot of ${what}`);
  $("picture-note").textContent = points.step > 1 ? `The least and the greatest of ${points.step} elements each.` : "";
  drawLines($("line"), points);
}

async function drawImage() {
  press("as-image");
  $("line").hidden = true;
  $("image").hidden = false;
  $("slice-label").hidden = shown.slices < 2;
  const index = Number($("slice").value);
  const picture = await client.call("plane", { index });
  $("slice-text").value = `${index + 1} of ${shown.slices}`;
  const [height, width] = shown.shape.slice(-2);
  $("image").setAttribute("aria-label", `Image of ${height} by ${width} elements`);
  $("picture-note").textContent = `Dark is the least, bright the greatest.${picture.step > 1 ? ` Every ${picture.step}th element.` : ""}`;
  drawPlane($("image"), picture);
}

function press(id) {
  for (const button of ["as-line", "as-image"]) $(button).setAttribute("aria-pressed", String(button === id));
}

async function tryChains() {
  busy(true);
  try {
    const found = await client.call("trials");
    const rows = found.rows.map((row) => {
      const line = document.createElement("tr");
      const cells = [row.chain, row.bytes.toLocaleString("en"), row.ratio.toFixed(2), row.encode.toFixed(1), row.decode.toFixed(1)];
      line.append(...cells.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
      if (row.chain === found.chain) line.className = "taken";
      return line;
    });
    $("trials").querySelector("tbody").replaceChildren(...rows);
    $("trials").hidden = false;
    const of = found.isWhole ? "" : ` (measured on the first ${found.nbytes.toLocaleString("en")} bytes)`;
    $("advice").textContent = `Take ${found.chain}: ${found.reason.replaceAll("`", "")}${of}.`;
  } catch (error) {
    fail(error);
  } finally {
    busy(false);
  }
}

async function save(kind) {
  try {
    const { blob, ending } = await client.call("save", { kind });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `array.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    say(`Saved array.${ending}.`);
  } catch (error) {
    fail(error);
  }
}

async function copyLink() {
  const text = $("text").value.trim();
  if (text === "" || text.length > MOST_IN_A_LINK) {
    return say(`A link holds text of at most ${MOST_IN_A_LINK} characters: save the array as text, and paste that.`);
  }
  const parts = new URLSearchParams({ data: text });
  for (const id of ["chain", "dtype", "shape"]) if ($(id).value !== "") parts.set(id, $(id).value);
  // Behind the `#`, so that no server sees it.
  history.replaceState(null, "", `#${parts}`);
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is copied, and stands in the address bar.");
  } catch {
    say("The link stands in the address bar.");
  }
}

function openLink() {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (!parts.has("data")) return;
  for (const id of ["chain", "dtype", "shape"]) $(id).value = parts.get(id) ?? "";
  $("text").value = parts.get("data");
  openAgain();
}

/** A wave of 24 × 32 numbers as `numpy.save` and base64 write it. */
function example() {
  const [rows, columns] = [24, 32];
  const head = `\x93NUMPY\x01\x00\x76\x00${`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117)}\n`;
  const wave = Float32Array.from({ length: rows * columns }, (_, place) => Math.sin(Math.hypot(Math.floor(place / columns) - 12, (place % columns) - 16) / 2));
  return btoa(head + String.fromCharCode(...new Uint8Array(wave.buffer)));
}

let source = "";

/** Opens what is there, as it was said by hand. */
function openAgain() {
  if ($("text").value.trim() !== "") source = $("text").value;
  open(source);
}

function openFile(file) {
  $("text").value = "";
  source = file;
  open(file);
}

function listArrays(names) {
  $("arrays").hidden = names.length < 2;
  const items = names.map(({ name, chain }, index) => {
    const [item, button] = [document.createElement("li"), document.createElement("button")];
    button.type = "button";
    button.textContent = `${name}: ${chain}`;
    button.addEventListener("click", () => select(index).catch(fail));
    item.append(button);
    return item;
  });
  $("array-list").replaceChildren(...items);
}

function showUnknown({ unknown, nbytes }) {
  const layers = unknown.pipeline ?? unknown.guess;
  const what = unknown.known ? `It is ${unknown.known}: ${unknown.advice}.` : layers ? `It may be ${layers} around bytes of no known format.` : "Nothing in it is known.";
  say(`${nbytes.toLocaleString("en")} bytes. ${what}`);
  if (unknown.known) return;
  if (layers && $("chain").value === "") $("chain").placeholder = `raw|${layers}`;
  $("by-hand").open = true;
  say(`${nbytes.toLocaleString("en")} bytes. ${what} Say by hand what it is: a dtype is enough to see what comes out.`);
}

function clearFound() {
  shown = undefined;
  $("found").hidden = true;
  $("arrays").hidden = true;
  $("error").hidden = true;
  $("chain").placeholder = "detected";
}

function fail(error) {
  if (error instanceof Cancelled) return say("Cancelled.");
  say("");
  $("found").hidden = true;
  // The message has the chain with a caret below what is wrong.
  $("error").textContent = error.message;
  $("error").hidden = false;
  if (error.kind === "chain" || error.kind === "dtype" || error.kind === "array") $("by-hand").open = true;
}

function say(text) {
  $("status").textContent = text;
}

function busy(is) {
  $("work").hidden = !is;
  if (is) showProgress({ doing: "Reading" });
}

function showProgress({ doing, part }) {
  $("working").textContent = doing;
  if (part === undefined) $("progress").removeAttribute("value");
  else $("progress").value = part;
}

/** Calls `run` once the last call is some time ago. */
function later(run, delay) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, delay);
  };
}

// What is pasted is whole; what is typed may go on.
const soon = later(openAgain, 150);
$("text").addEventListener("input", (event) => (event.inputType === "insertFromPaste" ? openAgain() : soon()));
for (const id of ["chain", "dtype", "shape", "order"]) $(id).addEventListener("input", later(openAgain, 250));
$("file").addEventListener("change", () => $("file").files.length > 0 && openFile($("file").files[0]));
$("clear").addEventListener("click", () => {
  for (const id of ["text", "chain", "dtype", "shape", "file"]) $(id).value = "";
  history.replaceState(null, "", location.pathname);
  source = "";
  open("");
});
$("example").addEventListener("click", () => {
  $("text").value = example();
  openAgain();
});
$("cancel").addEventListener("click", () => {
  turn += 1;
  client.end();
  clearFound();
  busy(false);
  say("Cancelled.");
});
for (const button of document.querySelectorAll("[data-save]")) button.addEventListener("click", () => save(button.dataset.save));
$("link").addEventListener("click", copyLink);
$("try").addEventListener("click", tryChains);
$("as-line").addEventListener("click", () => drawLine().catch(fail));
$("as-image").addEventListener("click", () => drawImage().catch(fail));
$("slice").addEventListener("input", () => drawImage().catch(fail));

for (const event of ["dragenter", "dragover"]) {
  addEventListener(event, (drag) => {
    drag.preventDefault();
    document.body.classList.add("dropping");
  });
}
addEventListener("dragleave", (drag) => drag.relatedTarget === null && document.body.classList.remove("dropping"));
addEventListener("drop", (drop) => {
  drop.preventDefault();
  document.body.classList.remove("dropping");
  const [file] = drop.dataTransfer.files;
  if (file !== undefined) return openFile(file);
  $("text").value = drop.dataTransfer.getData("text");
  openAgain();
});
addEventListener("paste", (paste) => {
  // A field takes what is pasted into it by itself.
  if (paste.target instanceof HTMLTextAreaElement || paste.target instanceof HTMLInputElement) return;
  const [file] = paste.clipboardData.files;
  if (file !== undefined) return openFile(file);
  $("text").value = paste.clipboardData.getData("text");
  openAgain();
});
addEventListener("hashchange", openLink);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shown && Promise.all([showStatistics(shown), showPicture(shown)]));
client.warm();
openLink();
