// A cursor over the lanes, and what each of them says at its moment.
const track = document.querySelector(".lanes");
const cursor = track.querySelector(".cursor");
const plane = track.querySelector(".plane");
const readout = document.querySelector(".readout");
const lanes = [...track.querySelectorAll("svg[data-name]")].map((svg) => ({
  name: svg.dataset.name,
  spans: [...svg.querySelectorAll("rect.e")].map((rect) => {
    const start = parseFloat(rect.getAttribute("x"));
    const text = rect.textContent;
    const end = start + parseFloat(rect.getAttribute("width"));
    return { start, end, text: text.slice(text.indexOf(": ") + 2) };
  }),
}));

function clock(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function show(share) {
  const percent = 100 * Math.min(Math.max(share, 0), 1);
  cursor.hidden = readout.hidden = false;
  cursor.style.left = `${percent}%`;
  const time = document.createElement("b");
  time.textContent = clock((percent / 100) * track.dataset.s);
  const said = lanes.flatMap(({ name, spans }) => {
    const here = spans.find(({ start, end }) => start <= percent && percent < end);
    if (!here) return [];
    const part = document.createElement("span");
    part.textContent = `${name}: ${here.text}`;
    return [part];
  });
  readout.replaceChildren(time, ...said);
}

for (const kind of ["pointermove", "pointerdown"]) {
  track.addEventListener(kind, (event) => {
    const box = plane.getBoundingClientRect();
    if (event.clientX >= box.left) show((event.clientX - box.left) / box.width);
  });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-at]");
  if (link) show(link.dataset.at / track.dataset.s);
});
readout.hidden = false;
readout.textContent = "Point at the lanes, or touch them, to read a moment.";
