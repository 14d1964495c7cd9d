// What has to be loaded: by a browser before it shows the page, and by each command of the command line.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundledCli } from "../../scripts/bundle-cli.mjs";
import { root } from "./programs.ts";

export interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

export function measureSizes(): Size[] {
  const web = join(root, "dist", "web");
  const html = readFileSync(join(web, "index.html"), "utf8");
  const assets = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = ""]) => join(web, path));
  const later = readdirSync(join(web, "assets"))
    .filter((name) => /\.(?:js|css)$/.test(name))
    .map((name) => join(web, "assets", name))
    .filter((path) => !assets.includes(path));
  const cli = dirname(bundledCli(root));
  const { files } = JSON.parse(readFileSync(join(cli, "bundle.json"), "utf8")) as { files: string[] };
  return [
    sizeOf("page, until it shows", [join(web, "index.html"), ...assets]),
    sizeOf("page, loaded when used", later),
    sizeOf("glow --help", loadedBy(bundledCli(root))),
    sizeOf(
      "glow, all commands and the node",
      files.map((name) => join(cli, name)),
    ),
  ];
}

/** A file of the bundle with all that it imports at once. */
function loadedBy(path: string, seen: string[] = []): string[] {
  if (seen.includes(path)) return seen;
  seen.push(path);
  for (const [, target = ""] of readFileSync(path, "utf8").matchAll(/^import[^"']*?["'](\.\/[^"']+)["'];$/gm)) {
    loadedBy(join(dirname(path), target), seen);
  }
  return seen;
}

function sizeOf(name: string, paths: readonly string[]): Size {
  const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  return {
    name,
    bytes,
    gzipBytes: paths.reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0),
  };
}
