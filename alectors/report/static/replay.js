// An episode, step by step. The data lies in the page; texts are put in as text, never as markup.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const steps = data.steps;
const at = (id) => document.getElementById(id);
const SHADES = {
  action: "attention of the action taken",
  value: "attention of the value",
  relevance: "relevance to the goal, in deviations",
};
const PAUSE = 700; // milliseconds between two steps that play by themselves
const DEEPEST = 65;
let now = 0;
let timer = null;

function show(step) {
  now = Math.min(Math.max(step, 0), steps.length - 1);
  const state = steps[now];
  at("slider").value = now;
  at("step").textContent = `Step ${now} of ${steps.length - 1}`;
  at("slider").setAttribute("aria-valuetext", at("step").textContent);
  at("first").disabled = at("back").disabled = now === 0;
  at("last").disabled = at("on").disabled = now === steps.length - 1;
  showPicture(state.picture);
  showPage(state);
  showActions(state);
}

function showPicture(picture) {
  const figure = at("picture");
  figure.hidden = !picture;
  if (!picture) return;
  if (picture.image !== undefined) {
    const image = document.createElement("img");
    image.src = data.parts[picture.image];
    image.alt = `The state at step ${now}`;
    figure.replaceChildren(image);
    return;
  }
  const parts = picture.svg.map((place) => data.parts[place]).join("");
  const text = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${picture.box}">${parts}</svg>`;
  const drawn = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", `The state at step ${now}`);
  figure.replaceChildren(drawn);
}

function showPage(state) {
  const kind = at("shade").value;
  const shares = (state.shades || {})[kind];
  const statements = state.page.map((place, k) => {
    const item = element("li", "", data.texts[place]);
    if (shares) {
      item.style.setProperty("--shade", `${shade(shares[k], kind, shares.length)}%`);
      item.append(element("span", "share", tellShare(shares[k], kind)));
    }
    return item;
  });
  if (!statements.length) statements.push(element("li", "soft", "The agent reads numbers here, not words."));
  at("page").replaceChildren(...statements);
}

// How deep a statement's colour is, in per cent: full at four times an even share of the attention,
// or at the largest relevance, 3 deviations above the page's mean.
function shade(share, kind, statements) {
  const full = kind === "relevance" ? 3000 : 4000 / statements;
  return Math.round(DEEPEST * Math.min(Math.max(share / full, 0), 1));
}

function tellShare(share, kind) {
  if (kind !== "relevance") return `${(share / 10).toFixed(1)} %`;
  return `${share < 0 ? "−" : "+"}${(Math.abs(share) / 1000).toFixed(1)}`;
}

function showActions(state) {
  const last = !state.actions;
  at("judgement").textContent = judgement(state, last);
  const items = (state.actions || []).map(([words, share, score], k) => {
    const item = element("li", k === state.taken ? "taken" : "");
    item.append(element("span", "words", data.texts[words]));
    if (k === state.taken) item.append(element("span", "mark", "taken"));
    if (share !== undefined) {
      const bar = element("span", "bar");
      bar.style.setProperty("--share", `${share / 10}%`);
      item.append(element("span", "share", state.valued ? score.toFixed(2) : `${(share / 10).toFixed(1)} %`), bar);
    }
    return item;
  });
  if (state.more) items.push(element("li", "soft", `and ${state.more} more`));
  at("actions").replaceChildren(...items);
}

function judgement(state, last) {
  const earned = `Return so far ${Number(state.earned.toFixed(2))}.`;
  if (last) return `The episode is over. ${earned}`;
  const illegal = state.taken === null ? " The action taken was not legal." : "";
  if (state.valued === undefined) return `What was done; nothing is kept of why. ${earned}${illegal}`;
  const bars = state.valued ? "Bars: value." : "Bars: probability.";
  const value = state.value === undefined ? "" : ` Value of the state: ${state.value.toFixed(2)}.`;
  return `${bars}${value} ${earned}${illegal}`;
}

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function offerShades() {
  const found = Object.keys(SHADES).filter((name) => steps.some((step) => (step.shades || {})[name]));
  at("shading").hidden = !found.length;
  for (const name of found) at("shade").append(new Option(SHADES[name], name));
  at("shade").addEventListener("change", () => show(now));
}

function play(on) {
  clearInterval(timer);
  timer = on ? setInterval(() => (now < steps.length - 1 ? show(now + 1) : play(false)), PAUSE) : null;
  at("play").textContent = on ? "Pause" : "Play";
  at("play").setAttribute("aria-pressed", String(Boolean(on)));
}

function stepTo(step) {
  play(false);
  show(step);
}

const KEYS = {
  ArrowLeft: () => stepTo(now - 1),
  ArrowRight: () => stepTo(now + 1),
  Home: () => stepTo(0),
  End: () => stepTo(steps.length - 1),
  " ": () => play(timer === null),
};

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in KEYS)) return;
  // The slider and the list know these keys themselves, and the space bar presses a button.
  if (event.target.closest("input, select, pre")) return;
  if (event.key === " " && event.target.closest("button, a, summary")) return;
  event.preventDefault();
  KEYS[event.key]();
});

at("slider").max = steps.length - 1;
at("slider").addEventListener("input", () => stepTo(Number(at("slider").value)));
at("first").addEventListener("click", () => stepTo(0));
at("back").addEventListener("click", () => stepTo(now - 1));
at("on").addEventListener("click", () => stepTo(now + 1));
at("last").addEventListener("click", () => stepTo(steps.length - 1));
at("play").addEventListener("click", () => play(timer === null));
offerShades();
show(0);
