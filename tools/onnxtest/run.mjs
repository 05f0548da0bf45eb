// Runs a model in ONNX Runtime over all images of a file:
//
//	node run.mjs MODEL IMAGES BATCH OUTPUT=FILE…
//
// IMAGES holds the input's values as they lie in memory, little endian, one image after the other; each FILE gets those of
// an output likewise. The last batch is what is left over. It prints a line of JSON.
import { readFileSync, openSync, writeSync, closeSync } from "node:fs";
import { performance } from "node:perf_hooks";
import ort from "onnxruntime-node";

const arrays = { float32: Float32Array, uint8: Uint8Array };

const [model, imagesPath, batchText, ...outputs] = process.argv.slice(2);
const batch = Number(batchText);
const files = outputs.map((o) => o.split("=")).map(([name, path]) => ({ name, out: openSync(path, "w") }));

const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: "all" });
const input = session.inputMetadata[0];
const sizes = input.shape.slice(1);
const image = sizes.reduce((a, b) => a * b, 1);
const bytes = readFileSync(imagesPath);
const values = new arrays[input.type](bytes.buffer, bytes.byteOffset, bytes.byteLength / arrays[input.type].BYTES_PER_ELEMENT);
if (values.length % image !== 0) {
  throw new Error(`${imagesPath}: got ${values.length} values, want a multiple of ${image}`);
}
const images = values.length / image;

let milliseconds = 0;
for (let first = 0; first < images; first += batch) {
  const n = Math.min(batch, images - first);
  const feed = new ort.Tensor(input.type, values.slice(first * image, (first + n) * image), [n, ...sizes]);
  const start = performance.now();
  const results = await session.run({ [input.name]: feed }, files.map((f) => f.name));
  milliseconds += performance.now() - start;
  for (const f of files) {
    const { data } = results[f.name];
    writeSync(f.out, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
}
for (const f of files) {
  closeSync(f.out);
}
console.log(JSON.stringify({ images, imagesPerSecond: (1000 * images) / milliseconds, runtime: ort.env.versions?.node ?? "" }));
