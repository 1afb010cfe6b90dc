"""Times AMDIM's training step, or its objective alone, in PyTorch; see turns.py."""
import argparse

import torch

from amdim_torch import AMDIM, info_nce
from turns import take_turns

parser = argparse.ArgumentParser(description=__doc__)
for name, value in dict(size=32, width=64, embedding=512, depth=3, batch=64, batch_norm=1, threads=2, steps=6, bf16=0, compile=0, objective=0).items():
    parser.add_argument(f"--{name}", type=int, default=value)
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(0)


def model_step():
    """A whole step: both views, the objective, its gradients, Adam; channels last, as is fastest on CPUs."""
    channels_last = dict(memory_format=torch.channels_last)
    sizes = dict(size=options.size, width=options.width, embedding=options.embedding, depth=options.depth)
    model = AMDIM(**sizes, batch_norm=bool(options.batch_norm)).to(**channels_last)
    views = [torch.randn(options.batch, 3, options.size, options.size).contiguous(**channels_last) for _ in range(2)]
    places = [torch.randint(0, 25, (options.batch,)) for _ in range(2)]
    adam = torch.optim.Adam(model.parameters(), lr=2e-4, betas=(0.8, 0.999), weight_decay=1e-5, fused=True)
    call = torch.compile(model) if options.compile else model

    def step():
        adam.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bool(options.bf16)):
            loss = call(*views, *places)
        loss.backward()
        adam.step()

    return step


def objective_step():
    """The objective of one pair of maps of 7×7 locations, and its gradients."""
    sources = torch.randn(options.batch, options.embedding, requires_grad=True)
    targets = torch.randn(options.batch, options.embedding, 7, 7, requires_grad=True)

    def step():
        sources.grad = targets.grad = None
        loss, penalty = info_nce(sources, targets)
        (loss + penalty).backward()

    return step


take_turns(objective_step() if options.objective else model_step(), options.steps)
