import { hullOfIntervals, isFullLon, lonCenter, lonContains, lonInterval, lonWidth } from '../vector/interval.ts';
import { HALF_PI, lonLatFromUnit, separation, TWO_PI, unitFromLonLat } from '../vector/lon-lat.ts';
import { greatArc } from './boundary.ts';
import { regionHas } from './containment.ts';
import { polygonCenter } from './polygon.ts';
import {
  type Box,
  type Circle,
  EMPTY_BOX,
  EMPTY_CIRCLE,
  FULL_BOX,
  FULL_CIRCLE,
  isEmptyRegion,
  makeBox,
  makeCircle,
  type Region,
} from './region.ts';

/** Slack that keeps rounding of centres and radii from cutting off an edge point [rad]. */
const SLACK = 5e-15;

/** Gives a circle that holds the region; the smallest for circles and ellipses, close to it for the rest. */
export function boundingCircle(region: Region): Circle {
  if (isEmptyRegion(region)) return EMPTY_CIRCLE;
  switch (region.kind) {
    case 'circle':
      return region;
    case 'box':
      return circleAroundBox(region);
    case 'ellipse':
      return makeCircle(region.axes[2], region.alpha + SLACK);
    case 'polygon':
    case 'simple-polygon': {
      const center = polygonCenter(region);
      return makeCircle(center, Math.max(...region.vertices.map((v) => separation(center, v))) + SLACK);
    }
    case 'intersection':
      return region.operands.map(boundingCircle).reduce((best, each) => (each.radius < best.radius ? each : best), FULL_CIRCLE);
    case 'union':
      return region.operands.map(boundingCircle).reduce(circleAroundBoth, EMPTY_CIRCLE);
  }
}

function circleAroundBoth(a: Circle, b: Circle): Circle {
  if (a.radius < 0) return b;
  if (b.radius < 0) return a;
  const distance = separation(a.center, b.center);
  if (distance + b.radius <= a.radius) return a;
  if (distance + a.radius <= b.radius) return b;
  const radius = (distance + a.radius + b.radius) / 2;
  if (radius >= Math.PI) return FULL_CIRCLE;
  const arc = greatArc(a.center, b.center);
  const along = radius - a.radius;
  const center = {
    x: a.center.x * Math.cos(along) + arc.w.x * Math.sin(along),
    y: a.center.y * Math.cos(along) + arc.w.y * Math.sin(along),
    z: a.center.z * Math.cos(along) + arc.w.z * Math.sin(along),
  };
  return makeCircle(center, radius + SLACK);
}

function circleAroundBox(box: Box): Circle {
  const { lon, lat } = box;
  if (isFullLon(lon) || lonWidth(lon) >= Math.PI) {
    const toNorth = HALF_PI - lat.a;
    const toSouth = HALF_PI + lat.b;
    return makeCircle({ x: 0, y: 0, z: toNorth <= toSouth ? 1 : -1 }, Math.min(toNorth, toSouth) + SLACK);
  }
  const middle = lonCenter(lon);
  const center = unitFromLonLat({ lon: middle, lat: (lat.a + lat.b) / 2 });
  // For widths under pi the farthest points of each parallel from a centre on the middle meridian are its ends.
  const corners = [lat.a, lat.b].map((each) => unitFromLonLat({ lon: lon.a, lat: each }));
  return makeCircle(center, Math.max(...corners.map((v) => separation(center, v))) + SLACK);
}

/** Gives a box that holds the region; the smallest for boxes and circles, close to it for the rest. */
export function boundingBox(region: Region): Box {
  if (isEmptyRegion(region)) return EMPTY_BOX;
  switch (region.kind) {
    case 'box':
      return region;
    case 'circle':
      return boxAroundCircle(region);
    case 'ellipse':
      return boxAroundCircle(boundingCircle(region));
    case 'polygon':
    case 'simple-polygon':
      return boxAroundPolygon(region);
    case 'intersection':
      return region.operands.map(boundingBox).reduce((best, each) => (boxSize(each) < boxSize(best) ? each : best), FULL_BOX);
    case 'union':
      return region.operands.map(boundingBox).reduce(boxAroundBoth, EMPTY_BOX);
  }
}

