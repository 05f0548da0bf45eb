"use strict";
// The page: it has the state whole when it connects, again when it connects anew, and then each change.

const $ = (id) => document.getElementById(id);
const { percent } = charts;

let state = null;
const chosen = new Map(); // other runs that are shown: name → curves

function make(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

// whole makes a list of each curve: an empty one comes as null.
function whole(curves) {
  for (const part of [curves.train, curves.test]) {
    for (const name of Object.keys(part)) part[name] = part[name] || [];
  }
  return curves;
}

function setStatus(status) {
  $("status").textContent = status === "finished" ? "finished runs" : status;
  $("status").dataset.status = status;
}

function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

function showRun() {
  const r = state.run;
  document.title = [r.name, r.network].filter(Boolean).join(" – ") || "finished runs";
  $("name").textContent = r.name || "…";
  $("about").textContent = [ // a finished run may lack some of them
    r.network && `${r.network} on ${r.data}`,
    r.parameters && `${r.parameters.toLocaleString("en")} parameters`,
    r.batch && `batches of ${r.batch}`,
    state.ending && r.cpu,
  ].filter(Boolean).join(", ");
  for (const e of document.querySelectorAll(".measured")) e.textContent = r.measured;
  $("threads").textContent = r.threads ? `${r.threads} ${r.threads === 1 ? "thread" : "threads"}` : "";
  $("machine").textContent = r.cpu;
}

function showProgress() {
  const p = state.progress;
  const share = p.total ? p.step / p.total : 0;
  $("done").style.width = `${100 * share}%`;
  const bar = document.querySelector(".bar");
  bar.setAttribute("aria-valuenow", Math.round(100 * share));
  const left = state.status === "training" && p.seconds_left > 0 ? `, ${duration(p.seconds_left)} left` : "";
  $("progress").textContent = `step ${p.step} of ${p.total} (${percent(share, 0)})${left}${state.ending ? `, ${ending(state.ending)}` : ""}`;
  $("epoch").textContent = "";
  if (p.per_epoch) $("epoch").textContent = `epoch ${(p.step / p.per_epoch).toFixed(1)} of ${Math.ceil(p.total / p.per_epoch)}`;
}

// ending says how a finished run ended.
function ending({ msg, step, error }) {
  switch (msg) {
    case "done": return "done";
    case "stopped": return `stopped after step ${step}`;
    case "failed": return `failed after step ${step}: ${error}`;
  }
  return "no end recorded";
}

function showNow() {
  const { train, test } = state.curves;
  const last = (values) => values[values.length - 1];
  if (state.ending) for (const id of ["loss", "rate", "speed", "accuracy"]) $(id).textContent = "–"; // another run's
  $("best").textContent = "";
  if (train.steps.length) {
    $("loss").textContent = last(train.loss).toFixed(4);
    $("rate").textContent = Number(last(train.learning_rate).toPrecision(3));
    const speed = last(train.images_per_second);
    $("speed").textContent = speed ? Math.round(speed).toLocaleString("en") : "–";
  }
  if (test.steps.length) {
    $("accuracy").textContent = percent(last(test.accuracy));
    $("best").textContent = `best ${percent(last(test.best))}`;
  }
  const { final } = state.curves;
  $("final").hidden = !final;
  if (final) $("final").textContent = `test accuracy ${percent(final.accuracy)} at step ${final.step}`;
}

let drawing = false;
function showCurves() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    charts.draw(state.curves, [...chosen].map(([name, curves]) => ({ name, curves })));
  });
}

function showLayers() {
  const t = state.layers;
  if (!t) return;
  $("machine").textContent = `${state.run.cpu}; roofline of ${t.peak_gflops.toFixed(0)} GFLOP/s and ${t.gbps.toFixed(0)} GB/s, measured; ` +
    `mean of ${t.steps} sampled ${t.steps === 1 ? "step" : "steps"} of ${t.step_ms.toFixed(1)} ms; FLOPs of direct convolution, of which Winograd's needs fewer`;
  const rows = t.rows.slice();
  if ($("slowest").checked) rows.sort((a, b) => b.ms - a.ms);
  const body = document.createDocumentFragment();
  for (const r of rows) {
    const row = make("tr");
    row.append(make("td", "", r.name), make("td", "", r.pass), make("td", "number", r.ms.toFixed(3)));
    row.append(make("td", "number", percent(t.step_ms ? r.ms / t.step_ms : 0, 1)), make("td", "number", r.gflops ? r.gflops.toFixed(1) : ""));
    const roofline = make("td", "number", r.roofline ? percent(r.roofline, 0) : "");
    if (r.roofline) {
      const meter = make("meter");
      meter.value = Math.min(r.roofline, 1);
      roofline.append(meter);
    }
    row.append(roofline, make("td", "", r.roofline ? r.bound : ""));
    body.append(row);
  }
  document.querySelector("#layers tbody").replaceChildren(body);
  $("rows").textContent = `${rows.length} ${rows.length === 1 ? "row" : "rows"}`;
  showMore();
}

