import { type ReactElement, useEffect, useRef, useState } from 'react';
import type { SkyLayer } from './sky-map.tsx';
import type { SkyView } from './sky-projection.ts';

/** The parts of Aladin Lite that this page uses; it comes without types. */
interface AladinLite {
  readonly init: Promise<void>;
  aladin(box: HTMLElement, options: Readonly<Record<string, unknown>>): AladinInstance;
  catalog(options: Readonly<Record<string, unknown>>): { addSources(sources: unknown[]): void };
  source(ra: number, dec: number): unknown;
  graphicOverlay(options: Readonly<Record<string, unknown>>): { add(shape: unknown): void };
  polygon(points: readonly (readonly [number, number])[]): unknown;
}

interface AladinInstance {
  addCatalog(catalog: unknown): void;
  addOverlay(overlay: unknown): void;
  removeLayers(): void;
}

interface AladinViewProps {
  readonly view: SkyView;
  readonly layers: readonly SkyLayer[];
  /** HiPS of this server; without one a dark sky of our own lies behind the overlays, since Aladin cannot be without any. */
  readonly surveyUrl: string | undefined;
}

/** Aladin Lite, fetched when it is first asked for. It is given no survey but our own, so it fetches nothing from elsewhere. */
export function AladinView({ view, layers, surveyUrl }: AladinViewProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const [instance, setInstance] = useState<{ readonly lite: AladinLite; readonly aladin: AladinInstance }>();
  const [problem, setProblem] = useState('');
  useEffect(() => {
    let isGone = false;
    void (async () => {
      if (!document.createElement('canvas').getContext('webgl2')) {
        setProblem(
          'This browser offers no WebGL 2, which Aladin Lite needs. The map without it shows the same footprints, alerts and rows.',
        );
        return;
      }
      const { default: lite } = (await import('aladin-lite')) as unknown as { default: AladinLite };
      await lite.init;
      if (isGone || !box.current) return;
      const aladin = lite.aladin(box.current, {
        survey: surveyUrl ?? `${location.origin}/blank-sky`,
        target: `${view.ra} ${view.dec}`,
        fov: view.fov,
        cooFrame: 'ICRSd',
        backgroundColor: 'rgb(7, 9, 14)',
        showCooGrid: true,
        showSimbadPointerControl: false,
        showShareControl: false,
        showContextMenu: false,
        showSettingsControl: false,
        showStatusBar: false,
        log: false,
      });
      setInstance({ lite, aladin });
    })().catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)));
    return () => {
      isGone = true;
    };
    // The view is where it opens; from then on Aladin turns it.
  }, [surveyUrl]);
  useEffect(() => {
    if (!instance) return;
    const { lite, aladin } = instance;
    aladin.removeLayers();
    for (const { colour, outlines, points } of layers) {
      if (outlines.length > 0) {
        const overlay = lite.graphicOverlay({ color: colour, lineWidth: 2 });
        aladin.addOverlay(overlay);
        for (const outline of outlines) overlay.add(lite.polygon(outline));
      }
      if (points.length > 0) {
        const catalog = lite.catalog({ name: 'points', color: colour, sourceSize: 8 });
        aladin.addCatalog(catalog);
        catalog.addSources(points.map(({ ra, dec }) => lite.source(ra, dec)));
      }
    }
  }, [instance, layers]);
  if (problem !== '') return <p className="notice">{problem}</p>;
  // Aladin takes the inner element's classes over; the outer one keeps the size.
  return (
    <div className="sky-lite">
      <div ref={box} role="application" aria-label="Aladin Lite" style={{ width: '100%', height: '100%' }} />
    </div>
  );
}
