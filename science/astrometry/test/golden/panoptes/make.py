"""Makes sources.json: the brightest sources of the two PANOPTES frames of the shared data, found with SEP on 2 x 2 binned Bayer pixels."""
import json, os, sys
import numpy as np
import sep
from astropy.io import fits

data = sys.argv[1]
out = {}
for name in ('panoptes-dslr-bayer-unsolved.fits', 'panoptes-dslr-bayer-solved.fits.fz'):
    with fits.open(os.path.join(data, 'single-raw-frames', name)) as f:
        d = [h for h in f if h.data is not None][0].data.astype('f4')
    b = np.ascontiguousarray(d.reshape(d.shape[0] // 2, 2, d.shape[1] // 2, 2).mean((1, 3)).astype('f4'))
    background = sep.Background(b, bw=32, bh=32)
    s = sep.extract(b - background.back(), 5, err=background.globalrms, minarea=4)
    s = s[np.argsort(-s['flux'])][:60]
    out[name] = dict(x=[round(2 * float(v) + 0.5, 2) for v in s['x']], y=[round(2 * float(v) + 0.5, 2) for v in s['y']], flux=[round(float(v)) for v in s['flux']])
json.dump(out, open('sources.json', 'w'), separators=(',', ':'))
