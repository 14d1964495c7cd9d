// Which folder may not import what, and why not. The picture behind the table is in docs/architecture.md.

import { posix } from "node:path";
import type { Rule } from "./rule.ts";
import type { Import, Source } from "./source.ts";
import type { Tree } from "./tree.ts";

/** What is in `from` imports nothing in `to`, `except` for some. A place is the start of a path. Tests are free. */
interface Ban {
  readonly from: string;
  readonly to: readonly [string, ...string[]];
  readonly except: readonly string[];
  readonly because: string;
}

const ground = ["src/base/", "src/glow.ts"];

const bans: readonly Ban[] = [
  {
    from: "src/base/",
    to: ["src/"],
    except: ["src/base/"],
    because: "everything stands on base; an import from there upwards would close a circle",
  },
  {
    from: "src/glow.ts",
    to: ["src/"],
    except: ["src/base/", "src/store/contracts"],
    because: "it says what the layers offer, so that none of them needs to be read",
  },
  {
    from: "src/identity/",
    to: ["src/"],
    except: [...ground, "src/identity/"],
    because: "firefly, mesh and store all stand on identity",
  },
  {
    from: "src/firefly/",
    to: ["src/"],
    except: [...ground, "src/identity/", "src/firefly/"],
    because: "it runs over any pipe that keeps order, and is of use without a mesh or a store",
  },
  {
    from: "src/mesh/",
    to: ["src/"],
    except: [...ground, "src/identity/", "src/mesh/"],
    because: "it carries bytes, and knows neither schemas nor what is stored",
  },
  {
    from: "src/store/",
    to: ["src/"],
    except: [...ground, "src/identity/", "src/store/"],
    because: "it asks for a way to reach peers, and knows no socket and no call",
  },
  {
    from: "src/interfaces/",
    to: ["src/"],
    except: [...ground, "src/firefly/", "src/interfaces/"],
    because: "what lies between nodes is known by its interface alone",
  },
  ...["src/process/", "src/services/", "src/gateways/"].map(
    (folder): Ban => ({
      from: folder,
      to: ["src/"],
      except: [...ground, "src/firefly/", "src/interfaces/", folder],
      because: "it reaches the system through capabilities, and so works on a remote node and in a sandbox alike",
    }),
  ),
  {
    from: "src/cli/",
    to: ["src/"],
    // `glow start` does not speak to a node, it is one. `glow join` reads a code before there is a node to ask.
    except: [
      ...ground,
      "src/identity/invitation/invitation-code.ts",
      "src/firefly/",
      "src/interfaces/",
      "src/platform/",
      "src/node/daemon.ts",
      "src/node/page-host.ts",
      "src/cli/",
    ],
    because: "a face holds a capability to a node and nothing more: what it can do, any program can do",
  },
  {
    from: "src/web/",
    to: ["src/"],
    // A page does not only ask a node, its tab is one.
    except: [...ground, "src/firefly/", "src/interfaces/", "src/platform/", "src/node/tab/", "src/web/"],
    because: "a face holds a capability to a node and nothing more: what it can do, any program can do",
  },
  {
    from: "src/node/",
    to: ["src/cli/", "src/web/"],
    except: [],
    because: "a node does not know its faces",
  },
  {
    from: "src/platform/",
    to: ["src/"],
    except: [...ground, "src/platform/"],
    because: "a platform lends powers to what stands above it, and knows nothing of that",
  },
  {
    from: "src/platform/nodejs/",
    to: ["src/platform/browser/", "src/platform/simulated/"],
    except: [],
    because: "each platform runs where the others can't; what they share lies in src/platform itself",
  },
  {
    from: "src/platform/browser/",
    to: ["src/platform/nodejs/", "src/platform/simulated/"],
    except: [],
    because: "a page has no Node, and what is for tests has no place in it",
  },
  {
    from: "src/platform/simulated/",
    to: ["src/platform/nodejs/", "src/platform/browser/"],
    except: [],
    because: "one power of the real machine in it, and the same seed gives another run",
  },
  {
    from: "src/",
    to: ["test/", "bench/", "scripts/"],
    except: [],
    because: "what is shipped needs nothing of what checks it",
  },
];

/** Where the machine may be touched. */
const machineRooms = ["src/platform/nodejs/"];

