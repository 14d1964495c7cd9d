// Scripted peers that break the protocol of resumable pipes, one per rule. Each loses its own connection, or its own
// pipe; a pipe of somebody else that is open meanwhile goes on.

import { describe, expect, test } from "vitest";
import { concatBytes } from "#base/bytes.ts";
import { fireflyLimits, resumableLimits } from "#base/limits.ts";
import {
  type ControlMessage,
  decodeMessage,
  encodeMessage,
  type Hello,
  type Welcome,
} from "#firefly/resumable/message.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import type { ResumablePipe } from "#firefly/resumable/resumable-pipe.ts";
import { RecordingReceiver } from "../compliance/recording-receiver.ts";
import { Line, type LineEnd, Lines } from "./resumable-lines.ts";
import { hello, RawPeer } from "./resumable-raw-peer.ts";
import { type Talker, talkers } from "./resumable-traffic.ts";

const { segmentBytes } = resumableLimits;

const raw = (...bytes: number[]) => Uint8Array.from(bytes);
const segment = (type: number, sizeBytes: number) => concatBytes([raw(type), new Uint8Array(sizeBytes)]);

/** Plays a story beside an honest pipe, which must work before and after it and never be cut. */
async function beside(lines: Lines, story: (honest: { near: Talker; far: Talker }) => Promise<void>): Promise<void> {
  await lines.play(
    (async () => {
      const nearPipe = await lines.dialResumable();
      const honest = talkers(nearPipe, lines.accepted[0]!);
      const exchange = async () => {
        honest.near.send(1000);
        honest.far.send(70_000);
        while (!honest.near.hasAll || !honest.far.hasAll) await lines.wait(1);
      };
      await exchange();
      await story(honest);
      await exchange();
      expect([nearPipe.state, nearPipe.reconnects]).toEqual(["connected", 0]);
    })(),
  );
}

async function connect(lines: Lines): Promise<RawPeer> {
  return new RawPeer(await lines.dial());
}

describe("before a HELLO has been taken", () => {
  const position = { token: new Uint8Array(16), received: 0 };
  const valid = encodeMessage({ ...hello, attempt: 1, resume: position });
  const scripts: Record<string, [Uint8Array, string]> = {
    "an empty packet": [raw(), "protocol"],
    "type 0": [raw(0), "protocol"],
    "an unknown type": [raw(200, 1, 2, 3), "protocol"],
    "a PACKET": [raw(5, 1, 2, 3), "protocol"],
    "a PART": [segment(4, segmentBytes), "protocol"],
    "an END": [raw(6), "protocol"],
    "an ACK": [raw(7, 0), "protocol"],
    "a WELCOME": [encodeMessage({ type: "welcome", windowBytes: 1, ...position }), "protocol"],
    "a HELLO that is only its type": [raw(1), "protocol"],
    "a HELLO without a window": [raw(1, 1, 0), "protocol"],
    "a HELLO with bytes behind it": [raw(1, 1, 0, 5, 0), "protocol"],
    "a number longer than it needs to be": [raw(1, 1, 0x80, 0, 5), "protocol"],
    "a number of more than 2^53": [raw(1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 5), "protocol"],
    "a number that does not end": [raw(1, 1, 0xff), "protocol"],
    "a token that is too short": [valid.subarray(0, 12), "protocol"],
    "a token without a count": [valid.subarray(0, valid.length - 1), "protocol"],
    "another version": [raw(1, 2, 77, 77, 77), "unsupported"],
    "a token that nobody has": [valid, "not-found"],
    "17 MiB of nothing": [segment(1, fireflyLimits.packetBytes - 1), "unsupported"],
  };

  test.each(Object.entries(scripts))("%s", async (_name, [bytes, kind]) => {
    const lines = new Lines();
    await beside(lines, async () => {
      const peer = await connect(lines);
      peer.send(bytes);
      expect(await peer.message("abort")).toEqual({ type: "abort", kind });
      await peer.untilClosed();
      expect(lines.acceptor.counts).toEqual({ pipes: 1, detached: 0, waiting: 0 });
      expect(peer.packets.length).toBe(1);
    });
  });

  test("silence lasts `resumableLimits.handshakeMs`", async () => {
    const lines = new Lines();
    await beside(lines, async () => {
      const before = lines.clock.monotonicMs();
      const peer = await connect(lines);
      expect(await peer.message("abort")).toEqual({ type: "abort", kind: "deadline" });
      expect(lines.clock.monotonicMs() - before).toBeCloseTo(resumableLimits.handshakeMs, -2);
    });
  });

  test("silent connections past `resumableLimits.handshakes` displace one another, not who says HELLO", async () => {
    const lines = new Lines({ handshakes: 4 });
    await beside(lines, async () => {
      const peers: RawPeer[] = [];
      for (let i = 0; i < 20; i++) peers.push(await connect(lines));
      expect(lines.acceptor.counts.waiting).toBe(4);
      expect(await peers[0]!.message("abort")).toEqual({ type: "abort", kind: "exhausted" });
      peers[19]!.send(hello);
      expect(await peers[19]!.message("welcome")).toMatchObject({ received: 0 });
    });
  });

  test("pipes past `resumableLimits.pipes` are refused with `exhausted`", async () => {
    const lines = new Lines({ pipes: 3 });
    await beside(lines, async () => {
      await lines.dialResumable();
      await lines.dialResumable();
      await expect(lines.dialResumable()).rejects.toMatchObject({ kind: "exhausted", op: "pipe.dial" });
      expect(lines.acceptor.counts.pipes).toBe(3);
    });
  });
});

