// What a live camera needs, tested step by step in the browser; the first fault ends the test.

const GATHER_MS = 8000;
const GOOD = "✅";
const FAIR = "⚠️";
const BAD = "❌";
const BUSY = "⏳";

const INSECURE =
  "This page came over plain HTTP from another computer, so the browser keeps the camera away " +
  "from it. Open it over HTTPS; on the computer that runs the app, http://localhost works too.";
const UNSUPPORTED =
  "This browser gives pages no camera or no live connection. Take a current Firefox, Chrome, " +
  "Edge or Safari, outside of another app's built-in browser.";
const NO_CAMERA =
  "No camera was found. Plug one in or switch it on, and look whether the system's privacy " +
  "settings hide it.";
const BLOCKED =
  "The camera is blocked for this page. Allow it with the symbol beside the address, look into " +
  "the system's privacy settings too, then load the page again.";
const IN_USE =
  "The camera is there but gives no picture: another program may be using it. Close that and " +
  "test again.";
const NO_CANDIDATE =
  "The browser finds no network address for the live connection: an extension, a policy or a " +
  "firewall switches WebRTC off. Allow it, or take another browser or network.";
const NO_RELAY =
  "The TURN server gives no address: it cannot be reached, or its user name and credential are " +
  "wrong. If the stream does not start, whoever runs the app has to look at its settings.";
const NO_REFLEXIVE =
  "The STUN server does not answer; this network may block UDP. If the stream does not start, " +
  "whoever runs the app has to configure a TURN server, which also works over TCP.";
const LOCAL_ONLY =
  "Only an address in this network was found. If the stream does not start, the app's server is " +
  "in another network: whoever runs it has to configure a STUN or TURN server.";
const IMPOSSIBLE = "The live camera cannot work yet. A photo still does, see below.";
const DOUBTFUL = "The camera works; the connection may not. A photo always does, see below.";
const POSSIBLE = "Everything that the live camera needs is there.";
const REASONS = {
  NotAllowedError: BLOCKED,
  SecurityError: BLOCKED,
  NotFoundError: NO_CAMERA,
  NotReadableError: IN_USE,
  AbortError: IN_USE,
};

class Fault extends Error {}

function page() {
  if (!window.isSecureContext) throw new Fault(INSECURE);
  return "The page is secure.";
}

function browser() {
  if (!navigator.mediaDevices?.getUserMedia || !window.RTCPeerConnection) {
    throw new Fault(UNSUPPORTED);
  }
  return "The browser can stream a camera.";
}

async function present() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  if (!devices.some(({ kind }) => kind === "videoinput")) throw new Fault(NO_CAMERA);
  return "There is a camera.";
}

async function permission() {
  const asked = navigator.permissions?.query({ name: "camera" });
  const state = await asked?.then((found) => found.state, () => ""); // unknown to some browsers
  if (state === "denied") throw new Fault(BLOCKED);
  return state === "granted" ? "The page may use it." : "The browser will ask you.";
}

async function picture() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    const { width, height } = stream.getVideoTracks()[0].getSettings();
    for (const track of stream.getTracks()) track.stop();
    return `The camera gives a picture of ${width} × ${height}.`;
  } catch (error) {
    throw new Fault(REASONS[error.name] ?? `${IN_USE} (${error.name}: ${error.message})`);
  }
}

/** Kinds of addresses that the browser finds: host, srflx (by STUN), relay (by TURN). */
async function candidateKinds(iceServers) {
  const connection = new RTCPeerConnection({ iceServers });
  const kinds = new Set();
  try {
    const gathered = new Promise((done) => {
      setTimeout(done, GATHER_MS);
      connection.onicecandidate = ({ candidate }) => {
        if (candidate) kinds.add(candidate.type);
        else done();
      };
    });
    connection.createDataChannel("test");
    await connection.setLocalDescription(await connection.createOffer());
    await gathered;
  } finally {
    connection.close();
  }
  return kinds;
}

async function network(iceServers) {
  const urls = iceServers.flatMap((server) => server.urls);
  const [turn, stun] = ["turn", "stun"].map((kind) => urls.some((url) => url.startsWith(kind)));
  const kinds = await candidateKinds(iceServers);
  if (!kinds.size) throw new Fault(NO_CANDIDATE);
  if (turn) return kinds.has("relay") ? "A relay (TURN) stands ready." : { doubt: NO_RELAY };
  if (stun) {
    const known = "The browser knows its public address (STUN).";
    return kinds.has("srflx") ? known : { doubt: NO_REFLEXIVE };
  }
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  return here ? "This computer can be reached." : { doubt: LOCAL_ONLY };
}

function line(name) {
  const item = document.createElement("li");
  const [mark, text, title] = ["span", "span", "b"].map((tag) => document.createElement(tag));
  title.textContent = `${name}: `;
  text.append(title, "");
  item.append(mark, text);
  const say = (symbol, words) => {
    mark.textContent = symbol;
    text.lastChild.textContent = words;
  };
  say(BUSY, "…");
  return { item, say };
}

/** Run a step; which symbol it got. */
async function run(list, name, act) {
  const { item, say } = line(name);
  list.append(item);
  const tell = (symbol, words) => {
    say(symbol, words);
    return symbol;
  };
  try {
    const found = await act();
    return found.doubt ? tell(FAIR, found.doubt) : tell(GOOD, found);
  } catch (error) {
    if (!(error instanceof Fault)) console.error(error);
    return tell(BAD, error.message);
  }
}

/** Run the steps up to the first fault; what they come to. */
async function test(list, iceServers) {
  const steps = [
    ["Page", page],
    ["Browser", browser],
    ["Camera", present],
    ["Permission", permission],
    ["Picture", picture],
    ["Network", () => network(iceServers)],
  ];
  list.replaceChildren();
  const marks = [];
  for (const [name, act] of steps) {
    marks.push(await run(list, name, act));
    if (marks.at(-1) === BAD) return IMPOSSIBLE;
  }
  return marks.includes(FAIR) ? DOUBTFUL : POSSIBLE;
}

/** Called by Streamlit when the component appears, and again with new data or another theme. */
export default function ({ parentElement, data }) {
  const part = (name) => parentElement.querySelector(name);
  const button = part("button");
  const alert = part(".alert");
  alert.hidden = window.isSecureContext;
  alert.textContent = INSECURE;
  button.onclick = async () => {
    button.disabled = true;
    part(".verdict").textContent = "";
    part(".verdict").textContent = await test(part(".steps"), data.ice_servers);
    button.disabled = false;
  };
}
