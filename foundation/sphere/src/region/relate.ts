import { add, cross, dot, norm, normalize, scale, type Vec3 } from '../vector/vec3.ts';
import { type Arc, type ArcRegion, azimuthOnArc, boundaryArcs, pointOnArc } from './boundary.ts';
import { distanceField, regionHas } from './containment.ts';
import { boundingCircle } from './bounds.ts';
import { polygonCenter } from './polygon.ts';
import { intervalContains, intervalsIntersect, lonCenter, lonContains, lonsIntersect } from '../vector/interval.ts';
import { HALF_PI, separation, TWO_PI, unitFromLonLat } from '../vector/lon-lat.ts';
import { type Box, type Circle, type ConvexPolygon, type Ellipse, isEmptyRegion, isFullRegion, makeCircle, type Region } from './region.ts';

/** An answer that may be out of reach: two edges touch within rounding, or the kinds of region allow no exact test. */
export type Answer = 'yes' | 'no' | 'unknown';

/** How region A lies to region B. 'Yes' and 'no' are certain. */
export interface Relation {
  /** No common point. */
  readonly disjoint: Answer;
  /** Every point of B is in A. */
  readonly contains: Answer;
  /** Every point of A is in B. */
  readonly within: Answer;
}

/** Edges nearer than this [rad] count as touching: forty roundings of a unit vector, 2 nanoarcseconds. */
const TOUCH = 1e-14;

/**
 * Finds how two regions lie to each other.
 *
 * @remarks Circles, boxes and polygons are decided by their edges and answer 'unknown' only where edges touch within 1e-14 rad.
 *   Ellipses are tested between an inscribed and a circumscribed polygon of 64 sides, compounds operand by operand; both may answer
 *   'unknown' more often, but never wrongly.
 */
export function relate(a: Region, b: Region): Relation {
  if (isEmptyRegion(a) || isEmptyRegion(b))
    return { disjoint: 'yes', contains: answer(isEmptyRegion(b)), within: answer(isEmptyRegion(a)) };
  if (isFullRegion(a) || isFullRegion(b)) return relateFull(a, b);
  const split = splitOperands(a, b);
  const splitReverse = splitOperands(b, a);
  if (split && splitReverse) return strongest(split, flip(splitReverse));
  if (split) return split;
  if (splitReverse) return flip(splitReverse);
  return relateSingle(a as SingleRegion, b as SingleRegion);
}

type SingleRegion = ArcRegion | Ellipse;

function relateSingle(a: SingleRegion, b: SingleRegion): Relation {
  if (a.kind === 'ellipse') return relateEllipse(a, b);
  if (b.kind === 'ellipse') return flip(relateEllipse(b, a));
  if (a.kind === 'circle' && b.kind === 'circle') return relateCircles(a, b);
  return a.kind === 'box' && b.kind === 'box' ? relateBoxes(a, b) : relateArcs(a, b);
}

/** Whether the two share a point. */
export function intersects(a: Region, b: Region): Answer {
  return not(relate(a, b).disjoint);
}

function relateFull(a: Region, b: Region): Relation {
  const fullA = isFullRegion(a);
  const fullB = isFullRegion(b);
  // Ellipses and compounds may fill the sphere without being known to.
  const unclear = (region: Region): Answer => (region.kind === 'union' || region.kind === 'intersection' ? 'unknown' : 'no');
  return {
    disjoint: a.kind === 'intersection' || b.kind === 'intersection' ? 'unknown' : 'no',
    contains: fullA ? 'yes' : unclear(a),
    within: fullB ? 'yes' : unclear(b),
  };
}

function relateCircles(a: Circle, b: Circle): Relation {
  const distance = separation(a.center, b.center);
  return {
    disjoint: sign(distance - a.radius - b.radius),
    contains: sign(a.radius - b.radius - distance),
    within: sign(b.radius - a.radius - distance),
  };
}

/** Boxes are decided by their intervals, exactly; boxes that reach the same pole share it. */
function relateBoxes(a: Box, b: Box): Relation {
  const samePole = (a.lat.b >= HALF_PI && b.lat.b >= HALF_PI) || (a.lat.a <= -HALF_PI && b.lat.a <= -HALF_PI);
  return {
    disjoint: answer(!samePole && !(intervalsIntersect(a.lat, b.lat) && lonsIntersect(a.lon, b.lon))),
    contains: answer(boxContains(a, b)),
    within: answer(boxContains(b, a)),
  };
}

