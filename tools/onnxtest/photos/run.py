"""Runs a model over images: run.py onnxruntime|openvino MODEL IMAGES COUNT OUT

IMAGES holds COUNT images of float32 as they lie in memory, OUT gets the logits likewise.
"""

import sys

import numpy as np

engine, model, images, count, out = sys.argv[1:]
x = np.fromfile(images, np.float32)


def onnxruntime():
    import onnxruntime as ort

    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    return session.run(["logits"], {feed.name: x.reshape(int(count), *feed.shape[1:])})[0]


def openvino():
    import openvino as ov

    # float32 sums: OpenVINO would take bfloat16 where the CPU has it.
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    shape = [d.get_length() for d in list(compiled.input(0).partial_shape)[1:]]
    return compiled({0: x.reshape(int(count), *shape)})["logits"]


np.ascontiguousarray({"onnxruntime": onnxruntime, "openvino": openvino}[engine]()).tofile(out)
