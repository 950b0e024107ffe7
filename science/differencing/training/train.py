"""Trains the reliability network; NumPy only.

python train.py DATA OUT.ts --train NAME... --test NAME [--curve CURVE.json] [--golden GOLDEN.json]

DATA holds what make-data.ts wrote. Same data and seed give the same weights on one machine.
"""

import argparse
import base64
import hashlib
import json
import pathlib

import numpy as np

SIDE, PLANES = 21, 4
CONV1, CONV2, DENSE = 8, 16, 32


# Label of galaxies without a change, which are no detections: changes are drawn in them.
HOST = 2


def load(folder, name, hosts=False):
    """Detections of a survey and their stamps; with `hosts` its galaxies instead."""
    meta = json.loads((folder / f"{name}.json").read_text())
    stamps = np.fromfile(folder / f"{name}.f32", "<f4").reshape(-1, PLANES, SIDE, SIDE)
    wanted = np.array([(row["label"] == HOST) == hosts for row in meta["rows"]], bool)
    return {**meta, "rows": [row for row, want in zip(meta["rows"], wanted) if want]}, stamps[wanted]


def prepare(stamps):
    """What the network sees: asinh of significances, holes zero, and always a brightening."""
    x = np.where(np.isfinite(stamps), stamps, 0).astype(np.float64)
    centre = x[:, 2, 9:12, 9:12].sum(axis=(1, 2))
    fading = centre < 0
    out = np.arcsinh(x)
    out[:, 3] = x[:, 3]
    out[fading, 0], out[fading, 1] = out[fading, 1].copy(), out[fading, 0].copy()
    out[fading, 2] *= -1
    return out / np.array([3.0, 3.0, 3.0, 1.0])[None, :, None, None]


def windows(x):
    """3 x 3 neighbourhoods of [n, c, h, w], padded with zeros: [n, h, w, c * 9]."""
    n, c, h, w = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    view = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return view.transpose(0, 2, 3, 1, 4, 5).reshape(n, h, w, c * 9)


def unwindow(grad, shape):
    n, c, h, w = shape
    grad = grad.reshape(n, h, w, c, 3, 3)
    out = np.zeros((n, c, h + 2, w + 2), grad.dtype)
    for j in range(3):
        for i in range(3):
            out[:, :, j : j + h, i : i + w] += grad[:, :, :, :, j, i].transpose(0, 3, 1, 2)
    return out[:, :, 1:-1, 1:-1]


