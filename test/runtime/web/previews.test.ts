// What the page shows of pictures, films, recordings and PDFs by itself, in a real browser under the page's own policy; and what
// a person sees where the browser cannot.

import { afterAll, beforeAll, expect, test } from "vitest";
import { givenBytes } from "../../scenarios/node/given-bytes.ts";
import { pdf } from "./paper.ts";
import { PageSession } from "./page-session.ts";

let session: PageSession;

beforeAll(async () => {
  session = await PageSession.start();
});

afterAll(async () => {
  expect(session.complaints.unexplained).toEqual([]);
  await session[Symbol.asyncDispose]();
});

/** A film of a second, made by the browser itself: so that what makes it needs not be installed. */
const record = `(async () => {
  const canvas = document.createElement("canvas");
  canvas.width = 64; canvas.height = 48;
  const drawing = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: "video/webm;codecs=vp9" });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start();
  for (let i = 0; i < 30; i++) {
    drawing.fillStyle = "hsl(" + i * 12 + " 80% 50%)";
    drawing.fillRect(0, 0, 64, 48);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  recorder.stop();
  await stopped;
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
})()`;

interface Shown {
  readonly videoWidth: number;
  readonly readyState: number;
  readonly currentTime: number;
  play(): Promise<void>;
}

test("a film plays", async () => {
  const { page, drive } = session;
  await drive.write("film.webm", givenBytes([Uint8Array.from(await page.evaluate<number[]>(record))]));
  await session.visit("#/files/Home/film.webm");
  const video = page.locator("video");
  await video.waitFor();
  await video.evaluate((element: unknown) => (element as Shown).play());
  await expect.poll(() => video.evaluate((element: unknown) => (element as Shown).currentTime)).toBeGreaterThan(0);
  expect(await video.evaluate((element: unknown) => (element as Shown).videoWidth)).toBe(64);
});

test.each([
  ["film.mp4", "This browser cannot play this film"],
  ["song.mp3", "This browser cannot play this recording"],
  ["picture.png", "This browser cannot show this picture"],
])("%s that is none is said to be, and can be had all the same", async (name, words) => {
  const { page, drive } = session;
  await drive.write(name, givenBytes([Buffer.from("no such thing")]));
  await session.visit(`#/files/Home/${name}`);
  await page.getByText(words).waitFor();
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Download, 13/ }).click();
  expect((await downloading).suggestedFilename()).toBe(name);
});

test("a PDF opens in the browser's own reader", async (context) => {
  const { page, drive } = session;
  await drive.write("paper.pdf", givenBytes([pdf("Words on paper")]));
  await page.reload();
  await page.getByRole("heading", { level: 1 }).waitFor();
  const isThere = await page.evaluate<boolean>("navigator.pdfViewerEnabled");
  context.skip(!isThere, "this browser has no reader of PDF");
  const answered = page.waitForResponse((response) => response.url().includes("/content/"));
  await session.visit("#/files/Home/paper.pdf");
  const answer = await answered;
  expect([answer.status(), answer.headers()["content-type"]]).toEqual([200, "application/pdf"]);
  expect(answer.headers()["x-frame-options"]).toBe("SAMEORIGIN");
  await page.locator("iframe[title='paper.pdf']").waitFor();
  // The reader is a frame of the browser's own, within the frame.
  await expect.poll(() => page.frames().some((frame) => frame.url().includes("/content/"))).toBe(true);
  // What it shows nobody can ask it: but paper is white, and the reader is not.
  const whitePart = async (): Promise<number> => {
    const picture = await page.locator("iframe[title='paper.pdf']").screenshot();
    return page.evaluate<number>(`(async () => {
      const image = new Image();
      image.src = "data:image/png;base64,${picture.toString("base64")}";
      await image.decode();
      const drawing = new OffscreenCanvas(image.width, image.height).getContext("2d");
      drawing.drawImage(image, 0, 0);
      const { data } = drawing.getImageData(0, 0, image.width, image.height);
      let white = 0;
      for (let at = 0; at < data.length; at += 4) if (data[at] === 255 && data[at + 1] === 255 && data[at + 2] === 255) white++;
      return white / (data.length / 4);
    })()`);
  };
  await expect.poll(whitePart, { timeout: 20_000 }).toBeGreaterThan(0.1);
});

test("where the browser has no reader of PDF, that is said, and the file is offered", async () => {
  const { browser, host, drive } = session;
  await drive.write("paper.pdf", givenBytes([pdf("Words on paper")]));
  const context = await browser.newContext();
  await context.addInitScript("Object.defineProperty(Navigator.prototype, 'pdfViewerEnabled', { get: () => false })");
  const page = await context.newPage();
  await page.goto(await host.link(["read"]));
  await page.getByRole("heading", { name: "Files" }).waitFor();
  await page.evaluate("location.hash = '#/files/Home/paper.pdf'");
  await page.getByText("This browser shows no PDF by itself").waitFor();
  await page.getByRole("button", { name: /^Download, / }).waitFor();
  expect(await page.locator("iframe").count()).toBe(0);
  await context.close();
});
