// A real film of some hundred MB, made by ffmpeg (which has to be there, as Chromium and `ip` have), lies on one machine and is
// played in the page of another, which keeps names only: how much of it is fetched, and how long jumps take. Run it with
// `node test/runtime/long/film.ts [mp4|webm]`; the page has to be built (`npm run build`).

import { execFileSync } from "node:child_process";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { PageNetwork } from "../web/page-network.ts";
import { until } from "../store/until.ts";
import { playAndJump } from "../web/played.ts";

const seconds = 600;
const kind = process.argv[2] === "webm" ? "webm" : "mp4";
/** Bits a second, so that all of it is about 250 MB. */
const rate = "3300k";
const codecs = {
  mp4: ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-movflags", "+faststart"],
  webm: ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"],
} as const;

function makeFilm(path: string): void {
  const picture = ["-f", "lavfi", "-i", `testsrc2=size=1280x720:rate=24:duration=${seconds},noise=alls=30:allf=t`];
  const sound = ["-f", "lavfi", "-i", `sine=frequency=330:duration=${seconds}`];
  const bounds = [
    "-b:v",
    rate,
    "-minrate",
    rate,
    "-maxrate",
    rate,
    "-bufsize",
    "6M",
    "-g",
    "48",
    "-pix_fmt",
    "yuv420p",
  ];
  const words = ["-y", "-loglevel", "error", ...picture, ...sound, ...codecs[kind], ...bounds, path];
  execFileSync("ffmpeg", words, { stdio: "inherit" });
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}

await using network = await PageNetwork.create();
const { a, c } = network;
await a.json("drives", "create", "films");
await until("C knows the drive", async () => (await c.run("drives", "hold", "films", "names")).code === 0);
await mkdir(a.path("films"));
const name = `film.${kind}`;
const begun = performance.now();
makeFilm(a.path("films", name));
const { size } = await stat(a.path("films", name));
console.log(
  `made ${name}: ${(size / 1e6).toFixed(0)} MB, ${seconds} s, in ${((performance.now() - begun) / 1000).toFixed(0)} s`,
);
await a.json("bind", a.path("films"), "films");
await until("C knows the film", async () => {
  const [found] = await c.json<{ sizeBytes: number }[]>("stat", `films/${name}`).catch(() => []);
  return found?.sizeBytes === size;
});
const before = await sizeOf(c.home);
const browser = await network.startBrowser("c");
const page = await browser.newPage();
const { url } = await c.json<{ url: string }>("page");
await page.goto(url);
await page.getByRole("heading", { name: "Files" }).waitFor();
await page.evaluate(`location.hash = '#/files/films/${name}'`);
const { begunMs, jumpsMs, durationS } = await playAndJump(page, "video", 0.8);
const picture = await page.locator("video").evaluate((element: unknown) => {
  const { videoWidth, videoHeight, error } = element as Record<string, unknown>;
  return { videoWidth, videoHeight, error };
});
console.log(`plays ${durationS} s of`, picture);
console.log(`playing after ${begunMs} ms; jumps took ${jumpsMs.join(", ")} ms`);
console.log(`C fetched ${(((await sizeOf(c.home)) - before) / 1e6).toFixed(1)} MB of ${(size / 1e6).toFixed(0)} MB`);
