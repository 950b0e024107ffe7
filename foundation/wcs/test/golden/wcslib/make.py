"""Makes projections.json, distortions.json and frames.json: random headers and what wcslib (through astropy) answers for them."""
import json, math, random, sys, warnings
import numpy as np
import astropy
from astropy.io import fits
from astropy.wcs import WCS, _wcs
from astropy.coordinates import SkyCoord, FK4, FK4NoETerms, FK5, Galactic, GeocentricMeanEcliptic, ICRS, Supergalactic
from astropy.time import Time
from astropy.coordinates import CartesianRepresentation
import astropy.units as u
import erfa

warnings.simplefilter('ignore')
rng = random.Random(20261120)
NOTE = f"astropy {astropy.__version__}, wcslib {_wcs.__version__}"


def clean(a):
    return [None if not math.isfinite(v) else float(v) for v in a]


def run(cards, points, full=False, extra_sky=()):
    header = fits.Header()
    for key, value in cards.items():
        header[key] = value
    w = WCS(header)
    points = np.array(points, dtype=float)
    to_sky = w.all_pix2world if full else w.wcs_pix2world
    out = []
    for p in points:
        try:
            s = to_sky(p[None, :], 0)[0]
        except Exception:
            s = [math.nan, math.nan]
        out.append(clean(s))
    sky = []
    for s in extra_sky:
        try:
            p = w.wcs_world2pix(np.array([s]), 0)[0]
        except Exception:
            p = [math.nan, math.nan]
        sky.append([list(s), clean(p)])
    return {'cards': cards, 'points': [[list(map(float, p)), o] for p, o in zip(points, out)], 'sky': sky}


PARAMETERS = {
    'AZP': [{}, {1: 2.0, 2: 30.0}, {1: -0.5, 2: 0.0}], 'SZP': [{}, {1: 2.0, 2: 180.0, 3: 60.0}, {1: 0.5, 2: 40.0, 3: 70.0}],
    'TAN': [{}, {}], 'STG': [{}, {}], 'SIN': [{}, {1: 0.1, 2: -0.2}], 'ARC': [{}, {}],
    'ZPN': [{1: 1.0}, {1: 0.97, 3: -0.05, 5: 0.02}, {0: 0.02, 1: 0.95, 2: -0.025, 3: -0.166, 4: 0.0055}],
    'ZEA': [{}, {}], 'AIR': [{}, {1: 45.0}], 'CYP': [{1: 1.0, 2: 0.7071}, {1: 30.0, 2: 0.8}], 'CEA': [{}, {1: 0.75}], 'CAR': [{}, {}], 'MER': [{}, {}],
    'SFL': [{}, {}], 'PAR': [{}, {}], 'MOL': [{}, {}], 'AIT': [{}, {}], 'COP': [{1: 45.0, 2: 25.0}, {1: -60.0, 2: 10.0}],
    'COE': [{1: 45.0, 2: 25.0}, {1: -45.0, 2: 25.0}], 'COD': [{1: 45.0, 2: 25.0}, {1: 60.0, 2: 0.0}], 'COO': [{1: 45.0, 2: 25.0}, {1: -30.0, 2: 15.0}],
    'BON': [{1: 45.0}, {1: -30.0}], 'PCO': [{}, {}], 'TSC': [{}, {}], 'CSC': [{}, {}], 'QSC': [{}, {}], 'HPX': [{}, {1: 6, 2: 3}, {1: 4, 2: 2}],
}


def matrix(scale):
    t = rng.uniform(0, 2 * math.pi)
    k = rng.uniform(0.9, 1.1)
    return -scale * math.cos(t), scale * k * math.sin(t), scale * math.sin(t), scale * k * math.cos(t)


def projections():
    cases = []
    for code, variants in PARAMETERS.items():
        for number, pv in enumerate(variants):
            for scale in (0.9, 2e-4):
                dec = rng.choice([rng.uniform(-89, 89), 90.0, -90.0, 0.0]) if number else rng.uniform(-80, 80)
                cards = {'CTYPE1': f'RA---{code}', 'CTYPE2': f'DEC--{code}', 'CRPIX1': rng.uniform(40, 60), 'CRPIX2': rng.uniform(40, 60),
                         'CRVAL1': rng.uniform(0, 360), 'CRVAL2': dec}
                form = rng.choice(['CD', 'PC', 'CROTA'])
                m = matrix(scale)
                if form == 'CD':
                    cards.update(zip(('CD1_1', 'CD1_2', 'CD2_1', 'CD2_2'), m))
                elif form == 'PC':
                    cards.update({'CDELT1': -scale, 'CDELT2': scale * 1.05})
                    t = rng.uniform(0, 6)
                    cards.update({'PC1_1': math.cos(t), 'PC1_2': -math.sin(t), 'PC2_1': math.sin(t), 'PC2_2': math.cos(t)})
                else:
                    cards.update({'CDELT1': -scale, 'CDELT2': scale * 1.1, 'CROTA2': rng.uniform(-180, 180)})
                for k, v in pv.items():
                    cards[f'PV2_{k}'] = v
                if code not in ('TAN', 'STG', 'SIN', 'ARC', 'ZPN', 'ZEA', 'AIR', 'AZP', 'SZP') and number == 1 and abs(dec) < 80:
                    cards['LONPOLE'] = rng.choice([180.0, 0.0])
                    if rng.random() < 0.5:
                        cards['LATPOLE'] = rng.choice([90.0, -90.0])
                grid = [0, 33.3, 66.1, 99] if scale < 0.1 else [-60, -7.5, 41, 90, 155]
                points = [[x, y] for x in grid for y in grid] + [[cards['CRPIX1'] - 1, cards['CRPIX2'] - 1]]
                sky = [[cards['CRVAL1'], 90.0], [0.0, -90.0], [rng.uniform(0, 360), rng.uniform(-90, 90)], [(cards['CRVAL1'] + 180) % 360, -dec], [359.999, 0.0]]
                try:
                    cases.append(run(cards, points, extra_sky=sky))
                except Exception as error:
                    print('left out', code, pv, cards.get('CRVAL2'), str(error).strip().splitlines()[-1], file=sys.stderr)
    return cases


