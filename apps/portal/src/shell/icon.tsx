import type { ReactElement } from 'react';

/** Line drawings on a grid of 24, drawn in the colour of the text. */
const PATHS: Readonly<Record<string, string>> = {
  home: 'M4 11.5 12 5l8 6.5M6.5 10v9h11v-9M10 19v-5h4v5',
  catalogues: 'M4.5 6.5h15M4.5 12h15M4.5 17.5h15M9.5 6.5v11',
  images: 'M4.5 5.5h15v13h-15zM4.5 15l4.5-4 4 3.5 2.5-2 4 3.5M15.5 9.2a.8.8 0 1 0 .01 0',
  alerts: 'M12 4.5c-3.4 0-5.5 2.6-5.5 6 0 4-1.7 5-1.7 6h14.4c0-1-1.7-2-1.7-6 0-3.400-2.1-6-5.500-6ZM10 19.300c.9.9 3.100.9 4 0',
  night: 'M19 14.500A7.500 7.500 0 0 1 9.500 5 7.500 7.500 0 1 0 19 14.500Z',
  sky: 'M12 4a8 8 0 1 0 .01 0M4.500 10.200c4.500 3 10.500 3 15 0M12 4c-4 4.500-4 11.500 0 16M12 4c4 4.500 4 11.500 0 16',
  sun: 'M12 8.500a3.500 3.500 0 1 0 .01 0M12 3.500v2M12 18.500v2M3.500 12h2M18.500 12h2M6 6l1.400 1.400M16.600 16.600 18 18M18 6l-1.400 1.400M7.400 16.600 6 18',
  moon: 'M19 14.500A7.500 7.500 0 0 1 9.500 5 7.500 7.500 0 1 0 19 14.500Z',
  search: 'M10.500 5a5.500 5.500 0 1 0 .01 0M14.700 14.700 19.500 19.500',
};

export function Icon({ name }: { readonly name: string }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path d={PATHS[name] ?? ''} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
