// Calls and results: values, errors, sizes, and values that cannot be sent.

import { expect, test } from "vitest";
import { type ErrorKind, errorKinds, GlowError } from "#base/errors.ts";
import { fireflyLimits } from "#base/limits.ts";
import { type Drawing, EchoStub, type Message } from "../../interfaces/generated/sample.ts";
import { depotOffer, echoOffer, SessionPair } from "./session-pair.ts";

test("arguments and results arrive as they were", async () => {
  await using pair = new SessionPair();
  const messages: Message[] = [
    { id: 0, name: "" },
    { id: -(2 ** 31), name: "ASCII text that is longer than what is read letter by letter" },
    { id: 2 ** 31 - 1, name: "\u{feff}Grüße, 世界 🌍\0" },
  ];
  for (const message of messages) expect(await pair.echo.echo(message)).toEqual(message);
  await pair.emptied();
});

test("calls of one turn are answered each by its own result", async () => {
  await using pair = new SessionPair();
  await pair.echo.increment(0);
  const values = Array.from({ length: 2000 }, (_, index) => index);
  expect(await Promise.all(values.map((value) => pair.echo.increment(value)))).toEqual(values.map((each) => each + 1));
  await pair.emptied();
});

test("records in records, unions, maps, sets, dates and unknown values", async () => {
  const sent: Drawing = {
    shapes: [
      { kind: "circle", radius: Number.NaN },
      { kind: "square", side: -0, color: "#77" },
    ],
    title: "",
    byColor: new Map([
      ["red", 1],
      ["#4294967295", 4_294_967_295],
    ]),
    tags: new Set(["a", ""]),
    parts: [{ shapes: [], byColor: new Map(), tags: new Set(), made: new Date(-1), extra: [] }],
    made: new Date(8.64e15),
    extra: { nested: [null, true, 1.5, "text", { bytes: Uint8Array.of(1, 2, 3) }] },
  };
  await using pair = new SessionPair({ host: echoOffer({ withoutCircles: () => sent }) });
  expect(await pair.echo.withoutCircles([])).toEqual(sent);
});

test("every kind of error crosses with its kind, its target and its message", async () => {
  await using pair = new SessionPair();
  for (const kind of Object.keys(errorKinds) as ErrorKind[]) {
    await expect(pair.echo.fail(kind)).rejects.toMatchObject({
      kind,
      op: "sample.fail",
      target: kind,
      message: "as asked",
      retry: errorKinds[kind].retry,
    });
  }
  expect(pair.defects).toEqual([]);
  await pair.emptied();
});

test("an error of another class is internal, without its stack and its cause, and is reported at home", async () => {
  await using pair = new SessionPair();
  const error = await pair.echo.fail("no kind of error").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ kind: "internal", target: "Echo.fail", message: "TypeError: no GlowError" });
  expect(error).not.toHaveProperty("cause");
  expect(String((error as Error).stack)).not.toContain("sample-echo");
  expect(pair.defects).toMatchObject([{ kind: "internal", message: "no GlowError" }]);
});

test("whatever a handler throws, the call fails, and others go on", async () => {
  const exotic: unknown[] = [
    undefined,
    null,
    7,
    Symbol("no text"),
    Object.create(null),
    Object.assign(new Error("hidden"), { message: Symbol("no text either") }),
    new Proxy(new Error("trap"), {
      get: () => {
        throw new Error("from the trap");
      },
    }),
  ];
  await using pair = new SessionPair({
    host: echoOffer({
      increment: (index) => {
        throw exotic[index];
      },
      put: async (data) => {
        await Promise.resolve();
        throw exotic[data.length];
      },
      echo: (message) => message,
    }),
  });
  for (const index of exotic.keys()) {
    await expect(pair.echo.increment(index)).rejects.toMatchObject({ kind: "internal" });
    await expect(pair.echo.put(new Uint8Array(index))).rejects.toMatchObject({ kind: "internal" });
  }
  expect(await pair.echo.echo({ id: 1, name: "alive" })).toEqual({ id: 1, name: "alive" });
  expect(pair.defects).toHaveLength(2 * exotic.length);
  await pair.emptied();
});

