#!/usr/bin/python3
"""Training and evaluation steps of torchvision's own residual networks, with torch.optim's SGD.

This is the outside opinion on generated trainers of torchvision's family. Jobs are a JSON list, each
an object with the key `do`:

    torchvision_step.py jobs.json

`draw` makes what a comparison starts from: weights, momentum and batches. `step` takes steps from
there and writes what a trainer's `step` command writes, under the same names. It runs in float64, or
in float32 for PyTorch's own error. A float64 step can replay the choices of another run, and it can
be wrong on purpose, to prove that a comparison would notice.

Requires PyTorch and torchvision (Debian: python3-torch, python3-torchvision).
"""

import json
import sys

import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from torch_step import read_safetensors, write_safetensors

# What torchvision's references train with.
SGD = {"momentum": 0.9, "weight_decay": 1e-4}
MOMENTUM = "/Momentum"


def new_model(job):
    model = getattr(torchvision.models, job["model"])(num_classes=job["classes"], zero_init_residual=job["zero_gamma"])
    return model


def norms(model):
    return [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]


def is_last_norm(name, model):
    """Tells the norms whose gamma zero_init_residual sets to 0."""
    block, _, norm = name.rpartition(".")
    return norm == "bn3" or norm == "bn2" and not hasattr(model.get_submodule(block), "bn3")


def draw(job):
    """Writes weights and batches. Gammas, betas and momentum are random, weights torchvision's own.
    Moving averages are near the statistics of other images, but not the same: evaluation must see
    that they are used, and no activation may grow from layer to layer."""
    torch.manual_seed(job["seed"])
    model = new_model(job).double()
    with torch.no_grad():
        for name, module in model.named_modules():
            if isinstance(module, nn.BatchNorm2d) and not (job["zero_gamma"] and is_last_norm(name, model)):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.2)
        if job["ties"]:
            one_tap(model.conv1.weight)
        round_to_float32(model)
        for norm in norms(model):
            norm.momentum = 1
        model(images(job))
        for norm in norms(model):
            norm.running_mean += 0.1 * norm.running_var.sqrt() * torch.randn(norm.num_features)
            norm.running_var *= torch.empty(norm.num_features).uniform_(0.7, 1.4)
        round_to_float32(model)
    tensors = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    for name, parameter in model.named_parameters():
        tensors[name + MOMENTUM] = (0.05 * parameter.std(unbiased=False) * torch.randn(parameter.shape)).float().double()
    write_safetensors(job["weights"], tensors)
    for path in job["batches"]:
        labels = torch.randint(job["classes"], (job["batch"],))
        write_safetensors(path, {"images": images(job).permute(0, 2, 3, 1), "labels": labels})


def round_to_float32(model):
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.float())


def images(job):
    """Random images [batch, 3, height, width], as normalization leaves them."""
    shape = (job["batch"], 3, job["height"], job["width"])
    x = torch.randn(shape).float().double()
    if job["ties"]:
        coarse = x[:, :, ::4, ::4]
        x[:, :, ::2, ::2] = coarse.repeat_interleave(2, 2).repeat_interleave(2, 3)
    return x


def one_tap(weight):
    """Leaves one value of each 7×7×3 kernel: it sees every second pixel of every second row. With
    four equal ones of these, side by side, the max pool meets equal values, in any order of
    summation. The gradients of the other weights see the pixels between, which differ."""
    middle = weight[:, 0, 3, 3].abs() + 0.1
    weight.zero_()
    weight[:, 0, 3, 3] = middle


