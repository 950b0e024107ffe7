import type { ReactElement } from 'react';

export function NightPanel(): ReactElement {
  return <p />;
}
