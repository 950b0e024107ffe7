/** What part of the sky is in sight [deg]; `fov` is the height of the picture. */
export interface SkyView {
  readonly ra: number;
  readonly dec: number;
  readonly fov: number;
}

export interface SkyPoint {
  readonly x: number;
  readonly y: number;
}

export interface SkyProjection {
  /** Screen position; undefined behind the reader's back. */
  readonly toScreen: (ra: number, dec: number) => SkyPoint | undefined;
  readonly toSky: (x: number, y: number) => { readonly ra: number; readonly dec: number };
}

const DEG = Math.PI / 180;

/** Stereographic about the middle of the view, north up and east to the left: circles stay circles at any width. @see Calabretta and Greisen 2002, section 5.1.3 */
export function makeProjection(view: SkyView, size: { readonly width: number; readonly height: number }): SkyProjection {
  const scale = size.height / 2 / (2 * Math.tan((view.fov * DEG) / 4));
  const [sin0, cos0] = [Math.sin(view.dec * DEG), Math.cos(view.dec * DEG)];
  return {
    toScreen(ra, dec) {
      const [sin, cos, delta] = [Math.sin(dec * DEG), Math.cos(dec * DEG), (ra - view.ra) * DEG];
      const cosine = sin0 * sin + cos0 * cos * Math.cos(delta);
      if (cosine < -0.6) return undefined;
      const k = (2 * scale) / (1 + cosine);
      return { x: size.width / 2 - k * cos * Math.sin(delta), y: size.height / 2 - k * (cos0 * sin - sin0 * cos * Math.cos(delta)) };
    },
    toSky(x, y) {
      const [u, v] = [-(x - size.width / 2) / scale, -(y - size.height / 2) / scale];
      const rho = Math.hypot(u, v);
      if (rho === 0) return { ra: view.ra, dec: view.dec };
      const c = 2 * Math.atan(rho / 2);
      const dec = Math.asin(Math.max(-1, Math.min(1, Math.cos(c) * sin0 + (v * Math.sin(c) * cos0) / rho)));
      const ra = view.ra + Math.atan2(u * Math.sin(c), rho * cos0 * Math.cos(c) - v * sin0 * Math.sin(c)) / DEG;
      return { ra: ((ra % 360) + 360) % 360, dec: dec / DEG };
    },
  };
}

/** Distance of meridians and parallels for a view [deg]. */
export function gridStep(fov: number): number {
  const wanted = fov / 5;
  return [30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001].find((step) => step <= wanted) ?? 0.001;
}
