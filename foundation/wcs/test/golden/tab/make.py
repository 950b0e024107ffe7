"""Makes small FITS files whose sky is a table (-TAB), and expected.json with what wcslib answers for them through astropy."""
import json, math, random
import numpy as np
import astropy
from astropy.io import fits
from astropy.wcs import WCS, _wcs

rng = random.Random(20261122)


def sky(i, j, lon0, lat0):
    return lon0 + 0.011 * i + 0.0004 * j * i - 0.001 * j, lat0 + 0.012 * j + 0.0003 * i * i + 0.0007 * i


def write(name, first, index, lon0, lat0, separate=False):
    k1, k2 = 7, 5
    lon_first = first == 'lon'
    ni, nj = (k1, k2) if lon_first else (k2, k1)  # nodes along the axes of longitude and latitude
    cube = np.zeros((k2, k1, 2))
    for b in range(k2):
        for a in range(k1):
            lon, lat = sky(*((a, b) if lon_first else (b, a)), lon0, lat0)
            cube[b, a] = (lon, lat) if lon_first else (lat, lon)
    ramp = lambda n, down: np.array(sorted((rng.uniform(0, 100) for _ in range(n)), reverse=down))
    lists = (ramp(ni, False), ramp(nj, True))
    header = fits.Header()
    cards = {'CTYPE1': 'RA---TAB', 'CTYPE2': 'DEC--TAB', 'CUNIT1': 'deg', 'CUNIT2': 'deg', 'CRPIX1': 10.5, 'CRPIX2': 8.0}
    for axis, (n, values) in enumerate(zip((ni, nj), lists), 1):
        low, high = (values.min(), values.max()) if index else (1.0, float(n))
        cards.update({f'CRVAL{axis}': 0.5 * (low + high), f'CDELT{axis}': (high - low) / 22 * (1 if axis == 1 else -1), f'PS{axis}_0': 'SKYTABLE', f'PS{axis}_1': 'COORDS',
                      f'PV{axis}_1': 1, f'PV{axis}_2': 1, f'PV{axis}_3': axis if lon_first else 3 - axis})
        if index:
            cards[f'PS{axis}_2'] = f'INDEX{axis}'
    cards.update({'PC1_1': math.cos(0.3), 'PC1_2': -math.sin(0.3), 'PC2_1': math.sin(0.3), 'PC2_2': math.cos(0.3), 'RADESYS': 'ICRS'})
    if separate:
        for axis, n in enumerate((ni, nj), 1):
            cards.update({f'PS{axis}_1': f'LIST{axis}', f'PV{axis}_3': 1})
        columns = [fits.Column(f'LIST{axis}', f'{n}D', dim=f'(1,{n})', array=[np.sort([base + rng.uniform(0, 0.2) for _ in range(n)]).reshape(n, 1)])
                   for axis, (n, base) in enumerate(((ni, lon0), (nj, lat0)), 1)]
    else:
        columns = [fits.Column('COORDS', f'{2 * k1 * k2}D', dim=f'(2,{k1},{k2})', array=[cube])]
    if index:
        columns += [fits.Column(f'INDEX{axis}', f'{len(values)}D', array=[values]) for axis, values in enumerate(lists, 1)]
    for key, value in cards.items():
        header[key] = value
    table = fits.BinTableHDU.from_columns(columns, name='SKYTABLE', ver=1)
    hdus = fits.HDUList([fits.PrimaryHDU(np.zeros((16, 20), np.uint8), header), table])
    hdus.writeto(name, overwrite=True)
    with fits.open(name) as file:
        w = WCS(file[0].header, file)
        points = []
        for _ in range(60):
            p = [rng.uniform(-6, 26), rng.uniform(-6, 22)]
            try:
                s = w.wcs_pix2world([p], 0)[0].tolist()
            except Exception:
                s = [math.nan, math.nan]
            points.append([p, [v if math.isfinite(v) else None for v in s]])
    print(name, sum(s[0] is not None for _, s in points), 'of', len(points))
    return {'file': name, 'points': points}


cases = [write('plain.fits', 'lon', False, 150.0, 2.0), write('indexed.fits', 'lon', True, 10.0, -45.0),
         write('turned.fits', 'lat', True, 200.0, 30.0), write('lists.fits', 'lon', False, 40.0, 20.0, separate=True)]
with open('expected.json', 'w') as out:
    json.dump({'made with': f'astropy {astropy.__version__}, wcslib {_wcs.__version__}', 'cases': cases}, out, separators=(',', ':'))
