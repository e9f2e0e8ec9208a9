// The part of the picture that is read, where the user draws one.

const LEAST_REGION = 0.05;

class Region {
  // send(box) tells the server: left, top, width and height in shares of the picture, or null.
  constructor(root, send) {
    Object.assign(this, { root, send, drawing: false, box: null, from: null });
    this.layer = root.querySelector(".region");
    this.part = this.layer.querySelector("i");
    this.button = root.querySelector(".draw");
    this.button.addEventListener("click", () => {
      if (this.box) this.send(null);
      else this.draw(!this.drawing);
    });
    this.layer.addEventListener("pointerdown", (event) => {
      if (!this.drawing) return;
      event.preventDefault();
      this.layer.setPointerCapture(event.pointerId);
      this.from = this.at(event);
    });
    this.layer.addEventListener("pointermove", (event) => { if (this.from) this.show(this.between(event)); });
    this.layer.addEventListener("pointerup", (event) => {
      if (!this.from) return;
      const box = this.between(event);
      this.from = null;
      this.show(null);
      if (Math.min(box[2], box[3]) < LEAST_REGION) return;
      this.draw(false);
      this.send(box);
    });
    this.layer.addEventListener("pointercancel", () => { this.from = null; this.show(null); });
    this.label();
  }

  draw(on) {
    this.drawing = on;
    this.from = null;
    this.layer.classList.toggle("drawing", on);
    this.label();
  }

  at(event) {
    const video = this.root.querySelector("video"), place = placed(video), corner = video.getBoundingClientRect();
    const share = (value, start, length) => Math.min(Math.max((value - start) / length, 0), 1);
    return place
      ? [share(event.clientX, corner.left + place.left, place.width), share(event.clientY, corner.top + place.top, place.height)]
      : [0, 0];
  }

  between(event) {
    const to = this.at(event);
    const low = [0, 1].map((axis) => Math.min(this.from[axis], to[axis]));
    return [...low, ...[0, 1].map((axis) => Math.abs(this.from[axis] - to[axis]))];
  }

  show(box) {
    const place = placed(this.root.querySelector("video"));
    this.part.hidden = !box || !place;
    if (this.part.hidden) return;
    this.part.style.left = `${place.left + box[0] * place.width}px`;
    this.part.style.top = `${place.top + box[1] * place.height}px`;
    this.part.style.width = `${box[2] * place.width}px`;
    this.part.style.height = `${box[3] * place.height}px`;
  }

  label() {
    text(this.button, ".symbol", this.box ? "fullscreen" : "crop");
    text(this.button, "span:last-child", this.box ? "Read the whole picture" : this.drawing ? "Cancel" : "Read only a part");
  }

  // What the server reads now.
  update(box) {
    this.box = box;
    if (!this.from) this.show(box);
    this.label();
  }

  get sentence() {
    if (this.drawing) return "Drag a rectangle around the customer. What lies outside it is not read.";
    return this.box ? "What lies outside the rectangle is not read." : "";
  }
}
