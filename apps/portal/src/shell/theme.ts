export type Theme = 'light' | 'dark';

/** The colours in use: what the reader chose, else what the system prefers (set before the first paint in index.html). */
export function themeNow(): Theme {
  return document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light';
}

/** Changes colours now and for the next visit. */
export function chooseTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  localStorage.setItem('almagest-theme', theme);
  dispatchEvent(new Event('almagest:theme'));
}

/** A colour of the design as a canvas takes it. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
