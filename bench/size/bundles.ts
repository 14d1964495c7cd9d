// How much a page has to load before it can make its first call: each client bundled for browsers, minified, and
// compressed as a web server would.

import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { table } from "../harness/table.ts";

export interface BundleSize {
  readonly name: string;
  readonly about: string;
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
}

interface Client {
  readonly name: string;
  readonly about: string;
  /** The program of a page. What it exports stays; what it does not use may be left out. */
  readonly program: string;
  /** For what does not run in a page: its bundle for Node, to compare. */
  readonly forNode?: boolean;
}

const session = `
  export { FireflySession } from "#firefly/session/session.ts";
  export { EchoStub } from "../../test/interfaces/generated/sample.ts";
  export { BrowserClock } from "#platform/browser/clock.ts";
  export { BrowserNetwork } from "#platform/browser/network.ts";
  export { BrowserTimers } from "#platform/browser/timers.ts";
`;

const clients: readonly Client[] = [
  {
    name: "firefly",
    about: "calls, capabilities, streams, resumption, over WebSocket, with the generated sample interface",
    program: `${session}
      export { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
      export { BrowserRandom } from "#platform/browser/random.ts";`,
  },
  { name: "firefly, no resumption", about: "what compares with capnweb, but for the schema", program: session },
  {
    name: "a tab's node",
    about:
      "a member of the mesh that routes: links, sessions, identity, Firefly, cryptography in plain JavaScript, a disk",
    program: `
      export { MemberNode } from "#node/member-node.ts";
      export { browserPlatform } from "#platform/browser/platform.ts";
      export { claimTabSlot } from "#platform/browser/tab-slot.ts";`,
  },
  {
    name: "capnweb",
    about: "calls, capabilities, streams; no resumption, no schema",
    program: `export { newWebSocketRpcSession, RpcTarget } from "capnweb";`,
  },
  {
    name: "grpc-js",
    about: "does not run in a page; bundled for Node",
    program: `export { Client, credentials } from "@grpc/grpc-js"; export { loadSync } from "@grpc/proto-loader";`,
    forNode: true,
  },
];

export async function measureBundles(): Promise<BundleSize[]> {
  return Promise.all(clients.map(measure));
}

async function measure({ name, about, program, forNode = false }: Client): Promise<BundleSize> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    legalComments: "none",
    target: "es2024",
    ...(forNode
      ? { platform: "node", format: "cjs" }
      : { platform: "browser", format: "esm", conditions: ["browser"] }),
  });
  const bundle = outputFiles[0]?.contents ?? new Uint8Array(0);
  return { name, about, minifiedBytes: bundle.length, gzipBytes: gzipSync(bundle, { level: 9 }).length };
}

export function bundlesReport(sizes: readonly BundleSize[]): string {
  const rows = sizes.map(({ name, minifiedBytes, gzipBytes, about }) => [
    name,
    String(minifiedBytes),
    String(gzipBytes),
    about,
  ]);
  return `What a page loads\n\n${table(["client", "bytes minified", "gzip -9", ""], rows)}`;
}
