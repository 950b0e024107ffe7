"""Writes expected.json: pixel indices at every order, neighbours, boundaries and discs, by healpy."""
import json
import healpy as hp
import numpy as np

r = np.random.default_rng(29)
out = dict(pixels=[], neighbours=[], boundaries=[], discs=[], maxRadius=[])
lon = np.concatenate([2 * np.pi * r.random(40), [0, np.pi / 2, np.pi, 1.5 * np.pi, 0, 1, 2 * np.pi - 1e-15, 0.3, 4.0]])
lat = np.concatenate([np.arcsin(2 * r.random(40) - 1), [0, 0, 0, 0, np.pi / 2, -np.pi / 2, 0.1, np.pi / 2 - 1e-9, -np.pi / 2 + 1e-7]])
for order in range(30):
    n = hp.ang2pix(2 ** order, np.pi / 2 - lat, lon, nest=True)
    g = hp.ang2pix(2 ** order, np.pi / 2 - lat, lon)
    th, ph = hp.pix2ang(2 ** order, n, nest=True)
    out['pixels'].append(dict(order=order, nest=[str(x) for x in n], ring=[str(x) for x in g],
                              lon=[float('%.15g' % x) for x in ph[:10]], lat=[float('%.15g' % x) for x in (np.pi / 2 - th)[:10]]))
out['lon'], out['lat'] = lon.tolist(), lat.tolist()
for order in range(3):
    for p in range(12 * 4 ** order):
        # healpy's order is SW, W, NW, N, NE, E, SE, S
        out['neighbours'].append([order, p, [int(x) for x in hp.get_all_neighbours(2 ** order, p, nest=True)],
                                  [int(x) for x in hp.get_all_neighbours(2 ** order, p)]])
for order, p in [(0, 0), (0, 5), (2, 17), (3, 700), (10, 12345), (20, 10 ** 12)]:
    out['boundaries'].append([order, p, hp.boundaries(2 ** order, p, step=3, nest=True).T.tolist()])
for _ in range(20):
    v = r.standard_normal(3)
    v /= np.linalg.norm(v)
    order = int(r.integers(3, 9))
    radius = float(2.0 ** -order * r.uniform(0.5, 8))
    inside = hp.query_disc(2 ** order, v, radius, nest=True)                      # centres inside
    touch = hp.query_disc(2 ** order, v, radius, inclusive=True, fact=64, nest=True)
    out['discs'].append(dict(center=v.tolist(), radius=radius, order=order, centers=[int(x) for x in np.sort(inside)], touching=[int(x) for x in np.sort(touch)]))
out['maxRadius'] = [float(hp.max_pixrad(2 ** o)) for o in range(30)]
json.dump(out, open('expected.json', 'w'), separators=(',', ':'))
