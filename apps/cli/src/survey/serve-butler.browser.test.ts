import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTokenStore } from '@almagest/auth';
import { Butler, registerInstrument } from '@almagest/butler';
import { loadCamera } from '@almagest/instrument';
import { listen } from '@almagest/server';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { expect, test } from 'vitest';
import { createSurveyServer } from './server.ts';
import { surveyFolder } from './survey-folder.ts';

const CHROMIUM = '/usr/bin/chromium';
if (!existsSync(CHROMIUM)) console.log('skipped: Chromium is absent (apt-get install chromium)');

test.skipIf(!existsSync(CHROMIUM))(
  'a page in a browser holds a butler: it writes, reads a part, streams a query and meets errors',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'almagest-browser-butler-'));
    const survey = surveyFolder(root);
    {
      await using butler = await Butler.create(survey.repository);
      await registerInstrument(butler, loadCamera('simcam-tiny'));
    }
    const tokens = openTokenStore(survey.tokens);
    const { token } = tokens.create({ user: 'ada', name: 'page', scopes: ['read:image', 'write:butler'], lifetimeSec: 3600 });
    tokens.close();
    const pageFolder = join(root, 'page');
    const warnings: string[] = [];
    await build({
      configFile: false,
      logLevel: 'silent',
      customLogger: {
        info: () => undefined,
        warnOnce: () => undefined,
        clearScreen: () => undefined,
        hasErrorLogged: () => false,
        hasWarned: false,
        warn: (text) => void warnings.push(text),
        error: (text) => void warnings.push(text),
      },
      build: {
        outDir: pageFolder,
        target: 'es2023',
        lib: { entry: join(import.meta.dirname, '../../test/butler-page.ts'), formats: ['es'], fileName: () => 'page.js' },
      },
    });
    // What only Node has would be named as externalized.
    expect(warnings.filter((text) => text.includes('node:'))).toEqual([]);
    writeFileSync(join(pageFolder, 'index.html'), '<title>Butler</title><script type="module" src="/page.js"></script>');
    const app = await createSurveyServer(survey, { pageFolder });
    const address = await listen(app, { port: 0 });
    const profile = join(root, 'profile');
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
    try {
      const page = await context.newPage();
      await page.goto(address);
      await page.waitForFunction(() => 'holdButler' in globalThis);
      const found = await page.evaluate(
        async (given) => await (globalThis as unknown as { holdButler: (token: string) => Promise<unknown> }).holdButler(given),
        token,
      );
      expect(found).toEqual({
        universe: 8,
        note: { seeing: 0.7, by: 'a browser' },
        part: [65, 66],
        streamed: 7,
        wasUndone: 'changed my mind',
        taken: { n: 7 },
        filters: ['sim_r'],
        refusal: 'butler.where-syntax',
        signed: 'seeing: 0.7\nby: a browser\n',
      });
      await using butler = await Butler.open(survey.repository);
      expect(await butler.get('note', { instrument: 'SimCam-tiny', detector: 0 }, { collections: ['u/browser'] })).toEqual({
        seeing: 0.7,
        by: 'a browser',
      });
    } finally {
      await context.close();
      await app.close();
      rmSync(root, { recursive: true, force: true });
    }
  },
);
