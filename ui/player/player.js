// One clock, the medium's, moves a cursor over lanes that share its time axis.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000; // of a drawing, in units of its own
const HEIGHT = 100;
const TICK_PX = 72;
const TICKS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];
const ZOOM_AT_MOST = 256;
const STEP_S = 1; // of an arrow key
const LEAP_S = 5; // of an arrow key with shift
const TALL_PX = 48; // a lane in which there is room for several rows of letters

function make(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

function clock(seconds, digits = 0) {
  const rounded = Number(seconds.toFixed(digits));
  const hours = Math.floor(rounded / 3600);
  const minutes = Math.floor(rounded / 60) % 60;
  const rest = (rounded % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

// --- what each kind of lane looks like -------------------------------------------------------

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
  const x = (i) => ((i + 0.5) / low.length) * WIDTH;
  const point = (value, i) => `${x(i)} ${(HEIGHT / 2) * (1 - value)}`;
  const outline = [...high.map(point), ...low.map(point).reverse()];
  return drawing(outline.length ? `M${outline.join("L")}Z` : "", "wave");
}

/** A picture that only shows what stands in words beside it. */
function drawImage(url, className) {
  const image = make("img", className);
  image.src = url;
  image.alt = "";
  return image;
}

function span({ start_s, end_s, symbol, text, tip, colour, dashed, words, picture }, duration) {
  const box = make("div", "span");
  box.classList.toggle("dashed", dashed);
  box.style.left = `${(100 * start_s) / duration}%`;
  box.style.width = `${(100 * (end_s - start_s)) / duration}%`;
  box.style.setProperty("--colour", colour);
  box.title = `${clock(start_s, 1)} to ${clock(end_s, 1)}: ${tip}${words && `\n${words}`}`;
  const inside = make("div", "inside");
  if (picture) inside.append(drawImage(picture, "face"));
  inside.append(make("b", "", symbol), make("span", "", text));
  box.append(inside);
  return box;
}

function spans(lane, duration) {
  const row = make("div", "spans");
  row.classList.toggle("worded", lane.height >= TALL_PX);
  row.append(...lane.spans.map((one) => span(one, duration)));
  return row;
}

/** The first and the last index of each run of points that have a value. */
function runs(values) {
  const found = [];
  values.forEach((value, i) => {
    if (value === null) return;
    if (i === 0 || values[i - 1] === null) found.push([i, i]);
    else found.at(-1)[1] = i;
  });
  return found;
}

function curve({ times, values, low, high, filled, stepped, colour }, duration) {
  const x = (i) => ((times[i] / duration) * WIDTH).toFixed(2);
  const y = (i) => (HEIGHT * (1 - (values[i] - low) / (high - low))).toFixed(2);
  const path = ([first, last]) => {
    let line = `M${x(first)} ${y(first)}h0`; // a point alone is a dot
    for (let i = first + 1; i <= last; i++) {
      line += stepped ? `H${x(i)}V${y(i)}` : `L${x(i)} ${y(i)}`;
    }
    if (stepped && last + 1 < times.length) line += `H${x(last + 1)}`;
    return filled ? `${line}V${HEIGHT}H${x(first)}Z` : line;
  };
  const svg = drawing(runs(values).map(path).join(""), filled ? "curve filled" : "curve");
  if (colour) svg.style.setProperty("--colour", colour);
  return svg;
}

/** Parts of a whole, the first one on top; each point holds until the next one. */
function stack({ times, shares, colours }, duration) {
  const x = (i) => ((times[i] / duration) * WIDTH).toFixed(2);
  const end = (i) => x(Math.min(i + 1, times.length - 1));
  const row = make("div", "stack");
  const upper = times.map(() => 0);
  shares.forEach((values, part) => {
    const lower = values.map((value, i) => upper[i] + (value ?? 0));
    const y = (level) => (HEIGHT * level).toFixed(2);
    const path = ([first, last]) => {
      let there = `M${x(first)} ${y(upper[first])}`;
      let back = "";
      for (let i = first; i <= last; i++) {
        there += `V${y(upper[i])}H${end(i)}`;
        back = `V${y(lower[i])}H${x(i)}${back}`;
      }
      return `${there}${back}Z`;
    };
    const svg = drawing(runs(values).map(path).join(""), "part");
    svg.style.setProperty("--colour", colours[part]);
    row.append(svg);
    lower.forEach((level, i) => (upper[i] = level));
  });
  return row;
}

const picture = ({ url }) => drawImage(url, "picture");

const DRAW = { wave, picture, spans, curve, stack };

function spanAt(lane, time) {
  return lane.spans.find((one) => one.start_s <= time && time < one.end_s);
}

/** What a lane says at a moment. */
function valueAt(lane, time) {
  if (lane.kind === "spans") return spanAt(lane, time)?.tip ?? "";
  if (lane.kind !== "curve") return "";
  const value = lane.values[lane.times.findLastIndex((point) => point <= time)];
  return value == null ? "" : `${value.toFixed(lane.digits)}${lane.unit}`;
}

/** The parts of a stack with their colours, and what each has at a moment. */
function keysAt({ times, shares, parts, colours }, time) {
  const i = times.findLastIndex((point) => point <= time);
  return parts.map((part, place) => {
    const share = shares[place][i];
    const key = make("span", "key", share == null ? part : `${part} ${Math.round(100 * share)}%`);
    key.style.setProperty("--colour", colours[place]);
    return key;
  });
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

/** A picture, or words alone, that leads to its moment. */
function drawMoment({ time_s, url, text, flagged }, go) {
  const button = make("button", "moment");
  button.type = "button";
  button.classList.toggle("flagged", flagged);
  if (url) button.append(drawImage(url, ""));
  button.append(make("span", "", `${clock(time_s, 1)} ${text}`));
  button.addEventListener("click", () => go(time_s));
  return button;
}

/** The element that plays; the old one where it already plays this file. */
function mediumIn(place, medium) {
  const old = place.firstElementChild;
  if (old && old.getAttribute("src") === medium?.url) return old;
  place.replaceChildren();
  if (!medium) return null;
  const element = make(medium.kind, "");
  element.controls = true;
  element.preload = "metadata";
  element.src = medium.url;
  place.append(element);
  return element;
}

// --- the player ------------------------------------------------------------------------------

class Player {
  constructor({ parentElement, data, setStateValue, setTriggerValue }, before) {
    this.part = (name) => parentElement.querySelector(`.${name}`);
    this.tellPicked = (time) => data.picks && setStateValue("picked_s", time);
    this.tellFailed = () => setTriggerValue("failed", true);
    this.duration = data.duration;
    this.track = this.part("track");
    this.scroll = this.part("scroll");
    this.plane = this.part("plane");
    this.rows = data.lanes.map((lane) => drawLane(lane, this.duration));
    this.part("lanes").replaceChildren(...this.rows.map(({ row }) => row));
    const go = (time) => this.go(time);
    const drawn = (moments) => moments.map((one) => drawMoment(one, go));
    this.part("moments").replaceChildren(...drawn(data.moments.filter(({ url }) => url)));
    this.part("remarks").replaceChildren(...drawn(data.moments.filter(({ url }) => !url)));
    this.spoken = data.lanes.filter((lane) => lane.spans?.some((one) => one.words));
    this.part("said").hidden = !this.spoken.length;
    this.part("failure").hidden = true;
    this.track.setAttribute("aria-valuemax", this.duration.toFixed(1));
    this.medium = mediumIn(this.part("medium"), data.medium);
    this.now = this.medium?.currentTime ?? before?.now ?? 0;
    this.listen();
    this.checkPicture();
    this.zoomTo(before?.zoom ?? 1);
    this.show(this.now);
    this.run();
  }

  listen() {
    this.ending = new AbortController();
    const { signal } = this.ending;
    const on = (target, name, act) => target?.addEventListener(name, act, { signal });
    on(this.track, "click", (event) => this.onClick(event));
    on(this.track, "keydown", (event) => this.onKey(event));
    on(this.scroll, "scroll", () => this.move(this.now));
    on(this.part("in"), "click", () => this.zoomTo(2 * this.zoom));
    on(this.part("out"), "click", () => this.zoomTo(this.zoom / 2));
    on(this.medium, "play", () => this.run());
    on(this.medium, "error", () => this.fail());
    on(this.medium, "loadedmetadata", () => this.checkPicture());
    for (const name of ["pause", "seeked", "timeupdate"]) {
      on(this.medium, name, () => this.show(this.medium.currentTime));
    }
    const observer = new ResizeObserver(() => this.fit());
    observer.observe(this.scroll);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  end() {
    this.ending.abort();
  }

  /** Put the cursor at a moment; cheap, since it is called for every frame. */
  move(time) {
    this.now = Math.min(Math.max(time, 0), this.duration);
    this.x = (this.now / this.duration) * this.width - this.scroll.scrollLeft;
    const cursor = this.part("cursor");
    cursor.style.transform = `translateX(${this.gutter + this.x}px)`;
    cursor.hidden = this.x < 0;
  }

  /** Put the cursor at a moment and say what the lanes hold there. */
  show(time) {
    this.move(time);
    this.part("now").textContent = `${clock(this.now, 1)} of ${clock(this.duration, 1)}`;
    const said = [clock(this.now, 1)];
    const words = this.spoken.map((lane) => spanAt(lane, this.now)?.words);
    this.part("said").textContent = words.filter(Boolean).join(" / ");
    for (const { lane, value } of this.rows) {
      if (lane.kind === "stack") value.replaceChildren(...keysAt(lane, this.now));
      else value.textContent = valueAt(lane, this.now);
      if (lane.kind === "spans" && value.textContent) said.push(value.textContent);
    }
    this.track.setAttribute("aria-valuenow", this.now.toFixed(1));
    this.track.setAttribute("aria-valuetext", said.join(", "));
  }

  /** Scroll to where the cursor can be seen. */
  follow() {
    const room = this.scroll.clientWidth - this.gutter;
    if (this.x < 0 || this.x > room) this.scroll.scrollLeft += this.x - room / 10;
  }

  /** Move the cursor with the medium as long as it plays. */
  run() {
    if (!this.medium || this.medium.paused || this.ending.signal.aborted) return;
    this.move(this.medium.currentTime);
    this.follow();
    requestAnimationFrame(() => this.run());
  }

  play() {
    // play() rejects when it is stopped before it starts, which is no error
    this.medium?.play().catch(() => this.show(this.medium.currentTime));
  }

  toggle() {
    if (this.medium?.paused) this.play();
    else this.medium?.pause();
  }

  seek(time) {
    this.show(time);
    this.follow();
    if (this.medium) this.medium.currentTime = this.now;
  }

  /** What a person asked for: play from a moment, and tell it. */
  go(time) {
    this.seek(time);
    this.play();
    this.tellPicked(time);
  }

  /** A browser plays the sound alone of a video whose pictures it cannot decode. */
  checkPicture() {
    if (this.medium?.readyState && this.medium.videoWidth === 0) this.fail();
  }

  fail() {
    this.part("failure").hidden = false;
    this.tellFailed();
  }

  zoomTo(zoom) {
    this.zoom = Math.min(Math.max(zoom, 1), ZOOM_AT_MOST);
    this.part("player").style.setProperty("--zoom", this.zoom);
    this.fit();
    this.scroll.scrollLeft += this.x - this.scroll.clientWidth / 2;
  }

  /** Draw what depends on the width: the ticks of the axis and the cursor. */
  fit() {
    this.width = this.plane.clientWidth;
    this.gutter = this.plane.offsetLeft;
    const step = TICKS_S.find((s) => (s / this.duration) * this.width >= TICK_PX) ?? this.duration;
    const count = Math.floor(this.duration / step + 0.5); // one at the very end has no room
    const placed = (element, i) => {
      element.style.left = `${(100 * i * step) / this.duration}%`;
      return element;
    };
    const digits = step < 1 ? 1 : 0;
    const ticks = Array.from({ length: count }, (_, i) => i);
    const tick = (i) => placed(make("span", "tick", clock(i * step, digits)), i);
    this.part("axis").replaceChildren(...ticks.map(tick));
    this.plane.replaceChildren(...ticks.map((i) => placed(make("i", ""), i)));
    this.move(this.now);
  }

  onClick(event) {
    const { left } = this.plane.getBoundingClientRect();
    const time = ((event.clientX - left) / this.width) * this.duration;
    if (event.target.closest(".label") || time < 0 || time > this.duration) return;
    this.go(time);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? LEAP_S : STEP_S;
    const act = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.seek(this.now - step),
      ArrowRight: () => this.seek(this.now + step),
      Home: () => this.seek(0),
      End: () => this.seek(this.duration),
      "+": () => this.zoomTo(2 * this.zoom),
      "-": () => this.zoomTo(this.zoom / 2),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

const players = new WeakMap(); // root of a component -> its player

/** Called by Streamlit when the component appears, and again with new data or another theme. */
export default function (component) {
  const before = players.get(component.parentElement);
  before?.end();
  const player = new Player(component, before);
  players.set(component.parentElement, player);
  return () => player.end();
}
