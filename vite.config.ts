// How the page is built: `src/web` to `dist/web`, served by the node itself.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Files that gain by it, compressed once: the server sends them so where the browser takes it. */
function compressed(): Plugin {
  return {
    name: "glow-compressed",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      for (const name of Object.keys(bundle).filter((each) => /\.(js|css)$/.test(each))) {
        const path = join(dir, name);
        await writeFile(`${path}.gz`, await promisify(gzip)(await readFile(path), { level: 9 }));
      }
    },
  };
}

const workerName = "worker.js";

/** Tells the service worker which files there are, and of which build: the same tag as the server's, of the document. */
function keptByWorker(): Plugin {
  return {
    name: "glow-kept-by-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle[workerName];
      const document = bundle["index.html"];
      if (worker?.type !== "chunk" || document?.type !== "asset") throw new TypeError("a worker without a page");
      const build = createHash("sha256").update(document.source).digest("hex").slice(0, 32);
      const assets = Object.keys(bundle).filter((name) => name.startsWith("assets/"));
      worker.code = worker.code
        .replace("{{build}}", build)
        .replace(/(["'`])\{\{assets\}\}\1/, assets.map((name) => JSON.stringify(`/${name}`)).join());
      if (worker.code.includes("{{")) throw new TypeError("a mark of the worker was not found");
    },
  };
}

export default defineConfig({
  root: join(import.meta.dirname, "src/web"),
  plugins: [react(), keptByWorker(), compressed()],
  build: {
    outDir: join(import.meta.dirname, "dist/web"),
    emptyOutDir: true,
    license: { fileName: "licenses.md" },
    target: "es2023",
    // Its policy lets no script and no font into the page but files of its own.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: ["index.html", "worker/shell-worker.ts"].map((path) => join(import.meta.dirname, "src/web", path)),
      output: {
        // A worker is found where it was, and rules over what lies beside and below it.
        entryFileNames: ({ name }) => (name === "shell-worker" ? workerName : "assets/[name]-[hash].js"),
      },
    },
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
  },
});
