/** Windowed centroids, circular and Kron apertures and isophotal moments of many sources of one image, each from a stamp of its own. */

/** Numbers a source: x, y, then the quadratic form cxx, cyy, cxy of its ellipse, then the half side of the stamp for it (0: the common one). */
const INPUT_PITCH: usize = 48;
/** Numbers a source before the sums of its circles. */
const FIXED: usize = 11;
const MAX_ROUNDS: i32 = 16;
const REACH: f64 = 4;
const KRON_REACH: f64 = 6;

/** What cutStamp leaves: the corner of the stamp, the pixels replaced, and whether it reaches over an edge. */
let stampX: i32 = 0;
let stampY: i32 = 0;
let replaced: i32 = 0;
let truncated: bool = false;

/** What the other steps leave. */
let centerX: f64 = 0;
let centerY: f64 = 0;
let varianceXX: f64 = 0;
let varianceYY: f64 = 0;
let varianceXY: f64 = 0;
let resultSum: f64 = 0;
let resultOther: f64 = 0;

/**
 * Measures sources n0 to n1.
 *
 * outputs, float64, 11 + 2 * circles a source: windowed x, y, their variances xx, yy, xy, 1 where the centroid settled, pixels
 * replaced, 1 where the stamp is cut, Kron flux, area, radius, sums of the circles, areas of the circles.
 * stamps: room for the largest stamp, float32; weights: 5 * (8 * sigma + 8) float64.
 */
export function photometerSources(
  image: usize, stride: i32, labels: usize, labelStride: i32, width: i32, height: i32, inputs: usize, outputs: usize,
  n0: i32, n1: i32, half: i32, sigma: f64, skyVariance: f64, perCount: f64, radii: usize, circles: i32,
  factor: f64, minimum: f64, stamps: usize, weights: usize,
): void {
  const pitch = (FIXED + 2 * <usize>circles) << 3;
  for (let n: i32 = n0; n < n1; n++) {
    const from = inputs + <usize>n * INPUT_PITCH;
    const to = outputs + <usize>n * pitch;
    const x = load<f64>(from);
    const y = load<f64>(from, 8);
    cutStamp(image, stride, labels, labelStride, width, height, n + 1, x, y, half, stamps);
    let side: i32 = 2 * half + 1;
    const settled = windowed(stamps, side, x - <f64>stampX, y - <f64>stampY, sigma, skyVariance, perCount, weights);
    store<f64>(to, centerX + <f64>stampX);
    store<f64>(to, centerY + <f64>stampY, 8);
    store<f64>(to, varianceXX, 16);
    store<f64>(to, varianceYY, 24);
    store<f64>(to, varianceXY, 32);
    store<f64>(to, settled ? 1 : 0, 40);
    store<f64>(to, <f64>replaced, 48);
    store<f64>(to, truncated ? 1 : 0, 56);
    for (let k: i32 = 0; k < circles; k++) {
      sumInCircle(stamps, side, centerX, centerY, load<f64>(radii + (<usize>k << 3)));
      store<f64>(to + ((FIXED + <usize>k) << 3), resultSum);
      store<f64>(to + ((FIXED + <usize>circles + <usize>k) << 3), resultOther);
    }
    let cx = centerX;
    let cy = centerY;
    const wide = <i32>load<f64>(from, 40);
    if (wide > 0) {
      cx += <f64>stampX;
      cy += <f64>stampY;
      cutStamp(image, stride, labels, labelStride, width, height, n + 1, x, y, wide, stamps);
      cx -= <f64>stampX;
      cy -= <f64>stampY;
      side = 2 * wide + 1;
    }
    const cxx = load<f64>(from, 16);
    const cyy = load<f64>(from, 24);
    const cxy = load<f64>(from, 32);
    momentInEllipse(stamps, side, cx, cy, cxx, cyy, cxy);
    const moment: f64 = resultSum > 0 && resultOther > 0 ? resultOther / resultSum : 0;
    const radius = max(minimum, factor * min(KRON_REACH, moment));
    sumInEllipse(stamps, side, cx, cy, cxx, cyy, cxy, radius);
    store<f64>(to, resultSum, 64);
    store<f64>(to, resultOther, 72);
    store<f64>(to, radius, 80);
  }
}

