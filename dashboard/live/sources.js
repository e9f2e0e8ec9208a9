// What is captured while a call runs: what becomes of it, and how it comes back.

const NAMES = { picture: "camera", sound: "microphone", own: "microphone" };

// Milliseconds after which something that was never unmuted is said to be muted.
const MUTED = 2000;

class Sources {
  // connection: of the call. notices: where to say it. onTracks(tracks): draws what there is now.
  constructor(connection, source, notices, microphone, onTracks) {
    Object.assign(this, { connection, source, notices, microphone, onTracks, gone: {}, known: new WeakSet(), busy: false });
  }

  get running() { return !this.connection.closed; }

  live(role) {
    const track = this.connection.tracks[role];
    return Boolean(track) && track.readyState === "live";
  }

  // From here on, what becomes of these tracks is said.
  follow(tracks) {
    const shared = this.source !== "camera";
    for (const role of ROLES) {
      if (tracks[role]) this.watch(role, tracks[role], shared && role !== "own");
    }
  }

  watch(role, track, shared) {
    if (this.known.has(track)) return;
    this.known.add(track);
    const current = () => this.running && this.connection.tracks[role] === track;
    track.addEventListener("ended", () => {
      if (!current()) return;
      this.notices.say(`muted-${role}`, "");
      // Picture and sound end one after the other.
      if (shared) setTimeout(() => { if (current()) this.unshared(); }, 100);
      else this.lost(role, track);
    });
    // A shared window that does not change is muted and unmuted all the time, and says nothing by it.
    if (shared) return;
    const muted = () => {
      if (!current() || track.readyState !== "live") return;
      const whose = role === "own" ? "your microphone" : `the ${NAMES[role]}`;
      this.notices.say(`muted-${role}`, `The system or the device has switched off ${whose}. Switch it on again, and the call goes on by itself.${this.meanwhile(role)}`);
    };
    track.addEventListener("mute", muted);
    track.addEventListener("unmute", () => { if (current()) this.notices.say(`muted-${role}`, ""); });
    if (track.muted) setTimeout(() => { if (track.muted) muted(); }, MUTED);
  }

  meanwhile(role) {
    if (role === "own") return " Until then it is not measured who speaks.";
    const other = role === "picture" ? "sound" : "picture";
    if (!this.live(other) || this.gone[other] || this.connection.tracks[other].muted) return " Until then nothing is read.";
    return role === "picture" ? " Until then only the voice is read." : " Until then only the face is read.";
  }

  unshared() {
    this.onTracks(this.connection.tracks);
    if (this.live("picture")) {
      if (!this.live("sound")) this.deaf("The sound of what you share has ended, so only the face is read.");
      return;
    }
    this.notices.say("deaf", "");
    const rest = this.live("sound") ? "only the voice is read" : "nothing is read";
    this.notices.say("shared", `Sharing was ended. The call so far is kept, and ${rest} until you share again.`, "Share again", () => this.shareAgain());
  }

  async shareAgain() {
    try {
      const taken = await openScreen();
      if (!this.running) { [taken.picture, taken.sound].forEach((track) => track && track.stop()); return; }
      await this.connection.replace("picture", taken.picture);
      if (taken.sound) await this.connection.replace("sound", taken.sound);
      this.follow(taken);
      this.onTracks(this.connection.tracks);
      this.notices.say("shared", "");
      this.deaf(taken.sound || this.live("sound") ? "" : "The browser gave no sound of what you share, so only the face is read.");
    } catch (error) {
      this.notices.say("shared", error.message, "Share again", () => this.shareAgain());
    }
  }

  // The browser gave no sound: a microphone before the loudspeaker may stand in.
  deaf(sentence) {
    this.notices.say("deaf", sentence, "Use the microphone", () => this.listen());
  }

  async listen() {
    try {
      const track = await openMicrophone(this.microphone(), false);
      if (!this.running) { track.stop(); return; }
      await this.connection.replace("sound", track);
      this.watch("sound", track, false);
      this.notices.say("deaf", "");
    } catch (error) {
      this.deaf(explain(error, "microphone", true));
    }
  }

  lost(role, track) {
    this.gone[role] = track.label;
    this.onTracks(this.connection.tracks);
    this.say();
  }

  say() {
    const roles = Object.keys(this.gone);
    if (!roles.length) { this.notices.say("gone", ""); return; }
    const both = roles.includes("picture") && roles.length > 1;
    const what = both ? "Camera and microphone are" : `The ${NAMES[roles[0]]} is`;
    this.notices.say("gone", `${what} gone: unplugged, or no longer allowed. Once ${both ? "they are" : "it is"} back, the call goes on by itself.${this.meanwhile(roles[0])}`, "Try now", () => this.back(true));
  }

  // Devices have come or gone, or the user asks for what is missing.
  async back(asked = false) {
    this.more = this.busy;
    if (this.busy || !this.running) return;
    this.busy = true;
    try {
      for (const role of Object.keys(this.gone)) {
        try {
          const track = role === "picture"
            ? (await navigator.mediaDevices.getUserMedia({ video: CAMERA })).getVideoTracks()[0]
            : await openMicrophone("", role === "own" || this.source === "camera");
          if (!this.running) { track.stop(); return; }
          await this.connection.replace(role, track);
          this.watch(role, track, false);
          const before = this.gone[role];
          delete this.gone[role];
          this.onTracks(this.connection.tracks);
          this.say();
          // Another device than before may be the wrong one.
          if (before && track.label && before !== track.label) this.notices.say(`other-${role}`, `The call goes on with another ${NAMES[role]}: ${track.label}.`);
        } catch (error) {
          // It is not back yet.
          if (asked) this.notices.say("gone", explain(error, NAMES[role], true), "Try now", () => this.back(true));
        }
      }
    } finally {
      this.busy = false;
      if (this.more) this.back();
    }
  }
}
