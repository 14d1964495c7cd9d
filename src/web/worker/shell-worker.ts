// The service worker: the page opens while its node is away. It keeps the document, the icon and the files of one build, and
// nothing else: no contents, no answers of a node. It is built to `worker.js`, with the marks below filled in (vite.config.ts).

/** Of the document that it keeps, as the server says it in there. */
const build = "{{build}}";
/** Paths of the files with a hash in their names. */
const assets: readonly string[] = ["{{assets}}"];

const documentPath = "/";
const iconPath = "/icon.svg";
const cachePrefix = "glow-shell-";
const cacheName = `${cachePrefix}${build}`;
/** A machine that is off answers nothing at all. */
const patienceMs = 3000;

interface LifeEvent extends Event {
  waitUntil(work: Promise<void>): void;
}

interface FetchEvent extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

/** What of a service worker's scope is used here: its types and those of a document exclude each other. */
interface WorkerScope {
  addEventListener(type: "install" | "activate", listener: (event: LifeEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
}

const scope: WorkerScope = globalThis;

// It waits until the last page of the build before is closed: those may still need files of theirs.
scope.addEventListener("install", (event) => event.waitUntil(keep()));
scope.addEventListener("activate", (event) => event.waitUntil(dropOthers()));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  const isDocument = request.mode === "navigate" && pathname === documentPath;
  if (isDocument || pathname === iconPath) event.respondWith(readLatest(request, pathname));
  else if (assets.includes(pathname)) event.respondWith(readAsset(request));
});

/** All or nothing. In the middle of a build the document may be of another: then the browser tries again later. */
async function keep(): Promise<void> {
  const document = await fetch(documentPath, { cache: "no-store" });
  const text = await document.clone().text();
  if (!document.ok || !text.includes(`content="${build}"`)) throw new TypeError("the page is of another build");
  const cache = await caches.open(cacheName);
  await cache.addAll([...assets, iconPath]);
  // With its headers: its policy has the nonce that is in it.
  await cache.put(documentPath, document);
}

async function dropOthers(): Promise<void> {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(cachePrefix) && name !== cacheName);
  await Promise.all(others.map((name) => caches.delete(name)));
}

/** The server's as long as it answers, whatever that is: so a new build comes with the next reload. */
async function readLatest(request: Request, path: string): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(patienceMs) });
  } catch (error) {
    const kept = await find(path);
    if (kept === undefined) throw error;
    return kept;
  }
}

async function readAsset(request: Request): Promise<Response> {
  return (await find(request)) ?? fetch(request);
}

async function find(request: Request | string): Promise<Response | undefined> {
  const cache = await caches.open(cacheName);
  return cache.match(request, { ignoreVary: true });
}
