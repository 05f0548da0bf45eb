// Measures a model in ONNX Runtime:
//
//	node ort.mjs RUNTIME MODEL BATCH CALLS THREADS
//
// RUNTIME is the folder of the npm package. It prints a line of JSON: the milliseconds of a call, after two that do not count.
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";

const [runtime, model, batchText, callsText, threadsText] = process.argv.slice(2);
const ort = createRequire(import.meta.url)(runtime);
const [batch, calls, threads] = [batchText, callsText, threadsText].map(Number);

const session = await ort.InferenceSession.create(model, {
  graphOptimizationLevel: "all", executionMode: "sequential", intraOpNumThreads: threads, interOpNumThreads: 1,
});
const input = session.inputMetadata[0];
const shape = [batch, ...input.shape.slice(1)];
const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * Math.random() - 1);
const feed = { [input.name]: new ort.Tensor("float32", values, shape) };

const times = [];
for (let i = -2; i < calls; i++) {
  const start = performance.now();
  await session.run(feed);
  if (i >= 0) {
    times.push(performance.now() - start);
  }
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({ median: times[times.length >> 1], version: ort.env.versions.node }));
