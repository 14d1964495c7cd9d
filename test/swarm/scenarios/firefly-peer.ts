// A node of the scenario `firefly`: hosts the sample interface, and calls it on others.

import { assert } from "#base/errors.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import { ResumableAcceptor } from "#firefly/resumable/resumable-acceptor.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { Address, Pipe, Platform } from "#glow";
import { EchoInterface, EchoStub, type Message } from "../../interfaces/generated/sample.ts";
import { SampleEcho } from "../../interfaces/sample-echo.ts";

export const works = ["echo", "chain", "listener", "shared", "back", "items", "leave", "upload", "sleep"] as const;
export type Work = (typeof works)[number];

/** Longer than most faults, so that most calls outlive them. */
const deadlineMs = 45_000;

export class FireflyPeer {
  readonly #platform: Platform;
  readonly #isResumable: boolean;
  readonly #hosted = new Set<FireflySession>();
  readonly #sessions = new Map<string, Promise<FireflySession>>();
  readonly #dialled = new Set<FireflySession>();

  private constructor(platform: Platform, isResumable: boolean) {
    this.#platform = platform;
    this.#isResumable = isResumable;
  }

  /** `onRun` is told the id of each call whose handler runs here. */
  static async boot(
    platform: Platform,
    name: string,
    isResumable: boolean,
    onRun: (call: number) => void,
  ): Promise<FireflyPeer> {
    const peer = new FireflyPeer(platform, isResumable);
    const object = new CountingEcho(platform, onRun);
    const host = (pipe: Pipe): void => {
      const session = new FireflySession(pipe, { ...platform, root: { type: EchoInterface, object } });
      peer.#hosted.add(session);
      void session.closed.then(() => peer.#hosted.delete(session));
    };
    const acceptor = new ResumableAcceptor({ ...platform, accept: host });
    const accept = isResumable ? (pipe: Pipe) => acceptor.take(pipe) : host;
    await platform.network.listen(`sim://${name}:1` as Address, accept);
    return peer;
  }

  async #session(to: string): Promise<FireflySession> {
    const known = this.#sessions.get(to);
    if (known !== undefined) return known;
    const made = this.#connect(to);
    this.#sessions.set(to, made);
    const forget = (): void => {
      if (this.#sessions.get(to) === made) this.#sessions.delete(to);
    };
    made.then((session) => session.closed.then(forget), forget);
    return made;
  }

  async #connect(to: string): Promise<FireflySession> {
    const dial = (signal?: AbortSignal): Promise<Pipe> =>
      this.#platform.network.dial(`sim://${to}:1` as Address, signal);
    // The pipe is only ours to attach to in the turn in which it comes: nothing may be awaited in between.
    const open = (pipe: Pipe): FireflySession => new FireflySession(pipe, this.#platform);
    const session = await (this.#isResumable
      ? dialResumable({ ...this.#platform, dial }).then(open)
      : dial().then(open));
    this.#dialled.add(session);
    void session.closed.then(() => this.#dialled.delete(session));
    return session;
  }

  /** Does one piece of work on another node, and checks its result. A session that let a deadline pass is given up. */
  async do(work: Work, to: string, call: number, size: number): Promise<void> {
    const session = await this.#session(to);
    try {
      await this.#work(session, work, call, size);
    } catch (thrown) {
      if (work !== "sleep") session.close();
      throw thrown;
    }
  }

  async #work(session: FireflySession, work: Work, call: number, size: number): Promise<void> {
    const echo = session.root(EchoStub);
    // A stream has no deadline of its own: who reads it says how long is too long.
    const timer = this.#platform.timers.after(deadlineMs, () => session.close());
    try {
      await this[work](echo, call, size);
    } finally {
      timer.cancel();
    }
  }

  async echo(echo: EchoStub, call: number, size: number): Promise<void> {
    const message = { id: call, name: "x".repeat(size) };
    const answer = await echo.echo(message, { deadlineMs });
    assert(answer.id === call && answer.name.length === size, "a call has its own result");
  }

  async chain(echo: EchoStub, _call: number, size: number): Promise<void> {
    using stubs = new DisposableStack();
    let chain = stubs.use(echo.first());
    for (let step = 0; step < size; step++) chain = stubs.use(chain.next());
    assert((await chain.value({ deadlineMs })) === size, "a chain is as long as it was asked for");
  }

  async listener(echo: EchoStub, call: number, size: number): Promise<void> {
    let heard = 0;
    const text = `${call} ${"y".repeat(size)}`;
    const listener = {
      heard: (what: string): string => {
        assert(what === text && ++heard === 1, "a listener hears its own text, once");
        return "heard";
      },
    };
    assert((await echo.call(listener, text, { deadlineMs })) === "heard" && heard === 1, "the listener has answered");
  }

  /** One object in several calls at once: the host holds it several times, and gives it back as often. */
  async shared(echo: EchoStub, call: number, size: number): Promise<void> {
    const listener = { heard: (text: string): string => `${call} ${text}` };
    const texts = Array.from({ length: 1 + (size % 5) }, (_, index) => `${index}`);
    const answers = await Promise.all(texts.map((text) => echo.call(listener, text, { deadlineMs })));
    assert(
      answers.every((answer, index) => answer === `${call} ${index}`),
      "each call has its own answer",
    );
  }

  /** An object of this side that comes back: calls on it keep their order, whichever way they take. */
  async back(echo: EchoStub, _call: number, size: number): Promise<void> {
    let next = 0;
    const listener = {
      heard: (text: string): string => {
        assert(text === String(next++), "calls on one object keep their order");
        return text;
      },
    };
    using chain = echo.first();
    using same = chain.itself(listener, { deadlineMs });
    const early = Array.from({ length: size % 7 }, (_, index) => same.heard(String(index), { deadlineMs }));
    const late = same.then((settled) => settled.heard(String(size % 7), { deadlineMs }));
    await Promise.all([...early, late]);
  }

  async items(echo: EchoStub, _call: number, size: number): Promise<void> {
    let next = 0;
    const count = size * 20;
    for await (const item of await echo.items(count)) assert(item.id === next++, "items keep their order");
    assert(next === count, "a stream that ends is whole");
  }

  /** Reads the first few items of an endless stream. */
  async leave(echo: EchoStub, _call: number, size: number): Promise<void> {
    let next = 0;
    for await (const item of await echo.items(2 ** 31)) {
      assert(item.id === next++, "items keep their order");
      if (next === size) return;
    }
  }

  async upload(echo: EchoStub, _call: number, size: number): Promise<void> {
    const pieces = Array.from({ length: size }, (_, index) => new Uint8Array(index * 31));
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    assert((await echo.upload(pieces)) === BigInt(sizeBytes), "all bytes arrive");
  }

  /** Always given up, by its deadline. */
  async sleep(echo: EchoStub, _call: number, size: number): Promise<void> {
    await echo.sleep(10 * deadlineMs, { deadlineMs: size * 10 });
  }

  /**
   * What sessions still hold, in words, when all calls are over. A plain pipe may be dead on one side and never tell the
   * other; so without resumption sessions are ended first, and it is the end that has to leave nothing behind.
   */
  leftovers(): string[] {
    if (!this.#isResumable) for (const session of [...this.#hosted, ...this.#dialled]) session.close();
    return [...this.#hosted, ...this.#dialled].flatMap(({ sizes }) =>
      Object.entries(sizes).flatMap(([table, size]) => (size === 0 ? [] : [`holds ${size} ${table}`])),
    );
  }
}

class CountingEcho extends SampleEcho {
  readonly #onRun: (call: number) => void;

  constructor(platform: Platform, onRun: (call: number) => void) {
    super(platform.timers);
    this.#onRun = onRun;
  }

  override echo(message: Message): Message {
    this.#onRun(message.id);
    return message;
  }
}
