"""Display limits and colour pictures as astropy makes them. Writes expected.json beside this file."""
import json
import os

import astropy
import numpy as np
from astropy.visualization import ZScaleInterval, make_lupton_rgb

HERE = os.path.dirname(os.path.abspath(__file__))


def pixels(n, a, b):
    """The same numbers in any language: a linear congruential generator in exact integer arithmetic."""
    state, out = 12345, []
    for _ in range(n):
        state = (state * 1103515245 + 12345) % 2147483648
        out.append(a + b * (state >> 8) / 8388608.0)
    return np.array(out, 'f4')


sky = np.sort(pixels(10000, 100, 20)).reshape(100, 100)[:, ::-1].T.copy()
sky[::9, ::7] += 3000
z = ZScaleInterval(n_samples=10000, contrast=0.25).get_limits(sky)
r, g, b = (pixels(400, lo, hi).reshape(20, 20) for lo, hi in ((-1, 40), (0, 25), (2, 12)))
rgb = make_lupton_rgb(r, g, b, minimum=1, stretch=5, Q=8)
json.dump({'astropy': astropy.__version__, 'zscale': [float(x) for x in z], 'lupton': rgb[::-1].reshape(-1).tolist()},
          open(os.path.join(HERE, 'expected.json'), 'w'))
