// Plays a recording in step with its chart: a click on the chart plays there, and the cursor
// follows what is played. Moments are played, added, named and deleted here.

const LEAD = 3;
const players = new WeakMap();

class Player {
  constructor(root, component) {
    Object.assign(this, { root, component, order: "time", person: 0, editing: null, stills: new Map(), place: 0 });
    this.find = (selector) => root.querySelector(selector);
    this.canvas = this.find("canvas");
    this.chart = new Chart(this.canvas);
    this.find(".moments").addEventListener("click", (event) => this.press(event));
    this.find(".moments").addEventListener("submit", (event) => this.save(event));
    this.find(".add").addEventListener("click", () => this.trigger("moment", { action: "add", time: this.time }));
    root.querySelectorAll(".order button").forEach((button) => button.addEventListener("click", () => { this.order = button.dataset.order; this.list(); }));
    root.querySelectorAll(".zoom button").forEach((button) => button.addEventListener("click", () => this.zoom(button.dataset.zoom)));
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => { this.held = { x: event.offsetX, from: this.chart.from, moved: false }; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerup", (event) => this.release(event));
    canvas.addEventListener("pointercancel", () => { this.held = null; });
    canvas.addEventListener("pointerleave", () => { this.find(".tip").hidden = true; });
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.chart.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.chart.time(event.offsetX));
      this.draw();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(canvas);
  }

  trigger(name, value) { this.component.setTriggerValue(name, { ...value, at: Date.now() }); }
  get time() { return this.medium ? this.medium.currentTime : this.place; }
  get shown() { return this.data.people[this.person]; }

  update(component) {
    this.component = component;
    const before = this.data;
    this.data = component.data;
    this.person = Math.min(this.data.shown, this.data.people.length - 1);
    if (!before || before.media !== this.data.media) this.load();
    if (!before || before.media !== this.data.media) this.editing = null;
    if (this.data.added && (!before || before.added !== this.data.added)) this.editing = this.data.added;
    this.persons();
    const line = document.createElement("span");
    line.textContent = "Line: satisfaction, 0 to 100";
    this.find(".legend").replaceChildren(line, ...this.data.emotions.map((emotion) => {
      const item = document.createElement("span"), box = document.createElement("i");
      box.style.background = emotion.colour;
      item.append(box, emotion.name);
      return item;
    }));
    this.change();
  }

  change() {
    this.chart.show(this.data, this.shown);
    this.canvas.setAttribute("aria-valuemax", String(Math.round(this.data.duration)));
    this.list();
    this.draw();
    this.capture();
  }

  load() {
    const { media, kind, unplayed } = this.data;
    const box = this.find(".medium");
    this.stills.clear();
    this.medium = null;
    this.place = 0;
    this.chart.duration = null;
    box.replaceChildren();
    this.say(media ? "" : unplayed);
    if (!media) return;
    const medium = document.createElement(kind);
    Object.assign(medium, { controls: true, preload: "metadata", playsInline: true, src: new URL(media, document.baseURI).href });
    medium.addEventListener("error", () => { this.say(`This browser does not play the file. ${unplayed}`); });
    for (const name of ["timeupdate", "seeked", "loadedmetadata", "pause"]) medium.addEventListener(name, () => this.point());
    medium.addEventListener("play", () => this.follow());
    box.append(medium);
    this.medium = medium;
  }

  say(text) {
    this.find(".silent").textContent = text;
    this.find(".silent").hidden = !text;
  }

  follow() {
    if (!this.medium || this.medium.paused) return;
    this.point();
    requestAnimationFrame(() => this.follow());
  }

  play(time) {
    this.place = Math.max(time, 0);
    if (this.medium) {
      this.medium.currentTime = this.place;
      this.medium.play().catch(() => {});
    }
    this.point();
  }

  draw() {
    if (!this.data) return;
    this.chart.draw();
    Object.assign(this.root.dataset, { from: this.chart.from.toFixed(2), to: this.chart.to.toFixed(2) });
    this.point();
  }

