"""Times training steps of the same networks in PyTorch, on random images, and prints a line of JSON.

Everything that makes PyTorch fast on a CPU and leaves the step what it is: channels-last tensors, oneDNN, in-place
activations, a fused list of parameters in the optimizer. The weights' decay is the optimizer's.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs, kernel, stride):
    """TensorFlow's SAME padding; the asymmetric one of stride 2 costs PyTorch a copy, so it is given the symmetric."""
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)


def leaky(x):
    return F.leaky_relu(x, 0.1, inplace=True)


class Unit(nn.Module):
    def __init__(self, inputs, outputs, stride, bottleneck, activate_before):
        super().__init__()
        self.stride, self.grow, self.activate_before = stride, outputs - inputs, activate_before
        if bottleneck:
            mid = outputs // 4
            self.convs = nn.ModuleList([conv(inputs, mid, 1, stride), conv(mid, mid, 3, 1), conv(mid, outputs, 1, 1)])
            self.norms = nn.ModuleList([norm(inputs), norm(mid), norm(mid)])
        else:
            self.convs = nn.ModuleList([conv(inputs, outputs, 3, stride), conv(outputs, outputs, 3, 1)])
            self.norms = nn.ModuleList([norm(inputs), norm(outputs)])
        self.project = conv(inputs, outputs, 1, stride) if bottleneck and (self.grow or stride > 1) else None

    def forward(self, x):
        y = leaky(self.norms[0](x))
        shortcut = y if self.activate_before else x
        y = self.convs[0](y)
        for n, c in zip(self.norms[1:], self.convs[1:]):
            y = c(leaky(n(y)))
        if self.project is not None:
            return y + self.project(shortcut)
        if self.stride > 1:
            shortcut = F.avg_pool2d(shortcut, self.stride)
        if self.grow:
            shortcut = F.pad(shortcut, (0, 0, 0, 0, self.grow // 2, self.grow // 2))
        return y + shortcut


class Net(nn.Module):
    def __init__(self, filters, strides, units, bottleneck, channels, classes):
        super().__init__()
        layers = [conv(channels, filters[0], 3, 1)]
        for stage, stride in enumerate(strides):
            inputs, outputs = filters[stage], filters[stage + 1]
            layers.append(Unit(inputs, outputs, stride, bottleneck, stage == 0))
            layers += [Unit(outputs, outputs, 1, bottleneck, False) for _ in range(units - 1)]
        self.body, self.last, self.logit = nn.Sequential(*layers), norm(filters[-1]), nn.Linear(filters[-1], classes)

    def forward(self, x):
        return self.logit(leaky(self.last(self.body(x))).mean((2, 3)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filters", required=True, help="as in the spec, with commas")
    parser.add_argument("--strides", required=True)
    parser.add_argument("--units", type=int, required=True)
    parser.add_argument("--bottleneck", action="store_true")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--steps", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)

    numbers = lambda text: [int(n) for n in text.split(",")]
    net = Net(numbers(options.filters), numbers(options.strides), options.units, options.bottleneck, 3, 10)
    net = net.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=2e-4)
    images = torch.randn(options.batch, 3, 32, 32).to(memory_format=torch.channels_last)
    labels = torch.randint(10, (options.batch,))
    seconds = []
    for _ in range(options.steps + 1):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(images), labels).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"images_per_second": options.batch / statistics.median(seconds[1:])}))


if __name__ == "__main__":
    main()
