"""Makes epoch.json: stars moved in time by ERFA's rigorous space motion (eraPmsafe), and the parallactic shift of an observer."""
import json, math, random
import erfa

rng = random.Random(6)
cases = []
for k in range(40):
    ra, dec = rng.uniform(0, 2 * math.pi), math.asin(rng.uniform(-0.999, 0.999))
    mas = math.pi / 648e6
    pmr, pmd = rng.uniform(-3000, 3000) * mas, rng.uniform(-3000, 3000) * mas  # pmr is d(ra)/dt cos(dec)
    px, rv = rng.uniform(1, 300), rng.uniform(-120, 120)                       # mas, km/s
    years = rng.choice([-100.0, -10.0, 15.5, 50.0])
    out = erfa.pmsafe(ra, dec, pmr / math.cos(dec), pmd, px / 1000, rv, 2451545.0, 0.0, 2451545.0 + 365.25 * years, 0.0)
    cases.append(dict(ra=ra, dec=dec, pmRaCosDec=pmr, pmDec=pmd, parallax=px * mas, radialVelocity=rv, years=years, out=[float(out[0]), float(out[1])]))
json.dump({'made with': 'pyerfa ' + erfa.__version__, 'cases': cases}, open('epoch.json', 'w'), indent=0)
