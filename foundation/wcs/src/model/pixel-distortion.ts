import { evaluateLookupInto } from '../distortion/lookup.ts';
import type { PlaneMap } from '../distortion/plane-map.ts';
import { createSipMap } from '../distortion/sip.ts';
import type { WcsDefinition } from './definition.ts';

/** The map from zero-based pixel to offset from CRPIX with every pixel-side distortion applied; undefined where there is none. */
export function createPixelDistortion(definition: WcsDefinition): PlaneMap | undefined {
  const { sip, lookup, det2im, crpix } = definition;
  if (!sip && !lookup && !det2im) return undefined;
  const [x0, y0] = crpix;
  const sipMap = sip && createSipMap(sip);
  if (sipMap && !lookup && !det2im) {
    return {
      apply: (x, y, out) => sipMap.apply(x - x0, y - y0, out),
      applyWithJacobian: (x, y, out) => sipMap.applyWithJacobian(x - x0, y - y0, out),
    };
  }
  const shift = new Float64Array(3);
  const inner = new Float64Array(6);
  const tables = (pair: WcsDefinition['lookup'], x: number, y: number, out: Float64Array): void => {
    out.fill(0);
    for (const axis of [0, 1] as const) {
      const table = pair?.[axis];
      if (!table) continue;
      evaluateLookupInto(table, x, y, shift);
      out[axis] = shift[0];
      out[2 + 2 * axis] = shift[1];
      out[3 + 2 * axis] = shift[2];
    }
  };
  const applyWithJacobian = (x: number, y: number, out: Float64Array): void => {
    tables(det2im, x, y, inner);
    const [a, b, c, d] = [1 + inner[2], inner[3], inner[4], 1 + inner[5]];
    const px = x + inner[0];
    const py = y + inner[1];
    tables(lookup, px, py, inner);
    if (sipMap) sipMap.applyWithJacobian(px - x0, py - y0, out);
    else out.set([px - x0, py - y0, 1, 0, 0, 1]);
    for (let k = 0; k < 6; k++) out[k] += inner[k];
    const [e, f, g, h] = [out[2], out[3], out[4], out[5]];
    out[2] = e * a + f * c;
    out[3] = e * b + f * d;
    out[4] = g * a + h * c;
    out[5] = g * b + h * d;
  };
  const scratch = new Float64Array(6);
  return {
    apply: (x, y, out) => {
      applyWithJacobian(x, y, scratch);
      out[0] = scratch[0];
      out[1] = scratch[1];
    },
    applyWithJacobian,
  };
}
