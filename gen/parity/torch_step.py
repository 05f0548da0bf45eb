#!/usr/bin/python3
"""One training or evaluation step of a resnetgen network in PyTorch, in float64.

This is the outside opinion on what a generated trainer's `step` command computes: PyTorch's operators
and its automatic differentiation on the same tensors. It reads and writes the tensors that `step` does,
under the same names:

    torch_step.py --spec net.json --weights w.safetensors --batch b.safetensors --out o.safetensors
                  [--mode train|eval] [--lr X]

With --steps N it takes N training steps on the batches given (--batch may be repeated; they are used in
turn) and writes only `losses` and `xents`, [N]. With --jobs FILE it does many such runs in one process:
FILE is a JSON list of lists of arguments.

Requires numpy and PyTorch (Debian: python3-torch).
"""

import argparse
import json
import struct

import numpy as np
import torch
import torch.nn.functional as F

DTYPES = {"U8": np.uint8, "F32": np.float32, "F64": np.float64, "I32": np.int32, "I64": np.int64}


def read_safetensors(path):
    """Returns the tensors of a file by name. Data may start at any offset, so it is copied."""
    with open(path, "rb") as f:
        content = f.read()
    (header_size,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + header_size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, info in header.items():
        first, end = (8 + header_size + offset for offset in info["data_offsets"])
        values = np.frombuffer(content[first:end], DTYPES[info["dtype"]])
        tensors[name] = torch.from_numpy(values.reshape(info["shape"]).copy())
    return tensors


def write_safetensors(path, tensors):
    """Writes tensors as float64."""
    header, chunks, offset = {}, [], 0
    for name, tensor in tensors.items():
        chunk = tensor.detach().numpy().astype("<f8").tobytes()
        span = [offset, offset + len(chunk)]
        header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": span}
        chunks.append(chunk)
        offset += len(chunk)
    encoded = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(encoded)) + encoded + b"".join(chunks))


