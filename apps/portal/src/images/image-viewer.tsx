import { type ReactElement, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { Stretch } from '@almagest/image';
import { hrefOf, note, useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { fitsUrl, groupOf, type ImageEntry, nameOf } from '../services/images-client.ts';
import { useLoaded } from '../services/use-loaded.ts';
import { EpochStamps } from './epoch-stamps.tsx';
import { loadExposure, type PixelReading, readPixel } from './load-exposure.ts';
import { countPlanes, LIMITS, type LimitsName, limitsOf, paintImage, paintMask, planeColour, STRETCHES } from './paint.ts';
import { ReadOut } from './read-out.tsx';
import { ViewerCanvas, type ViewerPlace } from './viewer-canvas.tsx';

const BLINK_MS = 700;
/** Science first, what it is compared with next, the difference last. */
const ORDER = [/^(calexp|science|pvi|visit_image|initial_pvi|preliminary)/i, /template/i, /diff/i];

const rank = ({ type }: ImageEntry): number => (ORDER.findIndex((pattern) => pattern.test(type)) + ORDER.length + 1) % (ORDER.length + 1);

/** One image with its siblings: pan, zoom, stretch, mask planes, read-out, blink, and the same place at other times. */
export function ImageViewer({ image, all }: { readonly image: ImageEntry; readonly all: readonly ImageEntry[] }): ReactElement {
  const { parameters } = useAddress();
  const [reading, setReading] = useState<PixelReading>();
  const [place, setPlace] = useState<ViewerPlace | undefined>(() => readPlace(parameters));
  const siblings = useMemo(
    () => all.filter((each) => groupOf(each) === groupOf(image)).toSorted((a, b) => rank(a) - rank(b)),
    [all, image],
  );
  const isBlinking = parameters.get('blink') !== null;
  const exposure = useLoaded(fitsUrl(image.id), () => loadExposure(fitsUrl(image.id)));
  const held = useRef(exposure.value);
  if (exposure.value) held.current = exposure.value;
  // While the next sibling is fetched the last one stays in sight.
  const shown = exposure.value ?? (isBlinking ? held.current : undefined);

  const stretch = STRETCHES.find((each) => each === parameters.get('stretch')) ?? 'asinh';
  const limitsName = (Object.keys(LIMITS) as LimitsName[]).find((each) => each === parameters.get('limits')) ?? 'auto';
  const inverted = parameters.get('invert') !== null;
  const planesText = parameters.get('planes') ?? '';
  const options = useDeferredValue({ stretch, limitsName, inverted });
  const picture = useMemo(() => {
    if (!shown) return undefined;
    const { image: pixels } = shown.maskedImage;
    return paintImage(pixels, { stretch: options.stretch, limits: limitsOf(pixels, options.limitsName), inverted: options.inverted });
  }, [shown, options.stretch, options.limitsName, options.inverted]);
  const overlay = useMemo(
    () => (shown ? paintMask(shown.maskedImage.mask, new Set(planesText.split(','))) : undefined),
    [shown, planesText],
  );
  const planes = useMemo(() => (shown ? countPlanes(shown.maskedImage.mask) : []), [shown]);

  useEffect(() => {
    if (!isBlinking || siblings.length < 2) return undefined;
    for (const each of siblings) void loadExposure(fitsUrl(each.id)).catch(() => undefined);
    const timer = setInterval(() => {
      const at = siblings.findIndex((each) => each.id === new URL(location.href).searchParams.get('id'));
      note({ id: siblings[(at + 1) % siblings.length]?.id });
    }, BLINK_MS);
    return () => clearInterval(timer);
  }, [isBlinking, siblings]);
  useEffect(() => {
    if (!place) return undefined;
    const timer = setTimeout(() => note({ x: place.x.toFixed(1), y: place.y.toFixed(1), zoom: place.zoom.toPrecision(4) }), 250);
    return () => clearTimeout(timer);
  }, [place]);

  const marked = parameters.get('at')?.split(',').map(Number);
  const marker = marked && marked.length === 2 && marked.every(Number.isFinite) ? { x: marked[0]!, y: marked[1]! } : undefined;
  const origin = shown?.maskedImage.image ?? { x0: 0, y0: 0 };
  const point = (x: number, y: number): void => setReading(shown && readPixel(shown, x + origin.x0, y + origin.y0));
  const setPlane = (name: string, on: boolean): void => {
    const chosen = new Set(planesText.split(',').filter((each) => each !== ''));
    if (on) chosen.add(name);
    else chosen.delete(name);
    note({ planes: [...chosen].join(',') });
  };
  return (
    <>
      <header>
        <Link href={hrefOf('images')} className="small">
          Images
        </Link>
        <h1 className="grow">{nameOf(image)}</h1>
        <a className="button" href={fitsUrl(image.id)} download>
          FITS, {(image.bytes / 1e6).toFixed(1)} MB
        </a>
      </header>
      <div className="beside viewer-layout">
        <div className="stack">
          <div className="row">
            <div className="row tight" role="group" aria-label="Images of the same pixels">
              {siblings.map((each) => (
                <button key={each.id} type="button" aria-pressed={each.id === image.id} onClick={() => note({ id: each.id })}>
                  {each.type}
                </button>
              ))}
            </div>
            {siblings.length > 1 && (
              <button type="button" aria-pressed={isBlinking} onClick={() => note({ blink: isBlinking ? undefined : 1 })}>
                Blink
              </button>
            )}
          </div>
          <div className="viewer">
            {exposure.state === 'failed' || exposure.state === 'absent' ? (
              <p className="notice bad">{exposure.message}</p>
            ) : (
              <ViewerCanvas
                width={image.width}
                height={image.height}
                picture={picture}
                overlay={overlay}
                place={place}
                marker={marker}
                label={`Image ${nameOf(image)}`}
                onPlace={setPlace}
                onPoint={point}
                onPick={(x, y) => {
                  note({ at: `${x.toFixed(1)},${y.toFixed(1)}` });
                  point(x, y);
                }}
              />
            )}
            <ReadOut reading={reading} isWaiting={exposure.state === 'waiting' && !shown} />
          </div>
        </div>
        <aside className="stack">
          <section className="card pad stack" aria-label="Brightness">
            <label className="field">
              Stretch
              <select value={stretch} onChange={(event) => note({ stretch: event.target.value as Stretch })}>
                {STRETCHES.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            </label>
            <label className="field">
              Black to white
              <select value={limitsName} onChange={(event) => note({ limits: event.target.value })}>
                {Object.entries(LIMITS).map(([name, title]) => (
                  <option key={name} value={name}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
            <div className="row">
              <label className="check">
                <input type="checkbox" checked={inverted} onChange={(event) => note({ invert: event.target.checked ? 1 : undefined })} />{' '}
                Inverted
              </label>
              <button type="button" className="tiny" onClick={() => setPlace(undefined)}>
                Fit
              </button>
              <button
                type="button"
                className="tiny"
                onClick={() => setPlace({ ...(place ?? { x: image.width / 2, y: image.height / 2 }), zoom: 1 })}
              >
                1 : 1
              </button>
            </div>
          </section>
          {planes.length > 0 && (
            <section className="card pad stack" aria-labelledby="planes">
              <h2 id="planes">Mask planes</h2>
              {planes.map(({ name, bit, count }) => (
                <label key={name} className="check plane">
                  <input
                    type="checkbox"
                    checked={planesText.split(',').includes(name)}
                    onChange={(event) => setPlane(name, event.target.checked)}
                  />
                  <span className="swatch" style={{ background: planeColour(name, bit) }} />
                  <span className="grow">{name}</span>
                  <span className="quiet number">{count.toLocaleString('en')}</span>
                </label>
              ))}
            </section>
          )}
          <Facts image={image} />
        </aside>
      </div>
      {shown && marker && <EpochStamps exposure={shown} marker={marker} image={image} all={all} />}
    </>
  );
}

function Facts({ image }: { readonly image: ImageEntry }): ReactElement {
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ...Object.entries(image.dataId),
    ['size', `${image.width} × ${image.height}`],
    ['pixel', image.pixelScaleArcsec === undefined ? undefined : `${image.pixelScaleArcsec.toFixed(3)}″`],
    ['exposure', image.exposureSec === undefined ? undefined : `${image.exposureSec} s`],
    ['run', image.run],
  ];
  return (
    <section className="card pad" aria-label="About this image">
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

function readPlace(parameters: URLSearchParams): ViewerPlace | undefined {
  const [x, y, zoom] = ['x', 'y', 'zoom'].map((name) => Number(parameters.get(name) ?? Number.NaN));
  return x !== undefined && y !== undefined && zoom !== undefined && Number.isFinite(x + y + zoom) && zoom > 0 ? { x, y, zoom } : undefined;
}
