// Tickets: how long they hold, how many there are, and that what they hold is given back.

import { expect, test } from "vitest";
import { webLimits } from "#base/limits.ts";
import { RequestRates } from "./request-rates.ts";
import { type Ticket, type TicketOwner, TicketOffice } from "./ticket-office.ts";

class SteppedClock {
  ms = 0;
  monotonicMs(): number {
    return this.ms;
  }
  wallMs(): number {
    return this.ms;
  }
}

function office() {
  const clock = new SteppedClock();
  let next = 0;
  const random = { fill: (target: Uint8Array) => new DataView(target.buffer).setUint32(0, next++) };
  return { clock, tickets: new TicketOffice({ clock, random }) };
}

let given = 0;
let released = 0;

function ticket(): Ticket {
  given++;
  const never = () => Promise.reject(new Error("nothing is read here"));
  const drive = { read: never, readObject: never, [Symbol.dispose]: () => void released++ };
  return { drive, object: "o", version: "v", name: "a.png", sizeBytes: 1, mediaType: "image/png", download: false };
}

const owner = (): TicketOwner => ({ names: new Set() });

test("a ticket holds for webLimits.ticketMs, however often it is used", () => {
  const { clock, tickets } = office();
  const name = tickets.issue(owner(), ticket());
  clock.ms = webLimits.ticketMs - 1;
  expect(tickets.find(name)).toBeDefined();
  expect(tickets.find(name)).toBeDefined();
  clock.ms++;
  const before = released;
  expect(tickets.find(name)).toBeUndefined();
  expect(released).toBe(before + 1);
  expect(tickets.size).toBe(0);
});

test("of one owner there are webLimits.ticketsPerCaller, of all webLimits.tickets", () => {
  const { clock, tickets } = office();
  const first = owner();
  const names = Array.from({ length: webLimits.ticketsPerCaller + 1 }, () => tickets.issue(first, ticket()));
  expect(tickets.find(names[0] ?? "")).toBeUndefined();
  expect(tickets.find(names[1] ?? "")).toBeDefined();
  while (tickets.size < webLimits.tickets) {
    const other = owner();
    for (let i = 0; i < webLimits.ticketsPerCaller; i++) tickets.issue(other, ticket());
  }
  expect(() => tickets.issue(owner(), ticket())).toThrow(expect.objectContaining({ kind: "exhausted" }));
  clock.ms = webLimits.ticketMs;
  tickets.issue(owner(), ticket());
  expect(tickets.size).toBe(1);
});

test("what tickets hold is given back when their owner goes", () => {
  const { tickets } = office();
  const one = owner();
  const other = owner();
  tickets.issue(one, ticket());
  const kept = tickets.issue(other, ticket());
  const before = released;
  tickets.endAll(one);
  expect(released).toBe(before + 1);
  expect(tickets.find(kept)).toBeDefined();
  expect(given).toBeGreaterThan(released);
});

test("rates are remembered of webLimits.rateAddresses addresses", () => {
  const clock = new SteppedClock();
  const rates = new RequestRates(clock);
  const spend = (address: string) => {
    let count = 0;
    while (!rates.isTooFast(address)) count++;
    return count;
  };
  expect(spend("a")).toBe(webLimits.requestBurst);
  clock.ms += 1000;
  expect(spend("a")).toBe(webLimits.requestsPerSecond);
  for (let i = 0; i < webLimits.rateAddresses; i++) rates.isTooFast(`b${i}`);
  expect(rates.isTooFast("a")).toBe(false);
});
