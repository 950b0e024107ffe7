import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Services of this page when it is developed with `vite` beside `almagest serve`. */
const SERVICES = ['/api', '/tap', '/soda', '/datalink', '/sia', '/hips', '/health'];
const SERVER = process.env['ALMAGEST_SERVER'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  root: import.meta.dirname,
  // The reader of alert packets names zlib for packed files, which the stream never sends.
  resolve: { alias: { 'node:zlib': join(import.meta.dirname, 'src/alerts/no-zlib.ts') } },
  server: { proxy: Object.fromEntries(SERVICES.map((path) => [path, SERVER])) },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    target: 'es2023',
    assetsInlineLimit: 2048,
    // Sizes are checked against bundle-budget.json.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      // Some parts are fetched late in one chunk and at once in another, which is as it should be.
      checks: { ineffectiveDynamicImport: false },
      // Our own rooms do nothing on import, so that what a panel does not use is not in its chunk.
      treeshake: { moduleSideEffects: [{ test: /\/(foundation|services|archive|middleware)\//, sideEffects: false }] },
    },
  },
});