def pool(x):
    n, c, h, w = x.shape
    cells = x[:, :, : h // 2 * 2, : w // 2 * 2].reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5)
    cells = cells.reshape(n, c, h // 2, w // 2, 4)
    return cells.max(axis=-1), cells.argmax(axis=-1)


def unpool(grad, index, shape):
    n, c, h, w = shape
    cells = np.zeros(grad.shape + (4,), grad.dtype)
    np.put_along_axis(cells, index[..., None], grad[..., None], axis=-1)
    out = np.zeros(shape, grad.dtype)
    even = cells.reshape(n, c, h // 2, w // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5)
    out[:, :, : h // 2 * 2, : w // 2 * 2] = even.reshape(n, c, h // 2 * 2, w // 2 * 2)
    return out


def start(random):
    he = lambda rows, columns: random.normal(0, np.sqrt(2 / columns), (rows, columns))
    flat = CONV2 * (SIDE // 4) ** 2
    return [he(CONV1, PLANES * 9), np.zeros(CONV1), he(CONV2, CONV1 * 9), np.zeros(CONV2),
            he(DENSE, flat), np.zeros(DENSE), he(1, DENSE), np.zeros(1)]  # fmt: skip


def forward(w, x, keep=None, drop=None):
    a0 = windows(x)
    z1 = np.maximum((a0 @ w[0].T + w[1]).transpose(0, 3, 1, 2), 0)
    p1, i1 = pool(z1)
    a1 = windows(p1)
    z2 = np.maximum((a1 @ w[2].T + w[3]).transpose(0, 3, 1, 2), 0)
    p2, i2 = pool(z2)
    flat = p2.reshape(len(x), -1)
    if drop is not None:
        flat = flat * drop
    hidden = np.maximum(flat @ w[4].T + w[5], 0)
    logit = (hidden @ w[6].T + w[7])[:, 0]
    if keep is not None:
        keep.update(a0=a0, z1=z1, i1=i1, p1=p1, a1=a1, z2=z2, i2=i2, flat=flat, hidden=hidden)
    return logit


def gradient(w, k, dlogit, drop):
    dw = [None] * 8
    dw[6], dw[7] = dlogit[None] @ k["hidden"], np.array([dlogit.sum()])
    dh = dlogit[:, None] * w[6] * (k["hidden"] > 0)
    dw[4], dw[5] = dh.T @ k["flat"], dh.sum(0)
    dflat = dh @ w[4] * drop
    n = len(dlogit)
    side = SIDE // 4
    dz2 = unpool(dflat.reshape(n, CONV2, side, side), k["i2"], k["z2"].shape) * (k["z2"] > 0)
    d2 = dz2.transpose(0, 2, 3, 1).reshape(-1, CONV2)
    dw[2], dw[3] = d2.T @ k["a1"].reshape(len(d2), -1), d2.sum(0)
    dp1 = unwindow((d2 @ w[2]).reshape(k["a1"].shape), k["p1"].shape)
    dz1 = unpool(dp1, k["i1"], k["z1"].shape) * (k["z1"] > 0)
    d1 = dz1.transpose(0, 2, 3, 1).reshape(-1, CONV1)
    dw[0], dw[1] = d1.T @ k["a0"].reshape(len(d1), -1), d1.sum(0)
    return dw


def turn(x, random):
    """One of the eight symmetries of a square, and a shift of one pixel at most."""
    out = np.empty_like(x)
    for n, stamp in enumerate(x):
        stamp = np.rot90(stamp, random.integers(4), axes=(1, 2))
        if random.integers(2):
            stamp = stamp[:, :, ::-1]
        out[n] = np.roll(stamp, random.integers(-1, 2, 2), axis=(1, 2))
    return out


def trails(stamps, label, count, random):
    """Satellite trails, of which simulated nights have few: straight streaks of Gaussian profile over stamps of artefacts."""
    j, i = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    out = stamps[random.choice(np.flatnonzero(label == 0), count)].copy()
    for stamp in out:
        angle, offset = random.uniform(0, np.pi), random.normal(0, 1.5)
        width, height = random.uniform(1.2, 4), 10 ** random.uniform(0.3, 1.7)
        streak = height * np.exp(-0.5 * ((i * np.sin(angle) - j * np.cos(angle) + offset) / width) ** 2)
        # Now and then the trail is in the template.
        after = random.random() < 0.8
        stamp[0 if after else 1] += streak
        stamp[2] += (1 if after else -1) * streak / np.sqrt(random.uniform(1, 2))
    return out


def dipoles(stamps, label, count, random):
    """Stars out of place, over stamps of artefacts: one Gaussian star in both images, shifted, seen at a lobe or between the two."""
    j, i = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    out = stamps[random.choice(np.flatnonzero(label == 0), count)].copy()
    for stamp in out:
        width, shift, angle = random.uniform(1.8, 3), 10 ** random.uniform(-1.3, 0), random.uniform(0, 2 * np.pi)
        height = 10 ** random.uniform(0.5, 1.7) * width / shift / 0.6
        along = random.choice([-1, 0, 1]) * width + random.normal(0, 0.5)
        dx, dy = np.cos(angle), np.sin(angle)
        star = lambda at: height * np.exp(-0.5 * ((i - at * dx) ** 2 + (j - at * dy) ** 2) / width**2)
        after, before = star(along + shift / 2), star(along - shift / 2)
        # Photons of the star add to its noise.
        noise = np.sqrt(1 + height / random.uniform(20, 2000))
        stamp[0] += after / noise
        stamp[1] += before / noise
        stamp[2] += (after - before) / noise
    return out


def profile(meta, stamps):
    """The mean of what bright changes leave on the differences: the PSF, with what makes the noise white."""
    bright = [n for n, row in enumerate(meta["rows"]) if row["label"] == 1 and row["trueSnr"] > 30 and row["kind"] != "asteroid"]
    planes = np.nan_to_num(stamps[bright][:, 2])
    planes = planes / planes[:, 9:12, 9:12].sum(axis=(1, 2))[:, None, None]
    # The median passes over neighbours.
    psf = np.median(planes, axis=0)
    return psf / np.sqrt((psf**2).sum())


def nuclei(hosts, psf, count, random):
    """Changes in the middles of galaxies, of which simulated nights have few: S/N 5 to 40 of either sign."""
    out = hosts[random.choice(len(hosts), count)].copy()
    for stamp in out:
        change = 10 ** random.uniform(0.7, 1.6) * np.roll(psf, random.integers(-1, 2, 2), axis=(0, 1))
        brightens = random.random() < 0.5
        stamp[2] += change if brightens else -change
        stamp[0 if brightens else 1] += change * np.sqrt(random.uniform(0.7, 2))
    return out


def misfits(hosts, count, random):
    """Galaxies that are out of place or of another width: what is left follows the slopes or the curvature of their light."""
    out = hosts[random.choice(len(hosts), count)].copy()
    for stamp in out:
        light = np.nan_to_num(stamp[1])
        smooth = sum(np.roll(light, (j, i), axis=(0, 1)) for j in (-1, 0, 1) for i in (-1, 0, 1)) / 9
        dy, dx = np.gradient(smooth)
        if random.random() < 0.7:
            angle = random.uniform(0, 2 * np.pi)
            left = np.cos(angle) * dx + np.sin(angle) * dy
        else:
            left = np.gradient(dy, axis=0) + np.gradient(dx, axis=1)
        stamp[2] += random.choice([-1, 1]) * 10 ** random.uniform(0.5, 1.2) * left / max(1e-3, np.abs(left).max())
    return out


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def train(x, y, epochs, seed, batch=64, rate=2e-3, decay=1e-3):
    random = np.random.default_rng(seed)
    w = [each.astype(np.float32) for each in start(random)]
    first, second = [np.zeros_like(e) for e in w], [np.zeros_like(e) for e in w]
    mean = [e.copy() for e in w]
    # Both classes weigh the same in all.
    weight = np.where(y > 0, 0.5 / y.mean(), 0.5 / (1 - y.mean())).astype(np.float32)
    step = 0
    steps = epochs * (len(x) // batch)
    for epoch in range(epochs):
        order = random.permutation(len(x))
        loss = 0.0
        for begin in range(0, len(x) // batch * batch, batch):
            rows = order[begin : begin + batch]
            drop = (random.random((batch, CONV2 * (SIDE // 4) ** 2)) > 0.3).astype(np.float32) / 0.7
            keep = {}
            p = sigmoid(forward(w, turn(x[rows], random), keep, drop))
            target = 0.01 + 0.98 * y[rows]
            loss -= np.mean(weight[rows] * (target * np.log(p + 1e-9) + (1 - target) * np.log(1 - p + 1e-9)))
            dw = gradient(w, keep, (weight[rows] * (p - target) / batch).astype(np.float32), drop)
            step += 1
            now = rate * 0.5 * (1 + np.cos(np.pi * step / steps))
            for n, g in enumerate(dw):
                first[n] = 0.9 * first[n] + 0.1 * g
                second[n] = 0.999 * second[n] + 0.001 * g * g
                w[n] -= now * (first[n] / (1 - 0.9**step) / (np.sqrt(second[n] / (1 - 0.999**step)) + 1e-8) + decay * w[n])
                mean[n] = 0.99 * mean[n] + 0.01 * w[n]
        if epoch % 5 == 4 or epoch == epochs - 1:
            print(f"epoch {epoch + 1}: loss {loss / (len(x) // batch):.4f}", flush=True)
    return mean


def scores(w, x, chunk=256):
    return np.concatenate([sigmoid(forward(w, x[k : k + chunk])) for k in range(0, len(x), chunk)])


def pooled(sets):
    """Several surveys as one."""
    rows = [row for meta, _ in sets for row in meta["rows"]]
    return {"rows": rows, **{n: sum(meta[n] for meta, _ in sets) for n in ("planted", "found")}}, np.concatenate([each for _, each in sets])


def curve(meta, score):
    """Completeness of planted changes above S/N 7 and what is false among what is kept."""
    label = np.array([r["label"] for r in meta["rows"]])
    true_snr = np.array([r["trueSnr"] for r in meta["rows"]])
    real = (label == 1) & (true_snr > 7)
    false = label != 1
    rows = []
    for share in (1, 0.99, 0.975, 0.95, 0.9, 0.8, 0.7, 0.5):
        sure = np.sort(score[real])[::-1]
        cut = sure[int(np.ceil(share * len(sure))) - 1]
        kept = score >= cut
        rows.append({"completeness": float((score[real] >= cut).mean()), "cut": round(float(cut), 4), "falseKept": int((false & kept).sum()),
                     "false": int(false.sum()), "real": int(real.sum()), "kept": int(kept.sum()),
                     "falseFraction": float((false & kept).sum() / kept.sum())})  # fmt: skip
    return rows


HEADER = """/**
 * Weights of the reliability network; made by training/train.py, not by hand.
 *
 * Trained on {train}; {real} real and {false} false detections; seed {seed}, {epochs} epochs; SHA-256 of the data {digest}.
 */
"""


OPERATING = """
/** Cut of the greatest completeness less false fraction on {survey}, which did not train the network, and what it keeps there. */
export const OPERATING_POINT: {{ readonly cut: number; readonly completeness: number; readonly falseFraction: number }} = {{
  cut: {cut},
  completeness: {completeness},
  falseFraction: {false},
}};
"""

VERSION = """
/** Names the weights: changes with every training. */
export const RELIABILITY_VERSION: string = '{version}';
"""

# Completeness about which networks are compared, and part of what is kept that may be false at the operating point.
COMPLETENESS = 0.9
MOST_FALSE = 0.05


def operating_point(meta, score):
    """The cut, in steps of 0.01, at which completeness less false fraction is greatest, the highest of equals, and no more than MOST_FALSE are false."""
    label = np.array([r["label"] for r in meta["rows"]])
    real = (label == 1) & (np.array([r["trueSnr"] for r in meta["rows"]]) > 7)
    points = []
    for cut in np.arange(0.05, 1, 0.01):
        kept = score >= cut
        points.append({"cut": round(float(cut), 2), "completeness": float((score[real] >= cut).mean()), "falseFraction": float((label[kept] != 1).mean())})
    points = [point for point in points if point["falseFraction"] <= MOST_FALSE]
    if not points:
        raise SystemExit("no cut leaves so few false detections")
    return max(reversed(points), key=lambda point: point["completeness"] - point["falseFraction"])


def network(options, sets, galaxies, seed):
    """Trains one network; the weights that ship are the rounded ones, and those are judged."""
    label = np.concatenate([[r["label"] for r in meta["rows"]] for meta, _ in sets])
    stamps = np.concatenate([each for _, each in sets])
    random = np.random.default_rng(seed)
    artefacts = (label == 0).sum()
    drawn = [trails(stamps, label, int(options.trails * artefacts), random), dipoles(stamps, label, int(options.dipoles * artefacts), random)]
    planted = []
    for (meta, own), hosts in zip(sets, galaxies):
        count = int(options.nuclei * (np.array([row["label"] for row in meta["rows"]]) == 1).sum())
        planted.append(nuclei(hosts, profile(meta, own), count, random))
        drawn.append(misfits(hosts, int(options.misfits * count), random))
    x = prepare(np.concatenate([stamps[label >= 0], *drawn, *planted])).astype(np.float32)
    y = np.concatenate([label[label >= 0], np.zeros(sum(map(len, drawn))), np.ones(sum(map(len, planted)))]).astype(np.float32)
    print(f"seed {seed}: {int(y.sum())} real, {int((1 - y).sum())} false")
    half = [each.astype("<f2") for each in train(x, y, options.epochs, seed)]
    return {"seed": seed, "half": half, "w": [each.astype(np.float64) for each in half], "y": y}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--train", nargs="+", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--curve", type=pathlib.Path)
    parser.add_argument("--golden", type=pathlib.Path)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--dipoles", type=float, default=0.15, help="stars out of place drawn, as a part of the artefacts")
    parser.add_argument("--trails", type=float, default=0.15, help="trails drawn, as a part of the artefacts")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="networks that are trained; the best on --choose ships")
    parser.add_argument("--choose", nargs="+", help="surveys that neither train nor test: together they choose the seed and the operating point")
    parser.add_argument("--nuclei", type=float, default=0.15, help="changes drawn in galaxies, as a part of the real ones")
    parser.add_argument("--misfits", type=float, default=0.6, help="galaxies that fit badly, as a part of those")
    options = parser.parse_args()
    sets = [load(options.data, name) for name in options.train]
    galaxies = [load(options.data, name, hosts=True)[1] for name in options.train]
    label = np.concatenate([[r["label"] for r in meta["rows"]] for meta, _ in sets])
    stamps = np.concatenate([each for _, each in sets])
    digest = hashlib.sha256(stamps.tobytes()).hexdigest()[:16]
    best = None
    for seed in options.seeds:
        candidate = network(options, sets, galaxies, seed)
        if options.choose is None:
            best = (0, candidate, None)
            break
        chosen, other = pooled([load(options.data, name) for name in options.choose])
        rows = curve(chosen, scores(candidate["w"], prepare(other)))
        wrong = float(np.mean([row["falseFraction"] for row in rows if 0.85 < row["completeness"] < 0.99]))
        point = operating_point(chosen, scores(candidate["w"], prepare(other)))
        print(f"seed {seed}: {wrong:.3f} false about {COMPLETENESS} on {', '.join(options.choose)}; there {point}")
        if best is None or wrong < best[0]:
            best = (wrong, candidate, point)
    _, chosen_network, point = best
    w, half, y = chosen_network["w"], chosen_network["half"], chosen_network["y"]
    meta, test = load(options.data, options.test)
    score = scores(w, prepare(test))
    table = curve(meta, score)
    for row in table:
        print(row)
    blob = base64.b64encode(b"".join(each.tobytes() for each in half)).decode()
    header = HEADER.format(train=", ".join(options.train), real=int(y.sum()), false=int((1 - y).sum()), seed=chosen_network["seed"],
                           epochs=options.epochs, digest=digest)  # fmt: skip
    weights = f"{header}export const WEIGHTS: string =\n  '{blob}';\n"
    if point is not None:
        weights += OPERATING.format(survey=", ".join(options.choose), cut=point["cut"], completeness=round(point["completeness"], 3),
                                    false=round(point["falseFraction"], 3))  # fmt: skip
        weights += VERSION.format(version=f"almagest-cnn-{hashlib.sha256(blob.encode()).hexdigest()[:12]}")
    options.out.write_text(weights)
    if options.curve:
        options.curve.write_text(json.dumps({"test": options.test, "planted": meta["planted"], "found": meta["found"], "rows": table}) + "\n")
    if options.golden:
        label = np.array([r["label"] for r in meta["rows"]])
        holes = np.flatnonzero(~np.isfinite(test).all(axis=(1, 2, 3)))[:1]
        fading = np.flatnonzero(np.nan_to_num(test)[:, 2, 9:12, 9:12].sum(axis=(1, 2)) < 0)[:1]
        pick = np.concatenate([np.flatnonzero(label == 1)[:3], np.flatnonzero(label == 0)[:3], holes, fading])
        rounded = np.round(test[pick], 3)
        cases = [{"label": int(label[n]), "stamps": [None if not np.isfinite(v) else float(v) for v in s.ravel().astype(float).round(3)],
                  "score": float(p)} for n, s, p in zip(pick, rounded, scores(w, prepare(rounded.astype("<f4"))))]  # fmt: skip
        options.golden.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