function boxContains(outer: Box, inner: Box): boolean {
  const poleOnly = inner.lat.a >= HALF_PI || inner.lat.b <= -HALF_PI;
  return intervalContains(outer.lat, inner.lat) && (poleOnly || lonContains(outer.lon, inner.lon));
}

/** 'yes' for clearly positive, 'no' for clearly negative. */
function sign(margin: number): Answer {
  if (margin > TOUCH) return 'yes';
  return margin < -TOUCH ? 'no' : 'unknown';
}

function relateArcs(a: ArcRegion, b: ArcRegion): Relation {
  if (sameRegion(a, b)) return { disjoint: 'no', contains: 'yes', within: 'yes' };
  const [boundA, boundB] = [boundingCircle(a), boundingCircle(b)];
  if (separation(boundA.center, boundB.center) > boundA.radius + boundB.radius + TOUCH)
    return { disjoint: 'yes', contains: 'no', within: 'no' };
  const convex = convexWithin(a, b);
  const convexReverse = convexWithin(b, a);
  const arcsA = boundaryArcs(a);
  const arcsB = boundaryArcs(b);
  const meeting = meetArcs(arcsA, arcsB);
  if (meeting === 'cross') return { disjoint: 'no', contains: 'no', within: 'no' };
  const aInB = probe(a, arcsA, b);
  const bInA = probe(b, arcsB, a);
  if (meeting === 'touch')
    return {
      disjoint: aInB.anyInside || bInA.anyInside ? 'no' : 'unknown',
      contains: convexReverse ?? (bInA.anyOutside ? 'no' : 'unknown'),
      within: convex ?? (aInB.anyOutside ? 'no' : 'unknown'),
    };
  // No edges meet: each connected edge of one lies all inside or all outside the other.
  const edgesOfAInB = aInB.edgeInside;
  const edgesOfBInA = bInA.edgeInside;
  return {
    disjoint: answer(!edgesOfAInB.includes(true) && !edgesOfBInA.includes(true)),
    contains: answer(edgesOfBInA.every(Boolean) && !edgesOfAInB.includes(true)),
    within: answer(edgesOfAInB.every(Boolean) && !edgesOfBInA.includes(true)),
  };
}

/** For a polygon in a convex region the vertices decide, touching or not: exactly for polygons. */
function convexWithin(inner: ArcRegion, outer: ArcRegion): Answer | undefined {
  if (inner.kind !== 'polygon' && inner.kind !== 'simple-polygon') return undefined;
  if (outer.kind !== 'polygon') return undefined;
  return answer(inner.vertices.every((v) => regionHas(outer, v)));
}

interface Probe {
  /** Some point of the region lies clearly inside the other. */
  readonly anyInside: boolean;
  readonly anyOutside: boolean;
  /** Per arc: its middle lies in the other region. */
  readonly edgeInside: readonly boolean[];
}

function probe(region: ArcRegion, arcs: readonly Arc[], other: ArcRegion): Probe {
  const field = distanceField(other);
  const points = [...arcs.flatMap((arc) => [arc.start, pointOnArc(arc, arc.sweep / 2)]), innerPoint(region)];
  const distances = points.map(field.signedDistance);
  return {
    anyInside: distances.some((d) => d < -TOUCH),
    anyOutside: distances.some((d) => d > TOUCH),
    // A point has no edge, and stands for one.
    edgeInside:
      arcs.length === 0 ? [regionHas(other, innerPoint(region))] : arcs.map((arc) => regionHas(other, pointOnArc(arc, arc.sweep / 2))),
  };
}

function innerPoint(region: ArcRegion): Vec3 {
  switch (region.kind) {
    case 'circle':
      return region.center;
    case 'box':
      return unitFromLonLat({ lon: lonCenter(region.lon), lat: (region.lat.a + region.lat.b) / 2 });
    case 'polygon':
      return polygonCenter(region);
    case 'simple-polygon':
      return polygonCenter(region.triangles[0]);
  }
}

function sameRegion(a: ArcRegion, b: ArcRegion): boolean {
  if (a === b) return true;
  if (a.kind === 'box' && b.kind === 'box') return a.lon.a === b.lon.a && a.lon.b === b.lon.b && a.lat.a === b.lat.a && a.lat.b === b.lat.b;
  if ((a.kind === 'polygon' || a.kind === 'simple-polygon') && b.kind === a.kind && a.vertices.length === b.vertices.length) {
    const first = b.vertices.findIndex((v) => samePoint(v, a.vertices[0]));
    return first >= 0 && a.vertices.every((v, i) => samePoint(v, b.vertices[(first + i) % b.vertices.length]));
  }
  return false;
}

