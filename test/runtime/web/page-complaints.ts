// What a page's code or policy complained of, told from what a browser says of a node that is away: that comes whenever the page
// asks again, so it is known by what it says and not by when it comes.

import type { Page } from "playwright-core";

/** Said of a request that nobody answered. What is answered, however badly, is said in other words. */
const unanswered = /^Failed to load resource: net::ERR_(?:CONNECTION_[A-Z]+|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)$/;

export class PageComplaints {
  readonly #heard: { readonly text: string; readonly origin: string | undefined }[] = [];
  readonly #away = new Set<string>();

  watch(page: Page): void {
    page.on("pageerror", (error) => this.#heard.push({ text: String(error), origin: undefined }));
    page.on("console", (message) => {
      if (message.type() !== "error" || message.text().includes("WebSocket")) return;
      const { url } = message.location();
      this.#heard.push({ text: message.text(), origin: URL.canParse(url) ? new URL(url).origin : undefined });
    });
  }

  /** Of this node is known that it is away at some time: that its requests are not answered is no fault. */
  expectAway(origin: string): void {
    this.#away.add(origin);
  }

  /** What nothing explains. */
  get unexplained(): string[] {
    const isAway = (origin: string | undefined): boolean => origin !== undefined && this.#away.has(origin);
    return this.#heard
      .filter(({ text, origin }) => !(unanswered.test(text) && isAway(origin)))
      .map(({ text, origin }) => (origin === undefined ? text : `${text} (${origin})`));
  }
}