describe("on a connection that stands", () => {
  const scripts: Record<string, (Uint8Array | ControlMessage)[]> = {
    "an empty packet": [raw()],
    "type 0": [raw(0, 1)],
    "an unknown type": [raw(10)],
    "a second HELLO": [hello],
    "a WELCOME": [{ type: "welcome", windowBytes: 1, token: new Uint8Array(16), received: 0 }],
    "an ACK of what was never sent": [{ type: "ack", received: 1 }],
    "an ACK of 2^53 - 1": [{ type: "ack", received: Number.MAX_SAFE_INTEGER }],
    "an ACK that ends early": [raw(7)],
    "an ACK with bytes behind it": [raw(7, 0, 0)],
    "a number longer than it needs to be": [raw(7, 0x80, 0)],
    "a PONG that answers nothing": [{ type: "pong", number: 99 }],
    "a PING without a number": [raw(8)],
    "a PACKET longer than a segment": [segment(5, segmentBytes + 1)],
    "a PART that is not full": [segment(4, segmentBytes - 1)],
    "a PART that is too full": [segment(4, segmentBytes + 1)],
    "an empty PART": [segment(4, 0)],
    "an empty PACKET after a PART": [segment(4, segmentBytes), segment(5, 0)],
    "a PACKET that is too long after a PART": [segment(4, segmentBytes), segment(5, segmentBytes + 1)],
    "an END after a PART": [segment(4, segmentBytes), raw(6)],
    "an END with bytes after a PART": [segment(4, segmentBytes), raw(6, 1)],
    "an END with bytes": [raw(6, 1)],
    "a packet above `fireflyLimits.packetBytes`": [
      ...Array.from({ length: fireflyLimits.packetBytes / segmentBytes }, () => segment(4, segmentBytes)),
      raw(5, 1),
    ],
  };

  test.each(Object.entries(scripts))("%s", async (_name, script) => {
    const lines = new Lines();
    await beside(lines, async () => {
      const peer = await connect(lines);
      const victim = new RecordingReceiver();
      lines.onAccept = (pipe) => pipe.attach(victim);
      peer.send(hello);
      await peer.message("welcome");
      for (const message of script) peer.send(message);
      expect(await peer.message("abort")).toEqual({ type: "abort", kind: "protocol" });
      expect(victim.ends.map(({ kind }) => kind)).toEqual(["protocol"]);
      expect(victim.packets).toEqual([]);
      await peer.untilClosed();
      expect(lines.acceptor.counts.pipes).toBe(1);
    });
    expect(lines.acceptor.heldBytes).toBeLessThan(100_000);
  });

  test("an ACK that goes back", async () => {
    const lines = new Lines();
    await beside(lines, async () => {
      const peer = await connect(lines);
      const victim = new RecordingReceiver();
      lines.onAccept = (pipe) => {
        pipe.attach(victim);
        pipe.send([raw(1)]);
        pipe.send([raw(2)]);
      };
      peer.send(hello);
      await peer.untilPackets(4);
      for (const received of [1, 2, 2]) peer.send({ type: "ack", received });
      await lines.wait(100);
      expect(victim.ends).toEqual([]);
      peer.send({ type: "ack", received: 1 });
      expect((await victim.untilClosed()).kind).toBe("protocol");
    });
  });

  test("a PONG sent twice", async () => {
    const lines = new Lines();
    await beside(lines, async () => {
      const peer = await connect(lines);
      const victim = new RecordingReceiver();
      lines.onAccept = (pipe) => pipe.attach(victim);
      peer.send(hello);
      const { number } = await peer.message("ping");
      peer.send({ type: "pong", number });
      await lines.wait(100);
      expect(victim.ends).toEqual([]);
      peer.send({ type: "pong", number });
      expect((await victim.untilClosed()).kind).toBe("protocol");
    });
  });
});

