import { type ReactElement, useState } from 'react';
import { hrefOf, type Panel, PANELS } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { Icon } from './icon.tsx';
import { chooseTheme, themeNow } from './theme.ts';

export const TITLES: Readonly<Record<Panel, string>> = {
  home: 'Home',
  catalogues: 'Catalogues',
  images: 'Images',
  alerts: 'Alerts',
  night: 'Night',
  sky: 'Sky',
};

export function Navigation({ panel }: { readonly panel: Panel }): ReactElement {
  const [theme, setTheme] = useState(themeNow);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <header className="corridor">
      <Link href="/" className="brand" aria-label="Almagest, home">
        <img src="/almagest.svg" alt="" width="30" height="30" />
        <span>Almagest</span>
      </Link>
      <nav aria-label="Panels">
        {PANELS.map((each) => (
          <Link key={each} href={hrefOf(each)} aria-current={each === panel ? 'page' : undefined}>
            <Icon name={each} />
            <span>{TITLES[each]}</span>
          </Link>
        ))}
      </nav>
      <button
        type="button"
        className="plain theme"
        aria-label={`Change to ${other} colours`}
        onClick={() => {
          chooseTheme(other);
          setTheme(other);
        }}
      >
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
        <span>{theme === 'dark' ? 'Light' : 'Dark'}</span>
      </button>
    </header>
  );
}
