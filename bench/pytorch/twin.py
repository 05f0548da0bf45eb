"""Trains the CIFAR ResNet of He et al. 2015 (section 4.2, shortcuts of option A) in PyTorch on Fashion-MNIST, and prints a
line of JSON with the test accuracy. Its recipe is that of bench/specs/twin/paper.yaml: batch 128 of shuffled images (the
rest of an epoch is dropped), a crop of 28×28 from an image in 4 pixels of zeros, half of the images mirrored, one-cycle
rates. `make test-twin` compares the two.
"""

import argparse
import gzip
import json

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

MEAN, STD = 0.2860, 0.3530
DATA = "/usr/share/datasets/fashion-mnist/"  # of Debian's dataset-fashion-mnist


class Unit(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.pad = stride, (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        shortcut = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.pad, self.pad))
        return F.relu(y + shortcut)


class Net(nn.Module):
    def __init__(self, units):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        blocks, inputs = [], 16
        for outputs, stride in (16, 1), (32, 2), (64, 2):
            for i in range(units):
                blocks.append(Unit(inputs, outputs, stride if i == 0 else 1))
                inputs = outputs
        self.blocks, self.linear = nn.Sequential(*blocks), nn.Linear(64, 10)
        for m in self.modules():
            if isinstance(m, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(m.weight)  # fan-in

    def forward(self, x):
        return self.linear(self.blocks(F.relu(self.bn1(self.conv1(x)))).mean((2, 3)))


def read(name):
    """An IDX file of bytes: images [n, 28, 28] or labels [n]."""
    with gzip.open(DATA + name) as f:
        raw = f.read()
    sizes = [int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(raw[3])]
    return torch.from_numpy(np.frombuffer(raw, np.uint8, offset=4 + 4 * len(sizes)).copy()).view(*sizes)


def standardized(pixels):
    return ((pixels.float() / 255 - MEAN) / STD)[:, None]


def batch(images, chosen):
    """The chosen images, padded, cropped and mirrored at random."""
    n = len(chosen)
    padded = F.pad(images[chosen], (4, 4, 4, 4))
    top, left = torch.randint(9, (n,)), torch.randint(9, (n,))
    rows, columns = top[:, None] + torch.arange(28), left[:, None] + torch.arange(28)
    cropped = padded[torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    mirrored = torch.rand(n) < 0.5
    cropped[mirrored] = cropped[mirrored].flip(2)
    return standardized(cropped)


def rate(step, total, peak=0.1, warmup=0.15):
    """The one-cycle schedule of docs/spec.md."""
    rise = warmup * total
    if step + 1 < rise:
        return peak * (step + 1) / rise
    return peak * (1 - max(step - rise, 0) / (total - rise))


def accuracy(net, images, labels):
    net.eval()
    with torch.no_grad():
        correct = sum((net(standardized(x)).argmax(1) == y).sum().item() for x, y in zip(images.split(500), labels.split(500)))
    return correct / len(images)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=3, help="of a stage: 3 is ResNet-20")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=0, help="in place of epochs, if positive")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)

    images, labels = read("train-images-idx3-ubyte.gz"), read("train-labels-idx1-ubyte.gz").long()
    net = Net(options.units).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=0, momentum=0.9, weight_decay=1e-4)
    size = 128
    epoch = len(images) // size
    total = options.steps or options.epochs * epoch
    for step in range(total):
        if step % epoch == 0:
            order = torch.randperm(len(images))
            net.train()
        chosen = order[step % epoch * size :][:size]
        optimizer.param_groups[0]["lr"] = rate(step, total)
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(batch(images, chosen).to(memory_format=torch.channels_last)), labels[chosen]).backward()
        optimizer.step()
    test = read("t10k-images-idx3-ubyte.gz"), read("t10k-labels-idx1-ubyte.gz").long()
    print(json.dumps({"seed": options.seed, "accuracy": accuracy(net, *test)}))


if __name__ == "__main__":
    main()
