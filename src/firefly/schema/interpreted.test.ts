// Interfaces made at run time do all that generated ones do: a client that read the schema of the sample interfaces
// a moment ago talks to a host whose code was generated from them.

import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Stub } from "#firefly/codec/stub.ts";
import type { Stream } from "#firefly/runtime.ts";
import { NodeClock } from "#platform/nodejs/clock.ts";
import { NodeCrypto } from "#platform/nodejs/crypto.ts";
import { NodeTimers } from "#platform/nodejs/timers.ts";
import * as generated from "../../../test/interfaces/generated/sample.ts";
import { SampleEcho } from "../../../test/interfaces/sample-echo.ts";
import { memoryPipes } from "../pipes/memory.ts";
import { FireflySession } from "../session/session.ts";
import { InterpretedSchema } from "./interpreted.ts";
import { link } from "./linker.ts";
import { parse } from "./parser.ts";

const source = new URL("../../../test/interfaces/sample.firefly", import.meta.url);
const { schema } = link([parse("sample.firefly", readFileSync(source, "utf8"))]);
const interpreted = new InterpretedSchema(schema, new NodeCrypto());
const EchoInterface = interpreted.interface(schema.declarations.findIndex(({ name }) => name === "Echo"));

/** What a stub made at run time is, to those who know what it was made from. */
type EchoStub = generated.EchoStub;

const timers = new NodeTimers();
let host: FireflySession;
let client: FireflySession;
let echo: EchoStub;

beforeEach(() => {
  const [near, far] = memoryPipes(timers);
  const time = { clock: new NodeClock(), timers };
  host = new FireflySession(far, { ...time, root: { type: generated.EchoInterface, object: new SampleEcho(timers) } });
  client = new FireflySession(near, time);
  echo = client.root<Stub>(EchoInterface.stub) as EchoStub;
});

afterEach(async () => {
  client.close();
  await host.closed;
});

test("hashes are those of generated code", () => {
  expect(EchoInterface.hash).toBe(generated.EchoInterface.hash);
  expect(EchoInterface.stub.name).toBe("EchoStub");
});

test("calls, with all kinds of values", async () => {
  expect(await echo.echo({ id: -5, name: "é" })).toEqual({ id: -5, name: "é" });
  expect(await echo.put(new Uint8Array(10_000))).toBe(10_000);
  const shapes: generated.Shape[] = [
    { kind: "circle", radius: 1 },
    { kind: "square", side: 2, color: "#77" },
  ];
  const drawing = await echo.withoutCircles(shapes);
  expect(drawing.shapes).toEqual([shapes[1]]);
  await expect(echo.fail("denied")).rejects.toMatchObject({ kind: "denied" });
  await expect(echo.increment("1" as never)).rejects.toMatchObject({ kind: "invalid" });
});

test("options stand behind the parameters, given or not", async () => {
  const signal = AbortSignal.abort();
  await expect(echo.withoutCircles([], undefined, { signal })).rejects.toMatchObject({ kind: "cancelled" });
});

test("streams, both ways", async () => {
  const items: generated.Message[] = [];
  for await (const item of (await echo.items(3)) satisfies Stream<generated.Message>) items.push(item);
  expect(items.map((item) => item.id)).toEqual([0, 1, 2]);
  expect(await echo.sum([1, 2, -5])).toBe(-2n);
});

test("objects: pipelined through calls and through records, and called back", async () => {
  using chain = echo.first();
  using third = chain.next().next();
  expect(await third.value()).toBe(2);
  using inspection = echo.inspect();
  expect(inspection.nested).toBe(inspection.nested);
  expect(await inspection.nested.chain.next().value()).toBe((await inspection.nested.chain.value()) + 1);
  expect(await inspection.chain.value()).not.toBe(await inspection.nested.chain.value());
  const nested = await inspection.nested;
  expect(nested.chain).toBeInstanceOf(
    interpreted.interface(schema.declarations.findIndex(({ name }) => name === "Chain")).stub,
  );
  expect(await echo.call({ heard: (text: string) => `${text}!` }, "hey")).toBe("hey!");
});
