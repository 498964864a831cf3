// Decodes away from the page. Messages that come while the module loads wait until this listens.
onmessage = async ({ data: text }) => {
  const { decode } = await import("ndcodec");
  postMessage(decode(text).data);
};
