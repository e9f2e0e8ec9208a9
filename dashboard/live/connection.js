// The way of the media to the server, and of what was read back.

const BITRATE = 2_500_000;
// Milliseconds after which a server that was never reached is said not to be.
const UNREACHED = 8000;
const ROLES = ["picture", "sound", "own"];

class Connection {
  // ask(offer) sends an offer to the server and resolves with its answer's SDP.
  constructor(servers, ask, onView, onState) {
    Object.assign(this, { servers, ask, onView, onState, closed: false, attempts: 0 });
    this.tracks = { picture: null, sound: null, own: null };
  }

  async open() {
    const peer = new RTCPeerConnection({ iceServers: this.servers, bundlePolicy: "max-bundle" });
    this.peer = peer;
    this.senders = {};
    for (const role of ROLES) {
      const transceiver = peer.addTransceiver(role === "picture" ? "video" : "audio", { direction: "sendonly" });
      this.senders[role] = transceiver.sender;
      if (role === "picture") preferVp8(transceiver);
      if (this.tracks[role]) await transceiver.sender.replaceTrack(this.tracks[role]);
    }
    this.channel = peer.createDataChannel("readings");
    this.channel.onmessage = (event) => this.onView(JSON.parse(event.data));
    this.channel.onopen = () => { this.attempts = 0; this.reached = true; this.onState("open"); };
    peer.onconnectionstatechange = () => {
      if (peer !== this.peer || this.closed) return;
      if (peer.connectionState === "failed") this.again();
      if (peer.connectionState === "disconnected" && this.reached) this.onState("lost");
      if (peer.connectionState === "connected" && this.reached) this.onState("open");
    };
    setTimeout(() => { if (!this.reached && !this.closed) this.onState("unreached"); }, UNREACHED);
    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    const roles = {};
    for (const transceiver of peer.getTransceivers()) {
      roles[transceiver.mid] = ROLES.find((role) => this.senders[role] === transceiver.sender);
    }
    const answer = await this.ask({ sdp: peer.localDescription.sdp, roles, again: Boolean(this.reached) });
    if (this.closed || peer !== this.peer) return;
    // Without it the first seconds of a screen are a blur: the browser begins slowly.
    const sdp = answer.replace(/(a=fmtp:\d+ )/g, "$1x-google-start-bitrate=1500;");
    await peer.setRemoteDescription({ type: "answer", sdp }).catch(() => peer.setRemoteDescription({ type: "answer", sdp: answer }));
    await this.limit();
  }

  async limit() {
    const sender = this.senders.picture;
    const settings = sender.getParameters();
    if (!settings.encodings || !settings.encodings.length) return;
    settings.encodings[0].maxBitrate = BITRATE;
    settings.encodings[0].maxFramerate = PICTURE_RATE;
    await sender.setParameters(settings).catch(() => {});
  }

  // A network that was away, or a machine that slept: the same call by a new connection.
  async again() {
    if (this.closed || this.retrying) return;
    this.retrying = true;
    this.onState(this.reached ? "lost" : "unreached");
    this.peer.close();
    const wait = Math.min(1000 * 2 ** this.attempts++, 8000);
    await new Promise((resolve) => setTimeout(resolve, wait));
    this.retrying = false;
    if (this.closed) return;
    try {
      await this.open();
    } catch (error) {
      if (error.final) this.onState("ended", error.message);
      else this.again();
    }
  }

  async replace(role, track) {
    this.tracks[role] = track;
    await this.senders[role].replaceTrack(track);
    // While nothing was sent the sound's clock stood still, which looks like a network that was slow.
    if (track && role !== "picture") this.say({ kind: "sound", own: role === "own" });
  }

  say(message) {
    if (this.channel && this.channel.readyState === "open") {
      this.channel.send(JSON.stringify(message));
      return true;
    }
    return false;
  }

  close() {
    this.closed = true;
    Object.values(this.tracks).forEach((track) => track && track.stop());
    if (this.peer) setTimeout(() => this.peer.close(), 100);
  }
}

function preferVp8(transceiver) {
  if (!transceiver.setCodecPreferences) return;
  const codecs = RTCRtpSender.getCapabilities("video").codecs;
  const first = codecs.filter((codec) => codec.mimeType === "video/VP8");
  if (first.length) transceiver.setCodecPreferences([...first, ...codecs.filter((codec) => codec.mimeType !== "video/VP8")]);
}

function gathered(peer) {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const late = setTimeout(resolve, 2000);
    peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState !== "complete") return;
      clearTimeout(late);
      resolve();
    });
  });
}
