"""Writes expected.json: moments in every scale and form, sidereal times and nutation, by astropy and ERFA."""
import json
import random
import warnings
from fractions import Fraction
import erfa
import numpy as np
from astropy.time import Time
from astropy.utils import iers

iers.conf.auto_download = False
warnings.simplefilter('ignore')
random.seed(20)
DAY = 86400 * 10**9


def ns_of(t):
    """exact nanoseconds since 1970 of a two-part Julian Date"""
    return round((Fraction(t.jd1) + Fraction(t.jd2) - Fraction(4881175, 2)) * DAY)


moments = ['1961-08-01T00:00:00', '1965-06-30T12:34:56.789', '1971-12-31T23:59:59.5', '1972-01-01T00:00:00', '1972-06-30T23:59:60.25',
           '1980-01-06T00:00:00', '1999-08-22T00:00:00', '2000-01-01T12:00:00', '2005-12-31T23:59:59.999999999', '2016-12-31T12:00:00',
           '2016-12-31T23:59:60.123456789', '2017-01-01T00:00:00', '2024-02-29T06:07:08.09', '2100-01-01T00:00:00']
cases = []
for text in moments + ['%04d-%02d-%02dT%02d:%02d:%02d.%09d' % (random.randint(1972, 2099), random.randint(1, 12), random.randint(1, 28),
                       random.randint(0, 23), random.randint(0, 59), random.randint(0, 59), random.randrange(10**9)) for _ in range(60)]:
    t = Time(text, format='isot', scale='utc', precision=9)
    mjd = {}
    for s in ('utc', 'tai', 'tt', 'tdb'):
        x = getattr(t, s)
        d = Fraction(x.jd1) + Fraction(x.jd2) - Fraction(4800001, 2)
        day = d.numerator // d.denominator
        mjd[s] = [day, float(d - day)]
    c = dict(utc=text, taiNs=str(ns_of(t.tai)), mjd=mjd, iso={s: getattr(t, s).isot for s in ('tai', 'tt')},
             jyear=float(t.tt.jyear), byear=float(t.tt.byear), gps=float(t.gps), unix=float(t.unix))
    u1, u2 = erfa.utcut1(t.utc.jd1, t.utc.jd2, 0.1)
    tt = t.tt
    c['era'] = float(erfa.era00(u1, u2))
    c['gmst'] = float(erfa.gmst06(u1, u2, tt.jd1, tt.jd2))
    c['gast'] = float(erfa.gst06a(u1, u2, tt.jd1, tt.jd2))
    c['nut00b'] = [float(v) for v in erfa.nut00b(tt.jd1, tt.jd2)]
    c['nut06a'] = [float(v) for v in erfa.nut06a(tt.jd1, tt.jd2)]
    c['obliquity'] = float(erfa.obl06(tt.jd1, tt.jd2))
    cases.append(c)
days = np.linspace(2341972.5, 2524593.5, 400)                          # 1700 to 2200
tdb = [[float(d) - 2400000.5, float(erfa.dtdb(d, 0.0, 0.0, 0.0, 0.0, 0.0))] for d in days]
json.dump(dict(ut1MinusUtcSec=0.1, cases=cases, tdbMinusTt=tdb), open('expected.json', 'w'), separators=(',', ':'))
