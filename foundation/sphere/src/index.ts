export { MocFormatError, PolygonError, RegionDecodeError, SkyMapLookupError, SphereRangeError, SphereShapeError } from './errors.ts';
export {
  applyMatrix,
  applyTransposed,
  eclipticFromIcrs,
  eclipticMatrix,
  galacticFromIcrs,
  ICRS_TO_FK5,
  ICRS_TO_GALACTIC,
  icrsFromEcliptic,
  icrsFromGalactic,
  type Matrix3,
  multiplyMatrices,
  precessionMatrix,
  precessionNutationMatrix,
} from './frames/celestial-frames.ts';
export { earthPositionVelocity, type PositionVelocity } from './frames/earth.ts';
export {
  airMass,
  icrsFromObserved,
  observeIcrs,
  type ObservedPlace,
  observeStar,
  observingFrame,
  type ObservingFrame,
  type ObservingOptions,
  type ObservingSite,
  parallacticAngle,
} from './frames/observed-place.ts';
export { type Atmosphere, refractionConstants } from './frames/refraction.ts';
export { directionFrom, KM_S_PER_AU_YEAR, MAS, propagateStar, roemerYears, type StarMotion } from './frames/space-motion.ts';
export { lonLatToNest64Column, lonLatToNestColumn, lonLatToRingColumn } from './healpix/columns.ts';
export { MAX_NUMBER_ORDER, MAX_ORDER } from './healpix/face.ts';
export { healpixCover, healpixEnvelope, healpixInterior, healpixMaxRadius } from './healpix/healpix-tree.ts';
export { lonLatToNest64, lonLatToRing64, nest64ToLonLat, nest64ToRing64, ring64ToLonLat, ring64ToNest64 } from './healpix/index-64.ts';
export { healpixCount, lonLatToNest, lonLatToRing, nestToLonLat, nestToRing, ringToLonLat, ringToNest } from './healpix/index-number.ts';
export { nest64Neighbours, nestBoundary, nestNeighbours, ringBoundary, ringNeighbours } from './healpix/neighbours.ts';
export { formatHtm, htmEnvelope, htmIndex, htmInterior, htmLevel, htmTrixel, MAX_HTM_LEVEL, parseHtm } from './htm/htm.ts';
export { matchSky, type MatchKeep, type MatchOptions, type SkyMatches } from './match/match-sky.ts';
export { buildSphereTree, type Neighbour, nearestRows, rowsWithin, type SphereTree } from './match/sphere-tree.ts';
export { separationFromChord2, type SkyColumns, unitColumn } from './match/unit-column.ts';
export { decodeMocFits, encodeMocFits, type MocFitsOptions } from './moc/moc-fits.ts';
export { formatMoc, formatMocJson, formatSpaceTimeMoc, parseMoc, parseMocJson, parseSpaceTimeMoc } from './moc/moc-text.ts';
export {
  complementMoc,
  degradeMoc,
  differMocs,
  emptyMoc,
  fullMoc,
  intersectMocs,
  makeMoc,
  type Moc,
  MOC_AXES,
  type MocAxis,
  type MocCell,
  mocCells,
  mocContains,
  mocFraction,
  mocFromCells,
  mocFromPositions,
  mocFromRegion,
  mocFromTimeRanges,
  mocHasPosition,
  mocMask,
  mocMicroseconds,
  mocsIntersect,
  subtractMocs,
  uniteMocs,
} from './moc/moc.ts';
export {
  differSpaceTime,
  intersectSpaceTime,
  makeSpaceTimeMoc,
  spaceOf,
  type SpaceTimeEntry,
  type SpaceTimeMoc,
  subtractSpaceTime,
  timeOf,
  uniteSpaceTime,
} from './moc/space-time-moc.ts';
export {
  closeGaps,
  coarsenRanges,
  differRanges,
  EMPTY_RANGES,
  intersectRanges,
  iterateRanges,
  RangeBuilder,
  rangeCardinality,
  rangeCount,
  rangesContain,
  type RangeSet,
  rangeSet,
  rangesHave,
  rangesIntersect,
  refineRanges,
  sameRanges,
  subtractRanges,
  uniteAllRanges,
  uniteRanges,
} from './ranges/range-set.ts';
export { boundingBox, boundingCircle } from './region/bounds.ts';
export { type DistanceField, distanceField, regionHas } from './region/containment.ts';
export { decodeRegion, decodeRegionBase64, encodeRegion, encodeRegionBase64 } from './region/encoding.ts';
export { convexHull, makeConvexPolygon, makeSimplePolygon, polygonCenter } from './region/polygon.ts';
export {
  type Box,
  boxDeg,
  type Circle,
  circleDeg,
  type ConvexPolygon,
  type Ellipse,
  ellipseFoci,
  EMPTY_BOX,
  EMPTY_CIRCLE,
  FULL_BOX,
  FULL_CIRCLE,
  type IntersectionRegion,
  intersectionOf,
  isEmptyRegion,
  isFullRegion,
  makeBox,
  makeCircle,
  makeEllipse,
  type Region,
  type SimplePolygon,
  unionOf,
  type UnionRegion,
} from './region/region.ts';
export { type Answer, intersects, relate, type Relation } from './region/relate.ts';
export {
  DEFAULT_TRACT_GEOMETRY,
  type DiscreteSkyMap,
  findAllTracts,
  findTract,
  getTract,
  type HealpixSkyMap,
  makeDiscreteSkyMap,
  makeHealpixSkyMap,
  makeRingsSkyMap,
  type RingsSkyMap,
  type SkyMap,
  tractCount,
} from './skymap/sky-map.ts';
export { type PixelPoint, planeFromSky, planeToFitsKeywords, skyFromPlane, type TangentPlane } from './skymap/tangent-plane.ts';
export {
  findAllPatches,
  findPatch,
  getPatch,
  iteratePatches,
  type Patch,
  type PixelBox,
  type Tract,
  type TractGeometry,
  tractHas,
} from './skymap/tract.ts';
export {
  EMPTY_INTERVAL,
  EMPTY_LON,
  FULL_LON,
  hullOfIntervals,
  intersectIntervals,
  type Interval,
  intervalContains,
  intervalHas,
  intervalsIntersect,
  isEmptyInterval,
  isEmptyLon,
  isFullLon,
  lonCenter,
  lonContains,
  lonHas,
  type LonInterval,
  lonInterval,
  lonsIntersect,
  lonWidth,
} from './vector/interval.ts';
export {
  ARCSEC,
  DEGREE,
  HALF_PI,
  type LonLat,
  lonLatDeg,
  lonLatFromUnit,
  offsetBy,
  positionAngle,
  separation,
  separationLonLat,
  squaredChord,
  tangentOffsets,
  TWO_PI,
  unitFromLonLat,
  wrapPi,
  wrapTwoPi,
} from './vector/lon-lat.ts';
export { orientation } from './vector/orientation.ts';
export {
  add,
  cross,
  dot,
  negate,
  norm,
  normalize,
  orthogonalTo,
  robustNormal,
  rotateAbout,
  scale,
  subtract,
  type Vec3,
  vec3,
} from './vector/vec3.ts';
