import { defineConfig } from 'vitest/config';

const SERVICES = '**/*.integration.test.ts';
const BROWSER = '**/*.browser.test.ts';
const NIGHTLY = '**/*.nightly.test.ts';

/** `npm test` runs what needs no outside server; ALMAGEST_TIER=services|nightly picks the other tiers. */
const tier = process.env['ALMAGEST_TIER'] ?? 'hermetic';
const include = { hermetic: ['**/*.test.ts'], services: [SERVICES, BROWSER], nightly: [NIGHTLY] }[tier] ?? ['**/*.test.ts'];

export default defineConfig({
  test: {
    include,
    globalSetup: './scripts/test-folder.ts',
    exclude: ['**/node_modules/**', '**/dist/**', ...(tier === 'hermetic' ? [SERVICES, BROWSER, NIGHTLY] : [])],
    pool: 'threads',
    isolate: false,
    maxWorkers: 2,
    testTimeout: tier === 'hermetic' ? 60_000 : 600_000,
    hookTimeout: 120_000,
    reporters: [process.env['CI'] ? 'dot' : 'default', './scripts/closing-line.ts'],
  },
});
