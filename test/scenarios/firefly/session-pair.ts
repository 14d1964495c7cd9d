// Two sessions on one pipe, and how tests wait until nothing is left in them.

import { expect } from "vitest";
import type { GlowError } from "#base/errors.ts";
import type { Interface } from "#firefly/codec/interface.ts";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { FireflySession, type SessionLimits, type SessionSizes } from "#firefly/session/session.ts";
import type { Clock, LeakWatch, Pipe, Timers } from "#glow";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import { type Depot, DepotInterface } from "../../interfaces/generated/depot.ts";
import { type Echo, EchoInterface, EchoStub } from "../../interfaces/generated/sample.ts";
import { SampleEcho } from "../../interfaces/sample-echo.ts";
import { Valve } from "./valve.ts";

export const realTime: { readonly clock: Clock; readonly timers: Timers } = {
  clock: new NodeClock(),
  timers: new NodeTimers(),
};

/** A root object. */
export interface Offer {
  readonly type: Interface;
  readonly object: object;
}

/** Hosts of which a test writes only the methods that it calls. */
export function echoOffer(object: Partial<Echo>): Offer {
  return { type: EchoInterface, object };
}

export function depotOffer(object: Partial<Depot>): Offer {
  return { type: DepotInterface, object };
}

export interface PairOptions {
  /** What the far side offers; a SampleEcho if nothing is said. */
  readonly host?: Offer;
  /** What the near side offers. */
  readonly caller?: Offer;
  readonly time?: { readonly clock: Clock; readonly timers: Timers };
  readonly pipes?: readonly [Pipe, Pipe];
  readonly leaks?: LeakWatch;
  readonly limits?: Partial<SessionLimits>;
}

export class SessionPair implements AsyncDisposable {
  /** The side that calls, if the test says nothing else. */
  readonly near: FireflySession;
  readonly far: FireflySession;
  /** From the near side to the far one. */
  readonly there: Valve;
  readonly back: Valve;
  readonly sample: SampleEcho;
  /** What both sessions reported to `onDefect`. */
  readonly defects: GlowError[] = [];

  constructor(options: PairOptions = {}) {
    const { leaks, limits, time = realTime } = options;
    const [near, far] = options.pipes ?? memoryPipes(time.timers);
    const onDefect = (error: GlowError): void => void this.defects.push(error);
    const all = { ...time, onDefect, ...(leaks && { leaks }), ...(limits && { limits }) };
    this.sample = new SampleEcho(time.timers);
    this.there = new Valve(near);
    this.back = new Valve(far);
    const host = options.host ?? { type: EchoInterface, object: this.sample };
    this.far = new FireflySession(this.back, { ...all, root: host });
    this.near = new FireflySession(this.there, { ...all, ...(options.caller && { root: options.caller }) });
  }

  get echo(): EchoStub {
    return this.near.root(EchoStub);
  }

  /** Waits until nothing is left in any table of both sides; a test fails that leaves something. */
  async emptied(): Promise<void> {
    await emptied(this.near, this.far);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.near.close();
    await Promise.all([this.near.closed, this.far.closed]);
  }
}

export const nothing: SessionSizes = {
  outgoingCalls: 0,
  incomingCalls: 0,
  exports: 0,
  imports: 0,
  outgoingStreams: 0,
  incomingStreams: 0,
};

/** Far more turns of the event loop than any of these stories takes. */
const patienceTurns = 2000;

export async function emptied(...sessions: readonly FireflySession[]): Promise<void> {
  await eventually(() => sessions.every((session) => Object.values(session.sizes).every((size) => size === 0)));
  for (const session of sessions) expect(session.sizes).toEqual(nothing);
}

/** Lets events happen until `isTrue`, or until it is plain that it will not be. */
export async function eventually(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < patienceTurns && !isTrue(); turn++) await nextEvent();
}

/** All that is under way in this process happens, with what it leads to, as far as no timer or socket is waited for. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextEvent();
}

function nextEvent(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
