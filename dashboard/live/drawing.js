// Draws a view of the call. Card, gauge, bars and box come from the same one.

const TREND = { rising: "▲", falling: "▼", steady: "▶" };

// Seconds without a view after which the page no longer shows what was read.
const UNSEEN = 2;

// Before the first view.
const CONNECTING = {
  bars: null, faces: [], satisfaction: null, talk: null, health: null, error: null,
  senses: { face: { tone: "absent", text: "Not connected yet" }, voice: { tone: "absent", text: "Not connected yet" } },
  headline: { kind: "waiting", text: "Connecting", note: "nothing is read until the server answers", symbol: "hourglass_top", colour: "" },
};

// The last view, of so many seconds ago, as what it is then.
function missing(view, seconds) {
  const absent = { tone: "absent", text: "No connection" };
  const score = view.satisfaction;
  return {
    ...view, bars: null, faces: [], senses: { face: absent, voice: absent },
    satisfaction: score && { ...score, old: score.old + seconds },
    headline: { kind: "waiting", text: "No connection", note: "nothing is read until the server answers", symbol: "cloud_off", colour: "" },
    health: null, error: `The server has said nothing for ${seconds} s.`,
  };
}

function text(root, selector, value) {
  const element = root.querySelector(selector);
  if (element && element.textContent !== value) element.textContent = value;
  return element;
}

function drawScore(root, view, limits) {
  const score = view.satisfaction;
  const box = root.querySelector(".score");
  const old = score && score.old;
  box.dataset.word = score ? score.word : "";
  box.dataset.sure = !score || old ? "unsure" : score.sure;
  text(box, ".value", score ? String(score.value) : "–");
  text(box, ".word", score ? score.word : "not known yet");
  const trend = !score || !score.trend ? "" : `${TREND[score.trend]} ${score.trend}${score.trend === "steady" ? "" : ` ${Math.abs(score.change)} in 10 s`}`;
  text(box, ".trend", old ? `of ${old} s ago` : trend);
  text(box, ".sure", !score ? "" : old ? "nothing read now" : `${score.low} to ${score.high}, ${score.sure}`);
  const place = (selector, left, width) => {
    const part = box.querySelector(selector);
    part.hidden = left === null;
    if (left === null) return;
    part.style.left = `${left}%`;
    if (width !== undefined) part.style.width = `${width}%`;
  };
  place(".marker", score ? score.value : null);
  place(".interval", score && !old ? score.low : null, score ? score.high - score.low : 0);
  [limits[0], limits[1] - limits[0], 100 - limits[1]].forEach((width, index) => {
    box.querySelectorAll(".scale > i")[index].style.width = `${width}%`;
  });
  box.setAttribute("aria-label", score ? `Satisfaction ${score.value} of 100, ${score.word}, ${score.low} to ${score.high}` : "Satisfaction not known yet");
}

function drawHeadline(root, view) {
  const box = root.querySelector(".headline");
  const said = view.headline;
  box.dataset.kind = said.kind;
  box.style.setProperty("--emotion", said.colour || "var(--faint)");
  text(box, ".symbol", said.symbol);
  text(box, "p", said.text);
  text(box, "small", said.note);
}

function drawSenses(root, view) {
  for (const name of ["face", "voice"]) {
    const box = root.querySelector(`.sense.${name}`);
    if (!box || !view.senses) continue;
    box.dataset.tone = view.senses[name].tone;
    text(box, "p", view.senses[name].text);
  }
}

function makeBars(root, emotions) {
  root.querySelector(".bars").innerHTML = emotions.map((emotion) =>
    `<div class="bar-row"><span>${emotion.name[0].toUpperCase()}${emotion.name.slice(1)}</span><i><i style="background:${emotion.colour}"></i></i><b></b></div>`).join("");
}

