"""Writes expected.json: coverage maps in every form and their set algebra, by mocpy."""
import base64
import json
import astropy.units as u
import numpy as np
from astropy.coordinates import Latitude, Longitude
from astropy.io import fits
from astropy.time import Time
from mocpy import MOC, STMOC, TimeMOC


def b64(m, **k):
    m.save('/tmp/moc-golden.fits', format='fits', overwrite=True, **k)
    return base64.b64encode(open('/tmp/moc-golden.fits', 'rb').read()).decode()


def row(m):
    js = m.serialize('json') if hasattr(m, 'serialize') else None
    return dict(ascii=m.to_string(format='ascii'), json=js, order=int(m.max_order))


out = dict(texts=[], algebra=[], cones=[], polygons=[])
a = MOC.from_string('3/3 10 4/16-18 22 5/19 20 17/222 28/123456789 29/')
b = MOC.from_cone(lon=Longitude(30 * u.deg), lat=Latitude(-20 * u.deg), radius=6 * u.deg, max_depth=7)
c = MOC.from_cone(lon=Longitude(33 * u.deg), lat=Latitude(-18 * u.deg), radius=4 * u.deg, max_depth=8)
for m in (a, b, c):
    out['texts'].append(dict(fits=b64(m), fitsPre=b64(m, v1_compatible=True), fraction=float(m.sky_fraction), **row(m)))
for p, q in ((a, b), (b, c), (a, c)):
    out['algebra'].append(dict(a=p.to_string(), b=q.to_string(), union=p.union(q).to_string(), intersection=p.intersection(q).to_string(),
                               difference=p.intersection(q.complement()).to_string(), symmetric=p.symmetric_difference(q).to_string(),
                               complement=p.complement().to_string(), degraded=p.degrade_to_order(4).to_string()))
for lon, lat, r, order in ((10, 20, 2, 7), (350, -80, 5, 6), (200, 89, 3, 6), (100, 0, 0.1, 11)):
    m = MOC.from_cone(lon=Longitude(lon * u.deg), lat=Latitude(lat * u.deg), radius=r * u.deg, max_depth=order, delta_depth=4)
    out['cones'].append(dict(lon=lon, lat=lat, radius=r, order=order, ascii=m.to_string()))
t = TimeMOC.from_times(Time([55000.1, 55000.2, 60000], format='mjd', scale='tcb'), delta_t=Time(1, format='mjd') - Time(0.95, format='mjd'))
t2 = TimeMOC.from_time_ranges(Time([55000.15], format='mjd', scale='tcb'), Time([60000.0001], format='mjd', scale='tcb'))
out['time'] = dict(fits=b64(t), **row(t), other=t2.to_string(format='ascii'), union=t.union(t2).to_string(format='ascii'), intersection=t.intersection(t2).to_string(format='ascii'))
s1 = STMOC.from_times_positions(Time([55000.1, 55000.2, 60000], format='mjd', scale='tcb'), 20, [1, 2, 3] * u.deg, [1, 2, 3] * u.deg, 5)
s2 = STMOC.from_spatial_coverages(Time([54990, 55500], format='mjd', scale='tcb'), Time([55001, 60100], format='mjd', scale='tcb'), [b, c], 20)
out['spaceTime'] = dict(fits=b64(s1), ascii=s1.to_string(format='ascii'), otherFits=b64(s2), other=s2.to_string(format='ascii'), union=s1.union(s2).to_string(format='ascii'),
                        intersection=s1.intersection(s2).to_string(format='ascii'), difference=s2.difference(s1).to_string(format='ascii'))
json.dump(out, open('expected.json', 'w'), separators=(',', ':'))
