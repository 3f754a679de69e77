// The item pad of this desk: one connection to `kiosk pad` on this machine. docs/tags.md lists the messages.

const TAKEN = 4001; // another window connected
const RETRY_MS = 2000;

globalThis.ItemPad = class {
  constructor(port, changed) {
    this.url = `ws://127.0.0.1:${port}`;
    this.changed = changed;
    this.items = new Map(); // by number: { item, parts, there, deviates }
    this.troubles = {}; // tags without a number, by the code of the reason
    this.steady = false;
    this.crowded = false;
    this.state = "away"; // "ready", "taken", "away", or the code of the reader's fault
    this.waiting = new Map(); // requests without an answer, by id
    this.requests = 0;
    const comeBack = () => this.state === "taken" && this.connect();
    addEventListener("focus", comeBack);
    document.addEventListener("click", comeBack);
  }

  connect() {
    if (this.socket) return;
    this.socket = new WebSocket(this.url);
    this.socket.addEventListener("message", (event) => this.take(JSON.parse(event.data)));
    this.socket.addEventListener("close", (event) => this.close(event.code === TAKEN));
  }

  close(taken) {
    this.socket = null;
    this.steady = false;
    this.state = taken ? "taken" : "away";
    for (const answer of this.waiting.values()) answer({ result: "failed" });
    this.waiting.clear();
    if (!taken) setTimeout(() => this.connect(), RETRY_MS);
    this.changed();
  }

  take(message) {
    if (message.kind === "answer") {
      this.waiting.get(message.id)?.(message);
      this.waiting.delete(message.id);
      return;
    }
    if (message.kind === "state") {
      this.state = message.fault || "ready";
      this.steady = false;
    } else if (this.state === "ready") {
      // An empty pile of a reader that does not work says nothing about what lies there.
      this.items = new Map(message.items.map((each) => [each.item, each]));
      this.troubles = message.troubles;
      this.crowded = message.crowded;
      this.steady = message.steady;
    }
    this.changed();
  }

  // Resolves to the answer; `result` is "failed" if the reader does not work or the connection ends first.
  ask(what, item, more = {}) {
    if (this.state !== "ready") return Promise.resolve({ result: "failed" });
    const id = (this.requests += 1);
    this.socket.send(JSON.stringify({ do: what, id, item, ...more }));
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }
};
