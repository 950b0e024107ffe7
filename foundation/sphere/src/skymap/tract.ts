import { SkyMapLookupError } from '../errors.ts';
import { convexHull } from '../region/polygon.ts';
import type { ConvexPolygon, Region } from '../region/region.ts';
import { type LonLat, offsetBy } from '../vector/lon-lat.ts';
import { planeFromSky, type PixelPoint, type TangentPlane, vectorFromPlane } from './tangent-plane.ts';

/** Half-open rectangle of pixels: x0 <= x < x0 + width. */
export interface PixelBox {
  readonly x0: number;
  readonly y0: number;
  readonly width: number;
  readonly height: number;
}

/** How all tracts of a sky map are cut. */
export interface TractGeometry {
  readonly patchInnerWidth: number;
  readonly patchInnerHeight: number;
  /** Pixels by which a patch's outer box passes its inner one. */
  readonly patchBorder: number;
  /** Least overlap of neighbouring tracts [rad]. */
  readonly tractOverlap: number;
  /** Pixel side at a tract's centre [rad]. */
  readonly pixelScale: number;
  /** Position angle of +y at the tract's centre [rad]. */
  readonly rotation: number;
}

/** One projected plane of the sky, divided into patches. */
export interface Tract {
  readonly index: number;
  readonly center: LonLat;
  readonly plane: TangentPlane;
  readonly width: number;
  readonly height: number;
  readonly patchesX: number;
  readonly patchesY: number;
  readonly geometry: TractGeometry;
  /** Where this tract, of all that overlap, is the one to use. */
  readonly innerRegion: Region;
  /** All of its pixels. */
  readonly outerRegion: ConvexPolygon;
}

/** One rectangle of a tract; inner boxes tile the tract, outer ones overlap by twice the border. */
export interface Patch {
  readonly tract: number;
  /** x + y * patchesX. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly inner: PixelBox;
  /** The inner box and its border, cut off at the tract's edge. */
  readonly outer: PixelBox;
  readonly innerRegion: ConvexPolygon;
  readonly outerRegion: ConvexPolygon;
}

export interface TractPlan {
  readonly index: number;
  readonly center: LonLat;
  readonly geometry: TractGeometry;
  /** Directions that must lie inside. */
  readonly mustHold: readonly LonLat[];
  readonly innerRegion: Region | undefined;
}

/**
 * Lays out a tract: whole patches that hold the wanted directions, pixel (0, 0) at the lower left.
 *
 * The layout rule (round up to whole patches, keep the centre within half a pixel) is that of lsst.skymap, so that patch numbers agree.
 */
export function layOutTract(plan: TractPlan): Tract {
  const { index, center, geometry } = plan;
  const origin: TangentPlane = { center, x0: 0, y0: 0, pixelScale: geometry.pixelScale, rotation: geometry.rotation };
  const points = plan.mustHold.map((sky) => planeFromSky(origin, sky)).filter((point) => point !== undefined);
  const horizontal = wholePatches(
    points.map((point) => point.x),
    geometry.patchInnerWidth,
  );
  const vertical = wholePatches(
    points.map((point) => point.y),
    geometry.patchInnerHeight,
  );
  const plane = { ...origin, x0: -horizontal.min, y0: -vertical.min };
  const outer = { x0: 0, y0: 0, width: horizontal.count * geometry.patchInnerWidth, height: vertical.count * geometry.patchInnerHeight };
  return {
    index,
    center,
    plane,
    width: outer.width,
    height: outer.height,
    patchesX: horizontal.count,
    patchesY: vertical.count,
    geometry,
    // A thousandth of a pixel inside, so that the corners are surely on the tract.
    innerRegion: plan.innerRegion ?? boxPolygon(plane, outer, -0.001),
    outerRegion: boxPolygon(plane, outer, 0),
  };
}

/** The four directions at a distance from a centre along its axes. */
export function crossAround(center: LonLat, distance: number): readonly LonLat[] {
  return [0, 1, 2, 3].map((quarter) => offsetBy(center, (quarter * Math.PI) / 2, distance));
}

