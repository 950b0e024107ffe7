import type { ReactElement } from 'react';

export function SkyPanel(): ReactElement {
  return <p />;
}
