// What the browser captures, and what to say where it does not.

const PICTURE_RATE = 10;
const SCREEN = { frameRate: { ideal: PICTURE_RATE, max: PICTURE_RATE }, width: { max: 1920 }, height: { max: 1080 } };
const CAMERA = { frameRate: { ideal: PICTURE_RATE, max: 30 }, width: { ideal: 640 }, height: { ideal: 480 } };
// Tab sound is somebody's voice as it was sent: nothing may be taken out of it.
const TAB_SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

class CaptureError extends Error {}

function explain(error, what) {
  const name = error && error.name;
  const it = what === "screen" ? "tab or window" : what === "own" ? "microphone" : what;
  if (what === "screen" && (name === "NotAllowedError" || name === "AbortError")) {
    return "No tab or window was shared. Press Start again and choose the one with the call; on a Mac the browser also needs ‘Screen Recording’ in the system's settings.";
  }
  if (name === "NotAllowedError" || name === "SecurityError") {
    return `The browser may not use the ${it}. Click the symbol beside the address of this page, allow it, and press Start again.`;
  }
  if (what === "own" && (name === "NotFoundError" || name === "OverconstrainedError")) {
    return "No microphone was found. Plug one in, choose another, or choose ‘Another tab or window’, which needs none.";
  }
  if (name === "NotFoundError" || name === "OverconstrainedError") {
    return `No ${it} was found. Plug one in, choose another, or choose ‘None’ for it.`;
  }
  if (name === "NotReadableError" || name === "AbortError") {
    return `The ${it} is busy: another program uses it. Close it there, and press Start again.`;
  }
  if (!navigator.mediaDevices) {
    return "The browser gives cameras and tabs to secure pages only. Open this page by https:// or as localhost.";
  }
  return `The ${it} could not be opened. Try another one, or another browser (Chrome or Edge).`;
}

// Which of what is wanted the machine has not got, or all of it.
async function lacking(wanted, error) {
  const all = wanted.video && wanted.audio ? "camera or microphone" : wanted.video ? "camera" : "microphone";
  if (error.name !== "NotFoundError") return all;
  const kinds = (await navigator.mediaDevices.enumerateDevices()).map((device) => device.kind);
  const seen = kinds.includes("videoinput"), heard = kinds.includes("audioinput");
  return seen === heard ? all : seen ? "microphone" : "camera";
}

async function openMicrophone(id, own) {
  const audio = { echoCancellation: own, noiseSuppression: false, autoGainControl: own };
  if (id) audio.deviceId = { exact: id };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  return stream.getAudioTracks()[0];
}

async function openScreen() {
  if (!navigator.mediaDevices || !navigator.mediaDevices.getDisplayMedia) {
    throw new CaptureError("This browser cannot share a tab. Use Chrome or Edge on a computer, or choose the camera.");
  }
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: SCREEN, audio: TAB_SOUND, systemAudio: "include", selfBrowserSurface: "exclude", surfaceSwitching: "include",
    });
    const [picture] = stream.getVideoTracks();
    picture.contentHint = "detail";
    return { picture, sound: stream.getAudioTracks()[0] || null };
  } catch (error) {
    throw new CaptureError(explain(error, "screen"));
  }
}

// { picture, sound, own, missing } of a source; each a track or null, missing a sentence.
async function capture(source, camera, microphone) {
  const taken = { picture: null, sound: null, own: null, missing: "" };
  const stop = () => [taken.picture, taken.sound, taken.own].forEach((track) => track && track.stop());
  if (source === "camera") {
    if (camera === "none" && microphone === "none") {
      throw new CaptureError("Without camera and microphone there is nothing to read. Choose one of them.");
    }
    const wanted = {};
    if (camera !== "none") wanted.video = camera ? { ...CAMERA, deviceId: { exact: camera } } : CAMERA;
    if (microphone !== "none") {
      wanted.audio = { echoCancellation: true, noiseSuppression: false, autoGainControl: true };
      if (microphone) wanted.audio.deviceId = { exact: microphone };
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia(wanted);
      taken.picture = stream.getVideoTracks()[0] || null;
      taken.sound = stream.getAudioTracks()[0] || null;
    } catch (error) {
      throw new CaptureError(explain(error, await lacking(wanted, error)));
    }
    return taken;
  }
  if (source === "both" && microphone === "none") {
    throw new CaptureError("Without a microphone there is nothing to tell you apart by. Choose one, or ‘Another tab or window’, which needs none.");
  }
  // First what needs the click that started all this.
  Object.assign(taken, await openScreen());
  if (source === "both") {
    try {
      taken.own = await openMicrophone(microphone, true);
    } catch (error) {
      stop();
      throw new CaptureError(explain(error, "own"));
    }
  }
  if (!taken.sound) {
    taken.missing = "The browser gave no sound of what you share, so only the face is read. Share a tab and leave ‘Also share tab audio’ on, or let the microphone listen to the loudspeaker.";
  }
  return taken;
}

async function listDevices(selects) {
  if (!navigator.mediaDevices || !navigator.mediaDevices.enumerateDevices) return;
  const devices = await navigator.mediaDevices.enumerateDevices();
  for (const [kind, select] of Object.entries(selects)) {
    const chosen = select.value;
    [...select.options].filter((option) => option.dataset.device).forEach((option) => option.remove());
    devices.filter((device) => device.kind === kind && device.deviceId && device.deviceId !== "default").forEach((device, index) => {
      const option = new Option(device.label || `${kind === "videoinput" ? "Camera" : "Microphone"} ${index + 1}`, device.deviceId);
      option.dataset.device = "yes";
      select.add(option, select.options.length - 1);
    });
    select.value = [...select.options].some((option) => option.value === chosen) ? chosen : "";
  }
}