test("an error's texts are cut to what may cross, and made well-formed", async () => {
  const long = "ü".repeat(fireflyLimits.errorTextBytes);
  await using pair = new SessionPair({
    host: echoOffer({
      increment: () => {
        throw new GlowError("conflict", long, { target: `\ud800${long}`, message: `${long}\udfff` });
      },
    }),
  });
  const error = (await pair.echo.increment(1).catch((thrown: unknown) => thrown)) as GlowError;
  expect(error.kind).toBe("conflict");
  for (const text of [error.op, error.target, error.message]) {
    expect(text?.isWellFormed()).toBe(true);
    expect(Buffer.byteLength(text ?? "")).toBeLessThanOrEqual(fireflyLimits.errorTextBytes);
    expect(text?.length).toBeGreaterThan(fireflyLimits.errorTextBytes / 4);
  }
});

test("an argument that is not of its type fails the call before it is sent", async () => {
  await using pair = new SessionPair();
  const { echo } = pair;
  await expect(echo.increment(2 ** 31)).rejects.toMatchObject({
    kind: "invalid",
    message: expect.stringMatching(/expected i32/),
  });
  await expect(echo.increment(Number.NaN)).rejects.toMatchObject({ kind: "invalid" });
  await expect(echo.echo({ id: 1, name: "\ud800" })).rejects.toMatchObject({
    kind: "invalid",
    message: expect.stringMatching(/surrogate/),
  });
  await expect(echo.echo(null as unknown as Message)).rejects.toMatchObject({ kind: "invalid" });
  expect(pair.near.sizes.outgoingCalls).toBe(0);
  expect(await echo.increment(1)).toBe(2);
  await pair.emptied();
});

test("a result that is not of its type fails its call only", async () => {
  await using pair = new SessionPair({ host: echoOffer({ increment: (value) => (value === 0 ? 0.5 : value) }) });
  const calls = [pair.echo.increment(1), pair.echo.increment(0), pair.echo.increment(2)];
  expect(await Promise.allSettled(calls)).toMatchObject([
    { value: 1 },
    { reason: { kind: "invalid", message: expect.stringMatching(/expected i32, got number 0.5/) } },
    { value: 2 },
  ]);
  await pair.emptied();
});

test("a method that the host does not have is unsupported", async () => {
  await using pair = new SessionPair({ host: echoOffer({}) });
  await expect(pair.echo.increment(1)).rejects.toMatchObject({
    kind: "unsupported",
    message: expect.stringMatching(/does not implement/),
  });
});

test("a peer without a root, or with one of another interface, fails calls on it and nothing else", async () => {
  await using pair = new SessionPair({ caller: depotOffer({}) });
  await expect(pair.far.root(EchoStub).increment(1)).rejects.toMatchObject({ kind: "unsupported" });
  await using without = new SessionPair();
  await expect(without.far.root(EchoStub).increment(1)).rejects.toMatchObject({ kind: "not-found" });
  expect(await without.echo.increment(1)).toBe(2);
  await without.emptied();
});

test("payloads up to fireflyLimits.payloadBytes pass, larger ones fail as too large, and the session lives", async () => {
  await using pair = new SessionPair({
    host: echoOffer({ put: (data) => data.length, echo: ({ id }) => ({ id, name: "x".repeat(id) }) }),
  });
  const { echo } = pair;
  const room = fireflyLimits.payloadBytes - 4;
  expect(await echo.put(new Uint8Array(room))).toBe(room);
  await expect(echo.put(new Uint8Array(room + 1))).rejects.toMatchObject({
    kind: "too-large",
    message: expect.stringMatching(/stream/),
  });
  await expect(echo.put(new Uint8Array(fireflyLimits.payloadBytes + 1))).rejects.toMatchObject({ kind: "too-large" });
  const longest = fireflyLimits.payloadBytes - 8;
  expect((await echo.echo({ id: longest, name: "" })).name.length).toBe(longest);
  await expect(echo.echo({ id: longest + 1, name: "" })).rejects.toMatchObject({ kind: "too-large" });
  await pair.emptied();
});

test("as many large calls of one turn as the peer allows leave in packets that the pipe takes", async () => {
  await using pair = new SessionPair();
  const sizes = [12, 12, 7].map((mebibytes) => mebibytes * 1024 * 1024);
  expect(await Promise.all(sizes.map((size) => pair.echo.put(new Uint8Array(size))))).toEqual(sizes);
  await pair.emptied();
});

test("large results of one turn leave in packets that the pipe takes", async () => {
  const size = 10 * 1024 * 1024;
  const name = "x".repeat(size);
  await using pair = new SessionPair({ host: echoOffer({ echo: ({ id }) => ({ id, name }) }) });
  const results = await Promise.all([1, 2, 3, 4].map((id) => pair.echo.echo({ id, name: "" })));
  expect(results.map((each) => each.name.length)).toEqual([size, size, size, size]);
  await pair.emptied();
});

