import { asinEdge, HALF_PI, isLongitude, type Projection, put } from './projection.ts';

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