function boxAroundCircle(circle: Circle): Box {
  const { lon, lat } = lonLatFromUnit(circle.center);
  const radius = circle.radius + SLACK;
  const latRange = { a: lat - radius, b: lat + radius };
  if (latRange.a <= -HALF_PI || latRange.b >= HALF_PI) return makeBox({ a: 0, b: TWO_PI }, latRange);
  const halfWidth = Math.asin(Math.min(1, Math.sin(radius) / Math.cos(lat))) + SLACK;
  return makeBox(lonInterval(lon - halfWidth, lon + halfWidth), latRange);
}

function boxAroundPolygon(region: Extract<Region, { kind: 'polygon' | 'simple-polygon' }>): Box {
  let lat = { a: HALF_PI, b: -HALF_PI };
  const lons: number[] = [];
  const n = region.vertices.length;
  for (const [i, vertex] of region.vertices.entries()) {
    const here = lonLatFromUnit(vertex);
    lons.push(here.lon);
    lat = hullOfIntervals(lat, { a: here.lat, b: here.lat }) as typeof lat;
    const arc = greatArc(vertex, region.vertices[(i + 1) % n]);
    // The highest point of the edge's great circle counts where it lies on the edge.
    const flat = Math.hypot(arc.axis.x, arc.axis.y);
    for (const sign of flat > 0 ? [1, -1] : []) {
      const top = { x: (-sign * arc.axis.z * arc.axis.x) / flat, y: (-sign * arc.axis.z * arc.axis.y) / flat, z: sign * flat };
      const azimuth = Math.atan2(top.x * arc.w.x + top.y * arc.w.y + top.z * arc.w.z, top.x * arc.u.x + top.y * arc.u.y + top.z * arc.u.z);
      if (azimuth >= 0 && azimuth <= arc.sweep)
        lat = { a: Math.min(lat.a, sign * Math.asin(flat)), b: Math.max(lat.b, sign * Math.asin(flat)) };
    }
  }
  if (regionHas(region, { x: 0, y: 0, z: 1 })) return makeBox({ a: 0, b: TWO_PI }, { a: lat.a - SLACK, b: HALF_PI });
  if (regionHas(region, { x: 0, y: 0, z: -1 })) return makeBox({ a: 0, b: TWO_PI }, { a: -HALF_PI, b: lat.b + SLACK });
  const padded = { a: lat.a - SLACK, b: lat.b + SLACK };
  const gap = widestGap(lons.toSorted((x, y) => x - y));
  return makeBox(lonInterval(gap.after - SLACK, gap.before + SLACK), padded);
}

/** The interval that holds all longitudes is the complement of the widest gap between neighbours. */
function widestGap(sorted: readonly number[]): { before: number; after: number } {
  let best = { width: -1, before: 0, after: 0 };
  for (const [i, lon] of sorted.entries()) {
    const next = i + 1 < sorted.length ? sorted[i + 1] : sorted[0] + TWO_PI;
    if (next - lon > best.width) best = { width: next - lon, before: lon, after: sorted[(i + 1) % sorted.length] };
  }
  return best.before >= best.after ? best : { ...best, before: best.before + TWO_PI };
}

function boxAroundBoth(a: Box, b: Box): Box {
  if (isEmptyRegion(a)) return b;
  if (isEmptyRegion(b)) return a;
  const lat = hullOfIntervals(a.lat, b.lat);
  const eastward = { a: a.lon.a, b: b.lon.b };
  const westward = { a: b.lon.a, b: a.lon.b };
  const options = [a.lon, b.lon, eastward, westward].filter((lon) => lonContains(lon, a.lon) && lonContains(lon, b.lon));
  const best = options.toSorted((x, y) => lonWidth(x) - lonWidth(y))[0] ?? { a: 0, b: TWO_PI };
  return makeBox(best, lat);
}

function boxSize(box: Box): number {
  if (isEmptyRegion(box)) return 0;
  return lonWidth(box.lon) * (Math.sin(box.lat.b) - Math.sin(box.lat.a));
}
