import type { CelestialFrame } from '../celestial/frames.ts';
import type { IrafDistortion } from '../distortion/iraf-surface.ts';
import type { LookupTable } from '../distortion/lookup.ts';
import type { SipDistortion } from '../distortion/sip.ts';
import type { TpvDistortion } from '../distortion/tpv.ts';

/**
 * Everything that a celestial WCS consists of, as plain data: survives JSON and a structured clone.
 *
 * The order of the parts is the order of their application from pixel to sky.
 */
export interface WcsDefinition {
  /** Width and height of the image [pixel], where known. */
  readonly size?: readonly [number, number];
  /** Shifts of the detector, applied first (D2IMDIS); one table an axis. */
  readonly det2im?: readonly [LookupTable | null, LookupTable | null];
  /** Shifts of the pixel (CPDIS); add to those of SIP. */
  readonly lookup?: readonly [LookupTable | null, LookupTable | null];
  readonly sip?: SipDistortion;
  /** Reference pixel, zero-based. */
  readonly crpix: readonly [number, number];
  /** d(xi, eta) / d(x, y) [deg/pixel], row-major. */
  readonly cd: readonly [number, number, number, number];
  readonly tpv?: TpvDistortion;
  readonly iraf?: IrafDistortion;
  /** Three-letter code of the projection. */
  readonly projection: string;
  /** PVi_0, PVi_1 ... of the latitude axis; null for those absent. */
  readonly parameters?: readonly (number | null)[];
  /** Celestial longitude and latitude of the reference point [deg]. */
  readonly crval: readonly [number, number];
  /** Native longitude and latitude of the reference point [deg], where the header moves it; `offset` keeps (0, 0) of the plane there. */
  readonly fiducial?: { readonly phi0: number; readonly theta0: number; readonly offset: boolean };
  readonly lonpole?: number;
  readonly latpole?: number;
  readonly frame: CelestialFrame;
}
