// One stream of the service for all tabs of a browser: a shared worker keeps it, for as long as any tab can be seen.
// Where there are no shared workers the page itself includes this file, and has a stream of its own.

const ports = new Set();
let source = null;
let address = null;

const tell = (message) => ports.forEach((port) => port.postMessage(message));
const seen = () => [...ports].some((port) => port.isSeen);

function open() {
  if (source || !address) return;
  source = new EventSource(address);
  source.addEventListener("hello", () => tell({ state: "open" }));
  source.addEventListener("change", (event) => tell({ state: "change", names: JSON.parse(event.data).names ?? null }));
  source.addEventListener("error", () => {
    tell({ state: "lost" });
    // A refusal ends a stream for good; another try comes later.
    if (source && source.readyState === EventSource.CLOSED) {
      close();
      setTimeout(() => seen() && open(), 15000);
    }
  });
}

function close() {
  source?.close();
  source = null;
}

export function join(port) {
  port.isSeen = false;
  ports.add(port);
  port.onmessage = ({ data }) => {
    if (data.address) address = data.address;
    if (data.isGone) ports.delete(port);
    port.isSeen = Boolean(data.isSeen) && !data.isGone;
    if (seen()) open();
    else close();
    if (source?.readyState === EventSource.OPEN) port.postMessage({ state: "open" });
  };
}

if (typeof SharedWorkerGlobalScope === "function" && self instanceof SharedWorkerGlobalScope) {
  self.onconnect = ({ ports: [port] }) => join(port);
}
