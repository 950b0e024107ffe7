"""Writes expected.json: frames, Earth, space motion and observed places, by ERFA."""
import json
import math
import random
import erfa

random.seed(3)
DAS = math.pi / 648000
out = dict(frames=[], earth=[], motion=[], observed=[], refraction=[])


def sky():
    return random.uniform(0, 2 * math.pi), math.asin(random.uniform(-1, 1))


for _ in range(30):
    ra, dec = sky()
    t = random.uniform(-0.5, 0.5)
    l, b = erfa.icrs2g(ra, dec)
    el, eb = erfa.eqec06(2451545.0, t * 36525, ra, dec)
    out['frames'].append(dict(ra=ra, dec=dec, t=t, galactic=[float(l), float(b)], ecliptic=[float(el), float(eb)],
                              precession=erfa.pmat06(2451545.0, t * 36525).ravel().tolist(), nutated=erfa.pnm06a(2451545.0, t * 36525).ravel().tolist()))
    pv = erfa.epv00(2451545.0, (t * 1.5 + 0.25) * 36525)[1]
    out['earth'].append(dict(t=t * 1.5 + 0.25, p=pv['p'].tolist(), v=pv['v'].tolist()))
for _ in range(30):
    ra, dec = sky()
    pm = 10 ** random.uniform(-3, 0.7) * DAS
    ang = random.uniform(0, 2 * math.pi)
    px, rv = 10 ** random.uniform(-3, -0.5), random.uniform(-100, 100)
    years = random.uniform(-60, 60)
    pmra, pmdec = pm * math.sin(ang), pm * math.cos(ang)
    # ERFA takes d(ra)/dt, not times cos(dec)
    r = erfa.starpm(ra, dec, pmra / math.cos(dec), pmdec, px, rv, 2451545.0, 0.0, 2451545.0, years * 365.25)
    out['motion'].append(dict(ra=ra, dec=dec, pmRa=pmra, pmDec=pmdec, parallax=px * DAS, rv=rv, years=years,
                              after=[float(r[0]), float(r[1]), float(r[2] * math.cos(r[1])), float(r[3]), float(r[4] * DAS), float(r[5])]))
for _ in range(60):
    mjd = random.uniform(49800, 69000)
    lon, lat, h = random.uniform(-3, 3), random.uniform(-1.2, 1.2), random.uniform(0, 4000)
    dut1 = random.uniform(-0.5, 0.5)
    air = random.random() < 0.7
    p, tc, rh, wl = (700 + 300 * random.random(), random.uniform(-10, 25), random.random(), random.choice([0.35, 0.55, 0.9])) if air else (0, 0, 0, 0.55)
    while True:
        ra, dec = sky()
        aob, zob, hob, dob, rob, eo = erfa.atco13(ra, dec, 0, 0, 0, 0, 2400000.5, mjd, dut1, lon, lat, h, 0, 0, p, tc, rh, wl)
        if zob < 1.25:
            break
    px = 10 ** random.uniform(-2, -0.2)
    s = erfa.atco13(ra, dec, 0, 0, px, 0, 2400000.5, mjd, dut1, lon, lat, h, 0, 0, p, tc, rh, wl)
    out['observed'].append(dict(mjdUtc=[math.floor(mjd), mjd - math.floor(mjd)], dut1=dut1, lon=lon, lat=lat, height=h, ra=ra, dec=dec,
                                air=[p, tc, rh, wl] if air else None, place=[float(aob), float(zob), float(hob)],
                                parallax=px * DAS, near=[float(s[0]), float(s[1]), float(s[2])]))
for a in ([1000, 10, .5, .55], [650, -5, .1, .4], [800, 20, .9, 1.2], [1000, 10, .5, 1000], [0, 10, .5, .55]):
    out['refraction'].append([a, [float(x) for x in erfa.refco(*[float(x) for x in a])]])
json.dump(out, open('expected.json', 'w'), separators=(',', ':'))
