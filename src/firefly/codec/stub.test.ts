// What all stubs share: one handle each, given back once; thenable only until their object is there.

import { expect, test } from "vitest";
import type { Interface, Method } from "./interface.ts";
import { type Answer, ask, call, duplicate, localObject, pipelined, type Reference, Stub } from "./stub.ts";

class DoorStub extends Stub {
  override get $interface(): Interface {
    return doorInterface;
  }
}

const method: Method = {
  name: "open",
  number: 0,
  parameters: { write: () => undefined, read: () => [] },
  result: { write: () => undefined, read: () => undefined },
};

const doorInterface: Interface = { name: "Door", hash: "12".repeat(33), methods: [method], stub: DoorStub };

/** Counts its holders and its calls. */
class CountedReference implements Reference {
  holders = 0;
  calls = 0;
  isSettled = true;
  local: object | undefined;
  readonly arrived = Promise.withResolvers<void>();

  async call(): Promise<unknown> {
    return ++this.calls;
  }

  ask(): Answer {
    return { value: async () => undefined, at: () => this, release: () => undefined };
  }

  settled(): Promise<void> {
    return this.arrived.promise;
  }

  hold(): void {
    this.holders++;
  }

  drop(): void {
    this.holders--;
  }
}

test("a stub holds its reference until it is released, once", async () => {
  const reference = new CountedReference();
  const stub = new DoorStub(reference);
  const second = duplicate(stub);
  expect(reference.holders).toBe(2);
  stub[Symbol.dispose]();
  stub[Symbol.dispose]();
  expect(reference.holders).toBe(1);
  expect(await call(second, method, [], undefined)).toBe(1);
  await expect(call(stub, method, [], undefined)).rejects.toMatchObject({ kind: "released", target: "Door.open" });
  expect(() => ask(stub, method, [], undefined)).toThrow(expect.objectContaining({ kind: "released" }));
  expect(() => duplicate(stub)).toThrow(expect.objectContaining({ kind: "released", target: "Door" }));
  expect(localObject(stub)).toBeUndefined();
  using _ = second;
});

test("a stub whose object is there is not thenable: awaiting it is awaiting a plain value", async () => {
  const reference = new CountedReference();
  reference.local = {};
  const stub = new DoorStub(reference);
  expect("then" in stub).toBe(true);
  expect((stub as { then?: unknown }).then).toBeUndefined();
  expect(await Promise.resolve(stub)).toBe(stub);
  expect(localObject(stub)).toBe(reference.local);
});

test("a stub on its way is awaited: it becomes itself, or fails", async () => {
  const reference = new CountedReference();
  reference.isSettled = false;
  const stub = pipelined(reference.ask(), DoorStub);
  const awaited = Promise.resolve(stub);
  reference.isSettled = true;
  reference.arrived.resolve();
  expect(await awaited).toBe(stub);

  const other = new CountedReference();
  other.isSettled = false;
  const lost = Promise.resolve(pipelined(other.ask(), DoorStub));
  other.arrived.reject(new Error("lost"));
  await expect(lost).rejects.toThrow("lost");
});
