// What happened and how to go on, one sentence at a time: the newest that still holds.

class Notices {
  constructor(box) {
    this.box = box;
    this.held = new Map();
  }

  // A sentence about a matter takes the place of the last one about it; without one it is over.
  say(matter, sentence, action, handler) {
    this.held.delete(matter);
    if (sentence) this.held.set(matter, { sentence, action, handler });
    this.draw();
  }

  clear() {
    this.held.clear();
    this.draw();
  }

  draw() {
    const [matter, newest] = [...this.held].pop() || [];
    this.box.replaceChildren();
    if (!newest) return;
    const text = document.createElement("p");
    text.textContent = newest.sentence;
    this.box.append(text);
    if (newest.action) {
      const button = document.createElement("button");
      button.textContent = newest.action;
      button.addEventListener("click", newest.handler);
      this.box.append(button);
    }
    const close = document.createElement("button"), cross = document.createElement("span");
    close.className = "close";
    close.setAttribute("aria-label", "Close this notice");
    cross.className = "symbol";
    cross.setAttribute("aria-hidden", "true");
    cross.textContent = "close";
    close.append(cross);
    close.addEventListener("click", () => this.say(matter, ""));
    this.box.append(close);
  }
}