/** Rounds halves up, as JavaScript does. */
// @ts-ignore: decorator
@inline
function nearest(v: f64): i32 {
  return <i32>Math.floor(v + 0.5);
}

function cutStamp(
  image: usize, stride: i32, labels: usize, labelStride: i32, width: i32, height: i32, own: i32, x: f64, y: f64, half: i32, out: usize,
): void {
  const side = 2 * half + 1;
  const x0 = nearest(x) - half;
  const y0 = nearest(y) - half;
  const mirrorX = nearest(2 * x);
  const mirrorY = nearest(2 * y);
  stampX = x0;
  stampY = y0;
  replaced = 0;
  truncated = x0 < 0 || y0 < 0 || x0 + side > width || y0 + side > height;
  const owns = i32x4.splat(own);
  for (let j: i32 = 0; j < side; j++) {
    const row = y0 + j;
    const inside = row >= 0 && row < height;
    const from = image + ((<usize>row * <usize>stride + <usize>x0) << 2);
    const marks = labels + ((<usize>row * <usize>labelStride + <usize>x0) << 2);
    const to = out + ((<usize>j * <usize>side) << 2);
    let i: i32 = 0;
    // Most pixels are sky or the source's own.
    if (inside && x0 >= 0 && x0 + side <= width)
      for (; i + 4 <= side; i += 4) {
        const at = <usize>i << 2;
        const v = v128.load(from + at);
        const mark = v128.load(marks + at);
        v128.store(to + at, v);
        const good = v128.and(v128.or(i32x4.eq(mark, i32x4.splat(0)), i32x4.eq(mark, owns)), f32x4.eq(v, v));
        if (i32x4.all_true(good)) continue;
        const bits = i32x4.bitmask(good);
        for (let k: i32 = 0; k < 4; k++)
          if (((bits >> k) & 1) == 0)
            store<f32>(to + at + (<usize>k << 2), opposite(image, stride, labels, labelStride, width, height, own, mirrorX - x0 - i - k, mirrorY - row));
      }
    for (; i < side; i++) {
      const at = <usize>i << 2;
      let kept = false;
      if (inside && x0 + i >= 0 && x0 + i < width) {
        const v = load<f32>(from + at);
        const mark = load<i32>(marks + at);
        if ((mark == 0 || mark == own) && v == v) {
          store<f32>(to + at, v);
          kept = true;
        }
      }
      if (!kept) store<f32>(to + at, opposite(image, stride, labels, labelStride, width, height, own, mirrorX - x0 - i, mirrorY - row));
    }
  }
}

function opposite(image: usize, stride: i32, labels: usize, labelStride: i32, width: i32, height: i32, own: i32, u: i32, v: i32): f32 {
  replaced++;
  if (u < 0 || v < 0 || u >= width || v >= height) return 0;
  const mark = load<i32>(labels + ((<usize>v * <usize>labelStride + <usize>u) << 2));
  if (mark != 0 && mark != own) return 0;
  const value = load<f32>(image + ((<usize>v * <usize>stride + <usize>u) << 2));
  return value == value ? value : 0;
}