  // The cursor alone, sixty times a second while something is played.
  point() {
    if (!this.data) return;
    const time = this.time, { chart } = this;
    // A chart that is zoomed in turns its page with what is played.
    if (!chart.whole && this.medium && !this.medium.paused && !this.held && (time > chart.to || time < chart.from)) {
      const { from } = chart;
      chart.move(time - 0.1 * (chart.to - chart.from));
      if (chart.from !== from) { this.draw(); return; }
    }
    const at = chart.x(time), cursor = this.find(".cursor");
    cursor.hidden = at < chart.left - 1 || at > chart.left + chart.wide + 1;
    cursor.style.transform = `translateX(${at}px)`;
    this.root.dataset.cursor = time.toFixed(2);
    const place = `${clock(time)} of ${clock(this.data.duration)}`, words = chart.words(time);
    if (this.find(".at").textContent !== place) this.find(".at").textContent = place;
    if (this.canvas.getAttribute("aria-valuetext") !== words) {
      this.canvas.setAttribute("aria-valuenow", String(Math.round(time)));
      this.canvas.setAttribute("aria-valuetext", words);
    }
    let now = null;
    for (const moment of this.shown.moments) if (moment.time <= time + 0.05) now = moment.key;
    if (now !== this.now) {
      this.now = now;
      this.root.querySelectorAll(".moments li").forEach((row) => row.classList.toggle("now", row.dataset.key === now));
    }
  }

  zoom(how) {
    if (how === "all") { this.chart.move(0, this.data.duration); } else this.chart.zoom(how === "in" ? 0.5 : 2, Math.min(Math.max(this.time, this.chart.from), this.chart.to));
    this.draw();
  }

  hover(event) {
    const { chart, held } = this;
    if (held) {
      if (Math.abs(event.offsetX - held.x) > 4) held.moved = true;
      if (held.moved && !chart.whole) {
        this.canvas.classList.add("dragged");
        chart.move(held.from - (event.offsetX - held.x) * (chart.to - chart.from) / chart.wide);
        this.draw();
      }
      return;
    }
    const tip = this.find(".tip"), flag = chart.flag(event.offsetX, event.offsetY);
    tip.hidden = event.offsetX < chart.left;
    tip.textContent = flag ? `${clock(flag.time)} ${flag.words}` : chart.words(chart.time(event.offsetX));
    const half = tip.offsetWidth / 2;
    tip.style.left = `${Math.min(Math.max(event.offsetX, half), this.canvas.clientWidth - half)}px`;
    tip.style.top = flag ? "22px" : `${Math.max(event.offsetY - 34, 20)}px`;
  }

  release(event) {
    const held = this.held;
    this.held = null;
    this.canvas.classList.remove("dragged");
    if (!held || held.moved || event.offsetX < this.chart.left) return;
    const flag = this.chart.flag(event.offsetX, event.offsetY);
    this.play(flag ? flag.time - LEAD : this.chart.time(event.offsetX));
  }

  key(event) {
    const jump = { ArrowLeft: -5, ArrowRight: 5, PageUp: -30, PageDown: 30 }[event.key];
    if (jump) this.seek(this.time + jump);
    else if (event.key === "Home") this.seek(0);
    else if (event.key === "End") this.seek(this.data.duration);
    else if (event.key === "+" || event.key === "=") this.zoom("in");
    else if (event.key === "-") this.zoom("out");
    else if (event.key === " " && this.medium) { if (this.medium.paused) this.medium.play().catch(() => {}); else this.medium.pause(); }
    else return;
    event.preventDefault();
  }

  seek(time) {
    this.place = Math.min(Math.max(time, 0), this.data.duration);
    if (this.medium) this.medium.currentTime = this.place;
    this.point();
  }

  persons() {
    const { people } = this.data;
    this.find(".people").replaceChildren(...(people.length < 2 ? [] : people.map((one, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = one.role ? `${one.name} (${one.role})` : one.name;
      button.classList.toggle("chosen", index === this.person);
      button.setAttribute("aria-pressed", String(index === this.person));
      button.addEventListener("click", () => { this.person = index; this.persons(); this.change(); this.trigger("person", { index }); });
      return button;
    })));
  }

  list() {
    const rows = [...this.shown.moments];
    rows.forEach((moment, index) => { moment.number = index + 1; });
    if (this.order === "weight") rows.sort((a, b) => b.weight - a.weight || a.time - b.time);
    this.root.querySelectorAll(".order button").forEach((button) => { button.classList.toggle("chosen", button.dataset.order === this.order); button.setAttribute("aria-pressed", String(button.dataset.order === this.order)); });
    this.now = undefined;
    const list = this.find(".moments");
    if (!rows.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.style.border = "0";
      none.textContent = "None was found. Add your own while you watch.";
      list.replaceChildren(none);
      return;
    }
    list.replaceChildren(...rows.map((moment) => this.row(moment)));
  }

