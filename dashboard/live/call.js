// One live call: from the press of Start to its end. The page calls the default export
// again whenever the server has something new to say.

const TOKEN = "rapport-call";
// The call that this tab had running when it was last heard of.
const RUNNING = "rapport-call-running";
const pages = new WeakMap();

class LivePage {
  constructor(root, parent, data) {
    Object.assign(this, { root, parent, data, connection: null, token: null, course: [], notes: [], span: 120, offers: new Map(), small: null });
    this.find = (selector) => root.querySelector(selector);
    this.notices = new Notices(this.find(".notices"));
    this.setup = new Setup(root, data, () => this.start());
    this.region = new Region(root, (box) => { if (this.connection) this.connection.say({ kind: "region", box }); });
    makeBars(root, data.emotions);
    this.find(".stop").addEventListener("click", () => this.stop());
    this.find(".mute").addEventListener("click", () => this.mute());
    this.find(".go-on").addEventListener("click", () => this.start(this.keptToken));
    this.find(".end-kept").addEventListener("click", () => this.trigger("ended", { token: this.keptToken, stop: true }));
    this.find(".notes form").addEventListener("submit", (event) => { event.preventDefault(); this.note(this.find(".note").value); this.find(".note").value = ""; this.find(".note").blur(); });
    root.querySelectorAll(".span button").forEach((button) => button.addEventListener("click", () => {
      this.span = Number(button.dataset.span);
      root.querySelectorAll(".span button").forEach((one) => one.classList.toggle("chosen", one === button));
      this.drawCourse();
    }));
    if ("documentPictureInPicture" in window) {
      this.find(".pip").hidden = false;
      this.find(".pip").addEventListener("click", () => this.keepOnTop());
    }
    this.listeners = [
      [window, "beforeunload", (event) => { if (this.connection) event.preventDefault(); }],
      [window, "pagehide", () => { if (this.connection) { this.connection.say({ kind: "leave" }); this.connection.close(); } }],
      [document, "keydown", (event) => this.key(event)],
      [document, "click", (event) => this.leaving(event), true],
      [window, "resize", () => this.drawCourse()],
    ];
    this.watchman = setInterval(() => this.missed(), 1000);
    if (navigator.mediaDevices) this.listeners.push([navigator.mediaDevices, "devicechange", () => { this.setup.devices(); if (this.connection) this.sources.back(); }]);
    this.listeners.forEach(([target, name, handler, early]) => target.addEventListener(name, handler, early));
    let token = null;
    try { token = sessionStorage.getItem(TOKEN) || localStorage.getItem(TOKEN); } catch { /* Nothing was kept. */ }
    if (token) setTimeout(() => this.trigger("hello", { token, running: this.running() === token }), 0);
  }

  running() { try { return sessionStorage.getItem(RUNNING); } catch { return null; } }

  // Nothing is left of it that the user has not been told.
  forgetRunning() { try { sessionStorage.removeItem(RUNNING); } catch { /* Nothing was kept. */ } }

  trigger(name, value) { this.parent.setTriggerValue(name, { ...value, at: Date.now() }); }

  update(parent, data) {
    this.parent = parent;
    this.data = data;
    const answer = data.answer;
    const waiting = answer && this.offers.get(answer.id);
    if (waiting) {
      this.offers.delete(answer.id);
      if (answer.sdp) waiting.resolve(answer.sdp);
      else waiting.reject(Object.assign(new Error(answer.error), { final: answer.final }));
    }
    this.keptToken = data.kept ? data.kept.token : null;
    this.find(".kept").hidden = !this.keptToken || Boolean(this.connection);
    this.place();
    if (data.kept) this.find(".kept-text").textContent = `A call of ${data.kept.clock} is still here. It waits half a minute for its picture and sound, and what was read is kept for an hour.`;
    if (data.ended) this.forgetRunning();
    if (data.gone && data.gone.token === this.running()) { this.forgetRunning(); this.say("start", data.gone.why); }
    this.root.classList.toggle("after", Boolean(data.ended) && !this.connection);
    if (data.ended && this.stopped) {
      // What the call came to stands above, where a small screen does not show it.
      this.stopped = false;
      this.say("start", "");
      const summary = document.querySelector(".st-key-ended");
      if (summary) { summary.style.scrollMarginTop = "8rem"; summary.scrollIntoView({ block: "start" }); }
    }
  }

