#!/usr/bin/python3
"""torchvision's networks beside resnetgen's, for torchvision_test.go.

    torchvision_model.py make MODEL SIZE CLASSES FOLDER

writes a network's state_dict with values that no start has, a batch as a trainer's `step` takes it, and
what PyTorch computes of both in float64: the logits of an evaluation, and the logits, loss, gradients and
moving averages of a training step.

    torchvision_model.py load MODEL SIZE CLASSES FOLDER

loads exported.safetensors with strict=True and compares it with that state_dict, bit for bit.

Requires PyTorch and torchvision (Debian: python3-torch, python3-torchvision).
"""

import json
import pathlib
import struct
import sys

import torch
import torch.nn.functional as F
import torchvision

from torch_step import read_safetensors, write_safetensors

BATCHES = 5  # of num_batches_tracked


def write_state(path, tensors):
    """Writes tensors of float32 and int64 as they are."""
    types = {torch.float32: "F32", torch.int64: "I64"}
    header, chunks, offset = {}, [], 0
    for name, tensor in tensors.items():
        chunk = tensor.detach().contiguous().numpy().tobytes()
        span = [offset, offset + len(chunk)]
        header[name] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape), "data_offsets": span}
        chunks.append(chunk)
        offset += len(chunk)
    encoded = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + b"".join(chunks))


def randomize(model):
    for name, value in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            value.fill_(BATCHES)
        elif name.endswith("running_var") or value.dim() == 1 and name.endswith("weight"):
            value.uniform_(0.5, 1.5)
        elif value.dim() == 1:
            value.normal_(0, 0.2)


def make(model, size, classes, folder):
    randomize(model)
    write_state(folder / "state.safetensors", model.state_dict())
    images, labels = torch.randn(3, 3, size, size), torch.randint(classes, (3,))
    write_state(folder / "batch.safetensors", {"images": images.permute(0, 2, 3, 1), "labels": labels})

    model, images = model.double(), images.double()
    write_safetensors(folder / "eval.safetensors", {"logits": model.eval()(images)})
    logits = model.train()(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    result = {"logits": logits, "loss": loss, "xent": loss}
    result.update((f"grad/{name}", p.grad) for name, p in model.named_parameters())
    result.update((f"after/{name}", b) for name, b in model.named_buffers() if "running" in name)
    write_safetensors(folder / "train.safetensors", result)


def load(model, folder):
    want = read_safetensors(folder / "state.safetensors")
    model.load_state_dict(read_safetensors(folder / "exported.safetensors"), strict=True)
    for name, value in model.state_dict().items():
        if not name.endswith("num_batches_tracked") and not torch.equal(value, want[name]):
            sys.exit(f"{name}: got other values than those of {folder}/state.safetensors")


def main():
    command, name, size, classes, folder = sys.argv[1:]
    torch.manual_seed(1)
    model = getattr(torchvision.models, name)(num_classes=int(classes))
    if command == "make":
        make(model, int(size), int(classes), pathlib.Path(folder))
    else:
        load(model, pathlib.Path(folder))


if __name__ == "__main__":
    main()
