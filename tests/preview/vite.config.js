import { defineConfig } from 'vite';

// Grafana's packages ask for Node's `process` in a few places.
export default defineConfig({
  define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'globalThis' },
  esbuild: { jsx: 'automatic' },
  build: { chunkSizeWarningLimit: 20000, reportCompressedSize: false },
});
