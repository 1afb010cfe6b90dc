"""AMDIM in PyTorch: the same arithmetic as graphs/AMDIM.swift, for timing beside it."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

CLIP = 20.0
PENALTY = 0.05


class Stem(nn.Module):
    """A convolution with bias, and ReLU."""

    def __init__(self, inputs, channels, kernel, stride=1, padding=0):
        super().__init__()
        self.padding = padding
        self.convolution = nn.Conv2d(inputs, channels, kernel, stride)

    def forward(self, x):
        if self.padding:
            x = F.pad(x, (self.padding,) * 4, mode="reflect")
        return F.relu(self.convolution(x))


class Residual(nn.Module):
    """Two convolutions beside a pooled shortcut without parameters."""

    def __init__(self, inputs, channels, kernel, stride, norm):
        super().__init__()
        self.inputs, self.channels, self.kernel, self.stride = inputs, channels, kernel, stride
        self.first = nn.Conv2d(inputs, channels, kernel, stride, bias=False)
        self.norm = norm(channels)
        self.second = nn.Conv2d(channels, channels, 1, bias=False)
        nn.init.kaiming_uniform_(self.first.weight, a=math.sqrt(5))
        nn.init.zeros_(self.second.weight)

    def forward(self, x):
        hidden = self.second(F.relu(self.norm(self.first(x))))
        if self.kernel > 1 or self.stride > 1:
            x = F.avg_pool2d(x, self.kernel, self.stride)
        if self.channels > self.inputs:
            x = F.pad(x, (0, 0, 0, 0, 0, self.channels - self.inputs))
        return hidden + x


class Head(nn.Module):
    """Takes each location of a map into the embedding."""

    def __init__(self, inputs, channels, norm):
        super().__init__()
        self.first = nn.Conv2d(inputs, channels, 1, bias=False)
        self.norm = norm(channels)
        self.second = nn.Conv2d(channels, channels, 1, bias=False)
        self.shortcut = nn.Conv2d(inputs, channels, 1)
        self.output = nn.BatchNorm2d(channels)
        nn.init.kaiming_uniform_(self.first.weight, a=math.sqrt(5))
        nn.init.zeros_(self.second.weight)

    def forward(self, x):
        return self.output(self.second(F.relu(self.norm(self.first(x)))) + self.shortcut(x))


def block(inputs, channels, kernel, stride, depth, norm):
    rest = [Residual(channels, channels, 1, 1, norm) for _ in range(depth - 1)]
    return nn.Sequential(Residual(inputs, channels, kernel, stride, norm), *rest)


def layers(size, width, embedding, depth, norm):
    w = width
    if size == 32:
        first = [Stem(3, w, 3), Residual(w, w, 1, 1, norm), block(w, 2 * w, 4, 2, depth, norm), block(2 * w, 4 * w, 2, 2, depth, norm)]
        last = 4 * w
    else:
        stems = [Stem(3, w, 3)] if size == 64 else [Stem(3, w, 5, 2, 2), Stem(w, w, 3)]
        first = stems + [block(w, 2 * w, 4, 2, depth, norm), block(2 * w, 4 * w, 4, 2, depth, norm), block(4 * w, 8 * w, 2, 2, depth, norm)]
        last = 8 * w
    blocks = [block(last, last, 3, 1, depth, norm) for _ in range(2)]
    return first + [norm(last)] + blocks + [Residual(last, embedding, 3, 1, norm), nn.BatchNorm2d(embedding)], last


class Encoder(nn.Module):
    def __init__(self, size, width, embedding, depth, batch_norm):
        super().__init__()
        norm = nn.BatchNorm2d if batch_norm else lambda channels: nn.Identity()
        stack, last = layers(size, width, embedding, depth, norm)
        self.layers = nn.ModuleList(stack)
        self.heads = nn.ModuleList([Head(last, embedding, norm) for _ in range(2)])

    def forward(self, x):
        maps = {}
        for layer in self.layers:
            x = layer(x)
            maps[x.shape[2]] = x
        return maps[1].flatten(1), self.heads[0](maps[5]), self.heads[1](maps[7])


def info_nce(sources, targets):
    """The loss of sources [B, E] against target maps [B, E, H, W], and the scores' penalty."""
    batch, width = sources.shape
    locations = targets.shape[2] * targets.shape[3]
    columns = targets.permute(1, 0, 2, 3).reshape(width, batch * locations)
    raw = torch.mm(sources, columns).float().reshape(batch, batch, locations) / width**0.5
    penalty = PENALTY * (raw**2).mean()
    scores = CLIP * torch.tanh(raw / CLIP)
    own = torch.eye(batch)[:, :, None].expand(-1, -1, locations)
    positive = (own * scores).sum(1)
    others = ((1 - own) * scores - CLIP * own).reshape(batch, -1)
    largest = others.max(1, keepdim=True)[0]
    total = ((1 - own).reshape(batch, -1) * torch.exp(others - largest)).sum(1, keepdim=True)
    loss = -(positive - largest - torch.log(torch.exp(positive - largest) + total)).mean()
    return loss, penalty


class AMDIM(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.encoder = Encoder(**options)

    def forward(self, first, second, first_location, second_location):
        a1, a5, a7 = self.encoder(first)
        b1, b5, b7 = self.encoder(second)
        rows = torch.arange(first.shape[0])
        a5s, b5s = a5.flatten(2)[rows, :, first_location], b5.flatten(2)[rows, :, second_location]
        total = 0
        for sources, targets in ((a1, b5), (b1, a5), (a1, b7), (b1, a7), (a5s, b5), (b5s, a5)):
            loss, penalty = info_nce(sources, targets)
            total = total + 0.5 * (loss + penalty)
        return total
