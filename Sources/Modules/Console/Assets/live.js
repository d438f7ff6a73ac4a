// Says when to look again: at once when the service tells of a change, every few seconds where it cannot tell, and not at
// all while nobody looks.

const slow = 5000;
const home = new URL(document.querySelector("script[type=module][src]").src);

export class Live {
  constructor(address, onChange) {
    this.address = new URL(address, location.href).href;
    this.onChange = onChange;
    this.isTold = false;
    this.timer = 0;
    try {
      const worker = new SharedWorker(new URL("./channel.js", import.meta.url), { type: "module", name: home.origin });
      worker.onerror = () => this.alone();
      this.port = worker.port;
    } catch {
      this.alone();
    }
    this.start();
  }

  // A stream of this page's own.
  async alone() {
    if (this.isAlone) return;
    this.isAlone = true;
    const { port1, port2 } = new MessageChannel();
    const { join } = await import("./channel.js");
    join(port2);
    this.port = port1;
    this.listen();
  }

  start() {
    if (this.port) this.listen();
    document.addEventListener("visibilitychange", () => {
      this.say();
      if (!document.hidden) this.onChange(null);
    });
    addEventListener("pagehide", () => this.port?.postMessage({ isSeen: false, isGone: true }));
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    this.poll();
  }

  listen() {
    this.port.onmessage = ({ data }) => {
      // What has happened before nobody has told.
      if (data.state === "open" && !this.isTold) {
        this.isTold = true;
        this.onChange(null);
      }
      if (data.state === "lost") this.isTold = false;
      document.documentElement.dataset.stream = this.isTold ? "open" : "lost";
      if (data.state === "change") this.onChange(data.names);
    };
    this.say();
  }

  say() {
    this.port?.postMessage({ address: this.address, isSeen: !document.hidden });
  }

  poll() {
    this.timer = setTimeout(async () => {
      if (!this.isTold && !document.hidden) await this.onChange(null);
      this.poll();
    }, slow);
  }
}