/** A patch by its sequential index. Throws {@link SkyMapLookupError} outside 0 to patchesX * patchesY - 1. */
export function getPatch(tract: Tract, index: number): Patch {
  const count = tract.patchesX * tract.patchesY;
  if (!Number.isInteger(index) || index < 0 || index >= count)
    throw new SkyMapLookupError(`tract ${tract.index} has patches 0 to ${count - 1}; found ${index}`, { details: { index } });
  const x = index % tract.patchesX;
  const y = (index - x) / tract.patchesX;
  const { patchInnerWidth: width, patchInnerHeight: height, patchBorder: border } = tract.geometry;
  const inner = { x0: x * width, y0: y * height, width, height };
  const left = Math.max(0, inner.x0 - border);
  const bottom = Math.max(0, inner.y0 - border);
  const outer = {
    x0: left,
    y0: bottom,
    width: Math.min(tract.width, inner.x0 + width + border) - left,
    height: Math.min(tract.height, inner.y0 + height + border) - bottom,
  };
  return {
    tract: tract.index,
    index,
    x,
    y,
    inner,
    outer,
    innerRegion: boxPolygon(tract.plane, inner, 0),
    outerRegion: boxPolygon(tract.plane, outer, 0),
  };
}

/** All patches in order. */
export function* iteratePatches(tract: Tract): Generator<Patch> {
  for (let index = 0; index < tract.patchesX * tract.patchesY; index++) yield getPatch(tract, index);
}

/** Index of the patch whose inner box holds a direction; undefined off the tract. */
export function findPatch(tract: Tract, sky: LonLat): number | undefined {
  const pixel = tractPixel(tract, sky);
  if (!pixel) return undefined;
  return Math.floor(pixel.x / tract.geometry.patchInnerWidth) + tract.patchesX * Math.floor(pixel.y / tract.geometry.patchInnerHeight);
}

/** Indices of the patches whose outer boxes hold a direction. */
export function findAllPatches(tract: Tract, sky: LonLat): readonly number[] {
  const pixel = tractPixel(tract, sky);
  if (!pixel) return [];
  const { patchInnerWidth, patchInnerHeight, patchBorder } = tract.geometry;
  const span = (at: number, size: number, count: number): readonly number[] => {
    const first = Math.max(0, Math.floor((at - patchBorder) / size));
    const last = Math.min(count - 1, Math.floor((at + patchBorder) / size));
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  };
  const columns = span(pixel.x, patchInnerWidth, tract.patchesX);
  return span(pixel.y, patchInnerHeight, tract.patchesY).flatMap((y) => columns.map((x) => x + y * tract.patchesX));
}

/** Says whether a direction falls on a pixel of the tract. */
export function tractHas(tract: Tract, sky: LonLat): boolean {
  return tractPixel(tract, sky) !== undefined;
}

/** Whole pixel of a direction; undefined off the tract. */
function tractPixel(tract: Tract, sky: LonLat): PixelPoint | undefined {
  const at = planeFromSky(tract.plane, sky);
  if (!at) return undefined;
  const pixel = { x: Math.floor(at.x + 0.5), y: Math.floor(at.y + 0.5) };
  return pixel.x >= 0 && pixel.y >= 0 && pixel.x < tract.width && pixel.y < tract.height ? pixel : undefined;
}

/** Number of patches along one axis and the first pixel, so that all values fall on pixels. */
function wholePatches(values: readonly number[], size: number): { count: number; min: number } {
  const first = Math.floor(Math.min(...values) + 0.5);
  const last = Math.ceil(Math.max(...values) - 0.5);
  const length = last - first + 1;
  const count = Math.floor((length + size - 1) / size);
  return { count, min: first - Math.floor((size * count - length) / 2) };
}

/** The pixels' outline, half a pixel beyond the outer centres, grown by `grow` pixels. */
export function boxPolygon(plane: TangentPlane, box: PixelBox, grow: number): ConvexPolygon {
  const [left, bottom] = [box.x0 - 0.5 - grow, box.y0 - 0.5 - grow];
  const [right, top] = [box.x0 + box.width - 0.5 + grow, box.y0 + box.height - 0.5 + grow];
  const corners = [
    { x: left, y: bottom },
    { x: right, y: bottom },
    { x: right, y: top },
    { x: left, y: top },
  ];
  return convexHull(corners.map((corner) => vectorFromPlane(plane, corner)));
}