test("more unanswered calls, and more bytes in them, than the peer allows are exhausted on this side", async () => {
  const gate = Promise.withResolvers<number>();
  await using pair = new SessionPair({ host: echoOffer({ increment: () => gate.promise, put: () => gate.promise }) });
  await expect(pair.echo.fail("x")).rejects.toMatchObject({ kind: "unsupported" });
  const many = Array.from({ length: fireflyLimits.calls }, () => pair.echo.increment(1));
  await expect(pair.echo.increment(1)).rejects.toMatchObject({
    kind: "exhausted",
    message: expect.stringMatching(/65536 calls/),
  });
  gate.resolve(1);
  expect(new Set(await Promise.all(many))).toEqual(new Set([1]));

  const large = new Uint8Array(fireflyLimits.payloadBytes - 4);
  const two = [pair.echo.put(large), pair.echo.put(large)];
  await expect(pair.echo.put(large)).rejects.toMatchObject({
    kind: "exhausted",
    message: expect.stringMatching(/bytes/),
  });
  await Promise.all(two);
  expect(await pair.echo.put(large)).toBe(1);
  await pair.emptied();
});

test("before the peer has said what it allows, a sender keeps to the floor", async () => {
  const gate = Promise.withResolvers<number>();
  await using pair = new SessionPair({ host: echoOffer({ increment: () => gate.promise }) });
  const floor = Array.from({ length: 1024 }, () => pair.echo.increment(1));
  await expect(pair.echo.increment(1)).rejects.toMatchObject({
    kind: "exhausted",
    message: expect.stringMatching(/1024 calls/),
  });
  gate.resolve(0);
  await Promise.all(floor);
  const more = Array.from({ length: 1025 }, () => pair.echo.increment(1));
  await Promise.all(more);
});

test("a value with a getter that makes a call: the inner call is refused, the outer one is sent whole", async () => {
  await using pair = new SessionPair();
  const inner: Promise<unknown>[] = [];
  const message = {
    id: 5,
    get name(): string {
      inner.push(pair.echo.increment(1));
      return "outer";
    },
  };
  const outer = pair.echo.echo(message);
  expect(await Promise.allSettled(inner)).toMatchObject([
    { reason: { kind: "invalid", message: expect.stringMatching(/getter/) } },
  ]);
  expect(await outer).toEqual({ id: 5, name: "outer" });
  await pair.emptied();
});

test("a value with a getter that releases an object: it is released, behind the call", async () => {
  await using pair = new SessionPair();
  const chain = await pair.echo.first();
  const message = {
    id: 5,
    get name(): string {
      chain[Symbol.dispose]();
      return "outer";
    },
  };
  expect(await pair.echo.echo(message)).toEqual({ id: 5, name: "outer" });
  await pair.emptied();
  expect(pair.sample.counts).toEqual({ chainsMade: 1, chainsDisposed: 1 });
});

test("a value with a getter that gives up another call: that one is cancelled, this one is sent", async () => {
  await using pair = new SessionPair();
  const controller = new AbortController();
  const sleep = pair.echo.sleep(60_000, { signal: controller.signal });
  const message = {
    id: 5,
    get name(): string {
      controller.abort();
      return "outer";
    },
  };
  const outer = pair.echo.echo(message);
  await expect(sleep).rejects.toMatchObject({ kind: "cancelled" });
  expect(await outer).toEqual({ id: 5, name: "outer" });
  await pair.emptied();
});

test("a value with a getter that throws fails its call, and leaves nothing half-written", async () => {
  await using pair = new SessionPair();
  const bad = {
    id: 5,
    get name(): string {
      throw new RangeError("no name today");
    },
  };
  const calls = [pair.echo.increment(1), pair.echo.echo(bad), pair.echo.increment(2)];
  expect(await Promise.allSettled(calls)).toMatchObject([
    { value: 2 },
    { reason: { kind: "internal", message: "no name today" } },
    { value: 3 },
  ]);
  await pair.emptied();
});

test("a value with a getter that closes the session: both sides end by name, and no call is left waiting", async () => {
  const pair = new SessionPair();
  const message = {
    id: 5,
    get name(): string {
      pair.near.close();
      return "outer";
    },
  };
  const calls = [pair.echo.increment(1), pair.echo.echo(message)];
  expect(await Promise.allSettled(calls)).toMatchObject([
    { reason: { kind: "disconnected" } },
    { reason: { kind: "disconnected" } },
  ]);
  expect(await pair.far.closed).toMatchObject({ kind: "disconnected" });
  await pair.emptied();
});
