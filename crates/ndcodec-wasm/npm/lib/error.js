// The one class of errors.

/** What went wrong, with its place in the chain or in the data. */
export class NdcodecError extends Error {
  constructor(fields, options) {
    super(fields.message, options);
    this.kind = fields.kind;
    this.fault = fields.fault;
    for (const name of ["help", "limit", "chain", "reason", "span", "stage", "index", "direction", "offset"]) {
      if (fields[name] !== undefined) this[name] = fields[name];
    }
  }

  get name() {
    return "NdcodecError";
  }
}

/** An error of the caller's. */
export function misuse(message, help) {
  const text = help === undefined ? message : `${message}\nhelp: ${help}`;
  return new NdcodecError({ message: text, kind: "array", fault: "caller", help });
}
