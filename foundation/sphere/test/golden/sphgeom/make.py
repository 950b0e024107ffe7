"""Writes expected.json: regions, their bytes, containment, relations, HTM and Mq3c/Q3C indices and envelopes, by lsst.sphgeom."""
import base64
import json
import math
import random
import lsst.sphgeom as sg

random.seed(8)


def point():
    z = random.uniform(-1, 1)
    a = random.uniform(0, 2 * math.pi)
    s = math.sqrt(1 - z * z)
    return sg.UnitVector3d(s * math.cos(a), s * math.sin(a), z)


def near(c, r):
    return sg.UnitVector3d(c.x() + random.gauss(0, r), c.y() + random.gauss(0, r), c.z() + random.gauss(0, r))


def xyz(v):
    return [v.x(), v.y(), v.z()]


def b64(r):
    return base64.b64encode(r.encode()).decode()


def circle(c, r):
    return sg.Circle(c, sg.Angle(r))


def polygon(c, r):
    return sg.ConvexPolygon.convexHull([near(c, r) for _ in range(random.randint(4, 8))])


def box(c, r):
    p = sg.LonLat(c)
    lon, lat = p.getLon().asRadians(), p.getLat().asRadians()
    return sg.Box(sg.NormalizedAngleInterval(sg.NormalizedAngle(lon - r), sg.NormalizedAngle(lon + r)),
                  sg.AngleInterval(sg.Angle(max(lat - r / 2, -math.pi / 2)), sg.Angle(min(lat + r / 2, math.pi / 2))))


def ellipse(c, r):
    return sg.Ellipse(c, sg.Angle(r), sg.Angle(r * random.uniform(.2, 1)), sg.Angle(random.uniform(0, math.pi)))


def ranges(rs):
    return [[str(a), str(b)] for a, b in rs]


out = dict(regions=[], relations=[], htm=[], mq3c=[], q3c=[], wire=[])
for make in (circle, polygon, box, ellipse):
    for _ in range(12):
        c = point()
        size = 10 ** random.uniform(-3, -0.4)
        r = make(c, size)
        pts = [near(c, size) for _ in range(12)]
        row = dict(kind=make.__name__, bytes=b64(r), points=[xyz(p) for p in pts], inside=[bool(r.contains(p)) for p in pts])
        if make in (circle, polygon):
            level = max(2, min(12, int(round(math.log2(1 / size))) + 2))
            px = sg.HtmPixelization(level)
            row.update(level=level, envelope=ranges(px.envelope(r)), interior=ranges(px.interior(r)))
            mlevel = max(2, min(12, int(round(math.log2(1 / size))) + 1))
            mx = sg.Mq3cPixelization(mlevel)
            row.update(mlevel=mlevel, menvelope=ranges(mx.envelope(r)), minterior=ranges(mx.interior(r)))
        out['regions'].append(row)
for _ in range(150):
    c = point()
    size = 10 ** random.uniform(-3, -0.5)
    f, g = random.choice([(circle, circle), (circle, polygon), (polygon, polygon)])
    a, b = f(c, size), g(near(c, size * random.choice([.1, 1])), size * random.choice([.2, 1]))
    rel = a.relate(b)
    out['relations'].append([b64(a), b64(b), int(rel)])
for _ in range(60):
    p = point()
    level = random.randint(0, 24)
    px = sg.HtmPixelization(level)
    out['htm'].append([xyz(p), level, str(px.index(p)), px.toString(px.index(p))])
for axis in ([1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1], [1, 1, 0], [1, 1, 1], [-1, 1, -1]):
    p = sg.UnitVector3d(*[float(v) for v in axis])
    for level in (0, 3, 10):
        px = sg.HtmPixelization(level)
        out['htm'].append([xyz(p), level, str(px.index(p)), px.toString(px.index(p))])
for _ in range(60):
    p = point()
    level = random.randint(0, 30)
    px = sg.Mq3cPixelization(level)
    out['mq3c'].append([xyz(p), level, str(px.index(p)), px.toString(px.index(p))])
    px = sg.Q3cPixelization(level)
    out['q3c'].append([xyz(p), level, str(px.index(p))])
c, b = circle(point(), .1), box(point(), .2)
u, i = sg.UnionRegion(c, b), sg.IntersectionRegion(c, b)
out['wire'] = dict(union=b64(u), intersection=b64(i), nested=b64(sg.UnionRegion(u, polygon(point(), .1))), joined=b64(c) + ':' + b64(b),
                   emptyCircle=b64(sg.Circle.empty()), fullCircle=b64(sg.Circle.full()), emptyBox=b64(sg.Box.empty()), fullBox=b64(sg.Box.full()),
                   parts=[b64(c), b64(b)])
json.dump(out, open('expected.json', 'w'), separators=(',', ':'))
