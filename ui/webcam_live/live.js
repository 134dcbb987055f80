// What a stream sees: figures, the voice's answer, and for each person the lines of a minute.

const SVG = "http://www.w3.org/2000/svg";
const SPAN_S = 60;
const GAP_S = 1.5; // points farther apart belong to two lines
const LEVELS = [0, 50, 100];
const END_AT_LEAST = 12; // percent; symbols of lines below would lie on top of each other
const END_APART = 14;
const NOBODY = "Nobody is seen yet. The chart starts with the first face.";

function make(name, className = "", text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

function figure([name, value]) {
  const box = make("div");
  box.append(make("dt", "", name), make("dd", "", value));
  return box;
}

/** One line that says what is seen or heard now. */
function answer(of, now, otherwise) {
  const line = make("div", now?.uncertain ? "answer dashed" : "answer");
  line.append(make("span", "of", of));
  if (!now) {
    line.append(make("span", "", otherwise));
    return line;
  }
  line.style.setProperty("--colour", now.colour);
  line.append(make("b", "", `${now.symbol} ${now.label}`));
  line.append(make("span", "percent", `${now.percent}%${now.uncertain ? ", uncertain" : ""}`));
  return line;
}

/** Path of one label, broken where the person was not seen. */
function path(ages, percent) {
  let found = "";
  percent.forEach((value, i) => {
    if (value === null) return;
    const joined = i > 0 && percent[i - 1] !== null && ages[i - 1] - ages[i] <= GAP_S;
    const point = `${(100 * (1 - ages[i] / SPAN_S)).toFixed(2)} ${100 - value}`;
    found += joined ? `L${point}` : `M${point}h0`; // a point alone is a dot
  });
  return found;
}

/** Symbols at the ends of the lines, the most probable first, as far as there is room. */
function ends(labels, last) {
  const order = labels.map((_, i) => i).filter((i) => last[i] >= END_AT_LEAST);
  const kept = [];
  for (const i of order.sort((a, b) => last[b] - last[a])) {
    if (kept.every((j) => Math.abs(last[j] - last[i]) >= END_APART)) kept.push(i);
  }
  return kept.map((i) => {
    const end = make("span", "end", labels[i].symbol);
    end.style.top = `${100 - last[i]}%`;
    return end;
  });
}

function plot(labels, { ages, percent, name }) {
  const box = make("div", "plot");
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", `Probabilities of ${name} over the last minute`);
  for (const level of LEVELS) {
    const line = make("div", "level");
    line.style.top = `${100 - level}%`;
    line.append(make("span", "", `${level}%`));
    box.append(line);
  }
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("preserveAspectRatio", "none");
  const last = percent.map((values) => values.at(-1) ?? -1);
  const top = last.indexOf(Math.max(...last));
  labels.forEach(({ colour }, i) => {
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", path(ages, percent[i]));
    line.style.setProperty("--colour", colour);
    if (i === top && last[i] >= 0) line.setAttribute("class", "top");
    svg.append(line);
  });
  box.append(svg, ...ends(labels, last));
  return box;
}

function axis() {
  const row = make("div", "axis");
  row.append(...["1 min ago", "30 s", "now"].map((text) => make("span", "", text)));
  return row;
}

function legend(labels, percent) {
  const list = make("ul", "legend");
  labels.forEach(({ name, symbol, colour }, i) => {
    const item = make("li");
    item.style.setProperty("--colour", colour);
    const value = percent[i].at(-1);
    item.append(make("i"), `${symbol} ${name} `);
    if (value !== null) item.append(make("span", "percent", `${value}%`));
    list.append(item);
  });
  return list;
}

function person(labels, one) {
  const box = make("div", "person");
  box.append(answer(one.name, one.now, "not in the picture"));
  box.append(plot(labels, one), axis(), legend(labels, one.percent));
  return box;
}

/** Called by Streamlit when the component appears, and again whenever its data change. */
export default function ({ parentElement, data }) {
  const part = (name) => parentElement.querySelector(`.${name}`);
  const { figures, labels, people, voice, quiet } = data;
  part("figures").replaceChildren(...figures.map(figure));
  part("voice").replaceChildren(...(voice || quiet ? [answer("Voice", voice, quiet)] : []));
  const charts = people.map((one) => person(labels, one));
  part("people").replaceChildren(...(charts.length ? charts : [make("p", "hint", NOBODY)]));
}