describe("who is not the other side", () => {
  /** The token of the honest pipe, read off the wire, and the number of its last attempt. */
  async function eavesdrop(
    lines: Lines,
    story: (welcome: Welcome, pipe: ResumablePipe) => Promise<void>,
  ): Promise<void> {
    let seen: Welcome | undefined;
    lines.onSend = (_line, _from, packet) => {
      if (packet[0] === 2) seen ??= decodeMessage(packet) as Welcome;
    };
    await beside(lines, async ({ far }) => story(seen as Welcome, far.pipe as ResumablePipe));
  }

  const forgeries: Record<string, [(welcome: Welcome) => Hello, string]> = {
    "a guessed token": [
      ({ token }) => ({ ...hello, attempt: 1, resume: { token: token.map((byte) => byte ^ 1), received: 0 } }),
      "not-found",
    ],
    "its token, and a count of the past": [
      ({ token }) => ({ ...hello, attempt: 9, resume: { token, received: 0 } }),
      "protocol",
    ],
    "its token, and a count of the future": [
      ({ token }) => ({ ...hello, attempt: 9, resume: { token, received: 1_000_000 } }),
      "protocol",
    ],
  };

  test.each(Object.entries(forgeries))("%s does not disturb it", async (_name, [forge, kind]) => {
    const lines = new Lines();
    await eavesdrop(lines, async (welcome) => {
      // Until all is acknowledged.
      await lines.wait(100);
      const peer = await connect(lines);
      peer.send(forge(welcome));
      expect(await peer.message("abort")).toEqual({ type: "abort", kind });
      await peer.untilClosed();
    });
  });

  test("a connection that was dialled before the one of the moment is refused with `conflict`", async () => {
    const lines = new Lines();
    const hellos: Uint8Array[] = [];
    lines.onSend = (_line, from, packet) => {
      if (from === "near" && packet[0] === 1) hellos.push(packet);
    };
    await lines.play(
      (async () => {
        const pipe = await lines.dialResumable();
        const honest = talkers(pipe, lines.accepted[0]!);
        lines.last.cut();
        // The new token is known to the client for sure only once it has answered; until then the old one is good.
        while (pipe.reconnects === 0 || hellos.length < 2) await lines.wait(1);
        lines.last.lose("far");
        const late = await connect(lines);
        late.send(hellos[1]!);
        expect(await late.message("abort")).toEqual({ type: "abort", kind: "conflict" });
        while (pipe.reconnects < 2) await lines.wait(10);
        honest.near.send(10);
        while (!honest.far.hasAll) await lines.wait(10);
      })(),
    );
  });

  test("a token is of no use once the client has answered on a connection with the next one", async () => {
    const lines = new Lines();
    const tokens: Uint8Array[] = [];
    lines.onSend = (_line, _from, packet) => {
      if (packet[0] === 2) tokens.push((decodeMessage(packet) as Welcome).token);
    };
    await lines.play(
      (async () => {
        const pipe = await lines.dialResumable();
        talkers(pipe, lines.accepted[0]!);
        lines.last.cut();
        while (pipe.reconnects === 0) await lines.wait(1);
        await lines.wait(100);
        const thief = await connect(lines);
        thief.send({ ...hello, attempt: 9, resume: { token: tokens[0]!, received: 0 } });
        expect(await thief.message("abort")).toEqual({ type: "abort", kind: "not-found" });
        expect([pipe.state, pipe.reconnects]).toEqual(["connected", 1]);
      })(),
    );
  });
});