/** Two neighbouring pixels as float64. */
// @ts-ignore: decorator
@inline
function pair(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

// @ts-ignore: decorator
@inline
function both(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

function windowed(data: usize, side: i32, startX: f64, startY: f64, sigma: f64, skyVariance: f64, perCount: f64, weights: usize): bool {
  const radius = REACH * sigma;
  const scale = -0.5 / (sigma * sigma);
  const room = (<usize>Math.ceil(8 * sigma) + 8) << 3;
  let x = startX;
  let y = startY;
  for (let round: i32 = 1; round <= MAX_ROUNDS; round++) {
    const x0: i32 = <i32>Math.ceil(x - radius);
    const x1: i32 = <i32>Math.floor(x + radius);
    const y0: i32 = <i32>Math.ceil(y - radius);
    const y1: i32 = <i32>Math.floor(y + radius);
    if (x0 < 0 || y0 < 0 || x1 >= side || y1 >= side) break;
    for (let i: i32 = x0; i <= x1; i++) {
      const d = <f64>i - x;
      const w = Math.exp(d * d * scale);
      const at = weights + (<usize>(i - x0) << 3);
      store<f64>(at, w);
      store<f64>(at + room, w * d);
    }
    let sum: f64 = 0;
    let sx: f64 = 0;
    let sy: f64 = 0;
    for (let j: i32 = y0; j <= y1; j++) {
      const row = data + ((<usize>j * <usize>side + <usize>x0) << 2);
      let a = f64x2.splat(0);
      let b = f64x2.splat(0);
      let i: i32 = 0;
      const n = x1 - x0 + 1;
      for (; i + 2 <= n; i += 2) {
        const v = pair(row + (<usize>i << 2));
        const at = weights + (<usize>i << 3);
        a = f64x2.add(a, f64x2.mul(v, v128.load(at)));
        b = f64x2.add(b, f64x2.mul(v, v128.load(at + room)));
      }
      let rowSum = both(a);
      let rowX = both(b);
      if (i < n) {
        const v = <f64>load<f32>(row + (<usize>i << 2));
        const at = weights + (<usize>i << 3);
        rowSum += v * load<f64>(at);
        rowX += v * load<f64>(at + room);
      }
      const dy = <f64>j - y;
      const w = Math.exp(dy * dy * scale);
      sum += w * rowSum;
      sx += w * rowX;
      sy += w * dy * rowSum;
    }
    if (!(sum > 0)) break;
    const stepX = (2 * sx) / sum;
    const stepY = (2 * sy) / sum;
    x += stepX;
    y += stepY;
    if (!(Math.sqrt((x - startX) * (x - startX) + (y - startY) * (y - startY)) < radius / 2)) break;
    if (Math.sqrt(stepX * stepX + stepY * stepY) < 2e-4) {
      centerX = x;
      centerY = y;
      windowedErrors(data, side, x, y, radius, scale, skyVariance, perCount, weights, room);
      return true;
    }
  }
  centerX = startX;
  centerY = startY;
  varianceXX = NaN;
  varianceYY = NaN;
  varianceXY = NaN;
  return false;
}

function windowedErrors(
  data: usize, side: i32, x: f64, y: f64, radius: f64, scale: f64, skyVariance: f64, perCount: f64, weights: usize, room: usize,
): void {
  const x0: i32 = <i32>Math.ceil(x - radius);
  const n: i32 = <i32>Math.floor(x + radius) - x0 + 1;
  let sky0: f64 = 0;
  let sky1: f64 = 0;
  let sky2: f64 = 0;
  for (let i: i32 = 0; i < n; i++) {
    const d = <f64>(i + x0) - x;
    const w = Math.exp(d * d * scale);
    const at = weights + (<usize>i << 3);
    store<f64>(at, w);
    store<f64>(at + room, w * w);
    store<f64>(at + 2 * room, w * w * d);
    store<f64>(at + 3 * room, w * w * d * d);
    sky0 += w * w;
    sky1 += w * w * d;
    sky2 += w * w * d * d;
  }
  let sum: f64 = 0;
  let xx: f64 = 0;
  let yy: f64 = 0;
  let xy: f64 = 0;
  const last: i32 = min(side - 1, <i32>Math.floor(y + radius));
  for (let j: i32 = max(0, <i32>Math.ceil(y - radius)); j <= last; j++) {
    const row = data + ((<usize>j * <usize>side + <usize>x0) << 2);
    let s: f64 = 0;
    let p0: f64 = 0;
    let p1: f64 = 0;
    let p2: f64 = 0;
    for (let i: i32 = 0; i < n; i++) {
      const at = weights + (<usize>i << 3);
      // The window may have moved over the edge of the stamp in the last step.
      if (x0 + i < 0 || x0 + i >= side) continue;
      const v = <f64>load<f32>(row + (<usize>i << 2));
      s += v * load<f64>(at);
      const positive = max(0, v);
      p0 += positive * load<f64>(at + room);
      p1 += positive * load<f64>(at + 2 * room);
      p2 += positive * load<f64>(at + 3 * room);
    }
    const dy = <f64>j - y;
    const w = Math.exp(dy * dy * scale);
    const ww = w * w;
    sum += w * s;
    xx += ww * (skyVariance * sky2 + perCount * p2);
    xy += ww * dy * (skyVariance * sky1 + perCount * p1);
    yy += ww * dy * dy * (skyVariance * sky0 + perCount * p0);
  }
  const norm = 4 / (sum * sum);
  varianceXX = xx * norm;
  varianceYY = yy * norm;
  varianceXY = xy * norm;
}

/** Area of the circle about the origin inside [xa, xb] x [l, h], all of them positive. */
function quadrantCell(xa: f64, xb: f64, l: f64, h: f64, r: f64): f64 {
  const rr = r * r;
  if (xa * xa + l * l >= rr) return 0;
  if (xb * xb + h * h <= rr) return (xb - xa) * (h - l);
  const top: f64 = h < r ? Math.sqrt(rr - h * h) : 0;
  const x1 = min(xb, max(xa, top));
  const x2 = max(x1, min(xb, Math.sqrt(rr - l * l)));
  const y1 = Math.sqrt(max(0, rr - x1 * x1));
  const y2 = Math.sqrt(max(0, rr - x2 * x2));
  const dx = x2 - x1;
  const half = (0.5 * Math.sqrt(dx * dx + (y1 - y2) * (y1 - y2))) / r;
  return (x1 - xa) * (h - l) + dx * (0.5 * (y1 + y2) - l) + rr * segment(half);
}

/** asin(s) - s sqrt(1 - s^2): the segment of the unit circle over a chord of half length s. */
// @ts-ignore: decorator
@inline
function segment(s: f64): f64 {
  const q = s * s;
  if (q > 0.06) return Math.asin(min(1, s)) - s * Math.sqrt(max(0, 1 - q));
  // Twice the integral of s^2 (1 - s^2)^(-1/2), term by term; what is left out is below 1e-14.
  return s * q * (2.0 / 3 + q * (0.2 + q * (0.75 / 7 + q * (0.625 / 9 + q * (0.546875 / 11 + q * (0.4921875 / 13 + q * (0.451171875 / 15 + (q * 0.4189453125) / 17)))))));
}

// @ts-ignore: decorator
@inline
function halfCell(e0: f64, e1: f64, l: f64, h: f64, r: f64): f64 {
  if (e0 >= 0) return quadrantCell(e0, e1, l, h, r);
  if (e1 <= 0) return quadrantCell(-e1, -e0, l, h, r);
  return quadrantCell(0, -e0, l, h, r) + quadrantCell(0, e1, l, h, r);
}

/** Area of a circle about the origin inside the pixel whose lower corner is (e0, low). */
function pixelInCircle(e0: f64, low: f64, r: f64): f64 {
  const e1 = e0 + 1;
  const high = low + 1;
  if (low >= 0) return halfCell(e0, e1, low, high, r);
  if (high <= 0) return halfCell(e0, e1, -high, -low, r);
  return halfCell(e0, e1, 0, -low, r) + halfCell(e0, e1, 0, high, r);
}

function sumInCircle(data: usize, side: i32, cx: f64, cy: f64, r: f64): void {
  let sum: f64 = 0;
  let area: f64 = 0;
  const rr = r * r;
  const last: i32 = min(side - 1, <i32>Math.floor(cy + r + 0.5));
  for (let j: i32 = max(0, <i32>Math.ceil(cy - r - 0.5)); j <= last; j++) {
    const low = <f64>j - cy - 0.5;
    const high = low + 1;
    // The half chord at the edge nearer to the centre bounds the pixels touched, at the farther edge those wholly inside.
    const near: f64 = low > 0 ? low : high < 0 ? -high : 0;
    const far = max(abs(low), abs(high));
    const outer = Math.sqrt(max(0, rr - near * near));
    const x0: i32 = max(0, <i32>Math.ceil(cx - outer - 0.5));
    const x1: i32 = min(side - 1, <i32>Math.floor(cx + outer + 0.5));
    let full0 = x1 + 1;
    let full1 = x1;
    if (far < r) {
      const inner = Math.sqrt(rr - far * far);
      full0 = max(x0, <i32>Math.ceil(cx - inner + 0.5));
      full1 = min(x1, <i32>Math.floor(cx + inner - 0.5));
      if (full1 < full0) {
        full0 = x1 + 1;
        full1 = x1;
      }
    }
    const row = data + ((<usize>j * <usize>side) << 2);
    let i = x0;
    for (; i < full0 && i <= x1; i++) {
      const part = pixelInCircle(<f64>i - cx - 0.5, low, r);
      sum += part * <f64>load<f32>(row + (<usize>i << 2));
      area += part;
    }
    if (i > x1) continue;
    area += <f64>(full1 - i + 1);
    let a = f64x2.splat(0);
    for (; i + 2 <= full1 + 1; i += 2) a = f64x2.add(a, pair(row + (<usize>i << 2)));
    sum += both(a);
    for (; i <= full1; i++) sum += <f64>load<f32>(row + (<usize>i << 2));
    for (; i <= x1; i++) {
      const part = pixelInCircle(<f64>i - cx - 0.5, low, r);
      sum += part * <f64>load<f32>(row + (<usize>i << 2));
      area += part;
    }
  }
  resultSum = sum;
  resultOther = area;
}

/** Sums of pixel and of pixel times radius over the ellipse of six standard deviations. */
function momentInEllipse(data: usize, side: i32, x: f64, y: f64, cxx: f64, cyy: f64, cxy: f64): void {
  const determinant = cxx * cyy - (cxy * cxy) / 4;
  const reachX = KRON_REACH * Math.sqrt(cyy / determinant);
  const reachY = KRON_REACH * Math.sqrt(cxx / determinant);
  const margin = Math.sqrt(max(cxx, cyy)) * Math.SQRT1_2 + 1e-9;
  const outer = (KRON_REACH + margin) * (KRON_REACH + margin);
  let sum: f64 = 0;
  let other: f64 = 0;
  const last: i32 = min(side - 1, <i32>Math.floor(y + reachY + 0.5));
  for (let j: i32 = max(0, <i32>Math.ceil(y - reachY - 0.5)); j <= last; j++) {
    const dy = <f64>j - y;
    const x0 = max(firstColumn(x, dy, cxx, cyy, cxy, outer), <i32>Math.ceil(x - reachX - 0.5));
    const x1 = min(lastColumn(x, dy, cxx, cyy, cxy, outer), <i32>Math.floor(x + reachX + 0.5));
    const row = data + ((<usize>j * <usize>side) << 2);
    const byy = cyy * dy * dy;
    const bxy = cxy * dy;
    for (let i: i32 = max(0, x0); i <= min(side - 1, x1); i++) {
      const dx = <f64>i - x;
      const r2 = cxx * dx * dx + bxy * dx + byy;
      if (r2 > outer) continue;
      const v = <f64>load<f32>(row + (<usize>i << 2));
      sum += v;
      other += v * Math.sqrt(r2);
    }
  }
  resultSum = sum;
  resultOther = other;
}

/** Columns of a row within r^2 = outer, one more to be sure on each side; the exact rule is applied pixel by pixel. */
// @ts-ignore: decorator
@inline
function firstColumn(x: f64, dy: f64, cxx: f64, cyy: f64, cxy: f64, outer: f64): i32 {
  const b = (0.5 * cxy * dy) / cxx;
  return <i32>Math.ceil(x - b - Math.sqrt(max(0, b * b + (outer - cyy * dy * dy) / cxx)) - 1);
}

// @ts-ignore: decorator
@inline
function lastColumn(x: f64, dy: f64, cxx: f64, cyy: f64, cxy: f64, outer: f64): i32 {
  const b = (0.5 * cxy * dy) / cxx;
  return <i32>Math.floor(x - b + Math.sqrt(max(0, b * b + (outer - cyy * dy * dy) / cxx)) + 1);
}

/** Sum of the pixels inside the ellipse of `reach` standard deviations, and its area. */
function sumInEllipse(data: usize, side: i32, x: f64, y: f64, cxx: f64, cyy: f64, cxy: f64, reach: f64): void {
  const determinant = cxx * cyy - (cxy * cxy) / 4;
  const reachX = reach * Math.sqrt(cyy / determinant);
  const reachY = reach * Math.sqrt(cxx / determinant);
  const margin = Math.sqrt(max(cxx, cyy)) * Math.SQRT1_2 + 1e-9;
  const bound = max(0, reach - margin);
  const inner = bound * bound;
  const outer = (reach + margin) * (reach + margin);
  let sum: f64 = 0;
  let area: f64 = 0;
  const last: i32 = min(side - 1, <i32>Math.floor(y + reachY + 0.5));
  for (let j: i32 = max(0, <i32>Math.ceil(y - reachY - 0.5)); j <= last; j++) {
    const dy = <f64>j - y;
    const x0 = max(firstColumn(x, dy, cxx, cyy, cxy, outer), <i32>Math.ceil(x - reachX - 0.5));
    const x1 = min(lastColumn(x, dy, cxx, cyy, cxy, outer), <i32>Math.floor(x + reachX + 0.5));
    const row = data + ((<usize>j * <usize>side) << 2);
    const byy = cyy * dy * dy;
    const bxy = cxy * dy;
    for (let i: i32 = max(0, x0); i <= min(side - 1, x1); i++) {
      const dx = <f64>i - x;
      const r2 = cxx * dx * dx + bxy * dx + byy;
      if (r2 > outer) continue;
      let part: f64 = 1;
      if (r2 >= inner) {
        // From the distance of the pixel's centre to the boundary along the gradient.
        const gx = cxx * dx + 0.5 * cxy * dy;
        const gy = cyy * dy + 0.5 * cxy * dx;
        const slope = Math.sqrt(gx * gx + gy * gy);
        const distance: f64 = slope == 0 ? 1 : (0.5 * (reach * reach - (gx * dx + gy * dy))) / slope;
        part = distance > 0.5 ? 1 : distance < -0.5 ? 0 : distance + 0.5;
      }
      sum += part * <f64>load<f32>(row + (<usize>i << 2));
      area += part;
    }
  }
  resultSum = sum;
  resultOther = area;
}

/**
 * Light-weighted moments over the pixels of groups n0 to n1: group n has pixels[offsets[n]] to pixels[offsets[n + 1] - 1].
 * out, 7 float64 a group: flux, x, y, xx, yy, xy, peak.
 */
export function isophotalMoments(image: usize, stride: i32, pixels: usize, offsets: usize, n0: i32, n1: i32, out: usize): void {
  const inverse: f64 = 1 / <f64>stride;
  for (let n: i32 = n0; n < n1; n++) {
    const from = load<i32>(offsets + (<usize>n << 2));
    const to = load<i32>(offsets + (<usize>n << 2), 4);
    // Moments about the first pixel keep every digit: the group is small beside the image.
    const first = load<i32>(pixels + (<usize>from << 2));
    const baseY: i32 = from < to ? <i32>((<f64>first + 0.5) * inverse) : 0;
    const baseX: i32 = first - baseY * stride;
    let flux: f64 = 0;
    let peak: f64 = -Infinity;
    let sx: f64 = 0;
    let sy: f64 = 0;
    let sxx: f64 = 0;
    let syy: f64 = 0;
    let sxy: f64 = 0;
    for (let k: i32 = from; k < to; k++) {
      const p = load<i32>(pixels + (<usize>k << 2));
      const value = <f64>load<f32>(image + (<usize>p << 2));
      if (!(value > 0)) continue;
      const row = <i32>((<f64>p + 0.5) * inverse);
      const x = <f64>(p - row * stride - baseX);
      const y = <f64>(row - baseY);
      flux += value;
      sx += value * x;
      sy += value * y;
      sxx += value * x * x;
      syy += value * y * y;
      sxy += value * x * y;
      if (value > peak) peak = value;
    }
    const x = sx / flux;
    const y = sy / flux;
    let xx = sxx / flux - x * x;
    let yy = syy / flux - y * y;
    const xy = sxy / flux - x * y;
    if (xx * yy - xy * xy < 0.00694) {
      xx += 1.0 / 12;
      yy += 1.0 / 12;
    }
    const at = out + <usize>n * 56;
    store<f64>(at, flux);
    store<f64>(at, x + <f64>baseX, 8);
    store<f64>(at, y + <f64>baseY, 16);
    store<f64>(at, xx, 24);
    store<f64>(at, yy, 32);
    store<f64>(at, xy, 40);
    store<f64>(at, peak, 48);
  }
}
