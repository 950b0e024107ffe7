import { askJson } from './problem.ts';

/** What a list shows of an alert; fluxes in nJy, angles in degrees, times in MJD (TAI). */
export interface AlertSummary {
  readonly id: string;
  readonly diaObjectId: string;
  readonly ra: number;
  readonly dec: number;
  readonly band: string;
  readonly psfFlux: number;
  readonly psfFluxErr: number;
  readonly snr: number;
  readonly reliability: number | null;
  readonly midpointMjdTai: number;
  readonly visit: string;
}

export interface DiaPoint {
  readonly midpointMjdTai: number;
  readonly psfFlux: number;
  readonly psfFluxErr: number;
  readonly band: string;
}

/** A whole packet; stamps are FITS files in base64. */
export interface AlertPacket {
  readonly id: string;
  readonly diaSource: Readonly<Record<string, unknown>>;
  readonly diaObject: Readonly<Record<string, unknown>> | null;
  readonly prvDiaSources: readonly DiaPoint[];
  readonly prvDiaForcedSources: readonly DiaPoint[];
  readonly cutoutScience?: string | null;
  readonly cutoutTemplate?: string | null;
  readonly cutoutDifference?: string | null;
}

export async function listAlerts(signal?: AbortSignal): Promise<readonly AlertSummary[]> {
  return (await askJson<{ alerts: readonly AlertSummary[] }>('/api/alerts?limit=1000', signal ? { signal } : {})).alerts;
}

export async function getAlert(id: string, signal?: AbortSignal): Promise<AlertPacket> {
  return await askJson<AlertPacket>(`/api/alerts/${encodeURIComponent(id)}`, signal ? { signal } : {});
}

/** Follows the stream of new alerts until the signal; the browser connects again by itself. */
export function followAlerts(options: {
  readonly signal: AbortSignal;
  readonly onAlert: (alert: AlertSummary) => void;
  readonly onState: (isOpen: boolean) => void;
}): void {
  const stream = new EventSource('/api/alerts/stream');
  stream.addEventListener('open', () => options.onState(true));
  stream.addEventListener('error', () => options.onState(false));
  stream.addEventListener('alert', (event) => options.onAlert(JSON.parse((event as MessageEvent<string>).data) as AlertSummary));
  options.signal.addEventListener('abort', () => stream.close());
}
