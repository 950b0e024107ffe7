import { type ComponentType, lazy, type LazyExoticComponent, type ReactElement, Suspense, useEffect } from 'react';
import { type Panel, useAddress } from '../routing/address.ts';
import { useConnection } from '../services/connection.ts';
import { HomePanel } from '../home/home-panel.tsx';
import { ConnectionNote } from './connection-note.tsx';
import { Navigation, TITLES } from './navigation.tsx';
import { ProblemBoundary } from './problem-boundary.tsx';

/** Every panel but the first is a chunk of its own, fetched when it is opened. */
const LAZY: Readonly<Record<Exclude<Panel, 'home'>, LazyExoticComponent<ComponentType>>> = {
  catalogues: lazy(async () => ({ default: (await import('../catalogues/catalogues-panel.tsx')).CataloguesPanel })),
  images: lazy(async () => ({ default: (await import('../images/images-panel.tsx')).ImagesPanel })),
  alerts: lazy(async () => ({ default: (await import('../alerts/alerts-panel.tsx')).AlertsPanel })),
  night: lazy(async () => ({ default: (await import('../night/night-panel.tsx')).NightPanel })),
  sky: lazy(async () => ({ default: (await import('../sky/sky-panel.tsx')).SkyPanel })),
};

export function App(): ReactElement {
  const { panel } = useAddress();
  const { returns, state } = useConnection();
  useEffect(() => {
    document.title = panel === 'home' ? 'Almagest' : `${TITLES[panel]} · Almagest`;
  }, [panel]);
  const Body = panel === 'home' ? HomePanel : LAZY[panel];
  return (
    <div className="house">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Navigation panel={panel} />
      <ConnectionNote />
      <main id="main" tabIndex={-1} className={`room room-${panel}`}>
        <ProblemBoundary key={panel} returns={returns} isGone={state === 'gone'}>
          <Suspense fallback={<p className="quiet waiting">Opening {TITLES[panel].toLowerCase()}…</p>}>
            <Body />
          </Suspense>
        </ProblemBoundary>
      </main>
    </div>
  );
}
