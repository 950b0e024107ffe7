"""Fits a short series for the Earth's barycentric position (ICRS) to ERFA's epv00 by orthogonal matching pursuit, and writes
src/frames/earth-series.generated.ts. Velocity is its derivative. The frequencies are whole combinations of mean longitudes (Simon et al. 1994)."""
import itertools
import erfa
import numpy as np

# mean longitudes and the Moon's elongation and anomaly: phase [rad], rate [rad / Julian century]
ARGS = np.array([(4.402608842, 2608.79031415742), (3.176146697, 1021.32855462110), (1.753470314, 628.30758499914), (6.203480913, 334.06124266998),
                 (0.599546497, 52.96909650946), (0.874016757, 21.32990954380), (5.481293872, 7.47815985673), (5.311886287, 3.81330356378),
                 (5.198466741, 7771.37714681205), (2.355555898, 8328.69142695536)])
ranges = [range(-1, 2), range(-4, 5), range(-5, 6), range(-3, 4), range(-3, 4), range(-3, 4), range(-1, 2), range(-1, 2), range(-1, 2), range(-1, 2)]
cands = set()
for size in (1, 2, 3):
    for which in itertools.combinations(range(10), size):
        if size == 3 and not (2 in which and (4 in which or 8 in which)):
            continue
        for k in itertools.product(*[[x for x in ranges[w] if x] for w in which]):
            if sum(abs(x) for x in k) > 7:
                continue
            v = [0] * 10
            for w, x in zip(which, k):
                v[w] = x
            if next(x for x in v if x) > 0:
                cands.add(tuple(v))
cands = np.array(sorted(cands))
r = np.random.default_rng(4)
t = np.sort(r.uniform(-0.5, 1.0, 4000))
X = erfa.epv00(2451545.0, t * 36525)[1]['p']
rate, phase = cands @ ARGS[:, 1], cands @ ARGS[:, 0]
keep = np.abs(rate) > 3
cands, rate, phase = cands[keep], rate[keep], phase[keep]
E = np.exp(1j * (np.outer(t, rate) + phase))
earth = [int(np.where((cands == [0, 0, k, 0, 0, 0, 0, 0, 0, 0]).all(1))[0][0]) for k in (1, 2, 3)]
fixed = [np.ones_like(t), t, t * t]
for e in earth:
    for p in (1, t, t * t) if e == earth[0] else (1, t):
        fixed += [p * E[:, e].real, p * E[:, e].imag]
chosen = []
weight = np.abs(rate) + 60                                              # velocity matters, once the slow terms are gone
for _ in range(150):
    A = np.column_stack(fixed + [f(E[:, c]) for c in chosen for f in (np.real, np.imag)])
    C, *_ = np.linalg.lstsq(A, X, rcond=None)
    res = X - A @ C
    score = (np.abs(res.T @ E.conj()) ** 2).sum(0) * (weight ** 2 if len(chosen) > 60 else weight ** 0.5)
    score[chosen + earth] = 0
    chosen.append(int(score.argmax()))

A = np.column_stack(fixed + [f(E[:, c]) for c in chosen for f in (np.real, np.imag)])
C, *_ = np.linalg.lstsq(A, X, rcond=None)
print('position rms [AU]', np.abs(X - A @ C).max())
T2 = np.linspace(-0.5, 1.0, 5001)
pv = erfa.epv00(2451545.0, T2 * 36525)[1]

def model(tt, rows):
    p, v = np.zeros((len(tt), 3)), np.zeros((len(tt), 3))
    for power, om, ph, cx in rows:
        a = om * tt + ph
        c, s = np.cos(a), np.sin(a)
        tp, td = tt ** power, power * tt ** max(0, power - 1)
        for i in range(3):
            p[:, i] += tp * (cx[2 * i] * c + cx[2 * i + 1] * s)
            v[:, i] += td * (cx[2 * i] * c + cx[2 * i + 1] * s) + tp * om * (-cx[2 * i] * s + cx[2 * i + 1] * c)
    return p, v

rows = [(i, 0.0, 0.0, [C[i, 0], 0, C[i, 1], 0, C[i, 2], 0]) for i in range(3)]
col = 3
for e in earth:
    for power in range(3 if e == earth[0] else 2):
        rows.append((power, rate[e], phase[e], [x for i in range(3) for x in (C[col, i], C[col + 1, i])]))
        col += 2
for c in chosen:
    rows.append((0, rate[c], phase[c], [x for i in range(3) for x in (C[col, i], C[col + 1, i])]))
    col += 2
rows = [(p, round(om, 9), round(ph % (2 * np.pi), 7), [round(x, 9) for x in cx]) for p, om, ph, cx in rows]
P, V = model(T2, rows)
perr, verr = np.abs(P - pv['p']).max(), np.linalg.norm(V / 36525 - pv['v'], axis=1).max()
print('max position error [AU]', perr, ' max velocity error [AU/day]', verr, ' aberration [mas]', verr * 499.004783836 / 86400 * 206264806)
with open('../../../src/frames/earth-series.generated.ts', 'w') as f:
    f.write('/**\n * Barycentric position of the Earth in ICRS, 1950 to 2100: power of t, rate [rad / century], phase [rad], and for x, y, z the cosine and\n'
            ' * sine amplitudes [AU]. Fitted to ERFA epv00 by test/golden/earth-series/make.py.\n */\n// prettier-ignore\nexport const EARTH_SERIES: readonly (readonly number[])[] = [\n')
    for p, om, ph, cx in rows:
        f.write('  [' + ', '.join('%.12g' % x for x in [p, om, ph, *cx]) + '],\n')
    f.write('];\n')