// showMore fades the layer table out at the end behind which it has more.
function showMore() {
  const { scrollHeight, scrollTop, clientHeight, scrollWidth, scrollLeft, clientWidth } = $("scroll");
  $("scroll").parentElement.classList.toggle("more-below", scrollHeight - scrollTop - clientHeight > 1);
  $("scroll").parentElement.classList.toggle("more-right", scrollWidth - scrollLeft - clientWidth > 1);
}

function showRanks() {
  $("rank-group").hidden = !state.ranks;
  const rows = (state.ranks || []).map((r, rank) => {
    const row = make("tr");
    const waiting = make("td", "number", percent(r.step_ms ? r.wait_ms / r.step_ms : 0, 1));
    const meter = make("meter");
    meter.value = r.step_ms ? Math.min(r.wait_ms / r.step_ms, 1) : 0;
    waiting.append(meter);
    row.append(make("td", "", rank), make("td", "", r.name), make("td", "number", r.step_ms.toFixed(1)), waiting);
    return row;
  });
  document.querySelector("#ranks tbody").replaceChildren(...rows);
}

function showTest() {
  if (!state.test) return;
  showConfusion(state.test);
  showMistakes(state.test);
}

function showConfusion({ classes, confusion }) {
  const n = classes.length;
  if (!confusion || confusion.length !== n * n) {
    $("confusion").replaceChildren(make("p", "empty", `${n} classes are too many to show`));
    return;
  }
  const matrix = make("div", "matrix");
  matrix.style.gridTemplateColumns = `minmax(0, max-content) repeat(${n}, minmax(${n > 20 ? 4 : 18}px, 1fr))`;
  const strong = charts.color("--cell");
  for (let label = 0; label < n; label++) {
    const row = confusion.slice(label * n, (label + 1) * n);
    const all = Math.max(1, row.reduce((a, b) => a + b, 0));
    matrix.append(make("div", "head row-head", classes[label]));
    row.forEach((count, guess) => {
      const share = count / all;
      const cell = make("div", "cell", n <= 20 && share >= 0.005 ? Math.round(100 * share) : "");
      cell.style.background = `rgba(${strong}, ${(0.05 + 0.75 * share).toFixed(3)})`;
      cell.title = `${classes[label]} taken for ${classes[guess]}: ${count} of ${all}`;
      matrix.append(cell);
    });
  }
  matrix.append(make("div"));
  for (const name of classes) matrix.append(make("div", "head column-head", n <= 50 ? name : ""));
  $("confusion").replaceChildren(matrix);
}

function showMistakes({ mistakes }) {
  if (!mistakes || !mistakes.length) {
    $("mistakes").replaceChildren(make("p", "empty", "none"));
    return;
  }
  $("mistakes").replaceChildren(...mistakes.map((m) => {
    const figure = make("figure");
    const picture = make("img");
    picture.src = m.picture;
    picture.alt = `${state.run.measured} image ${m.image}: ${m.label}, taken for ${m.guess}`;
    picture.title = picture.alt;
    const caption = make("figcaption", "", m.label);
    caption.append(make("br"), make("span", "guess", `${m.guess} ${percent(m.confidence, 0)}`));
    figure.append(picture, caption);
    return figure;
  }));
}

// showFinished adapts the page to a finished run, which has no record of its layers and mistakes.
function showFinished() {
  for (const e of document.querySelectorAll(".live")) e.hidden = !!state.ending;
  $("problem").textContent = state.problem;
}

function showAll() {
  showFinished();
  showRun();
  showProgress();
  showNow();
  showCurves();
  showRanks();
  showLayers();
  showTest();
}

// Other runs of the same folder.