function drawBars(root, view, emotions) {
  const box = root.querySelector(".bars");
  [...box.children].forEach((row, index) => {
    const share = view.bars ? Math.round(100 * view.bars[index]) : 0;
    row.querySelector("i > i").style.width = `${share}%`;
    const said = view.bars ? `${share} %` : "";
    if (row.lastChild.textContent !== said) row.lastChild.textContent = said;
    row.classList.toggle("best", view.headline.text.toLowerCase() === emotions[index].name);
  });
  box.setAttribute("aria-label", view.bars ? emotions.map((emotion, index) => `${emotion.name} ${Math.round(100 * view.bars[index])} %`).join(", ") : "Emotions not known yet");
}

// Where the picture lies within its element, which may be of another shape.
function placed(video) {
  const { clientWidth: wide, clientHeight: high, videoWidth, videoHeight } = video;
  if (!videoWidth) return null;
  const scale = Math.min(wide / videoWidth, high / videoHeight);
  const [width, height] = [videoWidth * scale, videoHeight * scale];
  return { left: (wide - width) / 2, top: (high - height) / 2, width, height };
}

function drawFaces(root, view, choose) {
  const layer = root.querySelector(".boxes");
  const place = placed(root.querySelector("video"));
  const known = new Map([...layer.children].map((box) => [box.dataset.person, box]));
  for (const face of place ? view.faces : []) {
    const key = String(face.person);
    let box = known.get(key);
    if (!box) {
      box = document.createElement("button");
      box.dataset.person = key;
      box.append(document.createElement("span"));
      box.addEventListener("click", () => choose(box.dataset.chosen === "true" ? null : face.person));
      layer.append(box);
    }
    known.delete(key);
    box.dataset.followed = String(face.followed);
    box.dataset.chosen = String(face.chosen);
    box.title = face.chosen ? "The customer. Press to follow the largest face again." : "Press to say that this is the customer.";
    box.setAttribute("aria-label", face.followed ? `The face that is read: ${face.label}` : "Another face: press if this is the customer");
    box.style.setProperty("--emotion", face.colour || "#8a949e");
    box.style.left = `${place.left + face.box[0] * place.width}px`;
    box.style.top = `${place.top + face.box[1] * place.height}px`;
    box.style.width = `${face.box[2] * place.width}px`;
    box.style.height = `${face.box[3] * place.height}px`;
    box.classList.toggle("below", face.box[1] * place.height < 26);
    text(box, "span", face.label);
  }
  known.forEach((box) => box.remove());
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return `${hours ? `${hours}:` : ""}${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

// Steps of the course at which satisfaction rose or fell by ten points in six seconds.
function turns(course) {
  const found = [];
  const step = 6;
  const scored = course.filter((point) => point[1] !== null);
  for (let index = 2 * step; index < scored.length; index++) {
    const now = scored[index], before = scored[index - 2 * step];
    if (now[0] - before[0] > 10 || Math.abs(now[1] - before[1]) < 15) continue;
    const last = found[found.length - 1];
    if (last && now[0] - last.time < 15) continue;
    found.push({ time: now[0], value: now[1], change: Math.round(now[1] - before[1]) });
  }
  return found;
}

function drawCourse(svg, course, notes, span, emotions, limits) {
  const width = Math.max(svg.clientWidth, 200), height = svg.clientHeight || 170;
  const last = course.length ? course[course.length - 1][0] : 0;
  const end = Math.max(last, span || 30, 30);
  const start = span ? Math.max(end - span, 0) : 0;
  const left = 30, right = 22, top = 28, bottom = 44;
  const x = (time) => left + (width - left - right) * (time - start) / (end - start);
  const y = (value) => top + (height - top - bottom) * (1 - value / 100);
  const parts = [];
  parts.push(`<rect class="band-high" x="${left}" y="${y(100)}" width="${width - left - right}" height="${y(limits[1]) - y(100)}"/>`);
  parts.push(`<rect class="band-low" x="${left}" y="${y(limits[0])}" width="${width - left - right}" height="${y(0) - y(limits[0])}"/>`);
  for (const value of [0, limits[0], limits[1], 100]) parts.push(`<text class="axis" x="${left - 6}" y="${y(value) + 4}" text-anchor="end">${value}</text>`);
  const shown = course.filter((point) => point[0] > start);
  const every = Math.max(1, Math.ceil(shown.length / 600));
  let path = "", open = false;
  shown.forEach((point, index) => {
    if (index % every) return;
    if (point[1] === null) { open = false; return; }
    path += `${open ? "L" : "M"}${x(point[0]).toFixed(1)} ${y(point[1]).toFixed(1)}`;
    open = true;
  });
  for (let index = 0; index < shown.length;) {
    const best = shown[index][2];
    let after = index;
    while (after < shown.length && shown[after][2] === best) after++;
    if (best !== null) {
      const from = x(Math.max(shown[index][0] - 0.5, start)), to = x(shown[after - 1][0]);
      parts.push(`<rect x="${from.toFixed(1)}" y="${height - bottom + 8}" width="${Math.max(to - from, 1).toFixed(1)}" height="12" fill="${emotions[best].colour}"><title>${clock(shown[index][0] - 0.5)} ${emotions[best].name}</title></rect>`);
    }
    index = after;
  }
  parts.push(`<path class="trace" d="${path}"/>`);
  for (const turn of turns(course)) {
    if (turn.time <= start) continue;
    const up = turn.change > 0;
    parts.push(`<text class="turn ${up ? "up" : "down"}" x="${x(turn.time).toFixed(1)}" y="${(y(turn.value) + (up ? -8 : 16)).toFixed(1)}" text-anchor="middle">${up ? "▲" : "▼"} ${Math.abs(turn.change)}</text>`);
  }
  let beside = -1000, row = 0;
  for (const [time, label] of notes) {
    if (time < start) continue;
    const at = x(time).toFixed(1);
    // Labels that would lie on each other take two rows.
    row = at - beside < 90 ? 1 - row : 0;
    beside = at;
    parts.push(`<line class="note-line" x1="${at}" x2="${at}" y1="${top}" y2="${height - bottom}"/><text class="note-text" x="${at}" y="${11 + 13 * row}" text-anchor="middle">${label.slice(0, 14).replace(/[<&>]/g, "")}</text>`);
  }
  const steps = [5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600];
  const step = steps.find((one) => (end - start) / one <= Math.max(3, width / 90)) || 7200;
  for (let tick = Math.ceil(start / step) * step; tick <= end; tick += step) {
    parts.push(`<text class="axis" x="${x(tick).toFixed(1)}" y="${height - 6}" text-anchor="middle">${clock(tick)}</text>`);
  }
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.innerHTML = parts.join("");
}

function drawTalk(root, talk) {
  const box = root.querySelector(".talk");
  box.hidden = !talk;
  if (!talk) return;
  const rows = [
    ["You speak", talk.own === null ? "–" : `${Math.round(100 * talk.own)} %`],
    ["Your longest turn", talk.longest], ["Customer's longest", talk.customer],
    ["You interrupted", `${talk.interruptions} ×`],
    ["Pauses", talk.pauses ? `${talk.pauses}, up to ${talk.pause} s` : "none"],
  ];
  const html = rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("");
  if (box.innerHTML !== html) box.innerHTML = html;
}

function drawHealth(root, view) {
  const health = view.health;
  const parts = [];
  if (health) {
    parts.push(`${health.seen} pictures a second arrive, ${health.read} are read`);
    if (health.delay !== null) parts.push(`${Math.round(1000 * health.delay)} ms behind`);
    parts.push(health.lost ? `${health.lost} s of sound lost` : "no sound lost");
  }
  if (view.error) parts.push(view.error);
  text(root, ".health", parts.join(" · "));
}
