"""Times torchvision's networks at 224 pixels in another framework, on random images, and prints a line of JSON.

    peer.py torch|onnxruntime|openvino NETWORK --batch N --threads N [--model FILE]

PyTorch trains. It has what makes it fast on a CPU: channels-last tensors and oneDNN. The others infer the model, which
PyTorch's own exporter writes where it is missing.
"""

import argparse
import json
import os
import resource
import statistics
import time


def timed(run, steps):
    """The median of the steps in milliseconds, after two to warm up."""
    milliseconds = []
    for _ in range(steps + 2):
        start = time.perf_counter()
        run()
        milliseconds.append(1e3 * (time.perf_counter() - start))
    return statistics.median(milliseconds[2:])


def export(network, path):
    import torch
    import torchvision

    torch.manual_seed(0)
    net = torchvision.models.get_model(network).eval()
    axes = {"image": {0: "n"}, "logits": {0: "n"}}
    image = torch.zeros(1, 3, 224, 224)
    # The older exporter: it needs no onnxscript.
    torch.onnx.export(net, image, path + ".part", input_names=["image"], output_names=["logits"], dynamic_axes=axes, dynamo=False)
    os.rename(path + ".part", path)


def train(options):
    import torch
    import torchvision
    from torch.nn import functional as F

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    net = torchvision.models.get_model(options.network).to(memory_format=torch.channels_last).train()
    images = torch.randn(options.batch, 3, 224, 224).to(memory_format=torch.channels_last)
    labels = torch.randint(1000, (options.batch,))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(images), labels).backward()
        optimizer.step()

    return torch.__version__, timed(step, options.steps)


def onnxruntime(options, images):
    import onnxruntime as ort

    settings = ort.SessionOptions()
    settings.intra_op_num_threads, settings.inter_op_num_threads = options.threads, 1
    session = ort.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])
    return ort.__version__, timed(lambda: session.run(None, {"image": images}), options.steps)


def openvino(options, images):
    import openvino as ov

    core = ov.Core()
    model = core.read_model(options.model)
    model.reshape({model.inputs[0]: list(images.shape)})
    # float32 sums, as ours: it would take bfloat16 where the CPU has it.
    settings = {"INFERENCE_NUM_THREADS": options.threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    request = core.compile_model(model, "CPU", settings).create_infer_request()
    return ov.__version__.split("-")[0], timed(lambda: request.infer({0: images}), options.steps)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=["torch", "onnxruntime", "openvino", "export"])
    parser.add_argument("network")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--model", help="the ONNX file, for engines that infer")
    options = parser.parse_args()
    if options.engine == "export":
        export(options.network, options.model)
        print("{}")
        return
    if options.engine == "torch":
        version, milliseconds = train(options)
    else:
        import numpy as np

        images = np.random.default_rng(0).standard_normal((options.batch, 3, 224, 224)).astype(np.float32)
        version, milliseconds = {"onnxruntime": onnxruntime, "openvino": openvino}[options.engine](options, images)
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"version": version, "milliseconds": milliseconds, "peak_bytes": peak}))


if __name__ == "__main__":
    main()
