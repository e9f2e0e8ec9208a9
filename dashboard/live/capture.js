// What the browser captures, and what to say where it does not.

const PICTURE_RATE = 10;
const SCREEN = { frameRate: { ideal: PICTURE_RATE, max: PICTURE_RATE }, width: { max: 1920 }, height: { max: 1080 } };
const CAMERA = { frameRate: { ideal: PICTURE_RATE, max: 30 }, width: { ideal: 640 }, height: { ideal: 480 } };
// Tab sound is somebody's voice as it was sent: nothing may be taken out of it.
const TAB_SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

class CaptureError extends Error {}

// What an error of the browser means for `what`: 'screen', 'own' (the user's microphone beside a
// shared tab), 'camera', 'microphone' or 'camera or microphone'; while a call runs nothing else can be chosen.
function explain(error, what, running = false) {
  const name = error && error.name;
  if (!navigator.mediaDevices) {
    return "The browser gives cameras and tabs to secure pages only. Open this page by https:// or as localhost.";
  }
  const bySystem = /system/i.test((error && error.message) || "");
  if (what === "screen") {
    if (name === "NotAllowedError" && bySystem) return "The system does not let the browser see other windows. On a Mac allow it under ‘Screen Recording’ in the system's settings, then try again.";
    if (name === "NotAllowedError" || name === "AbortError") return "No tab or window was shared. Try again and choose the one with the call; on a Mac the browser also needs ‘Screen Recording’ in the system's settings.";
    if (name === "NotFoundError") return "The browser found nothing that it could share. Open the call in a tab or window, and try again.";
    return "The browser could not share that tab or window. Try again, or choose another one; whole screens and protected windows often cannot be shared.";
  }
  const it = what === "own" ? "microphone" : what;
  const without = what === "own" ? "choose ‘Another tab or window’, which needs none" : "choose ‘None’ for it";
  if ((name === "NotAllowedError" || name === "SecurityError") && bySystem) {
    return `The system does not let the browser use the ${it}. Allow it in the system's privacy settings, and try again.`;
  }
  if (name === "NotAllowedError" || name === "SecurityError") {
    return `The browser may not use the ${it}. Click the symbol beside the address of this page, allow it, and try again.`;
  }
  if (running && (name === "OverconstrainedError" || name === "NotFoundError")) {
    return `No ${it} is there. Plug one in, and the call goes on by itself.`;
  }
  if (name === "OverconstrainedError") {
    return `The ${it} that was chosen is not there. Plug it in, choose another one above, or ${without}.`;
  }
  if (name === "NotFoundError") {
    return `No ${it} was found. Plug one in, choose another, or ${without}.`;
  }
  if (name === "NotReadableError" || name === "AbortError") {
    return `The ${it} is busy: another program uses it. Close it there, such as in Zoom or Teams, and try again.`;
  }
  return `The ${it} could not be opened. Try another one, or another browser (Chrome or Edge).`;
}

// Which of what is wanted is amiss, or all of it.
async function lacking(wanted, error) {
  const all = wanted.video && wanted.audio ? "camera or microphone" : wanted.video ? "camera" : "microphone";
  if (!wanted.video || !wanted.audio) return all;
  const amiss = {};
  try {
    const devices = await navigator.mediaDevices.enumerateDevices();
    for (const [name, part, kind] of [["camera", "video", "videoinput"], ["microphone", "audio", "audioinput"]]) {
      const there = devices.filter((device) => device.kind === kind), id = wanted[part].deviceId;
      if (error.name === "NotFoundError") amiss[name] = !there.length;
      else if (error.name === "OverconstrainedError") amiss[name] = Boolean(id) && !there.some((device) => device.deviceId === id.exact);
      else if (error.name === "NotAllowedError") amiss[name] = (await navigator.permissions.query({ name })).state === "denied";
      else amiss[name] = !(await opens({ [part]: wanted[part] }));
    }
  } catch { /* A browser that does not tell. */ }
  return Boolean(amiss.camera) === Boolean(amiss.microphone) ? all : amiss.camera ? "camera" : "microphone";
}

async function opens(wanted) {
  try {
    (await navigator.mediaDevices.getUserMedia(wanted)).getTracks().forEach((track) => track.stop());
    return true;
  } catch { return false; }
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
    throw new CaptureError("Without a microphone nothing distinguishes your voice from the other side’s. Choose one, or ‘Another tab or window’, which needs none.");
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
