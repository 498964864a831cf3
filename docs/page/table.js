// A table that scrolls: only the rows in view are in the document, however many there are.

const ROW = 24;
/** Browsers cannot scroll further than some millions of pixels; longer tables are scrolled in larger steps. */
const MOST_HEIGHT = 8_000_000;

/** Shows rows in an element that scrolls; `rows(from, to)` gives their cells. */
export class ScrollingTable {
  #scroller;
  #height;
  #table;
  #rows;
  #shape = { rows: 0, columns: 0, names: [] };
  #drawn = 0;

  constructor(scroller) {
    this.#scroller = scroller;
    this.#height = scroller.querySelector("div");
    this.#table = scroller.querySelector("table");
    scroller.addEventListener("scroll", () => this.#draw(), { passive: true });
  }

  /** Shows another table, from its beginning. */
  async show(shape, rows) {
    this.#shape = shape;
    this.#rows = rows;
    this.#scroller.scrollTop = 0;
    this.#height.style.height = `${Math.min(MOST_HEIGHT, (shape.rows + 2) * ROW)}px`;
    this.#table.setAttribute("aria-rowcount", String(shape.rows + 1));
    const head = document.createElement("tr");
    head.append(...["index", ...shape.names].map((name) => headed(name, "col")));
    if (shape.hidden > 0) head.append(headed(`and ${shape.hidden} more`, "col"));
    this.#table.querySelector("thead").replaceChildren(head);
    await this.#draw();
  }

  async #draw() {
    const { rows } = this.#shape;
    const view = this.#scroller.clientHeight;
    const visible = Math.ceil(view / ROW) + 2;
    const room = Math.max(1, this.#height.offsetHeight - view);
    const exact = (rows + 2) * ROW <= MOST_HEIGHT ? this.#scroller.scrollTop / ROW : (this.#scroller.scrollTop / room) * (rows - visible + 3);
    const from = Math.max(0, Math.min(Math.floor(exact), rows - 1));
    const turn = (this.#drawn += 1);
    const cells = rows === 0 ? [] : await this.#rows(from, Math.min(rows, from + visible));
    // A later turn was quicker.
    if (turn !== this.#drawn) return;
    const body = cells.map((row, step) => {
      const line = document.createElement("tr");
      line.setAttribute("aria-rowindex", String(from + step + 2));
      line.append(headed(row[0], "row"), ...row.slice(1).map(cell));
      return line;
    });
    this.#table.querySelector("tbody").replaceChildren(...body);
    this.#table.style.top = `${Math.min(this.#scroller.scrollTop, Math.max(0, this.#height.offsetHeight - this.#table.offsetHeight))}px`;
  }
}

function headed(text, scope) {
  const head = document.createElement("th");
  head.scope = scope;
  head.textContent = text;
  return head;
}

function cell(text) {
  const data = document.createElement("td");
  data.textContent = text;
  return data;
}