  row(moment) {
    const row = document.createElement("li");
    row.dataset.key = moment.key;
    row.className = moment.kind;
    row.innerHTML = '<button type="button" class="go"><img alt="" hidden><span class="when"></span><span class="what"><i></i><span></span></span></button><button type="button" class="change" title="Rename, comment or delete"><span class="symbol" aria-hidden="true">edit</span></button>';
    row.querySelector(".when").textContent = clock(moment.time);
    row.querySelector(".what i").textContent = moment.turn ? `${moment.turn} ` : "";
    row.querySelector(".what span").textContent = moment.words;
    row.querySelector(".go").title = "Click to play (starts 3 s earlier)";
    row.querySelector(".change").setAttribute("aria-label", `Rename, comment or delete the moment at ${clock(moment.time)}`);
    const picture = this.stills.get(moment.time), image = row.querySelector("img");
    if (picture) { image.src = picture; image.hidden = false; }
    else image.remove();
    if (!picture) row.querySelector(".go").style.gridTemplateColumns = "3.4rem minmax(0, 1fr)";
    if (moment.key === this.editing) row.append(this.form(moment));
    else if (moment.comment) {
      const comment = document.createElement("p");
      comment.className = "comment";
      comment.textContent = moment.comment;
      row.append(comment);
    }
    return row;
  }

  form(moment) {
    const form = document.createElement("form");
    form.innerHTML = '<input name="title" maxlength="120" aria-label="Name of the moment"><input name="comment" maxlength="500" placeholder="Comment" aria-label="Comment"><div class="row"><button class="save">Save</button><button type="button" class="cancel">Cancel</button><span class="space"></span><button type="button" class="delete">Delete</button></div>';
    form.elements.title.value = moment.title;
    form.elements.title.placeholder = moment.words;
    form.elements.comment.value = moment.comment;
    setTimeout(() => form.elements.title.focus({ preventScroll: true }), 0);
    return form;
  }

  press(event) {
    const row = event.target.closest("li");
    const moment = row && this.shown.moments.find((one) => one.key === row.dataset.key);
    if (!moment) return;
    if (event.target.closest(".go")) { this.play(moment.time - LEAD); return; }
    if (event.target.closest(".change")) this.editing = this.editing === moment.key ? null : moment.key;
    else if (event.target.closest(".cancel")) this.editing = null;
    else if (event.target.closest(".delete")) { this.editing = null; this.trigger("moment", { action: "delete", key: moment.key }); return; }
    else return;
    this.list();
    this.draw();
  }

  save(event) {
    event.preventDefault();
    const { title, comment } = event.target.elements;
    this.editing = null;
    this.trigger("moment", { action: "change", key: event.target.closest("li").dataset.key, title: title.value.trim(), comment: comment.value.trim() });
  }

  // Small pictures of the moments, taken from the recording by the browser itself.
  async capture() {
    if (this.data.kind !== "video" || !this.data.media || this.capturing) return;
    const missing = () => this.data && this.shown.moments.map((one) => one.time).find((time) => !this.stills.has(time));
    if (missing() === undefined) return;
    this.capturing = true;
    const { media } = this.data;
    const video = Object.assign(document.createElement("video"), { muted: true, preload: "auto", src: new URL(media, document.baseURI).href });
    const event = (name) => new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("late")), 10000);
      video.addEventListener(name, () => { clearTimeout(late); resolve(); }, { once: true });
      video.addEventListener("error", () => { clearTimeout(late); reject(new Error("unplayable")); }, { once: true });
    });
    try {
      await event("loadeddata");
      const canvas = Object.assign(document.createElement("canvas"), { width: 128, height: 76 });
      for (let time = missing(); time !== undefined && this.data.media === media && this.root.isConnected; time = missing()) {
        const there = event("seeked");
        video.currentTime = Math.min(time, Math.max(video.duration - 0.1, 0));
        await there;
        const scale = Math.max(128 / video.videoWidth, 76 / video.videoHeight);
        const [wide, high] = [video.videoWidth * scale, video.videoHeight * scale];
        canvas.getContext("2d").drawImage(video, (128 - wide) / 2, (76 - high) / 2, wide, high);
        this.stills.set(time, canvas.toDataURL("image/jpeg", 0.7));
        if (!this.editing) { this.list(); this.draw(); }
      }
    } catch { /* Moments without pictures do as well. */ } finally {
      video.removeAttribute("src");
      video.load();
      this.capturing = false;
    }
  }

  leave() {
    this.watch.disconnect();
    if (this.medium) this.medium.pause();
    players.delete(this.root);
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".player");
  let player = players.get(root);
  if (!player) {
    player = new Player(root, component);
    players.set(root, player);
  }
  player.update(component);
  return () => player.leave();
}
