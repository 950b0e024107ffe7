import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, expectAccessible, haveChromium, keepScreenshot, openBrowser, openPage } from './browser.ts';
import { type SampleServer, startSampleServer } from './sample-server.ts';

let server: SampleServer;
beforeAll(async () => {
  if (!haveChromium) return;
  server = await startSampleServer();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});
const browserTest = test.skipIf(!haveChromium);
const PANELS = ['home', 'catalogues', 'images', 'alerts', 'night', 'sky'] as const;
const QUERY = encodeURIComponent('SELECT TOP 3000 * FROM dp.Object');

const addressOf = (panel: (typeof PANELS)[number]): string =>
  ({ home: '/', catalogues: `/catalogues?query=${QUERY}&run=1&x=color&y=gMag`, alerts: '/alerts?id=4611686019427000005' })[
    panel as string
  ] ?? `/${panel}`;

async function visitAll(
  browser: Browser,
  name: string,
  each?: (page: Awaited<ReturnType<typeof openPage>>['page']) => Promise<void>,
): Promise<void> {
  for (const panel of PANELS) {
    const { page, complaints } = await openPage(browser, server.url + addressOf(panel));
    await page.getByRole('heading', { level: 1 }).waitFor();
    if (panel === 'catalogues') await page.getByRole('heading', { name: '3,000 rows' }).waitFor();
    await page.waitForTimeout(400);
    await keepScreenshot(page, `${panel}-${name}`);
    await expectAccessible(page);
    await each?.(page);
    expect(complaints).toEqual([]);
    await page.close();
  }
}

browserTest('every panel is readable in the dark', async () => {
  await using browser = await openBrowser({ dark: true });
  await visitAll(browser, 'dark');
});

browserTest('every panel fits a phone without scrolling sideways', async () => {
  await using browser = await openBrowser({ width: 390, height: 844 });
  await visitAll(browser, 'phone', async (page) => {
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  });
});

browserTest('a server without services gets plain words in place of errors', async () => {
  await using bare = await startSampleServer({});
  await using browser = await openBrowser();
  for (const [path, words] of [
    ['/catalogues', 'No catalogues yet'],
    ['/images', 'No images yet'],
    ['/alerts', 'No alert stream'],
    ['/night', 'No night so far'],
    ['/sky', 'Sky'],
    ['/', 'What would you like to look at?'],
  ] as const) {
    const { page, complaints } = await openPage(browser, bare.url + path);
    await page.getByRole('heading', { level: 1, name: words }).waitFor();
    await expectAccessible(page);
    expect(complaints).toEqual([]);
    await page.close();
  }
});

browserTest('a server that goes away under an open page is told, nothing that was written is lost, and it is found again', async () => {
  await using browser = await openBrowser();
  const gone = await startSampleServer();
  const { page } = await openPage(browser, `${gone.url}/catalogues`);
  await page.getByRole('heading', { name: 'Tables' }).waitFor();
  await gone[Symbol.asyncDispose]();
  await page.getByRole('textbox', { name: 'Query in ADQL' }).fill('SELECT TOP 5 * FROM dp.DiaSource');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('The server does not answer').waitFor();
  expect(await page.getByRole('textbox', { name: 'Query in ADQL' }).inputValue()).toContain('dp.DiaSource');
  // Started again under the open page, it answers as if nothing had been.
  await using _again = await startSampleServer({ images: true, alerts: true, tap: true, port: Number(new URL(gone.url).port) });
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('heading', { name: '5 rows' }).waitFor();
});

browserTest('the alert stream connects again by itself when the server comes back', async () => {
  await using browser = await openBrowser();
  const gone = await startSampleServer();
  const { page } = await openPage(browser, `${gone.url}/alerts`);
  await page.getByText('live', { exact: true }).waitFor();
  await gone[Symbol.asyncDispose]();
  await page.getByText('connecting again…').waitFor();
  await using _again = await startSampleServer({ images: true, alerts: true, tap: true, port: Number(new URL(gone.url).port) });
  await page.getByText('live', { exact: true }).waitFor({ timeout: 60_000 });
});

browserTest('a page that lies open says that the server went away and that it is back, and asks again what failed', async () => {
  await using browser = await openBrowser();
  const gone = await startSampleServer();
  const { page } = await openPage(browser, `${gone.url}/`);
  await page.getByRole('heading', { name: 'Latest images' }).waitFor();
  await gone[Symbol.asyncDispose]();
  await page.getByRole('navigation').getByRole('link', { name: 'Night' }).click();
  await page.getByRole('status').getByText('Connection lost').waitFor();
  await keepScreenshot(page, 'server-gone');
  await using _again = await startSampleServer({ images: true, alerts: true, tap: true, port: Number(new URL(gone.url).port) });
  await page.getByRole('status').getByText('The server is back').waitFor({ timeout: 30_000 });
  await page.getByRole('heading', { name: 'Night of 2026-09-23' }).waitFor();
});

browserTest('everything can be reached by keyboard, the content first', async () => {
  await using browser = await openBrowser();
  const { page } = await openPage(browser, `${server.url}/night`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SELECT');
});

browserTest('Aladin Lite shows our overlays and asks nothing of anybody else; without WebGL the page says so', async () => {
  await using with3d = await openBrowser({ webgl: true, width: 620, height: 520 });
  const { page, complaints } = await openPage(with3d, `${server.url}/sky?viewer=aladin`);
  await page.locator('.sky-lite canvas').first().waitFor({ timeout: 60_000 });
  await page.waitForTimeout(4000);
  await keepScreenshot(page, 'sky-aladin');
  expect(complaints).toEqual([]);
  const box = await page.locator('.sky-lite canvas').first().boundingBox();
  expect(box?.height).toBeGreaterThan(300);
  await using flat = await openBrowser();
  const plain = await openPage(flat, `${server.url}/sky?viewer=aladin`);
  await plain.page.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = function getContext(this: HTMLCanvasElement, kind: string) {
      return kind.startsWith('webgl') ? null : ({} as never);
    } as never;
  });
  await plain.page.reload();
  await plain.page.getByText('no WebGL 2').waitFor();
});
