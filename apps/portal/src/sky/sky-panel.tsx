import { lazy, type ReactElement, Suspense, useEffect, useMemo, useState } from 'react';
import { hrefOf, note, useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { endOffset, readAlerts } from '../services/alerts-client.ts';
import { type ImageEntry, listImages, nameOf } from '../services/images-client.ts';
import { ask } from '../services/problem.ts';
import { formatDec, formatRa, parsePosition } from '../services/sky-text.ts';
import { useLoaded } from '../services/use-loaded.ts';
import { type SkyLayer, SkyMap } from './sky-map.tsx';
import { useSkyMarks } from './sky-marks.ts';
import type { SkyView } from './sky-projection.ts';

const Aladin = lazy(async () => ({ default: (await import('./aladin-view.tsx')).AladinView }));

/** The alerts that the map shows: the newest ones. */
async function newestAlerts(signal: AbortSignal): Promise<readonly { readonly ra: number; readonly dec: number }[]> {
  const end = await endOffset(signal);
  return (await readAlerts(Math.max(0, end - 1000), 1000, signal)).alerts;
}

const COLOURS = { images: '#7f9bff', alerts: '#ffb067', rows: '#6fd3c3' } as const;

export function SkyPanel(): ReactElement {
  const { parameters } = useAddress();
  const images = useLoaded('images', listImages);
  const alerts = useLoaded('alerts', newestAlerts);
  const survey = useLoaded('hips', async (signal) => await (await ask('/hips/properties', { signal })).text());
  const marks = useSkyMarks();
  const [view, setView] = useState<SkyView | undefined>(() => readView(parameters));
  const shown = view ?? startView(images.value ?? []);
  const hidden = new Set((parameters.get('hide') ?? '').split(','));
  const outlines = useMemo(() => dedupe(images.value ?? []), [images.value]);
  const layers = useMemo((): readonly SkyLayer[] => {
    const all = [
      { name: 'images', layer: { colour: COLOURS.images, outlines, points: [] } },
      { name: 'rows', layer: { colour: COLOURS.rows, outlines: [], points: marks?.points ?? [] } },
      { name: 'alerts', layer: { colour: COLOURS.alerts, outlines: [], points: alerts.value ?? [] } },
    ];
    return all.filter(({ name }) => !hidden.has(name)).map(({ layer }) => layer);
  }, [outlines, alerts.value, marks, parameters.get('hide')]);
  useEffect(() => {
    if (!view) return undefined;
    const timer = setTimeout(() => note({ ra: view.ra.toFixed(5), dec: view.dec.toFixed(5), fov: view.fov.toPrecision(3) }), 250);
    return () => clearTimeout(timer);
  }, [view]);
  const picked = parsePosition(parameters.get('at') ?? '');
  const isAladin = parameters.get('viewer') === 'aladin';
  const counts = { images: outlines.length, alerts: alerts.value?.length ?? 0, rows: marks?.points.length ?? 0 };
  const titles = { images: 'image footprints', alerts: 'alerts', rows: 'rows of the last query' } as const;
  return (
    <>
      <header>
        <h1 className="grow">Sky</h1>
        <span className="number quiet">
          {formatRa(shown.ra)} {formatDec(shown.dec)} · {shown.fov < 1 ? `${(shown.fov * 60).toFixed(1)}′` : `${shown.fov.toFixed(1)}°`}{' '}
          high
        </span>
      </header>
      <div className="row">
        <GoTo onGo={(ra, dec) => setView({ ra, dec, fov: Math.min(shown.fov, 1) })} />
        {(Object.keys(titles) as (keyof typeof titles)[])
          .filter((name) => counts[name] > 0)
          .map((name) => (
            <label key={name} className="check">
              <input
                type="checkbox"
                checked={!hidden.has(name)}
                onChange={(event) =>
                  note({
                    hide: [...hidden]
                      .filter((each) => each !== name && each !== '')
                      .concat(event.target.checked ? [] : [name])
                      .join(','),
                  })
                }
              />
              <span className="swatch" style={{ background: COLOURS[name] }} /> {counts[name].toLocaleString('en')} {titles[name]}
            </label>
          ))}
        <button type="button" aria-pressed={isAladin} onClick={() => note({ viewer: isAladin ? undefined : 'aladin' })}>
          Aladin Lite
        </button>
      </div>
      <div className="sky">
        {isAladin && view === undefined && images.state === 'waiting' ? (
          <p className="quiet pad">Looking for images…</p>
        ) : isAladin ? (
          <Suspense fallback={<p className="quiet pad">Opening Aladin Lite…</p>}>
            <Aladin view={shown} layers={layers} surveyUrl={survey.state === 'ready' ? `${location.origin}/hips` : undefined} />
          </Suspense>
        ) : (
          <SkyMap
            view={shown}
            layers={layers}
            marker={picked}
            onView={setView}
            onPick={(ra, dec) => note({ at: `${ra.toFixed(6)} ${dec.toFixed(6)}` })}
          />
        )}
      </div>
      {picked ? (
        <Here position={picked} images={images.value ?? []} />
      ) : (
        <p className="quiet small">Click on the map, or press Enter for its middle, to see what is there.</p>
      )}
    </>
  );
}

function GoTo({ onGo }: { readonly onGo: (ra: number, dec: number) => void }): ReactElement {
  const [text, setText] = useState('');
  const position = parsePosition(text);
  return (
    <form
      className="row tight"
      onSubmit={(event) => {
        event.preventDefault();
        if (position) onGo(position.ra, position.dec);
      }}
    >
      <input
        aria-label="Position"
        placeholder="150.1 2.2"
        value={text}
        aria-invalid={text !== '' && !position}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" disabled={!position}>
        Go
      </button>
    </form>
  );
}

/** What there is at a position, and where to read on. */
function Here({
  position: { ra, dec },
  images,
}: {
  readonly position: { readonly ra: number; readonly dec: number };
  readonly images: readonly ImageEntry[];
}): ReactElement {
  const near = images.filter(
    (image) => image.footprint.length > 0 && image.ra !== undefined && image.dec !== undefined && isNear(image, ra, dec),
  );
  return (
    <section className="card pad stack" aria-label="At this position">
      <h2 className="number">
        {formatRa(ra)} {formatDec(dec)}
      </h2>
      <ul className="lines">
        {near.slice(0, 12).map((image) => (
          <li key={image.id}>
            <Link href={hrefOf('images', { id: image.id })}>{nameOf(image)}</Link>
          </li>
        ))}
        {near.length === 0 && <li className="quiet">No image covers this position.</li>}
        {near.length > 12 && <li className="quiet">and {near.length - 12} more</li>}
      </ul>
    </section>
  );
}

function isNear(image: ImageEntry, ra: number, dec: number): boolean {
  const decs = image.footprint.map(([, d]) => d);
  const cosine = Math.cos((dec * Math.PI) / 180);
  const offset = (a: number): number => (((a - (image.ra ?? 0) + 540) % 360) - 180) * cosine;
  const ras = image.footprint.map(([a]) => offset(a));
  const x = offset(ra);
  return dec >= Math.min(...decs) && dec <= Math.max(...decs) && x >= Math.min(...ras) && x <= Math.max(...ras);
}

/** Outlines, each once: many images share theirs. */
function dedupe(images: readonly ImageEntry[]): readonly ImageEntry['footprint'][] {
  const known = new Map(
    images
      .filter((image) => image.footprint.length > 0)
      .map((image) => [image.footprint.map((corner) => corner.map((n) => n.toFixed(4)).join()).join(), image.footprint]),
  );
  return [...known.values()];
}

function startView(images: readonly ImageEntry[]): SkyView {
  const first = images.find((image) => image.ra !== undefined && image.dec !== undefined);
  if (!first) return { ra: 180, dec: 0, fov: 120 };
  const size = Math.max(...first.footprint.map(([, dec]) => Math.abs(dec - (first.dec ?? 0))));
  return { ra: first.ra ?? 180, dec: first.dec ?? 0, fov: Math.min(90, size * 5) };
}

function readView(parameters: URLSearchParams): SkyView | undefined {
  const [ra, dec, fov] = ['ra', 'dec', 'fov'].map((name) => Number(parameters.get(name) ?? Number.NaN));
  return ra !== undefined && dec !== undefined && Number.isFinite(ra + dec)
    ? { ra, dec, fov: fov !== undefined && fov > 0 ? Math.min(180, fov) : 1 }
    : undefined;
}