function samePoint(p: Vec3, q: Vec3): boolean {
  return p.x === q.x && p.y === q.y && p.z === q.z;
}

type Meeting = 'apart' | 'touch' | 'cross';

function meetArcs(arcsA: readonly Arc[], arcsB: readonly Arc[]): Meeting {
  let touching = false;
  for (const a of arcsA)
    for (const b of arcsB) {
      const meeting = meetTwoArcs(a, b);
      if (meeting === 'cross') return 'cross';
      touching ||= meeting === 'touch';
    }
  return touching ? 'touch' : 'apart';
}

function meetTwoArcs(a: Arc, b: Arc): Meeting {
  const between = Math.atan2(norm(cross(a.axis, b.axis)), dot(a.axis, b.axis));
  // Signed room left before the two circles meet; the third case is circles that embrace the far side of the sphere.
  const room = Math.max(between - a.angle - b.angle, Math.abs(a.angle - b.angle) - between, a.angle + b.angle + between - TWO_PI);
  if (room > TOUCH) return 'apart';
  if (room > -TOUCH) return nearTangent(a, b);
  const d = dot(a.axis, b.axis);
  const n = cross(a.axis, b.axis);
  const nn = dot(n, n);
  const alpha = (a.cosAngle - b.cosAngle * d) / nn;
  const beta = (b.cosAngle - a.cosAngle * d) / nn;
  const base = add(scale(a.axis, alpha), scale(b.axis, beta));
  const gamma = Math.sqrt(Math.max(0, (1 - dot(base, base)) / nn));
  // Sine of the angle at which the circles cross; the crossing moves by rounding divided by it.
  const crossing = (gamma * Math.sqrt(nn) * Math.sqrt(nn)) / Math.max(Math.sin(a.angle) * Math.sin(b.angle), 1e-300);
  const slack = TOUCH / Math.max(Math.min(crossing, 1), 1e-9);
  let touching = false;
  for (const side of [1, -1]) {
    const p = normalize(add(base, scale(n, side * gamma)));
    const onA = onArc(a, p, slack);
    const onB = onArc(b, p, slack);
    if (onA === 'yes' && onB === 'yes') return 'cross';
    touching ||= onA !== 'no' && onB !== 'no';
  }
  return touching ? 'touch' : 'apart';
}

/** Circles that touch or coincide: look whether the arcs come near each other at all. */
function nearTangent(a: Arc, b: Arc): Meeting {
  const near = (from: Arc, to: Arc): boolean =>
    [from.start, from.end, pointOnArc(from, from.sweep / 2)].some((p) => distanceTo(to, p) < Math.sqrt(TOUCH)) ||
    onArc(to, normalize(add(scale(from.axis, 0), tangentPoint(from, to))), Math.sqrt(TOUCH)) !== 'no';
  return near(a, b) || near(b, a) ? 'touch' : 'apart';
}

/** Where two tangent circles touch: on the great circle through both axes. */
function tangentPoint(from: Arc, to: Arc): Vec3 {
  const n = cross(from.axis, to.axis);
  if (norm(n) < 1e-12) return from.start;
  const towards = normalize(cross(n, from.axis));
  const p = add(scale(from.axis, from.cosAngle), scale(towards, Math.sin(from.angle)));
  const q = add(scale(from.axis, from.cosAngle), scale(towards, -Math.sin(from.angle)));
  return Math.abs(dot(p, to.axis) - to.cosAngle) <= Math.abs(dot(q, to.axis) - to.cosAngle) ? p : q;
}

function distanceTo(arc: Arc, p: Vec3): number {
  return onArc(arc, p, TOUCH) === 'no'
    ? Math.min(separation(p, arc.start), separation(p, arc.end))
    : Math.abs(separation(arc.axis, p) - arc.angle);
}

/** Whether a point of the arc's circle lies on the arc: 'unknown' within `slack` [rad] of an end. */
function onArc(arc: Arc, p: Vec3, slack: number): Answer {
  if (arc.sweep >= TWO_PI) return 'yes';
  const azimuth = azimuthOnArc(arc, p);
  const slackAzimuth = slack / Math.max(Math.sin(arc.angle), 1e-300);
  if (azimuth > slackAzimuth && azimuth < arc.sweep - slackAzimuth) return 'yes';
  const beyond = Math.min(azimuth - arc.sweep, TWO_PI - azimuth);
  return azimuth > arc.sweep && beyond > slackAzimuth ? 'no' : 'unknown';
}

