// Contents by ticket at `/content/TICKET`: those that one site has given out, so many at once.

import { webLimits } from "#base/limits.ts";
import type { Clock, Random } from "#glow";
import type { HttpRequest, HttpResponse } from "#platform/http.ts";
import { contentAnswer } from "./content-answer.ts";
import { refusal } from "./response.ts";
import { TicketOffice } from "./ticket-office.ts";

export const contentPath = "/content/";

export class ContentDesk {
  readonly tickets: TicketOffice;
  #contents = 0;

  constructor(platform: { readonly clock: Clock; readonly random: Random }) {
    this.tickets = new TicketOffice(platform);
  }

  async answer(path: string, request: HttpRequest): Promise<HttpResponse> {
    const ticket = this.tickets.find(path.slice(contentPath.length));
    if (ticket === undefined || (ticket.reader !== undefined && ticket.reader !== request.remoteAddress)) {
      return refusal(404, "This link has ended: open the file in the page again.");
    }
    if (this.#contents >= webLimits.contents) {
      return refusal(503, "Too many contents are being sent: wait a moment.", { "retry-after": "2" });
    }
    this.#contents++;
    const ended = () => void this.#contents--;
    if (request.signal.aborted) ended();
    else request.signal.addEventListener("abort", ended, { once: true });
    return contentAnswer(ticket, request);
  }
}