  ask(offer) {
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => { this.offers.delete(id); reject(new Error("The server did not answer. Check the network, and press Start again.")); }, 20000);
      const done = (end) => (value) => { clearTimeout(late); end(value); };
      this.offers.set(id, { resolve: done(resolve), reject: done(reject) });
      this.trigger("offer", {
        id, token: this.token, source: this.source, consent: this.consent, baseline: this.setup.find(".baseline").checked, ...offer,
      });
    });
  }

  async start(token) {
    if (this.connection || this.starting) return;
    this.starting = true;
    this.notices.clear();
    const setup = this.setup;
    this.source = setup.source;
    this.consent = setup.consent;
    this.find(".start").disabled = true;
    let taken = null, connection = null;
    try {
      taken = await capture(this.source, setup.find(".camera").value, setup.find(".microphone").value);
      this.token = token || crypto.randomUUID();
      this.course = [];
      this.notes = [];
      this.last = null;
      connection = new Connection(this.data.iceServers, (offer) => this.ask(offer), (view) => this.draw(view), (state, why) => this.state(state, why));
      this.connection = connection;
      this.sources = new Sources(connection, this.source, this.notices, () => setup.find(".microphone").value.replace("none", ""), (tracks) => this.picture(tracks));
      this.show("running");
      this.makeLabels();
      text(this.root, ".badge span", "Connecting");
      text(this.root, ".clock", clock(0));
      this.paint(CONNECTING);
      this.drawCourse();
      const { picture, sound, own } = taken;
      this.picture(taken);
      connection.tracks = { picture, sound, own };
      this.sources.follow(taken);
      await connection.open();
      if (this.connection !== connection) return;
      try { sessionStorage.setItem(TOKEN, this.token); localStorage.setItem(TOKEN, this.token); sessionStorage.setItem(RUNNING, this.token); } catch { /* A reload then loses the call. */ }
      if (taken.missing) this.sources.deaf(taken.missing);
      setup.devices();
    } catch (error) {
      // The user stopped it before it had begun.
      if (connection && this.connection !== connection) return;
      if (connection) connection.close();
      else if (taken) [taken.picture, taken.sound, taken.own].forEach((track) => track && track.stop());
      this.connection = null;
      this.notices.clear();
      if (error.final) {
        // The server has ended the call that was to go on, and still has what was read.
        this.keptToken = null;
        this.stopped = true;
        this.forgetRunning();
        this.trigger("ended", { token: this.token, stop: true });
      }
      this.show("setup");
      this.say("start", error.message);
    } finally {
      this.starting = false;
      setup.update();
    }
  }

  picture({ picture }) {
    const video = this.find("video"), seen = picture && picture.readyState === "live";
    if (!seen) video.srcObject = null;
    else if (!video.srcObject || video.srcObject.getTracks()[0] !== picture) {
      video.srcObject = new MediaStream([picture]);
      video.play().catch(() => {});
    }
    this.find(".picture").classList.toggle("empty", !seen);
  }

  state(state, why) {
    if (state === "unreached") this.say("server", "No way to the server is found yet; trying again. If it stays so, a firewall is in between: whoever runs the server sets RAPPORT_ICE_SERVERS for it.");
    if (state === "lost") this.say("server", "The connection to the server is lost; trying again. What was read so far is kept.");
    if (state === "open") { this.say("server", ""); this.connection.say({ kind: "hints", ...this.setup.hints }); }
    if (state === "ended") this.end(why);
  }

  draw(view) {
    if (!this.connection) return;
    if (view.ended) { this.end(); return; }
    this.course.push(...view.course.filter((point) => !this.course.length || point[0] > this.course[this.course.length - 1][0]));
    this.last = view;
    this.drawn = performance.now();
    text(this.root, ".badge span", "Analysis runs");
    this.paint(view);
    text(this.root, ".clock", view.clock);
    this.region.update(view.region);
    const chosen = view.faces.some((face) => face.chosen);
    text(this.root, ".people", this.region.sentence || (view.away ? "The face that you chose is not in view. Press another one to read that." : view.faces.length < 2 ? "" : chosen ? "The others are not read." : `${view.faces.length} people: press the customer's face, and only that one is read.`));
    this.hint = view.hint;
    this.find(".hint").dataset.empty = String(!view.hint);
    if (view.hint) text(this.root, ".hint p", view.hint.text);
    if (view.notes) { this.notes = view.notes; this.drawNotes(); }
    if (view.course.length || view.notes) this.drawCourse();
  }

  // Where no view comes any more, what was read last is not what is read now.
  missed() {
    if (!this.connection || !this.last) return;
    const seconds = Math.round((performance.now() - this.drawn) / 1000);
    if (seconds <= UNSEEN) return;
    text(this.root, ".badge span", "No connection");
    this.paint(missing(this.last, seconds));
  }

  paint(view) {
    for (const root of this.small ? [this.root, this.small] : [this.root]) {
      drawScore(root, view, this.data.limits);
      drawHeadline(root, view);
      drawSenses(root, view);
    }
    drawBars(this.root, view, this.data.emotions);
    drawFaces(this.root, view, (person) => this.connection.say({ kind: "follow", person }));
    drawTalk(this.root, view.talk);
    drawHealth(this.root, view);
    this.root.dataset.reading = view.headline.kind;
  }

  drawCourse() {
    if (this.connection) drawCourse(this.find(".course svg"), this.course, this.notes, this.span, this.data.emotions, this.data.limits);
  }

  drawNotes() {
    this.find(".noted").replaceChildren(...this.notes.slice(-4).reverse().map(([time, label]) => {
      const item = document.createElement("li"), when = document.createElement("b");
      when.textContent = clock(time);
      item.append(when, ` ${label}`);
      return item;
    }));
  }

  makeLabels() {
    this.find(".labels-row").replaceChildren(...this.setup.labels.map((label, index) => {
      const button = document.createElement("button"), key = document.createElement("kbd");
      key.textContent = String(index + 1);
      button.append(key, label);
      button.addEventListener("click", () => this.note(label));
      return button;
    }));
  }

  note(label) { if (label.trim() && this.connection) this.connection.say({ kind: "note", text: label.trim() }); }

  mute() {
    if (!this.hint) return;
    this.root.querySelectorAll(".limits [data-name]").forEach((row) => { if (row.dataset.name === this.hint.kind) row.querySelector('input[type="checkbox"]').checked = false; });
    this.connection.say({ kind: "hints", ...this.setup.hints });
  }

  key(event) {
    if (!this.connection || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    if (event.key === "Escape" && this.region.drawing) this.region.draw(false);
    else if (event.key === "Escape") this.stop();
    else if (event.key === "n" || event.key === "N") { event.preventDefault(); this.find(".note").focus(); }
    else if (/^[1-9]$/.test(event.key) && this.setup.labels[event.key - 1]) this.note(this.setup.labels[event.key - 1]);
  }

  leaving(event) {
    const link = event.target instanceof Element && event.target.closest("a[href]");
    if (!this.connection || !link || link.target === "_blank" || link.hasAttribute("download")) return;
    if (!confirm("A call is running. Leave this page? The call ends, and what was read so far is kept for an hour.")) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  async keepOnTop() {
    let opened = null;
    try {
      opened = await documentPictureInPicture.requestWindow({ width: 340, height: 300 });
    } catch {
      this.say("small", "The browser opened no small window. Press ‘Keep on top’ again.");
      return;
    }
    const shell = opened.document.createElement("div");
    shell.className = "live small";
    shell.append(...[".score", ".headline", ".senses"].map((part) => this.find(part).cloneNode(true)));
    const stop = this.find(".stop").cloneNode(true);
    stop.addEventListener("click", () => this.stop());
    shell.append(stop);
    const style = this.styles();
    opened.document.head.append(style);
    const shown = getComputedStyle(this.root);
    opened.document.body.style.cssText = `margin:0;background:${shown.getPropertyValue("--background")};color:${shown.color};font-family:${shown.fontFamily}`;
    for (const name of ["--background", "--panel", "--ink", "--line", "--primary"]) shell.style.setProperty(name, shown.getPropertyValue(name));
    opened.document.body.append(shell);
    this.small = shell;
    this.smallWindow = opened;
    opened.document.addEventListener("keydown", (event) => this.key(event));
    opened.addEventListener("pagehide", () => { if (this.smallWindow === opened) this.small = this.smallWindow = null; });
  }

  styles() {
    const style = document.createElement("style");
    const near = [...this.root.getRootNode().querySelectorAll("style")].map((one) => one.textContent).join("\n");
    // The other window has another base, so that what lies beside a style sheet is named in full.
    const whole = (rule, base) => rule.cssText.replace(/url\("?([^")]+)"?\)/g, (_, place) => `url("${new URL(place, base)}")`);
    const fonts = [...document.styleSheets].flatMap((sheet) => {
      try {
        return [...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule).map((rule) => whole(rule, sheet.href || document.baseURI));
      } catch { return []; }
    });
    style.textContent = `${fonts.join("\n")}\n${near}`;
    return style;
  }

  say(matter, sentence) {
    this.notices.say(matter, sentence);
    if (sentence && this.root.dataset.state === "setup") this.find(".notices").scrollIntoView({ block: "nearest" });
  }

  // During a call nothing may jump; before one it stands beside what is to be pressed again.
  place() {
    const box = this.find(".notices"), kept = this.find(".kept");
    const where = this.root.dataset.state !== "setup" ? this.root : kept.hidden ? this.find(".consent") : kept;
    if (box.parentElement === where) return;
    if (where === this.root) where.prepend(box);
    else where.append(box);
  }

  show(state) {
    this.root.dataset.state = state;
    this.find(".setup").hidden = state !== "setup";
    this.find(".running").hidden = state !== "running";
    this.find(".kept").hidden = state !== "setup" || !this.keptToken;
    this.place();
    // Start lies below what is to be seen at a glance.
    if (state === "running") this.find(".running").scrollIntoView({ block: "start" });
  }

  stop() {
    if (!this.connection) return;
    const connection = this.connection;
    if (!connection.say({ kind: "stop" })) { this.end(); return; }
    // Nothing more is captured from this moment on.
    Object.values(connection.tracks).forEach((track) => track && track.stop());
    setTimeout(() => { if (this.connection === connection) this.end(); }, 2000);
  }

  end(why = "") {
    if (!this.connection) return;
    this.forgetRunning();
    this.connection.close();
    this.connection = null;
    if (this.smallWindow) this.smallWindow.close();
    this.find("video").srcObject = null;
    this.region.draw(false);
    this.setup.find(".agreed").checked = false;
    this.setup.update();
    this.keptToken = null;
    this.show("setup");
    // Where the server still has the call, it says with what it came to why it ended.
    this.notices.clear();
    this.say("start", why);
    this.stopped = true;
    this.trigger("ended", { token: this.token, stop: true });
  }

  leave() {
    clearInterval(this.watchman);
    this.listeners.forEach(([target, name, handler, early]) => target.removeEventListener(name, handler, early));
    if (this.connection) { this.connection.say({ kind: "leave" }); this.connection.close(); this.connection = null; }
    if (this.smallWindow) this.smallWindow.close();
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".live");
  const data = JSON.parse(component.data.json);
  let page = pages.get(root);
  if (!page) {
    page = new LivePage(root, component, data);
    pages.set(root, page);
  }
  page.update(component, data);
  return () => page.leave();
}