const SIDES = 64;

function relateEllipse(a: Ellipse, b: Region): Relation {
  if (a.alpha >= HALF_PI) {
    // Beyond a hemisphere: only the circles inside and outside of it are used.
    return between(relate(makeCircle(a.axes[2], a.beta - TOUCH), b), relate(makeCircle(a.axes[2], a.alpha + TOUCH), b));
  }
  return between(relate(ellipsePolygon(a, 1 - 4 * TOUCH), b), relate(ellipsePolygon(a, (1 + 4 * TOUCH) / Math.cos(Math.PI / SIDES)), b));
}

/** Combines the relations of a region inside the true one and of one around it. */
function between(inner: Relation, outer: Relation): Relation {
  return {
    disjoint: choose(outer.disjoint, inner.disjoint),
    contains: choose(inner.contains, outer.contains),
    within: choose(outer.within, inner.within),
  };
}

function choose(provesYes: Answer, provesNo: Answer): Answer {
  if (provesYes === 'yes') return 'yes';
  return provesNo === 'no' ? 'no' : 'unknown';
}

/** In the tangent plane a spherical ellipse is a plane ellipse with semi-axes tan(alpha), tan(beta), and lines are great circles. */
function ellipsePolygon(ellipse: Ellipse, factor: number): ConvexPolygon {
  const [major, minor, center] = ellipse.axes;
  const [x, y] = [Math.tan(ellipse.alpha) * factor, Math.tan(ellipse.beta) * factor];
  const vertices: Vec3[] = [];
  // Major, minor, centre are left-handed, so descending angles turn counter-clockwise.
  for (let i = 0; i < SIDES; i++) {
    const t = (-TWO_PI * i) / SIDES;
    vertices.push(normalize(add(center, add(scale(major, x * Math.cos(t)), scale(minor, y * Math.sin(t))))));
  }
  return { kind: 'polygon', vertices };
}

function splitOperands(a: Region, b: Region): Relation | undefined {
  if (a.kind === 'union') return relateUnion(a.operands, b);
  return a.kind === 'intersection' ? relateIntersection(a.operands, b) : undefined;
}

/** Both are right where they are certain. */
function strongest(r: Relation, s: Relation): Relation {
  const pick = (p: Answer, q: Answer): Answer => (p === 'unknown' ? q : p);
  return { disjoint: pick(r.disjoint, s.disjoint), contains: pick(r.contains, s.contains), within: pick(r.within, s.within) };
}

function relateUnion(operands: readonly Region[], b: Region): Relation {
  const each = operands.map((operand) => relate(operand, b));
  return {
    disjoint: all(each.map((r) => r.disjoint)),
    contains: each.some((r) => r.contains === 'yes') ? 'yes' : each.every((r) => r.disjoint === 'yes') ? 'no' : pointOutside(b, operands),
    within: all(each.map((r) => r.within)),
  };
}

function relateIntersection(operands: readonly Region[], b: Region): Relation {
  const each = operands.map((operand) => relate(operand, b));
  if (operands.length === 1) return each[0];
  return {
    disjoint: each.some((r) => r.disjoint === 'yes') ? 'yes' : 'unknown',
    contains: all(each.map((r) => r.contains)),
    within: each.some((r) => r.within === 'yes') ? 'yes' : 'unknown',
  };
}

/** A point of `b` clearly outside every operand proves that their union does not contain it. */
function pointOutside(b: Region, operands: readonly Region[]): Answer {
  if (b.kind === 'union' || b.kind === 'intersection' || b.kind === 'ellipse') return 'unknown';
  const fields = operands.map(distanceField);
  const points = [innerPoint(b), ...boundaryArcs(b).flatMap((arc) => [arc.start, pointOnArc(arc, arc.sweep / 2)])];
  return points.some((p) => fields.every((field) => field.signedDistance(p) > TOUCH)) ? 'no' : 'unknown';
}

function all(answers: readonly Answer[]): Answer {
  if (answers.every((each) => each === 'yes')) return 'yes';
  return answers.includes('no') ? 'no' : 'unknown';
}

function answer(truth: boolean): Answer {
  return truth ? 'yes' : 'no';
}

function not(value: Answer): Answer {
  if (value === 'unknown') return value;
  return value === 'yes' ? 'no' : 'yes';
}

function flip(relation: Relation): Relation {
  return { disjoint: relation.disjoint, contains: relation.within, within: relation.contains };
}
