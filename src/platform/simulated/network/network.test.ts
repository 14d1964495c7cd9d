// What the network does to pipes: delays, partitions, cuts and crashes. The plain contract of pipes and dials is shown by
// the compliance suites.

import { describe, expect, test } from "vitest";
import { fireflyLimits, transportLimits } from "#base/limits.ts";
import type { Address, Pipe, Platform } from "#glow";
import { RecordingPieces } from "../../../../test/compliance/recording-pieces.ts";
import { RecordingReceiver } from "../../../../test/compliance/recording-receiver.ts";
import { nodeHost } from "../../../../test/swarm/node-host.ts";
import { World } from "../world.ts";
import type { LinkConditions, Weather } from "./link-conditions.ts";

const calm: Weather = {
  latencyMs: [10, 10],
  jitterMs: [0, 0],
  bytesPerMs: [1000, 1000],
  lossChance: [0, 0],
  dialFailChance: [0, 0],
  dialDelayMs: [0, 0],
};

class End extends RecordingReceiver {
  readonly pipe: Pipe;

  constructor(pipe: Pipe) {
    super();
    this.pipe = pipe;
    pipe.attach(this);
  }

  /** The first byte of each packet that came. */
  get numbers(): number[] {
    return this.packets.map((packet) => packet[0] as number);
  }
}

/** Nodes a and b, of which b (and c, if there is one) listens and keeps the ends it accepts. */
class Subject {
  readonly world: World;
  readonly accepted: End[] = [];

