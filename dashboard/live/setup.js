// What is chosen and confirmed before a call, and remembered but for the consent.

const REMEMBERED = "rapport-live";

function remembered() {
  try { return JSON.parse(localStorage.getItem(REMEMBERED)) || {}; } catch { return {}; }
}

function remember(values) {
  try { localStorage.setItem(REMEMBERED, JSON.stringify({ ...remembered(), ...values })); } catch { /* Nothing is kept then. */ }
}

class Setup {
  constructor(root, texts, onStart) {
    this.root = root;
    this.texts = texts;
    this.find = (selector) => root.querySelector(selector);
    const kept = remembered();
    const points = texts.points.map(([title, sentence]) => {
      const row = document.createElement("div");
      const term = document.createElement("dt"), meaning = document.createElement("dd");
      term.textContent = title;
      meaning.textContent = sentence;
      row.append(term, meaning);
      return row;
    });
    this.find(".points").replaceChildren(...points);
    this.find(".message p").textContent = texts.message;
    this.find(".agree span").textContent = texts.agreed;
    this.find(".by").value = kept.by || "";
    this.find(".labels").value = kept.labels || texts.labels.join(", ");
    this.find(".baseline").checked = Boolean(kept.baseline);
    this.makeLimits(kept);
    const sharing = navigator.mediaDevices && navigator.mediaDevices.getDisplayMedia;
    const source = kept.source || (sharing ? "tab" : "camera");
    root.querySelectorAll('input[name="source"]').forEach((input) => {
      input.checked = input.value === source;
      input.addEventListener("change", () => { remember({ source: input.value }); this.update(); });
    });
    for (const name of ["camera", "microphone"]) {
      this.find(`.${name}`).addEventListener("change", (event) => remember({ [name]: event.target.value }));
    }
    this.find(".agreed").addEventListener("change", () => this.update());
    this.find(".by").addEventListener("input", () => { remember({ by: this.find(".by").value }); this.update(); });
    this.find(".labels").addEventListener("change", () => remember({ labels: this.find(".labels").value }));
    this.find(".baseline").addEventListener("change", () => remember({ baseline: this.find(".baseline").checked }));
    this.find(".copy").addEventListener("click", () => this.copy());
    this.find(".start").addEventListener("click", () => onStart());
    this.devices = () => listDevices({ videoinput: this.find(".camera"), audioinput: this.find(".microphone") }).then(() => {
      for (const name of ["camera", "microphone"]) {
        const wanted = remembered()[name];
        if (wanted && [...this.find(`.${name}`).options].some((option) => option.value === wanted)) this.find(`.${name}`).value = wanted;
      }
    }).catch(() => {});
    this.devices();
    this.update();
  }

  get source() {
    const chosen = this.root.querySelector('input[name="source"]:checked');
    return chosen ? chosen.value : "camera";
  }

  get labels() {
    return this.find(".labels").value.split(",").map((label) => label.trim()).filter(Boolean).slice(0, 9);
  }

  get hints() {
    const limits = {}, muted = [];
    this.root.querySelectorAll(".limits [data-name]").forEach((row) => {
      limits[row.dataset.name] = Number(row.querySelector('input[type="number"]').value);
      if (!row.querySelector('input[type="checkbox"]').checked) muted.push(row.dataset.name);
    });
    return { limits, muted };
  }

  get consent() {
    return { agreed: this.find(".agreed").checked, by: this.find(".by").value.trim() };
  }

  makeLimits(kept) {
    const limits = (kept.hints && kept.hints.limits) || {}, muted = (kept.hints && kept.hints.muted) || [];
    this.find(".limits").replaceChildren(...this.texts.hints.map((hint) => {
      const row = document.createElement("div");
      row.dataset.name = hint.name;
      row.innerHTML = '<label><input type="checkbox"> <span></span></label> <span>from</span> <input type="number" min="1" max="3600"> <span class="unit"></span>';
      row.querySelector("label span").textContent = hint.both ? `${hint.title} (with my microphone)` : hint.title;
      row.querySelector('input[type="checkbox"]').checked = !muted.includes(hint.name);
      row.querySelector('input[type="number"]').value = limits[hint.name] || hint.limit;
      row.querySelector('input[type="number"]').setAttribute("aria-label", hint.title);
      row.querySelector(".unit").textContent = hint.unit;
      row.addEventListener("change", () => remember({ hints: this.hints }));
      return row;
    }));
  }

  update() {
    const camera = this.source === "camera";
    this.find(".for-camera").hidden = !camera;
    this.find(".for-microphone").hidden = this.source === "tab";
    const { agreed, by } = this.consent;
    this.find(".start").disabled = !agreed || !by;
    this.find(".missing").textContent = agreed && by ? "" : !agreed ? "Start is possible once it is confirmed that the other side agrees." : "Start is possible once your name is there.";
  }

  async copy() {
    const said = this.find(".copy span:last-child");
    try {
      await navigator.clipboard.writeText(this.texts.message);
      said.textContent = "Copied";
    } catch {
      const range = document.createRange();
      range.selectNodeContents(this.find(".message p"));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      said.textContent = "Press Ctrl+C to copy";
    }
    setTimeout(() => { said.textContent = "Copy for the chat"; }, 3000);
  }
}
