import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Browser, expectAccessible, haveChromium, keepScreenshot, openBrowser, openPage } from './browser.ts';

const ALMAGEST = join(import.meta.dirname, '../../cli/bin/almagest.mjs');
/** A survey that the demonstration made before, to save its time while tests are written. */
const READY = process.env['ALMAGEST_DEMO_SURVEY'];

let folder = '';
let server: ChildProcess | undefined;
let url = '';
let browser: Browser;
beforeAll(async () => {
  if (!haveChromium) return;
  folder = mkdtempSync(join(tmpdir(), 'almagest-demo-page-'));
  const args = READY === undefined ? ['demo', join(folder, 'survey')] : ['serve', READY];
  ({ server, url } = await startServer([...args, '--port', '0', '--json']));
  browser = await openBrowser();
}, 900_000);
afterEach(async () => {
  for (const page of browser?.context.pages() ?? []) await page.close();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  server?.kill('SIGINT');
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

/** Starts the command and waits for the line with its address. */
async function startServer(args: readonly string[]): Promise<{ server: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [ALMAGEST, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const { address } = JSON.parse(line) as { address?: string };
    if (address !== undefined) return { server: child, url: address };
  }
  throw new Error(`almagest ${args.join(' ')} ended without an address`);
}

const demoTest = test.skipIf(!haveChromium);

demoTest('demo: home paints within 1.5 s and leads to every panel', async () => {
  const { page, complaints } = await openPage(browser, url);
  await page.getByRole('heading', { name: 'Latest images' }).waitFor();
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  console.log(`first contentful paint after ${paint?.toFixed(0)} ms`);
  expect(paint).toBeLessThan(1500);
  await page.waitForLoadState('networkidle');
  await keepScreenshot(page, 'demo-home');
  await expectAccessible(page);
  for (const name of ['Catalogues', 'Images', 'Alerts', 'Night', 'Sky']) {
    await page.getByRole('navigation').getByRole('link', { name }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
  expect(complaints).toEqual([]);
});

demoTest('demo: the form finds objects; plots, table and sky share a brush; colours are plotted; a job is aborted', async () => {
  const { page, complaints } = await openPage(browser, `${url}/catalogues?form=1`);
  await page.getByRole('form', { name: 'Search form' }).getByRole('combobox').first().selectOption('survey.DiaObject');
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByLabel('Column of condition 1').selectOption('nDiaSources');
  await page.getByLabel('Comparison of condition 1').selectOption('>=');
  await page.getByLabel('Value of condition 1').fill('1');
  await keepScreenshot(page, 'demo-form');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByRole('heading', { level: 2, name: /^\d+ rows$/ }).waitFor();
  await page.getByText(/^Reads [\d,]+ rows/).waitFor();
  const editor = page.getByRole('textbox', { name: 'Query in ADQL' });
  await editor.fill('SELECT * FROM survey.DiaObject WHERE nDiaSources > 1');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const colour = page.getByRole('button', { name: /Colour–magnitude g - r/ });
  await colour.click();
  await page.getByRole('img', { name: /Scatter plot of r_mag .* against g - r/ }).waitFor();
  const plot = page.getByRole('img', { name: /Scatter plot/ });
  await plot.scrollIntoViewIfNeeded();
  const box = (await plot.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.15, box.y + box.height * 0.1);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.95, box.y + box.height * 0.6, { steps: 5 });
  await page.mouse.up();
  const heading = page.getByRole('heading', { level: 2, name: /rows/ });
  await expect.poll(async () => await heading.textContent()).toMatch(/\d+ rows, \d+ brushed/);
  const brushed = Number(/, ([\d,]+) brushed/.exec((await heading.textContent()) ?? '')?.[1]?.replace(',', ''));
  expect(brushed).toBeGreaterThan(0);
  await keepScreenshot(page, 'demo-colour-magnitude');
  await expectAccessible(page);
  await page.getByRole('navigation').getByRole('link', { name: 'Sky' }).click();
  await page.getByText(`${brushed} rows of the last query`).waitFor();
  await page.goBack();

  await editor.fill(
    'SELECT COUNT(*) AS n FROM survey.Source AS a, survey.Source AS b, survey.Source AS c WHERE a.psfFlux + b.psfFlux > c.psfFlux',
  );
  await page.getByRole('button', { name: 'Run as a job' }).click();
  await page
    .getByRole('button', { name: /^Abort the job SELECT COUNT/ })
    .first()
    .click();
  await page.getByText('aborted', { exact: true }).first().waitFor({ timeout: 30_000 });
  await page
    .getByRole('button', { name: /^Delete the job SELECT COUNT/ })
    .first()
    .click();
  expect(complaints).toEqual([]);
});

demoTest('demo: the light curve of the most observed object is folded, and a reload brings it back', async () => {
  const most = encodeURIComponent('SELECT TOP 1 diaObjectId FROM survey.DiaObject ORDER BY nDiaSources DESC');
  const reply = await fetch(`${url}/tap/sync?LANG=ADQL&FORMAT=csv&QUERY=${most}`);
  const id = (await reply.text()).trim().split('\n')[1]!;
  const query = encodeURIComponent(`SELECT * FROM survey.DiaForcedSource WHERE diaObjectId = ${id}`);
  const { page, complaints } = await openPage(
    browser,
    `${url}/catalogues?query=${query}&run=1&view=light&value=scienceFlux&error=scienceFluxErr`,
  );
  await page.getByRole('img', { name: /Light curve of \d+ measurements$/ }).waitFor();
  await page.getByRole('button', { name: 'Find a period' }).click();
  await page.getByRole('img', { name: /folded by/ }).waitFor({ timeout: 30_000 });
  const period = await page.getByLabel('Period [day]').inputValue();
  await page.getByRole('img', { name: /folded by/ }).scrollIntoViewIfNeeded();
  await keepScreenshot(page, 'demo-light-curve');
  await expectAccessible(page);
  await page.reload();
  await page.getByRole('img', { name: new RegExp(`folded by ${period.replace('.', '\\.')}`) }).waitFor();
  expect(complaints).toEqual([]);
});

demoTest('demo: a difference is blinked against template and science, and its place shown at every epoch', async () => {
  const { page, complaints } = await openPage(browser, `${url}/images?type=difference_image`);
  await page
    .getByRole('link', { name: /^difference_image/ })
    .first()
    .click();
  const viewer = page.getByRole('application', { name: /Image difference_image/ });
  await page.getByRole('heading', { name: 'Mask planes' }).waitFor();
  const box = (await viewer.boundingBox())!;
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.getByRole('heading', { name: /This place at \d+ epochs/ }).waitFor();
  await page.getByRole('button', { name: 'Blink' }).click();
  const seen = new Set<string>();
  await expect
    .poll(
      async () => {
        seen.add((await page.getByRole('heading', { level: 1 }).textContent())?.split(' ')[0] ?? '');
        return seen.size;
      },
      { timeout: 30_000, interval: 150 },
    )
    .toBe(3);
  await page.getByRole('button', { name: 'Blink' }).click();
  await page.waitForLoadState('networkidle');
  await keepScreenshot(page, 'demo-image');
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

demoTest('demo: a filter is edited, tried on the last night, narrowed to a watchlist, and an alert is opened', async () => {
  const { page, complaints } = await openPage(browser, `${url}/alerts`);
  await page.getByText(/of \d+ alerts/).waitFor();
  const filter = page.getByLabel('Filter');
  await filter.fill('snr > 10 AND reliabilty > 0.5');
  await page.getByText(/At \d+: .*reliabilty/).waitFor();
  await filter.fill('snr > 10');
  await page.getByRole('button', { name: 'Try it on the last night' }).click();
  await page.getByText(/^\d+ of \d+ alerts of the night of .* pass/).waitFor();
  const list = page.getByRole('region', { name: 'List of alerts' });
  const place = (await list.getByRole('row').nth(1).getByRole('cell').nth(5).textContent())!.replace(/\s+/g, ' ').trim();
  await page.getByText('Watchlists', { exact: true }).click();
  await page.getByLabel('Name of the list').fill('mine');
  await page.getByLabel(/^Positions, one a line/).fill(`${place}, that one, 3\nnowhere`);
  await page.getByText('No position in line 2').waitFor();
  await page.getByLabel(/^Positions, one a line/).fill(`${place}, that one, 3`);
  await page.getByRole('button', { name: 'Keep the list' }).click();
  await page.getByRole('button', { name: 'Use mine' }).click();
  await expect.poll(() => filter.inputValue()).toBe("(snr > 10) AND watchlist('mine')");
  await page.getByRole('button', { name: 'Try it on the last night' }).click();
  await page.getByText(/^[1-9]\d* of \d+ alerts of the night/).waitFor();
  await keepScreenshot(page, 'demo-alerts-filter');
  await expectAccessible(page);
  await list.getByRole('link').first().click();
  for (const kind of ['Science', 'Template', 'Difference']) await page.getByRole('img', { name: `${kind} stamp` }).waitFor();
  await page.getByRole('img', { name: /Light curve of \d+ measurements/ }).waitFor();
  await keepScreenshot(page, 'demo-alert');
  await expectAccessible(page);
  await page.reload();
  await page.getByRole('img', { name: 'Difference stamp' }).waitFor();
  expect(complaints).toEqual([]);
});

demoTest('demo: watchlists of an account are on the server, and in whatever browser it signs in', async () => {
  const survey = READY ?? join(folder, 'survey');
  const user = `reader${process.pid}`;
  const made = spawnSync(
    process.execPath,
    [ALMAGEST, 'auth', 'token', 'create', survey, '--user', user, '--scope', 'read:alert', '--json'],
    {
      encoding: 'utf8',
    },
  );
  const { token } = JSON.parse(made.stdout) as { token: string };
  const asUser = async (other: Browser): Promise<Page> => {
    await other.context.setExtraHTTPHeaders({ authorization: `Bearer ${token}` });
    const { page } = await openPage(other, `${url}/alerts`);
    await page.getByText('Watchlists', { exact: false }).first().click();
    return page;
  };
  await using one = await openBrowser();
  const first = await asUser(one);
  await first.getByText(`lists are kept on the server, for ${user}`).waitFor();
  await first.getByLabel('Name of the list').fill('kept');
  await first.getByLabel(/^Positions, one a line/).fill('150.1 2.2');
  await first.getByRole('button', { name: 'Keep the list' }).click();
  await first.getByRole('button', { name: 'Use kept' }).waitFor();
  await expect.poll(async () => (await first.request.get(`${url}/api/watchlists`)).json()).toMatchObject({ lists: [{ name: 'kept' }] });
  await using two = await openBrowser();
  const second = await asUser(two);
  await second.getByRole('button', { name: 'Use kept' }).waitFor();
  await keepScreenshot(second, 'demo-watchlists');
  await expectAccessible(second);
});

demoTest('demo: the night shows visits, metrics with trends, the verification matrix, and where an image comes from', async () => {
  const { page, complaints } = await openPage(browser, `${url}/night`);
  await page.getByRole('heading', { level: 1, name: /^Night of/ }).waitFor();
  await page.getByRole('columnheader', { name: 'Latency' }).waitFor();
  await keepScreenshot(page, 'demo-night');
  await expectAccessible(page);
  await page.getByRole('tab', { name: 'Quality' }).click();
  await page.getByRole('cell', { name: 'PA1' }).first().waitFor();
  await page.getByRole('heading', { name: 'Verification matrix' }).waitFor();
  await page.getByText('DMS-REQ-0359').waitFor();
  await keepScreenshot(page, 'demo-quality');
  await expectAccessible(page);
  await page.getByRole('tab', { name: 'Visits' }).click();
  await page.getByRole('region', { name: 'Table of visits' }).getByRole('link').first().click();
  const tree = page.getByRole('region', { name: 'Tree of provenance' });
  await tree.getByRole('link', { name: 'postISRCCD' }).first().waitFor();
  await page.getByRole('combobox', { name: /^Show/ }).selectOption('of');
  await page.getByLabel(/^Dataset:/).fill('difference_image');
  await page.getByRole('button', { name: 'Walk' }).click();
  await tree.getByRole('link', { name: 'template_detector' }).first().waitFor();
  await keepScreenshot(page, 'demo-provenance');
  await expectAccessible(page);
  await page.reload();
  await tree.getByRole('link', { name: 'template_detector' }).first().waitFor();
  await page.getByLabel(/^Dataset:/).fill('nothing{visit=1}');
  await page.getByRole('button', { name: 'Walk' }).click();
  await page
    .getByRole('alert')
    .getByText(/no dataset "nothing/)
    .waitFor();
  expect(complaints.filter((text) => !text.includes('/api/provenance'))).toEqual([]);
});

demoTest('demo: every panel in the dark and on a phone, without scrolling sideways', async () => {
  for (const look of [
    { name: 'dark', options: { dark: true } },
    { name: 'phone', options: { width: 390, height: 844 } },
  ]) {
    await using other = await openBrowser(look.options);
    for (const path of [
      '/',
      '/catalogues?form=1',
      '/images',
      '/alerts',
      '/night',
      '/night?part=quality',
      '/night?part=provenance&dataset=difference_image',
      '/sky',
    ]) {
      const { page, complaints } = await openPage(other, url + path);
      await settle(page);
      await keepScreenshot(page, `demo-${path.replaceAll(/[^a-z]+/g, '-').replaceAll(/^-|-$/g, '') || 'home'}-${look.name}`);
      await expectAccessible(page);
      if (look.name === 'phone')
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), path).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
      await page.close();
    }
  }
});

async function settle(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle', { timeout: 10_000 }).catch(() => undefined);
  await page.waitForTimeout(300);
}
