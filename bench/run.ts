// `npm run bench -- SUBJECT`: the benchmarks by name, one file each.

interface Subject {
  readonly about: string;
  /** Takes the words behind the name, and returns an exit code. */
  load(): Promise<(args: readonly string[]) => Promise<number>>;
}

const subjects: Readonly<Record<string, Subject>> = {
  firefly: {
    about: "Firefly beside hand-packed TCP, ws + JSON, capnweb and grpc-js",
    load: async () => (await import("./firefly.ts")).benchFirefly,
  },
  mesh: {
    about: "bytes between processes, directly and over relays, beside the bare socket, TLS and js-libp2p",
    load: async () => (await import("./mesh.ts")).benchMesh,
  },
  store: {
    about: "folders kept the same, beside Syncthing and rsync: first sync, changes, renames, CPU and memory",
    load: async () => (await import("./store.ts")).benchStore,
  },
  node: {
    about: "a node that has nothing to do, beside bare Node and Syncthing: start-up, memory, its page, bundle sizes",
    load: async () => (await import("./node.ts")).benchNode,
  },
  content: {
    about: "content cut, named, compressed, sealed and opened, stage by stage; small files; threads; changes",
    load: async () => (await import("./content.ts")).benchContent,
  },
  capabilities: {
    about: "a million calls with a capability in each, after which nothing is left",
    load: async () => (await import("./capabilities.ts")).benchCapabilities,
  },
};

async function main([name = "", ...args]: readonly string[]): Promise<number> {
  const subject = Object.hasOwn(subjects, name) ? subjects[name] : undefined;
  if (subject !== undefined) return (await subject.load())(args);
  console.error(name === "" ? "usage: npm run bench -- SUBJECT [--help]" : `there is no benchmark "${name}"`);
  for (const [each, { about }] of Object.entries(subjects)) console.error(`  ${each.padEnd(14)}${about}`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
