"""Times AMDIM's training step in JAX, on XLA's CPU backend; see turns.py."""
import argparse
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from turns import take_turns

CLIP = 20.0
PENALTY = 0.05

parser = argparse.ArgumentParser(description=__doc__)
for name, value in dict(size=32, width=64, embedding=512, depth=3, batch=64, batch_norm=1, steps=6, bf16=0).items():
    parser.add_argument(f"--{name}", type=int, default=value)
options = parser.parse_args()
random = np.random.default_rng(0)


def convolution(x, weights, stride=1):
    return lax.conv_general_dilated(x, weights.astype(x.dtype), (stride, stride), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def uniform(inputs, channels, kernel):
    bound = 1 / math.sqrt(inputs * kernel * kernel)
    return jnp.asarray(random.uniform(-bound, bound, (kernel, kernel, inputs, channels)), jnp.float32)


def zeros(inputs, channels):
    return jnp.zeros((1, 1, inputs, channels))


def norm_parameters(channels):
    return jnp.ones(channels), jnp.zeros(channels)


def norm(x, parameters):
    wide = x.astype(jnp.float32)
    mean, variance = wide.mean((0, 1, 2), keepdims=True), wide.var((0, 1, 2), keepdims=True)
    return ((wide - mean) * lax.rsqrt(variance + 1e-5) * parameters[0] + parameters[1]).astype(x.dtype)


def inner_norm(x, parameters):
    return norm(x, parameters) if options.batch_norm else x


def pooled(x, kernel, stride):
    if kernel == 1 and stride == 1:
        return x
    total = lax.reduce_window(x, np.array(0, x.dtype), lax.add, (1, kernel, kernel, 1), (1, stride, stride, 1), "VALID")
    return total * jnp.asarray(1 / (kernel * kernel), x.dtype)


def residual_parameters(inputs, channels, kernel):
    return {"first": uniform(inputs, channels, kernel), "second": zeros(channels, channels), "norm": norm_parameters(channels)}


def residual(p, x, inputs, channels, kernel, stride):
    hidden = inner_norm(convolution(x, p["first"], stride), p["norm"])
    hidden = convolution(jax.nn.relu(hidden), p["second"])
    shortcut = pooled(x, kernel, stride)
    if channels > inputs:
        shortcut = jnp.pad(shortcut, [(0, 0), (0, 0), (0, 0), (0, channels - inputs)])
    return hidden + shortcut


def block(inputs, channels, kernel, stride):
    return [(inputs, channels, kernel, stride)] + [(channels, channels, 1, 1)] * (options.depth - 1)


def architecture():
    """The stems (inputs, channels, kernel, stride, padding), the groups of residual layers, and the channels of the last maps."""
    w = options.width
    if options.size == 32:
        stems, groups, last = [(3, w, 3, 1, 0)], [[(w, w, 1, 1)], block(w, 2 * w, 4, 2), block(2 * w, 4 * w, 2, 2)], 4 * w
    else:
        stems = [(3, w, 3, 1, 0)] if options.size == 64 else [(3, w, 5, 2, 2), (w, w, 3, 1, 0)]
        groups, last = [block(w, 2 * w, 4, 2), block(2 * w, 4 * w, 4, 2), block(4 * w, 8 * w, 2, 2)], 8 * w
    return stems, groups + ["norm", block(last, last, 3, 1), block(last, last, 3, 1), [(last, options.embedding, 3, 1)]], last


STEMS, GROUPS, LAST = architecture()


def parameters():
    e = options.embedding

    def head():
        return {
            "first": uniform(LAST, e, 1), "second": zeros(e, e), "shortcut": uniform(LAST, e, 1), "bias": jnp.zeros(e),
            "norm": norm_parameters(e), "output": norm_parameters(e),
        }  # fmt: skip

    groups = [norm_parameters(LAST) if group == "norm" else [residual_parameters(*layer[:3]) for layer in group] for group in GROUPS]
    stems = [(uniform(inputs, channels, kernel), jnp.zeros(channels)) for inputs, channels, kernel, _, _ in STEMS]
    return {"stems": stems, "groups": groups, "output": norm_parameters(e), "heads": [head(), head()]}


def head(p, x):
    hidden = jax.nn.relu(inner_norm(convolution(x, p["first"]), p["norm"]))
    return norm(convolution(hidden, p["second"]) + convolution(x, p["shortcut"]) + p["bias"].astype(x.dtype), p["output"])


def encoded(p, x):
    if options.bf16:
        x = x.astype(jnp.bfloat16)
    for (weights, bias), (_, _, _, stride, padding) in zip(p["stems"], STEMS):
        if padding:
            x = jnp.pad(x, [(0, 0), (padding, padding), (padding, padding), (0, 0)], mode="reflect")
        x = jax.nn.relu(convolution(x, weights, stride) + bias.astype(x.dtype))
    maps = {}
    for q, group in zip(p["groups"], GROUPS):
        if group == "norm":
            x = inner_norm(x, q)
        else:
            for r, layer in zip(q, group):
                x = residual(r, x, *layer)
        maps[x.shape[2]] = x
    flat = norm(x, p["output"]).reshape(x.shape[0], -1)
    return [flat] + [head(q, maps[side]).reshape(x.shape[0], -1, options.embedding) for q, side in zip(p["heads"], (5, 7))]


def info_nce(sources, targets):
    batch, locations, width = targets.shape
    raw = (sources @ targets.reshape(batch * locations, width).T).astype(jnp.float32).reshape(batch, batch, locations) / width**0.5
    penalty = PENALTY * (raw**2).mean()
    scores = CLIP * jnp.tanh(raw / CLIP)
    own = jnp.eye(batch)[:, :, None]
    positive = (own * scores).sum(1)
    others = ((1 - own) * scores - CLIP * own).reshape(batch, -1)
    largest = others.max(1, keepdims=True)
    total = (jnp.broadcast_to(1 - own, raw.shape).reshape(batch, -1) * jnp.exp(others - largest)).sum(1, keepdims=True)
    return -(positive - largest - jnp.log(jnp.exp(positive - largest) + total)).mean() + penalty


def loss(p, views, places):
    (a1, a5, a7), (b1, b5, b7) = encoded(p, views[0]), encoded(p, views[1])
    rows = jnp.arange(options.batch)
    pairs = ((a1, b5), (b1, a5), (a1, b7), (b1, a7), (a5[rows, places[0]], b5), (b5[rows, places[1]], a5))
    return 0.5 * sum(info_nce(sources, targets) for sources, targets in pairs)


def step(p, first, second, views, places):
    """A whole step with Adam; the three trees of state are updated."""
    value, gradient = jax.value_and_grad(loss)(p, views, places)
    first = jax.tree_util.tree_map(lambda m, g: 0.8 * m + 0.2 * g, first, gradient)
    second = jax.tree_util.tree_map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
    p = jax.tree_util.tree_map(lambda x, m, v: x - 2e-4 * m / (jnp.sqrt(v) + 1e-8), p, first, second)
    return value, p, first, second


compiled = jax.jit(step, donate_argnums=(0, 1, 2))
views = [jnp.asarray(random.standard_normal((options.batch, options.size, options.size, 3)), jnp.float32) for _ in range(2)]
places = [jnp.asarray(random.integers(0, 25, options.batch)) for _ in range(2)]
state = [parameters()] + [jax.tree_util.tree_map(jnp.zeros_like, parameters()) for _ in range(2)]


def whole_step():
    """Makes a step, and waits for it."""
    global state
    value, *state = compiled(*state, views, places)
    value.block_until_ready()


take_turns(whole_step, options.steps)
