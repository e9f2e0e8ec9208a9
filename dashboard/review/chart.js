// Draws a timeline of any length into a canvas: every pixel stands for the readings under it.

const STEP = 0.5;
const RIBBONS = [["fused", "Both"], ["face", "Face"], ["voice", "Voice"]];

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return `${hours ? `${hours}:` : ""}${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

class Chart {
  constructor(canvas) {
    this.canvas = canvas;
    this.from = 0;
    this.to = 1;
  }

  show(data, person) {
    const longer = this.duration !== data.duration;
    Object.assign(this, { data, person, duration: data.duration, everyone: data.people });
    if (longer) { this.from = 0; this.to = this.duration; }
  }

  get left() { return this.canvas.clientWidth < 600 ? 60 : 64; }
  get wide() { return Math.max(this.canvas.clientWidth - this.left - 8, 50); }
  x(time) { return this.left + this.wide * (time - this.from) / (this.to - this.from); }
  time(x) { return Math.min(Math.max(this.from + (this.to - this.from) * (x - this.left) / this.wide, 0), this.duration); }
  get whole() { return this.to - this.from >= this.duration - 1e-6; }

  zoom(factor, around) {
    const span = Math.min(Math.max((this.to - this.from) * factor, Math.min(5, this.duration)), this.duration);
    const share = (around - this.from) / (this.to - this.from);
    this.move(around - share * span, span);
  }

  move(from, span = this.to - this.from) {
    this.from = Math.min(Math.max(from, 0), this.duration - span);
    this.to = this.from + span;
  }

  // First and last step under a pixel.
  steps(pixel) {
    const scale = (this.to - this.from) / this.wide / STEP;
    const first = Math.floor(this.from / STEP + pixel * scale);
    return [first, Math.max(Math.floor(this.from / STEP + (pixel + 1) * scale), first + 1)];
  }

  score(pixel) {
    const [first, last] = this.steps(pixel);
    let sum = 0, count = 0, low = 101, high = -1;
    for (let index = first; index < last; index++) {
      const value = this.person.satisfaction[index];
      if (value === null || value === undefined) continue;
      sum += value; count++; low = Math.min(low, value); high = Math.max(high, value);
    }
    return count ? [sum / count, low, high] : null;
  }

  emotion(ribbon, pixel) {
    const [first, last] = this.steps(pixel);
    const counts = new Array(9).fill(0);
    for (let index = first; index < last; index++) {
      const letter = this.person[ribbon][index];
      counts[letter === undefined || letter === "." ? 8 : Number(letter)]++;
    }
    const best = counts.indexOf(Math.max(...counts.slice(0, 8)));
    return counts[best] && counts[best] >= counts[8] / 2 ? best : null;
  }

  // Without the cursor, which moves over it with each picture that is played.
  draw() {
    const { canvas, data } = this;
    const lanes = this.everyone.filter((one) => one.speech);
    const top = 22, high = canvas.clientWidth < 600 ? 110 : 150, ribbon = 15, gap = 5;
    const talk = top + high + 10 + RIBBONS.length * (ribbon + gap);
    const height = talk + lanes.length * (12 + gap) + 24;
    const ratio = window.devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    const size = [Math.round(canvas.clientWidth * ratio), Math.round(height * ratio)];
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    const pen = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    const ink = style.color;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, canvas.clientWidth, height);
    pen.font = `12px ${style.fontFamily}`;
    pen.textBaseline = "middle";
    const y = (value) => top + high * (1 - value / 100);
    const [low, upper] = data.limits;
    pen.globalAlpha = 0.1;
    pen.fillStyle = "#0f8a80"; pen.fillRect(this.left, y(100), this.wide, y(upper) - y(100));
    pen.fillStyle = "#c2410c"; pen.fillRect(this.left, y(low), this.wide, y(0) - y(low));
    pen.globalAlpha = 0.8;
    pen.fillStyle = ink;
    pen.textAlign = "right";
    for (const value of [0, low, upper, 100]) pen.fillText(value, this.left - 8, y(value));
    RIBBONS.forEach(([, name], row) => pen.fillText(name, this.left - 8, top + high + 10 + row * (ribbon + gap) + ribbon / 2));
    pen.textAlign = "left";
    pen.globalAlpha = 0.55;
    pen.fillText("satisfied", this.left + 6, y(100) + 10);
    pen.fillText("dissatisfied", this.left + 6, y(0) - 10);
    pen.textAlign = "right";
    pen.globalAlpha = 0.8;
    lanes.forEach((one, row) => pen.fillText(one.short, this.left - 8, talk + row * (12 + gap) + 6, this.left - 10));
    pen.globalAlpha = 1;
    // The line breaks where nothing is read.
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    pen.lineJoin = "round";
    const fine = (this.to - this.from) / STEP < this.wide;
    const path = new Path2D(), band = new Path2D();
    let open = false;
    const point = (at, value) => { open ? path.lineTo(at, y(value)) : path.moveTo(at, y(value)); open = true; };
    if (fine) {
      for (let index = Math.max(Math.floor(this.from / STEP) - 1, 0); index <= this.to / STEP; index++) {
        const value = this.person.satisfaction[index];
        if (value === null || value === undefined) open = false;
        else point(this.x((index + 1) * STEP), value);
      }
    } else {
      for (let pixel = 0; pixel < this.wide; pixel++) {
        const found = this.score(pixel);
        if (!found) { open = false; continue; }
        point(this.left + pixel, found[0]);
        band.rect(this.left + pixel, y(found[2]), 1, Math.max(y(found[1]) - y(found[2]), 1));
      }
    }
    pen.save();
    pen.beginPath(); pen.rect(this.left, 0, this.wide, height); pen.clip();
    pen.globalAlpha = 0.18; pen.fillStyle = ink; pen.fill(band); pen.globalAlpha = 1;
    pen.stroke(path);
    RIBBONS.forEach(([name], row) => this.runs(pen, (pixel) => this.emotion(name, pixel), (best) => data.emotions[best].colour, top + high + 10 + row * (ribbon + gap), ribbon));
    lanes.forEach((one, row) => {
      const at = talk + row * (12 + gap);
      pen.globalAlpha = 0.12; pen.fillStyle = ink; pen.fillRect(this.left, at, this.wide, 12); pen.globalAlpha = 1;
      this.runs(pen, (pixel) => { const [first, last] = this.steps(pixel); for (let i = first; i < last; i++) if (Number(one.speech[i]) >= 3) return 0; return null; }, () => one.colour, at, 12);
    });
    pen.restore();
    pen.globalAlpha = 0.8; pen.fillStyle = ink; pen.textAlign = "center";
    const span = this.to - this.from;
    const every = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].find((one) => span / one <= Math.max(3, this.wide / 80)) || 7200;
    for (let tick = Math.ceil(this.from / every) * every; tick <= this.to; tick += every) {
      if (this.x(tick) < canvas.clientWidth - 16) pen.fillText(clock(tick), this.x(tick), height - 8);
    }
    pen.globalAlpha = 1;
    this.flags = [];
    let beside = -99;
    this.person.moments.forEach((moment) => {
      const at = this.x(moment.time);
      if (at < this.left - 1 || at > this.left + this.wide + 1) return;
      const colour = { rise: "#0f8a80", high: "#0f8a80", fall: "#c2410c", low: "#c2410c" }[moment.kind] || "#64798a";
      pen.strokeStyle = colour; pen.lineWidth = 1; pen.setLineDash([2, 3]);
      pen.beginPath(); pen.moveTo(at, 16); pen.lineTo(at, top + high); pen.stroke(); pen.setLineDash([]);
      if (at - beside < 19) return;
      beside = at;
      pen.fillStyle = colour;
      pen.beginPath(); pen.roundRect(at - 9, 1, 18, 16, 4); pen.fill();
      pen.fillStyle = "#fff"; pen.fillText(moment.number, at, 9.5);
      this.flags.push([at, moment]);
    });
  }

  // Neighbours of one colour are one box, so that no seams are seen.
  runs(pen, at, colour, top, height) {
    let first = 0, now = at(0);
    for (let pixel = 1; pixel <= this.wide; pixel++) {
      const next = pixel < this.wide ? at(pixel) : undefined;
      if (next === now) continue;
      if (now !== null) { pen.fillStyle = colour(now); pen.fillRect(this.left + first, top, pixel - first, height); }
      first = pixel; now = next;
    }
  }

  flag(x, y) {
    const found = y < 20 ? (this.flags || []).find(([at]) => Math.abs(at - x) <= 10) : null;
    return found ? found[1] : null;
  }

  words(time) {
    const index = Math.min(Math.max(Math.ceil(time / STEP) - 1, 0), this.person.satisfaction.length - 1);
    const score = this.person.satisfaction[index], letter = this.person.fused[index];
    const parts = [clock(time)];
    if (score !== null && score !== undefined) parts.push(`satisfaction ${score}`);
    parts.push(letter && letter !== "." ? this.data.emotions[Number(letter)].name : "nothing read");
    return parts.join(", ");
  }
}
