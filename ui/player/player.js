// One clock, the medium's, moves a cursor over lanes that share its time axis.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
const HEIGHT = 100;
const TICK_PX = 72;
const TICKS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];
const ZOOM_AT_MOST = 256;
const sessions = new WeakMap(); // root of a component -> what ends its listeners

const make = (name, className, text = "") => {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
};

function clock(seconds, digits = 0) {
  const rounded = Number(seconds.toFixed(digits));
  const hours = Math.floor(rounded / 3600);
  const minutes = Math.floor(rounded / 60) % 60;
  const rest = (rounded % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function drawing(path, className) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", className);
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

function wave({ low, high }) {
  const point = (value, i) =>
    `${((i + 0.5) / low.length) * WIDTH} ${(HEIGHT / 2) * (1 - value)}`;
  const upper = high.map(point);
  const lower = low.map(point).reverse();
  return drawing(`M${[...upper, ...lower].join("L")}Z`, "wave");
}

function picture({ url }) {
  const image = make("img", "picture");
  image.src = url;
  image.alt = "";
  return image;
}

function span({ start_s, end_s, symbol, text, tip, colour, dashed }, duration) {
  const box = make("div", dashed ? "span dashed" : "span");
  box.style.left = `${(100 * start_s) / duration}%`;
  box.style.width = `${(100 * (end_s - start_s)) / duration}%`;
  box.style.setProperty("--colour", colour);
  box.title = `${clock(start_s, 1)} to ${clock(end_s, 1)}: ${tip}`;
  box.append(make("b", "", symbol), make("span", "", text));
  return box;
}

function spans(lane, duration) {
  const row = make("div", "spans");
  row.append(...lane.spans.map((one) => span(one, duration)));
  return row;
}

function curve({ times, values, low, high, filled, stepped, colour }, duration) {
  const x = (i) => ((times[i] / duration) * WIDTH).toFixed(2);
  const y = (i) => (HEIGHT * (1 - (values[i] - low) / (high - low))).toFixed(2);
  let path = "";
  let first = null;
  values.forEach((value, i) => {
    if (value === null) return;
    first ??= i;
    if (i === first) path += `M${x(i)} ${y(i)}h0`;
    else path += stepped ? `H${x(i)}V${y(i)}` : `L${x(i)} ${y(i)}`;
    const last = i + 1 === values.length;
    if (!last && values[i + 1] !== null) return;
    if (stepped && !last) path += `H${x(i + 1)}`;
    if (filled) path += `V${HEIGHT}H${x(first)}Z`;
    first = null;
  });
  const svg = drawing(path, filled ? "curve filled" : "curve");
  if (colour) svg.style.setProperty("--colour", colour);
  return svg;
}

const DRAW = { wave, picture, spans, curve };

/** What a lane says at a moment. */
function valueAt(lane, time) {
  if (lane.kind === "spans") {
    return lane.spans.find((one) => one.start_s <= time && time < one.end_s)?.tip ?? "";
  }
  if (lane.kind !== "curve") return "";
  const value = lane.values[lane.times.findLastIndex((point) => point <= time)];
  return value == null ? "" : `${value.toFixed(lane.digits)}${lane.unit}`;
}

function drawLane(lane, duration) {
  const row = make("div", "lane");
  const label = make("div", "label");
  const value = make("span", "value");
  label.append(make("span", "name", lane.name), value, make("small", "note", lane.note));
  const plot = make("div", "plot");
  plot.style.height = `${lane.height}px`;
  plot.append(DRAW[lane.kind](lane, duration));
  row.append(label, plot);
  return { lane, row, value };
}

/** The element that plays; the old one where it already plays this file. */
function mediumOf(place, medium) {
  const old = place.firstElementChild;
  if (old?.getAttribute("src") === (medium?.url ?? null)) return old;
  place.replaceChildren();
  if (!medium) return null;
  const element = make(medium.kind, "");
  element.controls = true;
  element.preload = "metadata";
  element.src = medium.url;
  place.append(element);
  return element;
}

export default function (component) {
  const { parentElement, data, setStateValue, setTriggerValue } = component;
  const { duration } = data;
  const part = (name) => parentElement.querySelector(`.${name}`);
  const [player, scroll, track, plane, cursor] =
    ["player", "scroll", "track", "plane", "cursor"].map(part);
  sessions.get(parentElement)?.abort();
  const session = new AbortController();
  const { signal } = session;
  sessions.set(parentElement, session);

  const medium = mediumOf(part("medium"), data.medium);
  const rows = data.lanes.map((lane) => drawLane(lane, duration));
  part("lanes").replaceChildren(...rows.map(({ row }) => row));
  track.setAttribute("aria-valuemax", duration.toFixed(1));
  part("failure").hidden = true;
  let now = medium?.currentTime ?? Number(player.dataset.now ?? 0);
  let zoom = Number(player.dataset.zoom ?? 1);
  let width = plane.clientWidth;

  function move(time) {
    now = Math.min(Math.max(time, 0), duration);
    const x = (now / duration) * width - scroll.scrollLeft;
    cursor.style.transform = `translateX(${plane.offsetLeft + x}px)`;
    cursor.hidden = x < 0;
  }

  function show(time) {
    move(time);
    player.dataset.now = now;
    part("now").textContent = `${clock(now, 1)} of ${clock(duration, 1)}`;
    rows.forEach(({ lane, value }) => (value.textContent = valueAt(lane, now)));
    const said = rows.filter(({ lane }) => lane.kind === "spans").map(({ value }) => value.textContent);
    track.setAttribute("aria-valuenow", now.toFixed(1));
    track.setAttribute("aria-valuetext", [clock(now, 1), ...said].filter(Boolean).join(", "));
  }

  function follow() {
    const x = (now / duration) * width - scroll.scrollLeft;
    const room = scroll.clientWidth - plane.offsetLeft;
    if (x < 0 || x > room) scroll.scrollLeft += x - room / 10;
  }

  function seek(time) {
    if (medium) medium.currentTime = Math.min(Math.max(time, 0), duration);
    show(time);
    follow();
  }

  function play() {
    // play() rejects when it is stopped before it starts, which is no error
    medium?.play().catch(() => show(medium.currentTime));
  }

  function run() {
    if (signal.aborted || medium.paused) return;
    move(medium.currentTime);
    follow();
    requestAnimationFrame(run);
  }

  function fit() {
    width = plane.clientWidth;
    const step = TICKS_S.find((s) => (s / duration) * width >= TICK_PX) ?? 7200;
    const count = Math.floor(duration / step + 0.5); // a tick at the very end has no room
    const ticks = Array.from({ length: count }, (_, i) => i * step);
    const place = (element, time) => {
      element.style.left = `${(100 * time) / duration}%`;
      return element;
    };
    const text = (time) => clock(time, step < 1 ? 1 : 0);
    part("axis").replaceChildren(...ticks.map((t) => place(make("span", "tick", text(t)), t)));
    plane.replaceChildren(...ticks.map((t) => place(make("i", ""), t)));
    move(now);
  }

  function zoomBy(factor) {
    zoom = Math.min(Math.max(zoom * factor, 1), ZOOM_AT_MOST);
    player.dataset.zoom = zoom;
    player.style.setProperty("--zoom", zoom);
    fit();
    scroll.scrollLeft = (now / duration) * width - scroll.clientWidth / 2;
  }

  const KEYS = {
    " ": () => (medium?.paused ? play() : medium?.pause()),
    ArrowLeft: (by) => seek(now - by),
    ArrowRight: (by) => seek(now + by),
    Home: () => seek(0),
    End: () => seek(duration),
    "+": () => zoomBy(2),
    "-": () => zoomBy(0.5),
  };

  function onKey(event) {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(event.shiftKey ? 5 : 1);
  }

  function onClick(event) {
    const { left, width } = plane.getBoundingClientRect();
    const time = ((event.clientX - left) / width) * duration;
    if (event.target.closest(".label") || time < 0 || time > duration) return;
    seek(time);
    play();
    setStateValue("picked_s", time);
  }

  function fail() {
    part("failure").hidden = false;
    setTriggerValue("failed", true);
  }

  scroll.addEventListener("scroll", () => move(now), { signal });
  track.addEventListener("click", onClick, { signal });
  track.addEventListener("keydown", onKey, { signal });
  part("in").addEventListener("click", () => zoomBy(2), { signal });
  part("out").addEventListener("click", () => zoomBy(0.5), { signal });
  medium?.addEventListener("play", run, { signal });
  for (const name of ["pause", "seeked", "timeupdate"]) {
    medium?.addEventListener(name, () => show(medium.currentTime), { signal });
  }
  medium?.addEventListener("error", fail, { signal });
  const observer = new ResizeObserver(fit);
  observer.observe(scroll);
  signal.addEventListener("abort", () => observer.disconnect());
  zoomBy(1);
  show(now);
  if (medium) run();
  return () => session.abort();
}
