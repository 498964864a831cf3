// The worker as functions that return promises, with progress and an end.

/** A worker that is made when it is needed, and ended to cancel. */
export class Client {
  #worker;
  #waiting = new Map();
  #isUsed = false;
  /** What waits for the worker to be ready. */
  #held;
  #next = 0;
  #onProgress;

  constructor(onProgress) {
    this.#onProgress = onProgress;
  }

  /** Starts the worker, so that it is ready when it is needed. */
  warm() {
    this.#worker ??= this.#start();
  }

  /** Calls a method of the worker. */
  call(method, parameters = {}) {
    this.warm();
    this.#isUsed = true;
    const id = (this.#next += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const message = { id, method, parameters };
      if (this.#held === undefined) this.#worker.postMessage(message);
      else this.#held.push(message);
    });
  }

  /** Ends the worker, with what it does and what it holds: its memory comes back. One that did nothing yet stays. */
  end() {
    if (!this.#isUsed) return;
    this.#isUsed = false;
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Cancelled());
    this.#waiting.clear();
  }

  #start() {
    this.#held = [];
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }) => this.#take(data));
    worker.addEventListener("error", (event) => {
      const error = new Error(event.message ?? "the worker could not be started");
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    return worker;
  }

  #take({ ready, id, progress, result, error }) {
    if (ready) {
      const held = this.#held;
      this.#held = undefined;
      for (const message of held) this.#worker.postMessage(message);
      return;
    }
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    if (progress !== undefined) return this.#onProgress(progress);
    this.#waiting.delete(id);
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(Object.assign(new Error(error.message), error));
  }
}

/** What a call ends with that was cancelled. */
export class Cancelled extends Error {}
