import type { ReactElement } from 'react';

export function AlertsPanel(): ReactElement {
  return <p />;
}