class Net:
    """The forward pass. Activations are [batch, channels, height, width], as PyTorch has them. Variables
    have TensorFlow's names and shapes, or torchvision's where those of the network do."""

    def __init__(self, spec, variables, train):
        self.spec = spec
        self.variables = variables
        self.train = train
        self.torchvision = "conv1.weight" in variables
        self.moving = {}  # moving averages after the step

    def name(self, name):
        """Turns TensorFlow's name of a variable into the network's own."""
        return torchvision_name(name) if self.torchvision else name

    def conv(self, x, scope, stride):
        weight = self.variables[self.name(f"{scope}/DW")]
        if not self.torchvision:
            weight = weight.permute(3, 2, 0, 1)  # [k, k, in, out] to [out, in, k, k]
        bias = self.variables[self.name(f"{scope}/biases")] if self.spec.get("bias") else None
        kernel_h, kernel_w = weight.shape[2:]
        if self.spec["padding"] == "symmetric":
            return F.conv2d(x, weight, bias, stride=stride, padding=(kernel_h // 2, kernel_w // 2))
        top, bottom = same_padding(x.shape[2], kernel_h, stride)
        left, right = same_padding(x.shape[3], kernel_w, stride)
        return F.conv2d(F.pad(x, (left, right, top, bottom)), weight, bias, stride=stride)

    def max_pool(self, x, kernel, stride):
        if self.spec["padding"] == "symmetric":
            return F.max_pool2d(x, kernel, stride, padding=kernel // 2)
        top, bottom = same_padding(x.shape[2], kernel, stride)
        left, right = same_padding(x.shape[3], kernel, stride)
        return F.max_pool2d(F.pad(x, (left, right, top, bottom), value=-torch.inf), kernel, stride)

    def norm_leaky(self, x, scope):
        return self.leaky(self.norm(x, scope))

    def leaky(self, x):
        if self.spec.get("family", "tensorflow") != "tensorflow":
            return F.leaky_relu(x, self.spec["relu_leakiness"])
        # TensorFlow's derivative at 0 is 1, F.leaky_relu's the leak.
        return torch.where(x < 0, self.spec["relu_leakiness"] * x, x)

    def norm(self, x, scope):
        epsilon = self.spec["batch_norm"]["epsilon"]
        decay = self.spec["batch_norm"]["decay"]
        beta, gamma, mean, variance = (
            self.variables[self.name(f"{scope}/{name}")]
            for name in ("beta", "gamma", "moving_mean", "moving_variance")
        )
        # F.batch_norm moves its running variance by the unbiased one and refuses a single value a
        # channel; TensorFlow takes the biased variance in both places.
        if self.train:
            batch_mean = x.mean((0, 2, 3))
            batch_variance = x.var((0, 2, 3), unbiased=False)
            self.moving[self.name(f"{scope}/moving_mean")] = decay * mean + (1 - decay) * batch_mean
            unbiased = self.spec["batch_norm"]["variance"] == "unbiased"
            moved = x.var((0, 2, 3), unbiased=True) if unbiased else batch_variance
            self.moving[self.name(f"{scope}/moving_variance")] = decay * variance + (1 - decay) * moved
            mean, variance = batch_mean, batch_variance
        normalized = (x - channels(mean)) / torch.sqrt(channels(variance) + epsilon)
        return normalized * channels(gamma) + channels(beta)

    def strides(self, stride):
        """Those of a unit's convolutions."""
        if not self.spec["bottleneck"]:
            return stride, 1
        return (1, stride, 1) if self.spec["bottleneck_stride"] == "middle" else (stride, 1, 1)

    def basic_unit(self, x, scope, stride, channels_out, activate):
        norm = "shared_activation" if activate else "residual_only_activation"
        a = self.norm_leaky(x, f"{scope}/{norm}/init_bn")
        y = self.conv(a, f"{scope}/sub1/conv1", stride)
        y = self.conv(self.norm_leaky(y, f"{scope}/sub2/bn2"), f"{scope}/sub2/conv2", 1)
        return y + self.shortcut(a if activate else x, scope, stride, channels_out)

    def bottleneck_unit(self, x, scope, stride, channels_out, activate):
        norm = "common_bn_relu" if activate else "residual_bn_relu"
        first, middle, last = self.strides(stride)
        a = self.norm_leaky(x, f"{scope}/{norm}/init_bn")
        y = self.conv(a, f"{scope}/sub1/conv1", first)
        y = self.conv(self.norm_leaky(y, f"{scope}/sub2/bn2"), f"{scope}/sub2/conv2", middle)
        y = self.conv(self.norm_leaky(y, f"{scope}/sub3/bn3"), f"{scope}/sub3/conv3", last)
        return y + self.shortcut(a if activate else x, scope, stride, channels_out)

    def post_unit(self, x, scope, stride, channels_out, _):
        y, strides = x, self.strides(stride)
        for i, s in enumerate(strides, 1):
            y = self.norm(self.conv(y, f"{scope}/sub{i}/conv{i}", s), f"{scope}/sub{i}/bn{i}")
            if i < len(strides):
                y = self.leaky(y)
        return self.leaky(y + self.shortcut(x, scope, stride, channels_out))

    def shortcut(self, x, scope, stride, channels_out):
        if x.shape[1] == channels_out and stride == 1:
            return x
        kind = self.spec["shortcut"]
        if kind.startswith("projection"):
            x = self.conv(x, f"{scope}/sub_add/project", stride)
            return self.norm(x, f"{scope}/sub_add/project_bn") if kind == "projection-bn" else x
        x = x[:, :, ::stride, ::stride] if kind == "subsample-pad" else F.avg_pool2d(x, stride, stride)
        pad = (channels_out - x.shape[1]) // 2
        return F.pad(x, (0, 0, 0, 0, pad, pad))

    def logits(self, images):
        spec = self.spec
        unit = self.bottleneck_unit if spec["bottleneck"] else self.basic_unit
        x = self.conv(images.permute(0, 3, 1, 2), "init/init_conv", spec["stem"]["stride"])
        post = spec["unit"] == "post-activation"
        if post:
            x, unit = self.norm_leaky(x, "init/init_bn"), self.post_unit
        if spec["stem"]["pool"] == "max":
            x = self.max_pool(x, 3, 2)
        for stage, units in enumerate(spec["units"]):
            for i in range(units):
                stride = spec["strides"][stage] if i == 0 else 1
                activate = i == 0 and spec["activate_before_residual"][stage]
                x = unit(x, f"unit_{stage + 1}_{i}", stride, spec["filters"][stage + 1], activate)
        if not post:
            x = self.norm_leaky(x, "unit_last/final_bn")
        weight, bias = self.variables[self.name("logit/DW")], self.variables[self.name("logit/biases")]
        return x.mean((2, 3)) @ (weight.t() if self.torchvision else weight) + bias


def torchvision_name(name):
    """Returns torchvision's name of a variable that has TensorFlow's."""
    parts = name.split("/")
    role = {"DW": "weight", "gamma": "weight", "biases": "bias", "beta": "bias"}
    role.update(moving_mean="running_mean", moving_variance="running_var")
    last = role[parts.pop()]
    if parts[0].startswith("unit_") and parts[0] != "unit_last":
        _, stage, unit = parts[0].split("_")
        module = {"init_bn": "bn1", "project": "downsample.0", "project_bn": "downsample.1"}
        return f"layer{stage}.{unit}.{module.get(parts[-1], parts[-1])}.{last}"
    return {"init_conv": "conv1", "init_bn": "bn1", "final_bn": "bn", "logit": "fc"}[parts[-1]] + "." + last


def same_padding(size, kernel, stride):
    """TensorFlow's SAME: zeros before and after, an odd one after."""
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def channels(v):
    return v.reshape(1, -1, 1, 1)


def step(spec, tensors, batch, lr, train):
    """Returns what the trainer's `step` writes: losses and logits; in training also gradients, and all
    variables and accumulators after the update."""
    state = {k: v.double() for k, v in tensors.items()}
    fixed = ("/Momentum", "/Adam", "/Adam_1", "moving_mean", "moving_variance", "running_mean", "running_var", "global_step")
    trainable = {k: v.requires_grad_(train) for k, v in state.items() if not k.endswith(fixed)}

    recipe = spec["train"]
    net = Net(spec, state, train)
    logits = net.logits(batch["images"].double())
    xent = F.cross_entropy(logits, batch["labels"].long(), label_smoothing=recipe["label_smoothing"])
    loss = xent
    if recipe["optimizer"] != "adamw":
        decay = sum((v * v).sum() / 2 for v in trainable.values() if decays(recipe, v))
        loss = xent + recipe["weight_decay"] * decay
    result = {"logits": logits, "xent": xent, "loss": loss}
    if not train:
        return result

    gradients = torch.autograd.grad(loss, list(trainable.values()))
    for name, gradient in zip(trainable, gradients):
        result[f"grad/{name}"] = gradient
    after = update(recipe, state, dict(zip(trainable, gradients)), lr)
    after.update(net.moving)
    result.update((f"after/{name}", v) for name, v in after.items())
    return {k: v.detach() for k, v in result.items()}


def decays(recipe, value):
    """Decides whether a variable decays: by default kernels and matrices, which TensorFlow calls DW."""
    return recipe["decay_on"] == "all" or value.dim() > 1


# What torch.optim's optimizers keep of a parameter, and TensorFlow's names for it.
SLOTS = {
    "sgd": {},
    "mom": {"momentum_buffer": "/Momentum"},
    "nesterov": {"momentum_buffer": "/Momentum"},
    "adamw": {"exp_avg": "/Adam", "exp_avg_sq": "/Adam_1"},
}


def update(recipe, state, gradients, lr):
    """Returns the variables and accumulators after a step of torch.optim's optimizer, which starts from
    the accumulators in state."""
    name = recipe["optimizer"]
    parameters = {k: state[k].detach().clone() for k in gradients}
    if name == "adamw":
        adam = recipe["adam"]
        optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in parameters.values() if decays(recipe, p)]},
                {"params": [p for p in parameters.values() if not decays(recipe, p)], "weight_decay": 0},
            ],
            lr=lr,
            betas=(adam["beta1"], adam["beta2"]),
            eps=adam["epsilon"],
            weight_decay=recipe["weight_decay"],
        )
    else:
        optimizer = torch.optim.SGD(
            parameters.values(), lr=lr, momentum=recipe["momentum"], nesterov=name == "nesterov"
        )
    steps = state.get("global_step", torch.zeros(())).reshape(())
    for k, p in parameters.items():
        p.grad = gradients[k].detach()
        for slot, suffix in SLOTS[name].items():
            optimizer.state[p][slot] = state.get(k + suffix, torch.zeros_like(p)).clone()
        if name == "adamw":
            optimizer.state[p]["step"] = steps.clone().float()
    optimizer.step()
    after = dict(parameters)
    for k, p in parameters.items():
        after.update((k + suffix, optimizer.state[p][slot]) for slot, suffix in SLOTS[name].items())
    if name == "adamw":
        after["global_step"] = steps + 1
    return after


