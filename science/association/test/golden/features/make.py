"""Features of made-up light curves by direct formulae: python3 make.py > features.json"""
import json
import numpy as np
from scipy import stats
from astropy.timeseries import LombScargle

rng = np.random.default_rng(20261120)


def stetson_j(f, e, iterations=20):
    n = len(f)
    mean = np.average(f, weights=1 / e**2)
    for _ in range(iterations):
        delta = np.sqrt(n / (n - 1)) * (f - mean) / e
        w = 1 / e**2 / (1 + (np.abs(delta) / 2) ** 2)
        mean = np.average(f, weights=w)
    delta = np.sqrt(n / (n - 1)) * (f - mean) / e
    p = delta**2 - 1
    return np.mean(np.sign(p) * np.sqrt(np.abs(p)))


def multiband(curves, freq, nterms):
    """Explained variance of a shared Fourier series with a mean for each band, by dense least squares."""
    out = []
    t = np.concatenate([c[0] for c in curves])
    f = np.concatenate([c[1] for c in curves])
    w = 1 / np.concatenate([c[2] for c in curves])
    band = np.concatenate([np.full(len(c[0]), i) for i, c in enumerate(curves)])
    offsets = np.array([(band == i).astype(float) for i in range(len(curves))]).T
    chi0 = np.sum((w * (f - offsets @ np.linalg.lstsq(w[:, None] * offsets, w * f, rcond=None)[0])) ** 2)
    for nu in freq:
        waves = [g(2 * np.pi * nu * k * t) for k in range(1, nterms + 1) for g in (np.cos, np.sin)]
        a = np.hstack([offsets, np.array(waves).T])
        r = w * (f - a @ np.linalg.lstsq(w[:, None] * a, w * f, rcond=None)[0])
        out.append(1 - np.sum(r**2) / chi0)
    return out


cases = []
for n in (2, 3, 17, 120):
    t = np.sort(61000 + rng.uniform(0, 365, n))
    f = 5000 + 900 * np.sin(2 * np.pi * t / 0.73) + 300 * rng.standard_normal(n) + (t - 61000) * 2
    e = rng.uniform(50, 400, n)
    w = 1 / e**2
    slope, intercept = np.polyfit(t - 61180, f, 1, w=1 / e)
    second = (np.sort(61000 + rng.uniform(0, 365, n)), None, rng.uniform(50, 400, n))
    second = (second[0], 300 + 900 * np.sin(2 * np.pi * second[0] / 0.73) + 100 * rng.standard_normal(n), second[2])
    freq = 0.9 + 0.05 * np.arange(20)
    case = dict(
        time=t.tolist(), flux=f.tolist(), error=e.tolist(),
        features=dict(
            count=n, mean=np.average(f, weights=w), meanError=np.sqrt(1 / w.sum()), sigma=np.std(f, ddof=1), errorMean=e.mean(),
            min=f.min(), max=f.max(), percentile05=np.percentile(f, 5), percentile25=np.percentile(f, 25), median=np.median(f),
            percentile75=np.percentile(f, 75), percentile95=np.percentile(f, 95),
            medianAbsoluteDeviation=stats.median_abs_deviation(f), skew=stats.skew(f),
            chi2=np.sum(((f - np.average(f, weights=w)) / e) ** 2), stetsonJ=stetson_j(f, e),
            maxSlope=np.max(np.diff(f) / np.diff(t)), linearSlope=slope, linearIntercept=intercept - slope * 61180,
        ),
        grid=dict(first=0.9, step=0.05, count=20),
    )
    if n > 10:
        case["single"] = LombScargle(t, f, e).power(freq, method="chi2").tolist()
        case["twoTerms"] = LombScargle(t, f, e, nterms=2).power(freq, method="chi2").tolist()
        case["second"] = dict(time=second[0].tolist(), flux=second[1].tolist(), error=second[2].tolist())
        case["multiband"] = multiband([(t, f, e), second], freq, 1)
    cases.append(case)
print(json.dumps(cases))