/** Where each package is used: it can be replaced there, and nobody else notices. */
const packageHomes: Readonly<Record<string, readonly string[]>> = {
  "@clack/prompts": ["src/cli/"],
  "@mantine/core": ["src/web/"],
  "@mantine/hooks": ["src/web/"],
  "@mantine/notifications": ["src/web/"],
  "@napi-rs/blake-hash": ["src/platform/nodejs/"],
  "@peculiar/asn1-schema": ["src/platform/nodejs/"],
  "@peculiar/asn1-x509": ["src/platform/nodejs/"],
  "@noble/ciphers": ["src/platform/"],
  "@noble/curves": ["src/platform/"],
  "@noble/hashes": ["src/base/", "src/platform/"],
  "@scure/base": ["src/base/"],
  "@tabler/icons-react": ["src/web/"],
  codemirror: ["src/web/files/"],
  commander: ["src/cli/"],
  ignore: ["src/store/binding/"],
  "multicast-dns": ["src/platform/nodejs/"],
  "pure-rand": ["src/base/", "src/platform/simulated/"],
  "react-dom": ["src/web/"],
  react: ["src/web/"],
  uqr: ["src/cli/", "src/web/"],
  ws: ["src/platform/nodejs/"],
};

/** The shipped sources: tests may import anything. */
function* shippedImports(tree: Tree): Iterable<{ source: Source; each: Import; target: string }> {
  const map = importsMap(tree);
  for (const source of tree.sources()) {
    if (!source.path.startsWith("src/") || source.isTest) continue;
    for (const each of source.imports) yield { source, each, target: resolve(each.specifier, source.path, map) };
  }
}

/** A specifier as the table has it: a path from the root, `node:x`, or `npm:x`. */
function resolve(specifier: string, importer: string, map: ReadonlyMap<string, string>): string {
  if (specifier.startsWith("node:")) return specifier;
  if (specifier.startsWith(".")) return posix.join(posix.dirname(importer), specifier);
  for (const [pattern, target] of map) {
    if (specifier === pattern) return target;
    const prefix = pattern.slice(0, -1);
    if (pattern.endsWith("*") && specifier.startsWith(prefix)) {
      return target.slice(0, -1) + specifier.slice(prefix.length);
    }
  }
  return `npm:${specifier}`;
}

/** `imports` of package.json, longest pattern first; of a conditional one, what Node takes. */
function importsMap(tree: Tree): ReadonlyMap<string, string> {
  const { imports }: { imports: Record<string, string | { default: string }> } = JSON.parse(tree.text("package.json"));
  const entries = Object.entries(imports).map(([pattern, target]): [string, string] => [
    pattern,
    (typeof target === "string" ? target : target.default).replace("./", ""),
  ]);
  return new Map(entries.sort(([a], [b]) => b.length - a.length));
}

function within(path: string, places: readonly string[]): boolean {
  return places.some((place) => path.startsWith(place));
}

/** The part of the system a file belongs to: `src/firefly/`, or `src/glow.ts`. */
function partOf(path: string): string {
  const [top, name, ...rest] = path.split("/");
  return rest.length === 0 ? path : `${top}/${name}/`;
}

/** A rule per row, so that each proves that it can fail. */
const folderRules = bans.map(({ from, to, except, because }): Rule => {
  const stray = `import "${relative(from, inside(to[0], "stranger"))}";`;
  return {
    name: `${from} imports nothing of ${to.join(", ")}${except.length === 0 ? "" : ` but ${except.join(", ")}`}`,
    because,
    *find(tree) {
      for (const { source, each, target } of shippedImports(tree)) {
        if (source.path.startsWith(from) && within(target, to) && !within(target, except)) {
          yield `${source.path}:${each.line} imports ${each.specifier}`;
        }
      }
    },
    breaks: to.map((place) => ({ [inside(from)]: `import "${relative(from, inside(place, "stranger"))}";` })),
    keeps: [
      ...except.map((place) => ({ [inside(from)]: `import "${relative(from, inside(place, "friend"))}";` })),
      { [`${from.replace(".ts", "")}sample.test.ts`]: stray },
      { [inside(from)]: `// ${stray}` },
    ],
  };
});

/** A file in a place of the table, for samples. */
function inside(place: string, name = "sample"): string {
  return place.endsWith("/") ? `${place}${name}.ts` : place;
}

function relative(from: string, to: string): string {
  const path = posix.relative(posix.dirname(inside(from)), to);
  return path.startsWith(".") ? path : `./${path}`;
}