  constructor(seed: number, weather: Partial<Weather> = {}, names: readonly string[] = ["a", "b"], giveUpMs = 60_000) {
    this.world = new World(nodeHost, { seed, network: { weather: { ...calm, ...weather }, giveUpMs } });
    for (const name of names)
      this.world.addNode(name, { boot: (platform) => this.#boot(name, platform), clockRate: 1 });
  }

  platform(name: string): Platform {
    return this.world.node(name).handle as Platform;
  }

  async connect(from = "a", to = "b"): Promise<{ near: End; far: End }> {
    await this.pass(0);
    const { network } = this.platform(from);
    const near = await this.world.finish(network.dial(`sim://${to}:1` as Address).then((pipe) => new End(pipe)));
    return { near, far: this.accepted.at(-1) as End };
  }

  pass(ms: number): Promise<void> {
    return this.world.run({ untilMs: this.world.nowMs + ms });
  }

  async #boot(name: string, platform: Platform): Promise<Platform> {
    const accept = (pipe: Pipe) => void this.accepted.push(new End(pipe));
    if (name !== "a") await platform.network.listen(`sim://${name}:1` as Address, accept);
    return platform;
  }
}

async function connected(seed = 1, weather: Partial<Weather> = {}, giveUpMs?: number) {
  const subject = new Subject(seed, weather, ["a", "b"], giveUpMs);
  return { subject, ...(await subject.connect()) };
}

function send(end: End, ...numbers: number[]): void {
  for (const number of numbers) end.pipe.send([new Uint8Array([number])]);
}

describe("travelling", () => {
  test("takes latency and bandwidth; what has not left is buffered", async () => {
    const { subject, near, far } = await connected();
    near.pipe.send([new Uint8Array(5000)]);
    near.pipe.send([new Uint8Array(1000)]);
    expect(near.pipe.bufferedBytes).toBe(6000);
    await subject.pass(4.9);
    expect(near.pipe.bufferedBytes).toBe(6000);
    await subject.pass(0.2);
    expect(near.pipe.bufferedBytes).toBe(1000);
    await subject.pass(9.8);
    expect(far.packets.length).toBe(0);
    await subject.pass(0.2);
    expect(far.packets.length).toBe(1);
    await subject.pass(1);
    expect(far.packets.length).toBe(2);
  });

  test("pipes of one direction share its bandwidth, the other direction has its own", async () => {
    const { subject, near, far } = await connected();
    const other = await subject.connect();
    near.pipe.send([new Uint8Array(50_000)]);
    other.near.pipe.send([new Uint8Array(1)]);
    far.pipe.send([new Uint8Array(1)]);
    await subject.pass(11);
    expect([other.far.packets.length, near.packets.length]).toEqual([0, 1]);
    await subject.pass(50);
    expect(other.far.packets.length).toBe(1);
  });

  test("`drained` comes when half of what may pile up has left, not before", async () => {
    const { subject, near } = await connected();
    const limit = fireflyLimits.sendHighWaterBytes;
    expect(near.pipe.send([new Uint8Array(limit / 2)])).toBe(true);
    expect(near.pipe.send([new Uint8Array(limit / 2 + 1)])).toBe(false);
    await subject.pass(limit / 2 / 1000 - 1);
    expect(near.drains).toBe(0);
    await subject.pass(limit / 2 / 1000 + 2);
    expect(near.drains).toBe(1);
  });

  test("one pipe keeps its order whatever the delays; different pipes overtake one another", async () => {
    const { subject, near, far } = await connected(1, { jitterMs: [100, 100], lossChance: [0.2, 0.2] });
    const other = await subject.connect();
    const order: number[] = [];
    far.onPacket = (packet) => order.push(packet[0] as number);
    other.far.onPacket = far.onPacket;
    for (let i = 0; i < 100; i++) {
      send(i % 2 === 0 ? near : other.near, i);
      await subject.pass(1);
    }
    await subject.pass(60_000);
    expect(order.length).toBe(100);
    expect(far.numbers).toEqual(far.numbers.toSorted((a, b) => a - b));
    expect(other.far.numbers).toEqual(other.far.numbers.toSorted((a, b) => a - b));
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  });

  test("a lost packet comes late, and those behind it too", async () => {
    const { subject, near, far } = await connected(1, { lossChance: [1, 1] });
    send(near, 1);
    await subject.pass(200);
    expect(far.numbers).toEqual([]);
    await subject.pass(10_000);
    expect(far.numbers).toEqual([1]);
  });

  test("a sender that writes to bytes it gave away is found out", async () => {
    const { subject, near } = await connected();
    const bytes = new Uint8Array(100);
    near.pipe.send([bytes]);
    bytes[50] = 1;
    await expect(subject.pass(100)).rejects.toThrow("given to `send`");
  });

  test("a program that attaches no receiver in the turn of the pipe is found out", async () => {
    const subject = new Subject(1);
    await subject.pass(0);
    subject
      .platform("a")
      .network.dial("sim://b:1" as Address)
      .catch(() => undefined);
    await subject.pass(100);
    send(subject.accepted[0] as End, 1);
    await expect(subject.pass(100)).rejects.toThrow("receiver");
  });
});

describe("a partition", () => {
  test("holds back both ways what is on the way and what is sent, and lets it go when it heals", async () => {
    const { subject, near, far } = await connected();
    send(near, 1);
    const partition = subject.world.network.partition(["a"], ["b"]);
    send(near, 2);
    send(far, 3);
    await subject.pass(5000);
    expect([near.numbers, far.numbers]).toEqual([[], []]);
    expect(near.pipe.bufferedBytes).toBe(1);
    partition.heal();
    partition.heal();
    await subject.pass(100);
    expect([near.numbers, far.numbers]).toEqual([[3], [1, 2]]);
    expect(near.pipe.bufferedBytes).toBe(0);
  });

  test("that is one-way holds back one way only", async () => {
    const { subject, near, far } = await connected();
    subject.world.network.barrier(["a"], ["b"]);
    send(near, 1);
    send(far, 2);
    await subject.pass(1000);
    expect([near.numbers, far.numbers]).toEqual([[2], []]);
  });

  test("leaves others alone, and overlapping ones heal one by one", async () => {
    const subject = new Subject(1, {}, ["a", "b", "c"]);
    const first = await subject.connect("a", "b");
    const second = await subject.connect("a", "c");
    const { network } = subject.world;
    const barriers = [network.barrier(["a"], ["b"]), network.partition(["a", "c"], ["b"])];
    send(first.near, 1);
    send(second.near, 2);
    await subject.pass(100);
    expect(second.far.numbers).toEqual([2]);
    barriers[0]?.heal();
    await subject.pass(100);
    expect(first.far.numbers).toEqual([]);
    network.healAll();
    await subject.pass(100);
    expect(first.far.numbers).toEqual([1]);
  });

  test("that outlasts patience ends the pipe for who has something to send, and only for him", async () => {
    const { subject, near, far } = await connected(1, {}, 5000);
    const partition = subject.world.network.partition(["a"], ["b"]);
    send(near, 1);
    await subject.pass(4999);
    expect(near.ends).toEqual([]);
    await subject.pass(2);
    expect(near.ends[0]).toMatchObject({ kind: "disconnected" });
    await subject.pass(100_000);
    partition.heal();
    await subject.pass(1000);
    expect(far.ends, "an idle end does not learn of it").toEqual([]);
    send(far, 2);
    await subject.pass(1000);
    expect(far.ends.length, "until it sends").toBe(1);
  });

  test("keeps a pipe that is closed behind it waiting only for transportLimits.closeMs", async () => {
    const { subject, near, far } = await connected();
    const partition = subject.world.network.partition(["a"], ["b"]);
    send(near, 1);
    near.pipe.close();
    await subject.pass(transportLimits.closeMs - 1);
    expect(near.ends).toEqual([]);
    await subject.pass(2);
    expect(near.ends.length).toBe(1);
    partition.heal();
    send(far, 2);
    await subject.pass(100);
    expect(far.ends.length).toBe(1);
  });
});

describe("a cut", () => {
  test("by reset is heard on both sides, behind some prefix of what was on the way", async () => {
    const prefixes = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const { subject, near, far } = await connected(seed);
      send(near, 0, 1, 2, 3);
      await subject.pass(1);
      send(near, 4);
      expect(subject.world.network.cut("a", "b", "reset")).toBe(1);
      send(near, 5);
      await subject.pass(1000);
      expect([near.ends.length, far.ends.length]).toEqual([1, 1]);
      expect(far.numbers).toEqual([0, 1, 2, 3].slice(0, far.numbers.length));
      prefixes.add(far.numbers.length);
    }
    expect(prefixes).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  test("that is half-open is heard on one side, on the other when it sends", async () => {
    const heardBy = { near: 0, far: 0 };
    for (let seed = 0; seed < 20; seed++) {
      const { subject, near, far } = await connected(seed);
      subject.world.network.cut("b", "a", "half-open");
      await subject.pass(60_000);
      expect(near.ends.length + far.ends.length).toBe(1);
      const deaf = near.ends.length === 0 ? near : far;
      heardBy[deaf === near ? "far" : "near"]++;
      send(deaf, 1);
      await subject.pass(1000);
      expect([near.ends.length, far.ends.length]).toEqual([1, 1]);
    }
    expect(heardBy.near).toBeGreaterThan(2);
    expect(heardBy.far).toBeGreaterThan(2);
  });

  test("that is silent is heard by nobody; who sends gives up in the end", async () => {
    const { subject, near, far } = await connected(1, {}, 5000);
    subject.world.network.cut("a", "b", "silent");
    subject.world.network.healAll();
    send(near, 1);
    await subject.pass(4000);
    expect([near.ends.length, far.ends.length, far.packets.length]).toEqual([0, 0, 0]);
    await subject.pass(1_000_000);
    expect([near.ends.length, far.ends.length]).toEqual([1, 0]);
  });

  test("takes the pipes between two nodes and no others, also on one node", async () => {
    const subject = new Subject(1, {}, ["a", "b", "c"]);
    const first = await subject.connect("a", "b");
    const second = await subject.connect("a", "c");
    const own = await subject.connect("b", "b");
    expect(subject.world.network.cut("a", "b", "reset")).toBe(1);
    expect(subject.world.network.cut("b", "b", "reset")).toBe(1);
    expect(subject.world.network.cut("b", "c", "reset")).toBe(0);
    await subject.pass(100);
    expect([first, second, own].map(({ near, far }) => near.ends.length + far.ends.length)).toEqual([2, 0, 2]);
  });
});

describe("a crash", () => {
  test("by kill is heard by the peer, behind some prefix of what had left", async () => {
    const prefixes = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const { subject, near, far } = await connected(seed);
      send(near, 0, 1);
      await subject.pass(1);
      near.pipe.send([new Uint8Array([2]), new Uint8Array(100_000)]);
      subject.world.node("a").crash("kill");
      await subject.pass(1000);
      expect(far.ends[0]).toMatchObject({ kind: "disconnected" });
      expect(far.numbers).toEqual([0, 1].slice(0, far.numbers.length));
      expect(near.ends).toEqual([]);
      prefixes.add(far.numbers.length);
    }
    expect(prefixes).toEqual(new Set([0, 1, 2]));
  });

  test("by loss of power is heard when the node is up again and something is sent to it", async () => {
    const { subject, far } = await connected();
    const node = subject.world.node("a");
    node.crash("power");
    send(far, 1);
    await subject.pass(20_000);
    expect(far.ends).toEqual([]);
    node.start();
    await subject.pass(1000);
    expect(far.ends.length).toBe(1);
  });

  test("by loss of power is never heard by an idle peer", async () => {
    const { subject, far } = await connected();
    subject.world.node("a").crash("power");
    subject.world.node("a").start();
    await subject.pass(10_000_000);
    expect(far.ends).toEqual([]);
  });

  test("of a dialling program leaves nothing behind at the peer that can be used", async () => {
    const subject = new Subject(1);
    await subject.pass(0);
    subject
      .platform("a")
      .network.dial("sim://b:1" as Address)
      .catch(() => undefined);
    await subject.pass(15);
    const [far] = subject.accepted;
    subject.world.node("a").crash("power");
    subject.world.node("a").start();
    await subject.pass(100);
    send(far as End, 1);
    await subject.pass(100);
    expect(far?.ends.length).toBe(1);
  });
});

describe("a dial", () => {
  async function dialled(
    subject: Subject,
    address = "sim://b:1",
    signal?: AbortSignal,
  ): Promise<{ kind: string; ms: number }> {
    await subject.pass(0);
    const began = subject.world.nowMs;
    const dialling = subject.platform("a").network.dial(address as Address, signal);
    const kind = await subject.world.finish(
      dialling.then(
        (pipe) => {
          pipe.close();
          return "connected";
        },
        (error: { kind: string }) => error.kind,
      ),
    );
    return { kind, ms: Math.round(subject.world.nowMs - began) };
  }

  test("takes a round trip; where nobody listens it fails as fast", async () => {
    expect(await dialled(new Subject(1))).toEqual({ kind: "connected", ms: 20 });
    expect(await dialled(new Subject(1), "sim://b:2")).toEqual({ kind: "unavailable", ms: 20 });
    expect((await dialled(new Subject(1), "sim://nobody:1")).kind).toBe("unavailable");
  });

  test("to a node without power, or behind a barrier either way, fails after transportLimits.dialMs", async () => {
    const expected = { kind: "unavailable", ms: transportLimits.dialMs };
    const down = new Subject(1);
    down.world.node("b").crash("power");
    expect(await dialled(down)).toEqual(expected);
    for (const [from, to] of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      const parted = new Subject(1);
      parted.world.network.barrier([from], [to]);
      expect(await dialled(parted)).toEqual(expected);
    }
  });

  test("to a node whose program died fails at once", async () => {
    const subject = new Subject(1);
    await subject.pass(0);
    subject.world.node("b").crash("kill");
    expect(await dialled(subject)).toEqual({ kind: "unavailable", ms: 20 });
  });

  test("is repeated, and succeeds when the barrier falls", async () => {
    const subject = new Subject(1);
    const barrier = subject.world.network.barrier(["a"], ["b"]);
    subject.world.after(2500, () => barrier.heal());
    expect(await dialled(subject)).toEqual({ kind: "connected", ms: 3020 });
  });

  test("that is given up leaves no pipe at the peer", async () => {
    const subject = new Subject(1);
    subject.world.network.barrier(["b"], ["a"]);
    const abort = new AbortController();
    subject.world.after(100, () => abort.abort());
    expect(await dialled(subject, "sim://b:1", abort.signal)).toEqual({ kind: "cancelled", ms: 100 });
    await subject.pass(1000);
    expect(subject.accepted.map((far) => far.ends.length)).toEqual([1]);
  });

  test("fails by itself as often as the conditions say, and takes longer", async () => {
    const conditions: Partial<LinkConditions> = { dialFailChance: 0.5, dialDelayMs: 1000 };
    let failed = 0;
    const waits: number[] = [];
    for (let seed = 0; seed < 60; seed++) {
      const subject = new Subject(seed);
      const bad = subject.world.network.disturb("a", "b", conditions);
      const { kind, ms } = await dialled(subject);
      if (kind === "unavailable") failed++;
      else waits.push(ms);
      bad.heal();
      expect(await dialled(subject)).toEqual({ kind: "connected", ms: 20 });
    }
    expect(failed).toBeGreaterThan(15);
    expect(failed).toBeLessThan(45);
    expect(Math.max(...waits)).toBeGreaterThan(300);
    expect(Math.min(...waits)).toBeLessThan(100);
  });
});

describe("conditions", () => {
  test("differ from pair to pair and from direction to direction, and depend on the seed and the names alone", () => {
    const of = (seed: number, ...pairs: [string, string][]) => {
      const { network } = new World(nodeHost, { seed });
      return pairs.map(([from, to]) => network.wire(from, to).conditions);
    };
    const [ab, ba, ac] = of(1, ["a", "b"], ["b", "a"], ["a", "c"]);
    expect(new Set([ab?.latencyMs, ba?.latencyMs, ac?.latencyMs]).size).toBe(3);
    expect(of(1, ["a", "c"], ["a", "b"])).toEqual([ac, ab]);
    expect(of(2, ["a", "b"])).not.toEqual([ab]);
  });

  test("that are disturbed twice heal one by one", () => {
    const { network } = new World(nodeHost, { seed: 1, network: { weather: calm } });
    const slow = network.disturb("a", "b", { latencyMs: 500 });
    const slower = network.disturb("a", "b", { latencyMs: 900, lossChance: 0.1 });
    expect(network.wire("a", "b").conditions).toMatchObject({ latencyMs: 900, lossChance: 0.1 });
    slow.heal();
    expect(network.wire("a", "b").conditions).toMatchObject({ latencyMs: 900, lossChance: 0.1 });
    slower.heal();
    expect(network.wire("a", "b").conditions).toMatchObject({ latencyMs: 10, lossChance: 0 });
    expect(() => network.disturb("a", "b", { bytesPerMs: 0 })).toThrow("barrier");
    expect(network.wire("a", "b").conditions.bytesPerMs).toBe(1000);
  });
});

describe("a receiver of pieces", () => {
  /** Sends packets to one, breaks the pipe at some time or not; the sizes of the pieces of each packet that came. */
  async function pieces(seed: number, cutMs?: number): Promise<number[][]> {
    const subject = new Subject(seed);
    await subject.pass(0);
    const end = new RecordingPieces();
    await subject.platform("b").network.listen("sim://b:2" as Address, (pipe) => pipe.attach(end));
    const dialled = subject.platform("a").network.dial("sim://b:2" as Address);
    const near = await subject.world.finish(dialled.then((pipe) => new End(pipe)));
    const sent = Array.from({ length: 20 }, (_, i) => new Uint8Array(i * 50).fill(i));
    for (const packet of sent) near.pipe.send([packet.subarray(0, 7), packet.subarray(7)]);
    await subject.pass(cutMs ?? 100);
    if (cutMs === undefined) expect(end.arrived).toEqual(sent);
    else subject.world.network.cut("a", "b", "reset");
    await subject.pass(1000);
    expect([end.wrong, end.late, end.ends.length]).toEqual([0, 0, cutMs === undefined ? 0 : 1]);
    return end.pieces.map((each) => each.map(({ length }) => length));
  }

  test("gets them cut at places that follow from the seed", async () => {
    const first = await pieces(1);
    expect(await pieces(1)).toEqual(first);
    expect(await pieces(2)).not.toEqual(first);
    const counts = new Set(first.map(({ length }) => length));
    expect(counts.size).toBeGreaterThan(2);
  });

  test("may lose the pipe in the middle of a packet", async () => {
    let cutOff = 0;
    for (let seed = 0; seed < 40; seed++) {
      const sizes = (await pieces(seed, 15 + seed / 20)).map((each) => each.reduce((sum, size) => sum + size, 0));
      sizes.forEach((size, i) => expect(size).toBeLessThanOrEqual(i * 50));
      if (sizes.some((size, i) => size < i * 50)) cutOff++;
    }
    expect(cutOff).toBeGreaterThan(0);
  });
});
