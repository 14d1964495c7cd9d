// A page that is open in Chromium at a daemon with a drive called Home, and what it complained of.

import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { Right } from "#interfaces/generated/node.ts";
import type { Drive } from "#interfaces/generated/drive.ts";
import { givenText } from "../../scenarios/node/given-bytes.ts";
import { PageComplaints } from "./page-complaints.ts";
import { allRights, type PageDaemon, startChromium, startPageDaemon } from "./page-daemon.ts";

export class PageSession implements AsyncDisposable {
  readonly host: PageDaemon;
  readonly drive: Drive;
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints = new PageComplaints();

  private constructor(host: PageDaemon, drive: Drive, browser: Browser, context: BrowserContext, page: Page) {
    this.host = host;
    this.drive = drive;
    this.browser = browser;
    this.context = context;
    this.page = page;
    this.complaints.watch(page);
  }

  static async start(options: BrowserContextOptions = {}, rights: readonly Right[] = allRights): Promise<PageSession> {
    const host = await startPageDaemon();
    const drives = host.node.drives();
    await drives.create("Home");
    const browser = await startChromium();
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const session = new PageSession(host, await drives.open("Home"), browser, context, await context.newPage());
    await session.page.goto(await host.link(rights));
    await session.page.getByRole("heading", { name: "Files" }).waitFor({ timeout: 50_000 });
    return session;
  }

  async visit(hash: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  }

  async write(path: string, text: string, replaces?: string[]): Promise<string | undefined> {
    const options = { parents: true, ...(replaces && { replaces }) };
    return (await this.drive.write(path, givenText(text), options)).version;
  }

  async textAt(path: string): Promise<string> {
    const { bytes } = await this.drive.read(path);
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.host[Symbol.asyncDispose]();
  }
}