async function listRuns() {
  let runs;
  try {
    const answer = await fetch("runs");
    if (!answer.ok) return; // it is busy: the next evaluation asks again
    runs = await answer.json();
  } catch {
    return; // the server is gone for now
  }
  showChoice(runs);
  runs = runs.filter((run) => run.name !== state.run.name);
  for (const name of chosen.keys()) if (!runs.some((run) => run.name === name)) chosen.delete(name);
  showCurves();
  const buttons = (some) => some.map((run) => {
    const button = make("button", "", run.name);
    button.type = "button";
    button.title = run.failure;
    button.onclick = () => choose(run.name);
    return button;
  });
  const failed = runs.filter((run) => run.failure);
  $("others").hidden = !runs.length;
  $("runs").replaceChildren(...buttons(runs.filter((run) => !run.failure)));
  $("failed").hidden = !failed.length;
  $("failed-count").textContent = failed.length === 1 ? "1 failed run" : `${failed.length} failed runs`;
  $("failed-runs").replaceChildren(...buttons(failed));
  colorRuns();
}

// showChoice lets the reader choose which finished run the page is of.
function showChoice(runs) {
  $("choice").hidden = !state.ending || runs.length < 2;
  $("choose").replaceChildren(...runs.map((run) => {
    const option = make("option", "", run.failure ? `${run.name} (failed)` : run.name);
    option.value = run.name;
    option.selected = run.name === state.run.name;
    return option;
  }));
}

function colorRuns() {
  const order = [...chosen.keys()];
  for (const button of document.querySelectorAll("#others button")) {
    const at = order.indexOf(button.textContent);
    button.setAttribute("aria-pressed", at >= 0);
    button.style.color = at >= 0 ? charts.color(`--other-${(at % charts.otherColors) + 1}`) : "";
  }
}

async function choose(name) {
  $("refused").textContent = "";
  if (chosen.has(name)) {
    chosen.delete(name);
  } else {
    try {
      const answer = await fetch(`runs/${encodeURIComponent(name)}`);
      if (!answer.ok) throw new Error(await answer.text());
      chosen.set(name, whole(await answer.json()));
    } catch (error) {
      $("refused").textContent = `${name}: ${error instanceof TypeError ? "the server does not answer" : error.message}`;
      return;
    }
  }
  colorRuns();
  showCurves();
}

// Changes.

const changes = {
  state(s) {
    state = s;
    awaited = false;
    whole(state.curves).measured = state.run.measured;
    setStatus(state.status);
    showAll();
    listRuns();
  },
  progress(p) {
    state.progress = p;
    showProgress();
  },
  point(p) {
    const t = state.curves.train;
    state.progress = p.progress;
    t.steps.push(p.progress.step);
    for (const name of ["loss", "learning_rate", "accuracy", "images_per_second"]) t[name].push(p[name]);
    showProgress();
    showNow();
    showCurves();
  },
  evaluation(e) {
    const t = state.curves.test;
    state.curves.final = null; // it is of the end
    t.steps.push(e.step);
    t.epochs.push(e.epoch);
    for (const name of ["accuracy", "best", "loss"]) t[name].push(e[name]);
    showNow();
    showCurves();
    listRuns();
  },
  final(f) {
    state.curves.final = f;
    showNow();
  },
  test(t) {
    state.test = t;
    showTest();
  },
  ranks(rows) {
    state.ranks = rows;
    showRanks();
  },
  layers(t) {
    state.layers = t;
    showLayers();
  },
  end(status) {
    state.status = status;
    setStatus(status);
    showProgress();
  },
};

let source;
let awaited; // the source has sent no state yet
function connect() {
  source?.close();
  const here = new EventSource(`events${location.search}`); // ?run=NAME is for finished runs
  source = here;
  awaited = true;
  for (const [name, change] of Object.entries(changes)) {
    here.addEventListener(name, (event) => change(JSON.parse(event.data)));
  }
  here.onerror = () => {
    if (here !== source) return;
    if (!awaited && ["done", "finished"].includes(state.status)) {
      here.close(); // no more comes
      return;
    }
    setStatus(state && state.status === "stopped" ? "stopped" : "reconnecting"); // a run that goes on may come back
    if (here.readyState === EventSource.CLOSED) setTimeout(() => here === source && connect(), 2000); // the browser has given up
  };
}

$("choose").onchange = () => {
  history.replaceState(null, "", `?run=${encodeURIComponent($("choose").value)}`);
  connect();
};
$("slowest").onchange = showLayers;
$("scroll").onscroll = showMore;
new ResizeObserver(showMore).observe($("scroll"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  charts.redraw();
  if (state) showAll();
  colorRuns();
});
connect();
