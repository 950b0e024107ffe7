import { bytesSource, openFits } from '@almagest/fits';
import { type Image, readExposure } from '@almagest/image';
import { type ReactElement, useMemo } from 'react';
import { hrefOf } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { PixelStamp } from '../images/stamp.tsx';
import { LightCurve, type LightPoint } from '../plots/light-curve.tsx';
import { type AlertPacket, getAlert } from '../services/alerts-client.ts';
import { useLoaded } from '../services/use-loaded.ts';

const STAMPS = [
  ['cutoutScience', 'Science'],
  ['cutoutTemplate', 'Template'],
  ['cutoutDifference', 'Difference'],
] as const;

/** One packet: stamps, light curve and every field. */
export function AlertView({ id }: { readonly id: string }): ReactElement {
  const loaded = useLoaded(id, (signal) => getAlert(id, signal));
  if (loaded.state === 'waiting') return <p className="quiet waiting">Opening alert {id}…</p>;
  if (loaded.state !== 'ready')
    return (
      <section className="notice">
        <h2>Alert {id} is not here</h2>
        <p>{loaded.message}</p>
      </section>
    );
  return <Packet packet={loaded.value} />;
}

function Packet({ packet }: { readonly packet: AlertPacket }): ReactElement {
  const { diaSource } = packet;
  const points = useMemo((): readonly LightPoint[] => {
    const own = { ...pick(diaSource) };
    return [...packet.prvDiaSources, ...packet.prvDiaForcedSources, ...(own.psfFlux === undefined ? [] : [own as LightSource])].map(
      (point) => ({
        time: point.midpointMjdTai,
        value: point.psfFlux,
        error: point.psfFluxErr,
        band: point.band,
      }),
    );
  }, [packet, diaSource]);
  const [ra, dec] = [Number(diaSource['ra']), Number(diaSource['dec'])];
  return (
    <article className="card pad stack" aria-label={`Alert ${packet.id}`}>
      <div className="row">
        <h2 className="grow number">{packet.id}</h2>
        <Link href={hrefOf('sky', { ra: ra.toFixed(6), dec: dec.toFixed(6), fov: 0.1 })}>On the sky</Link>
        <Link href={hrefOf('alerts')}>Close</Link>
      </div>
      <div className="stamps">
        {STAMPS.map(([name, title]) => (
          <PacketStamp key={name} title={title} base64={packet[name] ?? undefined} />
        ))}
      </div>
      <LightCurve
        points={points}
        period={undefined}
        labels={{ time: 'MJD (TAI)', value: 'psfFlux [nJy]' }}
        isMagnitude={false}
        height={260}
      />
      <Fields title="diaSource" fields={diaSource} />
      {packet.diaObject && <Fields title="diaObject" fields={packet.diaObject} />}
    </article>
  );
}

type LightSource = AlertPacket['prvDiaSources'][number];

function pick(source: Readonly<Record<string, unknown>>): Partial<LightSource> {
  const { midpointMjdTai, psfFlux, psfFluxErr, band } = source;
  if (typeof midpointMjdTai !== 'number' || typeof psfFlux !== 'number') return {};
  return { midpointMjdTai, psfFlux, psfFluxErr: Number(psfFluxErr), band: String(band) };
}

function PacketStamp({ title, base64 }: { readonly title: string; readonly base64: string | undefined }): ReactElement {
  const loaded = useLoaded(base64, () => decodeStamp(base64 ?? ''));
  return (
    <figure className="stamp-figure">
      {loaded.state === 'ready' ? (
        <PixelStamp image={loaded.value} label={`${title} stamp`} side={150} />
      ) : (
        <div className="stamp empty" style={{ width: 150, height: 150 }}>
          {base64 === undefined ? 'none' : loaded.state === 'failed' ? 'unreadable' : ''}
        </div>
      )}
      <figcaption className="small quiet">{title}</figcaption>
    </figure>
  );
}

async function decodeStamp(base64: string): Promise<Image> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return (await readExposure(await openFits(bytesSource(bytes)))).maskedImage.image;
}

function Fields({ title, fields }: { readonly title: string; readonly fields: Readonly<Record<string, unknown>> }): ReactElement {
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && typeof value !== 'object');
  return (
    <details open={title === 'diaSource'}>
      <summary>
        {title}, {known.length} fields
      </summary>
      <dl className="facts fields">
        {known.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="number">{typeof value === 'number' ? Number(value.toPrecision(9)) : String(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