def trajectory(spec, tensors, batches, lr, steps):
    """Returns the losses of consecutive training steps, each of which starts from where the last ended."""
    losses, xents = [], []
    for i in range(steps):
        result = step(spec, tensors, batches[i % len(batches)], lr, True)
        losses.append(result["loss"])
        xents.append(result["xent"])
        after = "after/"
        tensors = {k[len(after) :]: v for k, v in result.items() if k.startswith(after)}
    return {"losses": torch.stack(losses), "xents": torch.stack(xents)}


def parse(args=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", help="JSON list of lists of the arguments below")
    parser.add_argument("--spec", help="decoded spec, JSON")
    parser.add_argument("--weights", help="variables and accumulators, safetensors")
    parser.add_argument("--batch", action="append", help="images and labels, safetensors")
    parser.add_argument("--out", help="file to write, safetensors")
    parser.add_argument("--mode", choices=["train", "eval"], default="train")
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=0, help="take so many steps, write the losses")
    options = parser.parse_args(args)
    if not options.jobs:
        missing = [k for k in ("spec", "weights", "batch", "out") if getattr(options, k) is None]
        if missing:
            parser.error("missing --" + ", --".join(missing))
    return options


def run(options):
    with open(options.spec, encoding="utf-8") as f:
        spec = json.load(f)
    weights = read_safetensors(options.weights)
    batches = [read_safetensors(path) for path in options.batch]
    if options.steps:
        result = trajectory(spec, weights, batches, options.lr, options.steps)
    else:
        result = step(spec, weights, batches[0], options.lr, options.mode == "train")
    write_safetensors(options.out, result)


def main():
    options = parse()
    if options.jobs:
        with open(options.jobs, encoding="utf-8") as f:
            for arguments in json.load(f):
                run(parse(arguments))
    else:
        run(options)


if __name__ == "__main__":
    main()
