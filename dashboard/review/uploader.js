// Sends recordings to the server and shows how far each is. What is being sent goes on while
// other pages of Rapport are shown, and is given up when the tab is closed.

const TOKEN = "rapport-review";
const POLL = 1000;
const SENDING = Symbol.for("rapport-sending");
const uploaders = new WeakMap();

// One for the whole tab: the component comes and goes with its page.
window[SENDING] = window[SENDING] || { waiting: [], now: null, rows: new Map(), order: [] };

function random() {
  // Unlike crypto.randomUUID this is there without HTTPS as well.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function token(given) {
  try {
    const kept = localStorage.getItem(TOKEN) || given || random();
    localStorage.setItem(TOKEN, kept);
    return kept;
  } catch {
    return given || random();
  }
}

function size(bytes) {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : bytes >= 1e6 ? `${(bytes / 1e6).toFixed(0)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}

function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

class Uploader {
  constructor(root, component) {
    Object.assign(this, { root, component, data: component.data, listed: [], known: new Map() });
    this.token = token(component.data.desk);
    this.find = (selector) => root.querySelector(selector);
    const input = this.find("input");
    this.find(".choose").addEventListener("click", () => input.click());
    input.addEventListener("change", () => { this.take([...input.files]); input.value = ""; });
    const drop = this.find(".drop");
    const over = (on) => (event) => { event.preventDefault(); drop.classList.toggle("over", on); };
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (event) => { over(false)(event); this.take([...event.dataTransfer.files]); });
    this.find(".rows").addEventListener("click", (event) => this.press(event));
    this.timer = setInterval(() => this.poll(), POLL);
    if (component.data.desk !== this.token) setTimeout(() => this.trigger("hello", { token: this.token }), 0);
  }

  trigger(name, value) { this.component.setTriggerValue(name, { ...value, at: Date.now() }); }

  address(part) { return new URL(`reviews/${this.token}${part || ""}`, document.baseURI); }

  update(component) {
    this.component = component;
    this.data = component.data;
    this.find("input").accept = this.data.endings.map((one) => `.${one}`).join(",");
    this.find(".which").textContent = this.data.which;
    this.poll();
  }

  take(files) {
    const sending = window[SENDING];
    for (const file of files) {
      const row = { id: random(), name: file.name, state: "sending", size: file.size, received: 0, left: null, file };
      if (file.size > this.data.limit) Object.assign(row, { state: "failed", error: `${file.name} is larger than ${size(this.data.limit)}.` });
      else sending.waiting.push(row);
      sending.rows.set(row.id, row);
    }
    this.draw();
    this.send();
  }

  send() {
    const sending = window[SENDING];
    if (sending.now || !sending.waiting.length) return;
    if (this.data.desk !== this.token) { setTimeout(() => this.send(), 200); return; }
    const row = sending.waiting.shift();
    const request = new XMLHttpRequest();
    const begun = performance.now();
    sending.now = row;
    row.request = request;
    const done = async (error) => {
      sending.now = null;
      delete row.file;
      if (error !== null && !row.gone) Object.assign(row, { state: "failed", error });
      this.send();
      await this.poll();
      if (error === null || row.gone) sending.rows.delete(row.id);
      this.draw();
    };
    request.upload.addEventListener("progress", (event) => {
      row.received = event.loaded;
      const seconds = (performance.now() - begun) / 1000;
      row.left = event.loaded && seconds > 1 ? seconds * (row.size - event.loaded) / event.loaded : null;
      this.draw();
    });
    request.addEventListener("load", () => done(request.status < 300 ? null : request.responseText || `The server refused ${row.name}.`));
    request.addEventListener("error", () => done(`${row.name} did not arrive: the server does not answer, or has no room for it.`));
    request.addEventListener("abort", () => done(null));
    const address = this.address(`/${row.id}`);
    address.searchParams.set("name", row.name);
    address.searchParams.set("baseline", String(Boolean(this.data.baseline)));
    request.open("PUT", address);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(row.file);
  }

  async poll() {
    if (this.data.desk !== this.token || this.asking) return;
    this.asking = true;
    try {
      const answer = await fetch(this.address());
      if (answer.ok) this.listed = await answer.json();
      // A server that was started anew knows nothing of this desk.
      else if (answer.status === 404) { this.listed = []; this.trigger("hello", { token: this.token }); }
    } catch { /* The next time. */ } finally { this.asking = false; }
    let news = false;
    const ended = [];
    for (const row of this.listed) {
      const before = this.known.get(row.id);
      if (before !== row.state && (row.state === "done" || row.state === "failed") && (before || !this.data.settled.includes(row.id))) { news = true; ended.push(row); }
      this.known.set(row.id, row.state);
    }
    if (news) this.trigger("changed", {});
    // Whoever listens to the page is told how it ended, and not each second how far it is.
    if (ended.length) this.find(".said").textContent = ended.map((row) => (row.state === "done" ? `${row.name} has been read.` : this.note(row))).join(" ");
    this.draw();
  }

  press(event) {
    const row = event.target.closest("li");
    if (!row) return;
    if (event.target.closest(".remove")) this.remove(row.dataset.id);
    else if (event.target.closest(".name") && row.classList.contains("done")) this.trigger("open", { id: row.dataset.id });
  }

  async remove(id) {
    const sending = window[SENDING], row = sending.rows.get(id);
    if (row) {
      row.gone = true;
      sending.rows.delete(id);
      sending.waiting = sending.waiting.filter((one) => one !== row);
      if (row.request) row.request.abort();
    }
    this.listed = this.listed.filter((one) => one.id !== id);
    this.known.delete(id);
    this.draw();
    try { await fetch(this.address(`/${id}`), { method: "DELETE" }); } catch { /* It ends when the tab is closed. */ }
    this.trigger("changed", {});
  }

  note(row) {
    const left = row.left ? `, ${duration(row.left)} left` : "";
    switch (row.state) {
      case "sending": return row.request ? `Uploading ${size(row.received)} of ${size(row.size)}${left}` : "Waits for its upload";
      case "uploading": return `Uploading ${size(row.received)} of ${size(row.size)}`;
      case "waiting": return row.ahead ? `Waits for ${row.ahead} other recording${row.ahead > 1 ? "s" : ""}` : "Waits for its turn";
      case "reading": return `Reading ${Math.floor(100 * row.share)} %${left}`;
      case "failed": return row.error || "It could not be read.";
      default: return "";
    }
  }

  draw() {
    const local = window[SENDING].rows;
    const rows = [...this.listed.filter((row) => !local.has(row.id)), ...local.values()];
    const { order } = window[SENDING];
    for (const row of rows) if (!order.includes(row.id)) order.push(row.id);
    rows.sort((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
    const list = this.find(".rows");
    const old = new Map([...list.children].map((one) => [one.dataset.id, one]));
    const symbols = { sending: "upload", uploading: "upload", waiting: "schedule", reading: "graphic_eq", done: "check_circle", failed: "error" };
    let place = 0;
    for (const row of rows) {
      let line = old.get(row.id);
      if (!line) {
        line = document.createElement("li");
        line.dataset.id = row.id;
        line.innerHTML = '<span class="symbol" aria-hidden="true"></span><button class="name" type="button"></button><button class="remove" type="button"><span class="symbol" aria-hidden="true">close</span></button><span class="note"></span><span class="track" role="progressbar" aria-valuemin="0" aria-valuemax="100"><i></i></span>';
      }
      if (list.children[place] !== line) list.insertBefore(line, list.children[place] || null);
      place++;
      old.delete(row.id);
      const busy = !["done", "failed"].includes(row.state);
      line.className = row.state;
      line.classList.toggle("shown", row.id === this.data.shown);
      const set = (selector, text) => { const one = line.querySelector(selector); if (one.textContent !== text) one.textContent = text; };
      set(".symbol", symbols[row.state]);
      set(".name", row.name);
      line.querySelector(".name").disabled = row.state !== "done";
      line.querySelector(".name").setAttribute("aria-current", String(row.id === this.data.shown));
      line.querySelector(".name").title = row.state === "done" ? "Show it" : row.name;
      set(".note", this.note(row));
      line.querySelector(".note").hidden = row.state === "done";
      line.querySelector(".track").hidden = !busy;
      const share = row.state === "reading" ? row.share : row.state === "waiting" ? 0 : row.received / (row.size || 1);
      line.querySelector(".track i").style.width = `${100 * share}%`;
      line.querySelector(".track").setAttribute("aria-valuenow", String(Math.floor(100 * share)));
      line.querySelector(".track").setAttribute("aria-label", row.name);
      const remove = line.querySelector(".remove");
      const what = busy ? `Cancel ${row.name}` : `Remove ${row.name} and delete it from the server`;
      remove.title = what;
      remove.setAttribute("aria-label", what);
    }
    old.forEach((line) => line.remove());
  }

  leave() { clearInterval(this.timer); uploaders.delete(this.root); }
}

export default function (component) {
  const root = component.parentElement.querySelector(".uploader");
  let uploader = uploaders.get(root);
  if (!uploader) {
    uploader = new Uploader(root, component);
    uploaders.set(root, uploader);
  }
  uploader.update(component);
  uploader.send();
  return () => uploader.leave();
}