test("an acceptor keeps two tokens of a pipe at most", async () => {
  const lines = new Lines();
  await lines.play(
    (async () => {
      lines.onAccept = (pipe) => pipe.attach(new RecordingReceiver());
      const tokens: Uint8Array[] = [];
      const show = async (attempt: number, token?: Uint8Array) => {
        const peer = await connect(lines);
        peer.send(token === undefined ? hello : { ...hello, attempt, resume: { token, received: 0 } });
        const answer = await Promise.race([peer.message("welcome"), peer.message("abort")]);
        if (answer?.type === "welcome") tokens.push(answer.token);
        return answer;
      };
      // No PONG ever comes, so the acceptor can't know whether the last WELCOME arrived.
      await show(0);
      await show(1, tokens[0]);
      expect(await show(2, tokens[0])).toMatchObject({ type: "welcome" });
      expect(await show(3, tokens[1])).toEqual({ type: "abort", kind: "not-found" });
      expect(await show(4, tokens[2])).toMatchObject({ type: "welcome" });
      expect(await show(5, tokens[0])).toEqual({ type: "abort", kind: "not-found" });
    })(),
  );
});

describe("a peer that asks and does not read", () => {
  /** A connection on which nothing that the acceptor sends leaves for a while, so that it piles up. */
  async function deaf(lines: Lines): Promise<{ peer: RawPeer; far: LineEnd }> {
    const peer = await connect(lines);
    peer.send(hello);
    await peer.message("welcome");
    const { last } = lines;
    last.stall("near", 2_000);
    return { peer, far: last.far };
  }

  test("gets no PONG for each of its PINGs", async () => {
    const lines = new Lines();
    await beside(lines, async () => {
      const { peer, far } = await deaf(lines);
      const receiver = new RecordingReceiver();
      lines.accepted[1]!.attach(receiver);
      while (lines.accepted[1]!.send([new Uint8Array(50_000)]));
      const before = far.bufferedBytes;
      for (let i = 0; i < 20_000; i++) peer.send({ type: "ping", number: i });
      await lines.wait(100);
      expect(far.bufferedBytes).toBeLessThanOrEqual(before);
      // The last one is answered once there is room.
      expect(await peer.message("pong")).toEqual({ type: "pong", number: 19_999 });
    });
  });

  test("gets no ACK for each quarter window", async () => {
    const lines = new Lines();
    await beside(lines, async () => {
      const { peer, far } = await deaf(lines);
      lines.accepted[1]!.attach(new RecordingReceiver());
      while (lines.accepted[1]!.send([new Uint8Array(50_000)]));
      const before = far.bufferedBytes;
      for (let i = 0; i < 5000; i++) peer.send(segment(5, 1000));
      await lines.wait(1000);
      expect(peer.packets.some(([type]) => type === 7)).toBe(false);
      expect(far.bufferedBytes).toBeLessThanOrEqual(before);
      expect(far.bufferedBytes).toBeLessThan(fireflyLimits.sendHighWaterBytes + 2 * segmentBytes);
      expect(await peer.message("ack")).toEqual({ type: "ack", received: 5000 });
    });
  });
});

describe("a hostile acceptor", () => {
  /** Dials an acceptor that answers the first message with `script`; what the dial rejects with. */
  async function against(script: (peer: RawPeer) => void): Promise<unknown> {
    const lines = new Lines();
    const dial = async () => {
      const line = new Line(lines);
      const peer = new RawPeer(line.far);
      peer.onPacket = () => script(peer);
      return line.near;
    };
    return lines.play(dialResumable({ ...lines.powers, dial }).catch((error: unknown) => error));
  }

  const welcome = { type: "welcome", windowBytes: 1_000_000, token: new Uint8Array(16), received: 0 } as const;
  const scripts: Record<string, [ControlMessage | Uint8Array, string]> = {
    "a WELCOME with segments that were never sent": [{ ...welcome, received: 1 }, "protocol"],
    "a WELCOME of another version": [raw(2, 2), "unsupported"],
    "a WELCOME that ends early": [encodeMessage(welcome).subarray(0, 9), "protocol"],
    "a HELLO": [hello, "protocol"],
    "a PACKET": [raw(5, 1), "protocol"],
    "an empty packet": [raw(), "protocol"],
    "an ABORT": [{ type: "abort", kind: "denied" }, "denied"],
    "an ABORT of a kind that is not known": [raw(3, 99), "internal"],
  };

  test.each(Object.entries(scripts))("%s", async (_name, [message, kind]) => {
    expect(await against((peer) => peer.send(message))).toMatchObject({ kind });
  });

  test("closing at once", async () => {
    expect(await against((peer) => peer.pipe.close())).toMatchObject({ kind: "disconnected" });
  });

  test("silence", async () => {
    expect(await against(() => undefined)).toMatchObject({ kind: "unavailable" });
  });
});
