// Sends what a form of the reference describes to this service, and shows what comes back.
const base = location.pathname.replace(/(\/api)?\/docs\/?$/, "");

const request = (form) => {
  const { method, path, body } = form.dataset;
  const fields = new FormData(form);
  const key = document.querySelector("#key").value.trim();
  const options = { method: method.toUpperCase(), headers: key ? { "X-API-Key": key } : {} };
  let address = path;
  if (body === "json") {
    options.body = fields.get("body");
    options.headers["Content-Type"] = "application/json";
  } else {
    for (const [name, value] of [...fields]) {
      address = address.replace(`{${name}}`, encodeURIComponent(value));
      const empty = value instanceof File ? !value.size : value === "";
      if (empty || path.includes(`{${name}}`)) fields.delete(name);
    }
    if (body === "form") options.body = fields;
  }
  return fetch(base + address, options);
};

const shown = async (response) => {
  const text = await response.text();
  const place = response.headers.get("location");
  const head = `${response.status} ${response.statusText}${place ? `\nLocation: ${place}` : ""}`;
  try {
    return `${head}\n\n${JSON.stringify(JSON.parse(text), null, 2)}`;
  } catch {
    return `${head}\n\n${text}`;
  }
};

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    const answer = form.querySelector("output");
    button.disabled = true;
    answer.innerHTML = "<pre></pre>";
    answer.firstChild.textContent = "…";
    try {
      answer.firstChild.textContent = await shown(await request(form));
    } catch (error) {
      answer.firstChild.textContent = `no answer: ${error.message}`;
    }
    button.disabled = false;
  });
}