def tan_cards(code, scale=7e-5):
    m = matrix(scale)
    cards = {'CTYPE1': f'RA---{code}', 'CTYPE2': f'DEC--{code}', 'CRPIX1': rng.uniform(900, 1100), 'CRPIX2': rng.uniform(900, 1100),
             'CRVAL1': rng.uniform(0, 360), 'CRVAL2': rng.choice([rng.uniform(-85, 85), 89.99])}
    cards.update(zip(('CD1_1', 'CD1_2', 'CD2_1', 'CD2_2'), m))
    return cards


def surface(kind, orders, cross, box, size):
    xo, yo = orders
    terms = [(i, j) for j in range(yo) for i in range(xo)
             if not (cross == 0 and i and j) and not (cross == 2 and i + j >= max(xo, yo))]
    coefficients = [rng.uniform(-size, size) for _ in terms]
    return ' '.join([f'{v}.' for v in (kind, xo, yo, cross)] + [repr(float(v)) for v in (*box, *coefficients)]) + ' '


def wat(cards, axis, text):
    for k in range(0, len(text), 68):
        cards[f'WAT{axis}_{k // 68 + 1:03d}'] = text[k:k + 68]


def distortions():
    cases = []
    grid = [0, 511.5, 1023, 1600, 2047]
    points = [[x, y] for x in grid for y in grid]
    for order in (2, 3, 4, 5):
        cards = tan_cards('TAN-SIP')
        for name in 'AB':
            cards[f'{name}_ORDER'] = order
            for p in range(order + 1):
                for q in range(order + 1 - p):
                    if p + q >= 2:
                        cards[f'{name}_{p}_{q}'] = rng.uniform(-1, 1) * 3 * 1000.0 ** -(p + q)
        cases.append(run(cards, points, full=True))
    for terms in (range(0, 11), range(0, 24), range(0, 40)):
        cards = tan_cards('TPV')
        for axis in (1, 2):
            for m in terms:
                degree = [0, 1, 1, 1, 2, 2, 2] + [3] * 5 + [4] * 5 + [5] * 7 + [6] * 7 + [7] * 9
                cards[f'PV{axis}_{m}'] = (1.0 if m == 1 else 0.0) + rng.uniform(-1, 1) * 0.002 * 0.07 ** (1 - degree[m])
        cases.append(run(cards, points, full=True))
    for kind in (1, 2, 3):
        for cross in (0, 1, 2):
            cards = tan_cards('TNX')
            box = [-0.12, 0.12, -0.11, 0.13]
            size = 0.002 if kind != 3 else 0.05
            wat(cards, 1, f'wtype=tnx axtype=ra lngcor = "{surface(kind, (4, 3), cross, box, size)}"')
            wat(cards, 2, f'wtype=tnx axtype=dec latcor = "{surface(kind, (3, 4), cross, box, size)}"')
            cases.append(run(cards, points, full=True))
    cards = tan_cards('ZPX')
    box = [-0.12, 0.12, -0.11, 0.13]
    head = 'wtype=zpx axtype=ra projp0=0. projp1=1. projp2=0. projp3=337.74 projp4=0. projp5=632052. '
    wat(cards, 1, head + f'lngcor = "{surface(3, (4, 4), 2, box, 0.0005)}"')
    wat(cards, 2, head.replace('axtype=ra', 'axtype=dec') + f'latcor = "{surface(3, (4, 4), 2, box, 0.0005)}"')
    cases.append(run(cards, points, full=True))
    return cases


def frames():
    out = []
    systems = {'FK5 2000': FK5(), 'FK5 1975': FK5(equinox='J1975'), 'FK4 1950': FK4(equinox='B1950', obstime='B1950'),
               'FK4 1900': FK4(equinox='B1900', obstime='B1950'), 'FK4-NO-E 1950': FK4NoETerms(equinox='B1950', obstime='B1950'),
               'GALACTIC': Galactic(), 'SUPERGALACTIC': Supergalactic()}
    for name, frame in systems.items():
        for lon, lat in [(10.0, 20.0), (266.4, -29.0), (123.4, 89.9), (200.0, -75.0), (359.9, 0.1)]:
            sky = SkyCoord(lon * u.deg, lat * u.deg, frame=frame)
            if name == 'FK5 1975':  # astropy precesses FK5 by the theory of 2006; the frame's own is that of 1976
                matrix = erfa.pmat76(2451545.0, (1975 - 2000) * 365.25)
                fk5 = SkyCoord(CartesianRepresentation(*(matrix.T @ sky.cartesian.xyz.value)), frame=FK5())
                sky = fk5
            sky = sky.transform_to(ICRS())
            out.append({'frame': name, 'from': [lon, lat], 'icrs': [sky.ra.deg, sky.dec.deg]})
    return out


def write(name, value):
    with open(name, 'w') as out:
        json.dump({'made with': NOTE, 'cases': value}, out, separators=(',', ':'))


write('projections.json', projections())
write('distortions.json', distortions())
write('frames.json', frames())

rng = random.Random(20261121)
PARAMETERS = {'XPH': [{}, {}, {}]}
write('butterfly.json', projections())
