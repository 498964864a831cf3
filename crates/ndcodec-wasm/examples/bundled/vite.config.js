// The package uses top-level `await`, and a worker that imports is a module.
export default {
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0 },
  worker: { format: "es" },
};