const machine: Rule = {
  name: "only the platform imports modules of Node",
  because: "all else takes clock, chance, network and disk as parameters: so whole clusters run from one seed",
  *find(tree) {
    for (const { source, each, target } of shippedImports(tree)) {
      if (target.startsWith("node:") && !within(source.path, machineRooms)) {
        yield `${source.path}:${each.line} imports ${each.specifier}`;
      }
    }
  },
  breaks: [
    { "src/mesh/link.ts": 'import { connect } from "node:net"; connect(1);' },
    { "src/platform/simulated/disk.ts": 'export const fs = import("node:fs");' },
    { "src/platform/browser/disk.ts": 'export type { Stats } from "node:fs";' },
  ],
  keeps: [
    { "src/platform/nodejs/disk.ts": 'import { open } from "node:fs/promises"; export { open };' },
    { "src/mesh/link.test.ts": 'import { connect } from "node:net"; connect(1);' },
  ],
};

const packages: Rule = {
  name: "each package is imported where it is at home, and nowhere else",
  because: "a library that one folder knows can be replaced there",
  *find(tree) {
    for (const { source, each, target } of shippedImports(tree)) {
      if (!target.startsWith("npm:")) continue;
      const name = target.slice("npm:".length);
      const home = Object.entries(packageHomes).find(([owner]) => name === owner || name.startsWith(`${owner}/`))?.[1];
      if (home === undefined) yield `${source.path}:${each.line} imports ${each.specifier}, which no table row allows`;
      else if (!within(source.path, home)) {
        yield `${source.path}:${each.line} imports ${each.specifier}, whose home is ${home.join(", ")}`;
      }
    }
  },
  breaks: [
    { "src/firefly/a.ts": 'import { WebSocket } from "ws"; export { WebSocket };' },
    { "src/base/a.ts": 'import { test } from "vitest"; export { test };' },
    { "src/base/a.ts": "export const load = (name: string) => import(name);" },
    { "src/base/a.ts": 'import { join } from "path"; export { join };' },
  ],
  keeps: [{ "src/platform/browser/a.ts": 'import { blake3 } from "@noble/hashes/blake3.js"; export { blake3 };' }],
};

const spelling: Rule = {
  name: "imports are relative within one part and start with # across parts",
  because: "an import that leaves its part shows at its first letter",
  *find(tree) {
    for (const { source, each, target } of shippedImports(tree)) {
      if (source.path === "src/glow.ts" || !target.startsWith("src/")) continue;
      const sameSide = partOf(source.path) === partOf(target);
      if (sameSide !== each.specifier.startsWith(".")) yield `${source.path}:${each.line} imports ${each.specifier}`;
    }
  },
  breaks: [
    { "src/firefly/codec/a.ts": 'import "../../base/b.ts";' },
    { "src/firefly/codec/a.ts": 'import "#firefly/codec/b.ts";' },
  ],
  keeps: [
    { "src/firefly/codec/a.ts": 'import "../session/b.ts"; import "#base/b.ts";' },
    { "src/glow.ts": 'import type { A } from "./base/b.ts"; export type { A };' },
  ],
};

const typesOnly: Rule = {
  name: "src/glow.ts holds types and nothing that runs",
  because: "everybody may import it, so it must weigh nothing",
  *find(tree) {
    for (const source of tree.sources()) {
      if (source.path !== "src/glow.ts") continue;
      for (const each of source.imports) {
        if (!each.typeOnly) yield `${source.path}:${each.line} imports ${each.specifier} for more than its types`;
      }
      for (const statement of source.statements) {
        const said = statement.type === "ExportNamedDeclaration" ? (statement.declaration ?? statement) : statement;
        const isTypeOnly = said.type === "ExportAllDeclaration" && said.exportKind === "type";
        if (!weightless.has(said.type) && !isTypeOnly)
          yield `${source.path}:${source.lineOf(said.start)} holds code: ${said.type}`;
      }
    }
  },
  breaks: [
    { "src/glow.ts": 'import { a } from "./base/a.ts"; export type A = typeof a;' },
    { "src/glow.ts": "export const a = 1;" },
    { "src/glow.ts": "export class A {}" },
  ],
  keeps: [
    {
      "src/glow.ts":
        'import type { A } from "./base/a.ts";\nexport interface B { a: A }\nexport type C = B;\nexport type { D } from "./firefly/d.ts";',
    },
  ],
};

const weightless = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
]);

export const boundaries: readonly Rule[] = [...folderRules, machine, packages, spelling, typesOnly];