class ByTap(nn.Module):
    """A max pool that takes a given pixel of each window, by its number in raster order."""

    def __init__(self, pool, choose):
        super().__init__()
        self.pool, self.choose = pool, choose

    def forward(self, x):
        n, c, height, width = x.shape
        k, s, p = self.pool.kernel_size, self.pool.stride, self.pool.padding
        padded = F.pad(x, (p, p, p, p), value=-1e300)
        windows = F.unfold(padded, k, stride=s).reshape(n, c, k * k, -1)
        taps = self.choose(windows)
        out = ((height + 2 * p - k) // s + 1, (width + 2 * p - k) // s + 1)
        return windows.gather(2, taps.unsqueeze(2)).reshape(n, c, *out)


class Replay:
    """The signs of all ReLUs and the choices of the max pool of another run, in the order of calls.
    Where they differ from this run's own, `farthest` says how far its values are from a tie, relative
    to the largest of the tensor: the other run's rounding, or a mistake."""

    def __init__(self, tensors):
        self.tensors, self.calls, self.flips, self.farthest = tensors, 0, 0, 0.0

    def install(self, model):
        for module in list(model.modules()):
            if hasattr(module, "relu"):
                module.relu = Masked(self)
        model.maxpool = ByTap(model.maxpool, self.taps)

    def differ(self, distance, scale):
        self.flips += int((distance > 0).sum())
        self.farthest = max(self.farthest, float(distance.max() / scale))

    def positive(self, x):
        mask = channels_first(self.tensors[f"relu/{self.calls}"]).bool()
        self.calls += 1
        with torch.no_grad():
            self.differ(torch.where(mask == (x > 0), 0, x.abs()), x.abs().max())
        return mask

    def taps(self, windows):
        taps = channels_first(self.tensors["maxpool"]).long().flatten(2)
        with torch.no_grad():
            largest = windows.amax(2)
            taken = windows.gather(2, taps.unsqueeze(2)).squeeze(2)
            self.differ(largest - taken, largest.max())
        return taps


class Masked(nn.Module):
    def __init__(self, replay):
        super().__init__()
        self.replay = replay

    def forward(self, x):
        return x * self.replay.positive(x)


def channels_first(t):
    return t.permute(0, 3, 1, 2)


class OneAtZero(nn.Module):
    """A ReLU whose derivative at 0 is 1."""

    def forward(self, x):
        return torch.where(x < 0, torch.zeros_like(x), x)


class SamePadding(nn.Module):
    """A convolution or max pool with TensorFlow's padding."""

    def __init__(self, module, kernel, stride, value):
        super().__init__()
        module.padding = 0 if isinstance(module, nn.MaxPool2d) else (0, 0)
        self.module, self.kernel, self.stride, self.value = module, kernel, stride, value

    def forward(self, x):
        pads = []
        for size in (x.shape[3], x.shape[2]):
            total = max((-(-size // self.stride) - 1) * self.stride + self.kernel - size, 0)
            pads += [total // 2, total - total // 2]
        return self.module(F.pad(x, pads, value=self.value))


def make_wrong(model, mistake):
    if mistake == "padding":
        for module in list(model.modules()):
            for name, conv in list(module.named_children()):
                if isinstance(conv, nn.Conv2d) and conv.stride[0] > 1:
                    setattr(module, name, SamePadding(conv, conv.kernel_size[0], conv.stride[0], 0))
        model.maxpool = SamePadding(model.maxpool, 3, 2, -1e300)
    elif mistake == "ties":  # the last of equal values
        model.maxpool = ByTap(model.maxpool, lambda windows: 8 - windows.flip(2).argmax(2))
    elif mistake == "relu":
        for module in list(model.modules()):
            if hasattr(module, "relu"):
                module.relu = OneAtZero()
    elif mistake == "variance":
        for norm in norms(model):
            norm.register_forward_hook(biased_variance)
    else:
        raise ValueError(f"mistake: got {mistake!r}")


def biased_variance(norm, inputs, _):
    x, m = inputs[0].detach(), norm.momentum
    excess = x.var((0, 2, 3), unbiased=True) - x.var((0, 2, 3), unbiased=False)
    norm.running_var.data -= m * excess  # autograd must not see it


def step(job):
    """Takes a step on each batch, and writes the last one's results."""
    dtype = getattr(torch, job["dtype"])
    model = new_model(job).to(dtype)
    weights = read_safetensors(job["weights"])
    model.load_state_dict({k: v for k, v in weights.items() if not k.endswith(MOMENTUM)}, strict=False)
    parameters = dict(model.named_parameters())
    optimizer = torch.optim.SGD(parameters.values(), lr=job["rate"], **SGD)
    for name, parameter in parameters.items():
        optimizer.state[parameter]["momentum_buffer"] = weights[name + MOMENTUM].to(dtype)
    model.train(job["mode"] == "train")
    replay = None
    if job.get("replay"):
        replay = Replay(read_safetensors(job["replay"]))
        replay.install(model)
    if job.get("mistake"):
        make_wrong(model, job["mistake"])
    for path in job["batches"]:
        batch = read_safetensors(path)
        result = one_step(model, optimizer, parameters, channels_first(batch["images"]).to(dtype), batch["labels"].long())
    if replay:
        result["replay/flips"] = torch.tensor(float(replay.flips))
        result["replay/farthest"] = torch.tensor(replay.farthest)
    write_safetensors(job["out"], result)


def one_step(model, optimizer, parameters, pixels, labels):
    optimizer.zero_grad()
    logits = model(pixels)
    xent = F.cross_entropy(logits, labels)
    decay = sum((p.detach().double() ** 2).sum() / 2 for p in parameters.values())
    result = {"logits": logits, "xent": xent, "loss": xent.double() + SGD["weight_decay"] * decay}
    if not model.training:
        return result
    xent.backward()
    for name, parameter in parameters.items():
        result["grad/" + name] = (parameter.grad + SGD["weight_decay"] * parameter).detach().clone()
    optimizer.step()
    for name, tensor in model.state_dict().items():
        name = name.replace(".module.", ".")  # of SamePadding
        if not name.endswith("num_batches_tracked"):
            result["after/" + name] = tensor.clone()
    for name, parameter in parameters.items():
        result["after/" + name + MOMENTUM] = optimizer.state[parameter]["momentum_buffer"].clone()
    return result


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        for job in json.load(f):
            {"draw": draw, "step": step}[job["do"]](job)


if __name__ == "__main__":
    main()
