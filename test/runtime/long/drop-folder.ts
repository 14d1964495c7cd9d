// A folder of thousands of small files that is dropped onto the page, as a person does it: how long until they are there, what the
// page takes for it, how far it says it is, and how soon it stops. Run it with `node test/runtime/long/drop-folder.ts [FILES]`; the
// page has to be built (`npm run build`).

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PageSession } from "../web/page-session.ts";
import { until } from "../store/until.ts";

const files = Number(process.argv[2] ?? 2000);
const perFolder = 100;

async function makeFolder(path: string): Promise<void> {
  for (let i = 0; i < files; i++) {
    const folder = join(path, `part ${Math.floor(i / perFolder)}`, "inner");
    if (i % perFolder === 0) await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `file ${i}.txt`), `file ${i} `.repeat(1 + (i % 700)));
  }
}

/** The way of the browser itself, with real folders: a script can drop files alone. */
async function drop({ page, context }: PageSession, path: string): Promise<void> {
  const devtools = await context.newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await devtools.send("Input.dispatchDragEvent", { type, x: 600, y: 400, data });
  }
}

async function heapBytes({ page, context }: PageSession): Promise<number> {
  const devtools = await context.newCDPSession(page);
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  await devtools.detach();
  return usedSize;
}

function since(begunMs: number): string {
  return `${((performance.now() - begunMs) / 1000).toFixed(1)} s`;
}

const folder = await mkdtemp(join(tmpdir(), "glow-drop-"));
await using session = await PageSession.start();
try {
  const { page, drive } = session;
  await makeFolder(join(folder, "many"));
  await session.visit("#/files/Home");
  await page.getByText("Nothing in here yet").waitFor();
  const before = await heapBytes(session);
  await page.evaluate(`{
    window.longestMs = 0; window.longMs = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) { longestMs = Math.max(longestMs, duration); longMs += duration; }
    }).observe({ type: "longtask" });
  }`);
  const begun = performance.now();
  const cpu = process.cpuUsage();
  await drop(session, join(folder, "many"));
  await page.getByText(/Uploading|uploaded/).waitFor();
  console.log(`the page lists them after ${since(begun)}`);
  const shown = page.getByRole("region", { name: "Uploads" }).locator(".tray-head").first();
  let told = "";
  await until(
    "all are there",
    async () => {
      const now = await shown.innerText();
      if (now !== told && Math.random() < 0.1) console.log(`  ${since(begun)}: ${now.replaceAll("\n", " ")}`);
      told = now;
      return now.includes("uploaded");
    },
    600_000,
  );
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${files} files are there after ${since(begun)}; the node took ${((user + system) / 1e6).toFixed(1)} s of CPU`,
  );
  const { files: held } = await drive.totals("many");
  if (held !== files) throw new Error(`${held} of ${files} files are there`);
  const busy = await page.evaluate<readonly number[]>("[window.longestMs, window.longMs]");
  console.log(
    `the page was busy for ${busy[0]} ms at most, and ${((busy[1] ?? 0) / 1000).toFixed(1)} s in all its long tasks`,
  );
  console.log(`it holds ${((await heapBytes(session)) - before) / 1e6} MB more`);
} finally {
  await rm(folder, { recursive: true });
}
