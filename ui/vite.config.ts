import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** One page per surface, so that a representative never loads the administration and the other way round. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react()],
  // The server replaces the word by the nonce of the answer.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    // One shared chunk of the component library; the first page stays under 400 kB compressed.
    chunkSizeWarningLimit: 700,
    outDir: resolve(import.meta.dirname, '../dist/ui'),
    emptyOutDir: true,
    // A data: URL would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        login: resolve(import.meta.dirname, 'login.html'),
        console: resolve(import.meta.dirname, 'console.html'),
      },
      output: {
        // What several pages use comes in two files: a page of its own chunk each would otherwise ask for a dozen.
        codeSplitting: {
          groups: [
            { name: 'library', test: /node_modules/, minShareCount: 2 },
            { name: 'shared', test: /ui[\\/]shared/, minShareCount: 2 },
          ],
        },
      },
    },
  },
});
