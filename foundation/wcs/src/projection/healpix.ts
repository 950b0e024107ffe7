import { asinEdge, EDGE, HALF_PI, isLongitude, type Projection, put } from './projection.ts';

/**
 * HEALPix grid with H facets around and K facets up: Calabretta and Roukema (2007), MNRAS 381, 865.
 */
export function createHpx(h: number, k: number): Projection {
  const transition = (k - 1) / k; // sine of the latitude where the polar caps begin
  const yTransition = (HALF_PI * (k - 1)) / h;
  const yScale = (HALF_PI * k) / h;
  const facet = (phi: number, north: boolean): number => {
    const omega = k % 2 === 1 || north ? 1 : 0;
    return -Math.PI + ((2 * Math.floor(((phi + Math.PI) * h) / (2 * Math.PI) + (1 - omega) / 2) + omega) * Math.PI) / h;
  };
  return {
    code: 'HPX',
    theta0: 0,
    toPlane: (phi, theta, out) => {
      const sine = Math.sin(theta);
      if (Math.abs(sine) <= transition) return put(out, phi, yScale * sine);
      // 1 - |sin theta| as a squared half-angle, so that the pole keeps its digits
      const sigma = Math.sqrt(k * 2) * Math.sin((HALF_PI - Math.abs(theta)) / 2);
      const centre = facet(Math.min(phi, Math.PI * (1 - 1e-15)), sine > 0); // the date line belongs to the last facet
      const x = centre + (phi - centre) * sigma;
      return put(out, x, Math.sign(sine) * (Math.PI / h) * ((k + 1) / 2 - sigma));
    },
    toNative: (x, y, out) => {
      if (!isLongitude(x)) return false;
      const height = Math.abs(y);
      if (height <= yTransition) return put(out, x, asinEdge(y / yScale));
      const sigma = (k + 1) / 2 - (height * h) / Math.PI;
      if (sigma < -1e-13) return false;
      const north = y > 0;
      let turned = Math.max(-Math.PI, x);
      let centre = facet(Math.min(turned, Math.PI * (1 - 1e-15)), north);
      if (centre > Math.PI) {
        // the facet that straddles the date line
        centre -= 2 * Math.PI;
        turned -= 2 * Math.PI;
      }
      const offset = turned - centre;
      if (Math.abs(offset) > (Math.PI / h) * sigma + 1e-12) return false;
      const phi = sigma <= 0 ? centre : centre + offset / sigma;
      const theta = HALF_PI - 2 * Math.asin(Math.max(0, sigma) / Math.sqrt(2 * k));
      return put(out, phi < -Math.PI ? phi + 2 * Math.PI : phi, north ? theta : -theta);
    },
  };
}

const ROOT_2 = Math.SQRT2;
const QUARTER_PI = Math.PI / 4;

/**
 * The polar layout of the HEALPix grid, the butterfly: the four facets of the north around the pole, the south at the tips of the wings.
 *
 * Each quadrant of longitude is the grid of {@link createHpx} with H = 4, K = 3, turned by 45 degrees about the pole.
 *
 * @see Calabretta and Lowe (2013), PASA 30, e050.
 */
export function createXph(): Projection {
  return {
    code: 'XPH',
    theta0: HALF_PI,
    toPlane: (phi, theta, out) => {
      // Quadrants begin at multiples of 90 degrees; across and along the middle of one, from the pole.
      const quadrant = Math.min(1, Math.max(-2, Math.floor(phi / HALF_PI)));
      const offset = phi - quadrant * HALF_PI - QUARTER_PI;
      const sine = Math.sin(theta);
      let across = offset;
      let along = ((3 * Math.PI) / 8) * sine - HALF_PI;
      if (Math.abs(sine) > 2 / 3) {
        const sigma = Math.sqrt(6) * Math.sin((HALF_PI - Math.abs(theta)) / 2);
        across = offset * sigma;
        along = sine > 0 ? -QUARTER_PI * sigma : QUARTER_PI * sigma - Math.PI;
      }
      return turn((across - along) / ROOT_2, (across + along) / ROOT_2, quadrant, out);
    },
    toNative: (x, y, out) => {
      // A quadrant has the edge at its beginning, so that the pole alone has none.
      const quadrant = x >= 0 ? (y < 0 ? 0 : x > 0 ? 1 : y > 0 ? -2 : 0) : y > 0 ? -2 : -1;
      turn(x, y, -quadrant, out);
      const [u = 0, v = 0] = out;
      const across = (u + v) / ROOT_2;
      const along = (v - u) / ROOT_2;
      const height = HALF_PI + along;
      const north = height > 0;
      let offset = across;
      let theta = 0;
      if (Math.abs(height) <= QUARTER_PI) {
        if (Math.abs(offset) > QUARTER_PI + EDGE) return false;
        theta = asinEdge(height / ((3 * Math.PI) / 8));
      } else {
        // Near the pole the distance from it keeps digits that the height has lost.
        const sigma = (north ? -along : along + Math.PI) / QUARTER_PI;
        if (sigma < -1e-13 || Math.abs(across) > QUARTER_PI * sigma + 1e-12) return false;
        offset = sigma <= 0 ? 0 : across / sigma;
        theta = (north ? 1 : -1) * (HALF_PI - 2 * Math.asin(Math.max(0, sigma) / Math.sqrt(6)));
      }
      return put(out, quadrant * HALF_PI + QUARTER_PI + offset, theta);
    },
  };
}

/** Turns a point about the pole by quadrants. */
function turn(x: number, y: number, quadrants: number, out: Float64Array): boolean {
  switch (quadrants & 3) {
    case 0:
      return put(out, x, y);
    case 1:
      return put(out, -y, x);
    case 2:
      return put(out, -x, -y);
    default:
      return put(out, y, -x);
  }
}
