/** Gnomonic projection about a point of the sky: east and north [rad of the plane]. */
export class TangentPlane {
  readonly ra: number;
  readonly dec: number;
  private readonly sinDec: number;
  private readonly cosDec: number;
  private readonly sinRa: number;
  private readonly cosRa: number;

  constructor(ra: number, dec: number) {
    this.ra = ra;
    this.dec = dec;
    this.sinDec = Math.sin(dec);
    this.cosDec = Math.cos(dec);
    this.sinRa = Math.sin(ra);
    this.cosRa = Math.cos(ra);
  }

  /** Projects the unit vector at `vectors[3 * i]`; NaN on the far hemisphere. */
  project(vectors: Float64Array, i: number, out: Float64Array, at = 0): void {
    const [x, y, z] = [vectors[3 * i], vectors[3 * i + 1], vectors[3 * i + 2]];
    const along = this.cosRa * x + this.sinRa * y;
    const depth = this.cosDec * along + this.sinDec * z;
    const scale = depth > 0 ? 1 / depth : Number.NaN;
    out[at] = (this.cosRa * y - this.sinRa * x) * scale;
    out[at + 1] = (this.cosDec * z - this.sinDec * along) * scale;
  }

  /** Sky position of a point of the plane. */
  unproject(xi: number, eta: number): { ra: number; dec: number } {
    const across = this.cosDec - eta * this.sinDec;
    const ra = (this.ra + Math.atan2(xi, across)) % (2 * Math.PI);
    return { ra: ra < 0 ? ra + 2 * Math.PI : ra, dec: Math.atan2(this.sinDec + eta * this.cosDec, Math.hypot(xi, across)) };
  }
}
