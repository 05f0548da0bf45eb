"use strict";
// The charts: uPlot, in the page's colors, with this run's curves and those of other runs.

const charts = (() => {
  const percent = (x, digits = 2) => `${(100 * x).toFixed(digits)} %`;
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const otherColors = 4;

  const plain = (v) => `${Number(v.toPrecision(3))}`;

  // What each chart has of a run: a table of steps and values a line, drawn in order. The legend's
  // text of a value is the tile's. The axis has one for all its ticks.
  const kinds = {
    loss: {
      lines: (c) => [
        { label: "training", table: [c.train.steps, smooth(c.train.loss)], color: "--a" },
        { label: c.measured, table: [c.test.steps, c.test.loss], color: "--b", points: true },
      ],
      other: (c) => [c.train.steps, smooth(c.train.loss)],
      text: (v) => v.toFixed(4),
    },
    accuracy: {
      lines: (c) => [
        { label: "training", table: [c.train.steps, smooth(c.train.accuracy)], color: "--a" },
        { label: c.measured, table: [c.test.steps, c.test.accuracy], color: "--b", points: true },
      ],
      other: (c) => [c.test.steps, c.test.accuracy],
      otherPoints: true,
      text: (v) => percent(v),
      ticks: (values) => values.map((v) => percent(v, values[1] - values[0] < 0.01 ? 2 : 0)),
    },
    rate: {
      lines: (c) => [{ label: "learning rate", table: [c.train.steps, c.train.learning_rate], color: "--a" }],
      other: (c) => [c.train.steps, c.train.learning_rate],
      text: plain,
    },
    speed: {
      lines: (c) => [{ label: "images/s", table: [c.train.steps, known(c.train.images_per_second)], color: "--a" }],
      other: (c) => [c.train.steps, known(c.train.images_per_second)],
      text: (v) => Math.round(v).toLocaleString("en"),
      zero: true,
    },
  };

  // smooth is a running mean, over a window that grows with the number of points: batches are noisy.
  function smooth(values) {
    const window = Math.max(1, Math.round(values.length / 60));
    const out = new Array(values.length);
    let sum = 0;
    for (let i = 0; i < values.length; i++) {
      sum += values[i];
      if (i >= window) sum -= values[i - window];
      out[i] = sum / Math.min(i + 1, window);
    }
    return out;
  }

  const known = (values) => values.map((v) => v || null);

  function series(line, text) {
    const stroke = color(line.color);
    return {
      label: line.label,
      stroke,
      width: 2,
      dash: line.dash,
      spanGaps: true,
      points: { show: !!line.points, size: 6, fill: stroke },
      value: (_, v) => (v == null ? "" : text(v)),
    };
  }

  // at returns the place of the value that a line has at the cursor: the nearest of its own. There
  // is none before a line's first step, nor behind its last.
  function at(plot, line, place, step) {
    const steps = plot.data[0];
    const values = line ? plot.data[line] : steps;
    let before = place;
    let after = place;
    while (before >= 0 && (values[before] == null || steps[before] > step)) before--;
    while (after < steps.length && (values[after] == null || steps[after] < step)) after++;
    if (before < 0 || after >= steps.length) return null;
    return step - steps[before] <= steps[after] - step ? before : after;
  }

  // idle marks a plot without a cursor: its legend names the lines, and has no step.
  const idle = (plot) => plot.root.classList.toggle("idle", plot.legend.idxs.every((place) => place == null));

  function axis() {
    return { stroke: color("--soft"), grid: { stroke: color("--grid"), width: 1 }, ticks: { stroke: color("--grid"), width: 1 }, font: "11px system-ui, sans-serif" };
  }

  const drawn = {}; // by kind: the plot, and what it was made for

  // draw shows the curves of a run, and of others, a list of {name, curves}.
  function draw(curves, others) {
    for (const [kind, k] of Object.entries(kinds)) {
      const lines = k.lines(curves);
      others.forEach((run, i) => {
        lines.push({ label: run.name, table: k.other(run.curves), color: `--other-${(i % otherColors) + 1}`, points: k.otherPoints, dash: [6, 4] });
      });
      const data = uPlot.join(lines.map((line) => line.table));
      const shape = JSON.stringify(lines.map((line) => line.label));
      if (drawn[kind] && drawn[kind].shape === shape) {
        drawn[kind].plot.setData(data);
        continue;
      }
      if (drawn[kind]) drawn[kind].plot.destroy();
      drawn[kind] = { shape, plot: plot(kind, k, lines, data) };
    }
  }

  function plot(kind, k, lines, data) {
    const place = document.getElementById(`chart-${kind}`);
    const options = {
      width: place.clientWidth,
      height: 210,
      cursor: { sync: { key: "steps" }, drag: { x: true, y: false }, dataIdx: at },
      hooks: { ready: [idle], setLegend: [idle] },
      scales: { x: { time: false }, y: k.zero ? { range: (_, low, high) => [0, (high || 1) * 1.1] } : {} },
      axes: [axis(), { ...axis(), size: 52, ...(k.ticks && { values: (_, splits) => k.ticks(splits) }) }],
      series: [{ label: "step", value: (_, v) => (v == null ? "" : `${v}`) }, ...lines.map((line) => series(line, k.text))],
    };
    return new uPlot(options, data, place);
  }

  function redraw() {
    for (const kind of Object.keys(drawn)) {
      drawn[kind].plot.destroy();
      delete drawn[kind];
    }
  }

  new ResizeObserver(() => {
    for (const [kind, d] of Object.entries(drawn)) {
      const width = document.getElementById(`chart-${kind}`).clientWidth;
      if (width !== d.plot.width) d.plot.setSize({ width, height: d.plot.height });
    }
  }).observe(document.querySelector(".charts"));

  return { draw, redraw, color, percent, otherColors, shown: (kind) => drawn[kind] && drawn[kind].plot };
})();
