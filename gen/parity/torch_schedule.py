#!/usr/bin/python3
"""Learning rates of torch.optim.lr_scheduler's schedules, for the same runs as those of runtime/train.

Reads a JSON list of {schedule, total, warmup (a whole number of steps), and the schedule's own keys} from
standard input and writes, for each, the list of its rates. With "official" a one-cycle is
lr_scheduler.OneCycleLR; else it is the chain of two linear schedules that it stands for.

Requires PyTorch (Debian: python3-torch).
"""

import json
import sys

import torch
from torch.optim import lr_scheduler


def scheduler(optimizer, case):
    """The schedule behind the warm-up."""
    kind, rest = case["schedule"], case["total"] - case["warmup"]
    if kind == "constant":
        return lr_scheduler.ConstantLR(optimizer, factor=1)
    if kind == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimizer, T_max=rest)
    if kind == "one-cycle":
        return lr_scheduler.LinearLR(optimizer, start_factor=1, end_factor=0, total_iters=rest)
    boundaries = [b - case["warmup"] for b in case["boundaries"]]
    return lr_scheduler.MultiStepLR(optimizer, boundaries, gamma=case["values"][1] / case["values"][0])


def rates(case):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(()))], lr=case["rate"])
    warmup, total = case["warmup"], case["total"]
    if case.get("official"):
        chosen = lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=case["rate"],
            total_steps=total,
            pct_start=warmup / total,
            anneal_strategy="linear",
            cycle_momentum=False,
            div_factor=1e12,
            final_div_factor=1e12,
        )
    else:
        chosen = scheduler(optimizer, case)
        if warmup:
            rise = lr_scheduler.LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
            chosen = lr_scheduler.SequentialLR(optimizer, [rise, chosen], milestones=[warmup])
    found = []
    for step in range(total):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < total:
            chosen.step()
    return found


if __name__ == "__main__":
    json.dump([rates(case) for case in json.load(sys.stdin)], sys.stdout)
