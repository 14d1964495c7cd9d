// A peer made of bytes: it sends what a script says, frame by frame, to a real session, and notes what comes back.

import { expect } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import type { ErrorKind, GlowError } from "#base/errors.ts";
import { memoryPipes } from "#firefly/pipes/memory.ts";
import { FireflySession, type SessionOptions } from "#firefly/session/session.ts";
import { FrameText } from "../../formats/firefly/frame-text.ts";
import { EchoInterface } from "../../interfaces/generated/sample.ts";
import { SampleEcho } from "../../interfaces/sample-echo.ts";
import { call, hello, mention, method, varints } from "./frames.ts";
import { nothing, realTime, settled } from "./session-pair.ts";
import { Valve } from "./valve.ts";

export class RawPeer {
  readonly session: FireflySession;
  readonly sample = new SampleEcho(realTime.timers);
  /** What the session has sent, in words. */
  readonly frames: string[] = [];
  /** Shut it, and the session finds that nobody reads what it sends. */
  readonly back: Valve;
  /** Why the pipe ended, if it did. */
  end: GlowError | undefined;
  readonly defects: GlowError[] = [];
  readonly #pipe;

  constructor({ isBare = false, ...options }: Partial<SessionOptions> & { readonly isBare?: boolean } = {}) {
    const [raw, real] = memoryPipes(realTime.timers);
    const text = new FrameText();
    this.#pipe = raw;
    raw.attach({
      packet: (bytes, start, end) => this.frames.push(...text.packet(bytes.subarray(start, end))),
      drained: () => undefined,
      closed: (reason) => {
        this.end = reason;
      },
    });
    this.back = new Valve(real);
    this.session = new FireflySession(this.back, {
      ...realTime,
      ...(isBare ? {} : { root: { type: EchoInterface, object: this.sample } }),
      onDefect: (error) => this.defects.push(error),
      ...options,
    });
  }

  /** One that has said HELLO, and has named the interface of the sample's root: its number is 0. */
  static async greeted(options: Partial<SessionOptions> = {}): Promise<RawPeer> {
    const peer = new RawPeer(options);
    const type = mention(0, EchoInterface);
    await peer.answers(hello(), call({ id: 0, type, method: method.increment, payload: varints(2) }));
    return peer;
  }

  /** Sends frames as one packet. */
  send(...frames: readonly Uint8Array[]): this {
    this.#pipe.send([concatBytes(frames)]);
    return this;
  }

  close(): void {
    this.#pipe.close();
  }

  /** Sends, lets all happen that follows, and returns what came back for it. */
  async answers(...frames: readonly Uint8Array[]): Promise<readonly string[]> {
    const before = this.frames.length;
    this.send(...frames);
    await settled();
    return this.frames.slice(before);
  }

  /** The session has to end for this reason, tell the peer so, and hold nothing any more. */
  async ends(kind: ErrorKind, message: string | RegExp): Promise<void> {
    const reason = await this.session.closed;
    expect(reason).toMatchObject({ kind, message: expect.stringMatching(message) });
    await settled();
    expect(this.session.sizes).toEqual(nothing);
    expect(this.frames.at(-1)).toMatch(/^GOAWAY/);
    expect(this.defects).toEqual([]);
  }

  /** The session has to be alive, and to answer. */
  async lives(callId = 60_000): Promise<void> {
    const [answer] = await this.answers(
      call({ id: callId, type: { number: 0 }, method: method.increment, payload: varints(2) }),
    );
    expect(answer).toBe(`RETURN call=${callId} payload=04`);
  }
}
