// The test vectors of docs/resumable-pipe.md: whole conversations, how packets are cut, and what must be refused.
//
// After an intended change of the format: GLOW_WRITE_VECTORS=1 npx vitest run test/formats/resumable.test.ts

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { utf8Encode } from "#base/bytes.ts";
import { resumableLimits } from "#base/limits.ts";
import { ResumableAcceptor } from "#firefly/resumable/resumable-acceptor.ts";
import type { Pipe } from "#glow";
import { RecordingReceiver } from "../compliance/recording-receiver.ts";
import { Lines } from "../scenarios/resumable-lines.ts";
import { RawPeer } from "../scenarios/resumable-raw-peer.ts";
import { messageText } from "./resumable-message-text.ts";

interface Message {
  readonly from: "dialler" | "acceptor";
  readonly hex: string;
  readonly text: string;
}

interface Vectors {
  /** Each connection of the pipe is a list of messages, in the order in which they were sent. */
  conversations: { readonly name: string; readonly connections: readonly (readonly Message[])[] }[];
  /** The segments of packets of some sizes: their types and how many bytes of the packet they hold. */
  segments: { readonly packetBytes: number; readonly segments: readonly (readonly [string, number])[] }[];
  /** What is answered by an ABORT of a kind. Under `after` is what was sent before it. */
  refused: readonly { name: string; after: readonly string[]; hex: string; kind: string }[];
}

const file = join(import.meta.dirname, "vectors", "resumable.json");
const isWriting = process.env["GLOW_WRITE_VECTORS"] === "1";
const known = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const written: Vectors = { conversations: [], segments: [], refused: known.refused };

interface Stage {
  readonly lines: Lines;
  readonly dialler: Pipe;
  readonly acceptor: Pipe;
}

const conversations: Record<string, (stage: Stage) => void | Promise<void>> = {
  "a new pipe, a packet each way, and a close by the dialler": async ({ lines, dialler, acceptor }) => {
    dialler.send([utf8Encode("ping")]);
    acceptor.send([utf8Encode("pong")]);
    await lines.wait(100);
    dialler.close();
  },
  "a close by the acceptor": ({ acceptor }) => acceptor.close(),
  "a cut: what was lost is sent again, under the next token": async ({ lines, dialler, acceptor }) => {
    dialler.send([utf8Encode("arrives")]);
    await lines.wait(100);
    dialler.send([utf8Encode("is lost")]);
    acceptor.send([utf8Encode("is lost too")]);
    lines.last.cut();
    dialler.send([utf8Encode("waits")]);
    await lines.wait(200);
  },
  "two seconds of silence": ({ lines }) => lines.wait(2_100),
  "an acceptor that no longer knows the pipe": async ({ lines }) => {
    const other = new ResumableAcceptor({ ...lines.powers, accept: () => undefined });
    lines.acceptor.take = (pipe) => other.take(pipe);
    lines.last.cut();
    await lines.wait(200);
  },
};

describe("conversations", () => {
  test.each(Object.entries(conversations))("%s", async (name, play) => {
    const connections = await record(play);
    written.conversations.push({ name, connections });
    if (isWriting) return;
    expect(connections).toEqual(known.conversations.find((each) => each.name === name)?.connections);
  });
});

async function record(play: (stage: Stage) => void | Promise<void>): Promise<Message[][]> {
  const lines = new Lines();
  const connections: Message[][] = [];
  lines.onSend = (line, side, packet) => {
    const from = side === "near" ? "dialler" : "acceptor";
    const messages = (connections[lines.all.indexOf(line)] ??= []);
    messages.push({ from, hex: packet.toHex(), text: messageText(packet) });
  };
  await lines.play(
    (async () => {
      const dialler = await lines.dialResumable();
      const acceptor = lines.accepted[0] as Pipe;
      dialler.attach(new RecordingReceiver());
      acceptor.attach(new RecordingReceiver());
      await lines.wait(50);
      await play({ lines, dialler, acceptor });
      await lines.wait(100);
    })(),
  );
  return connections;
}

const { segmentBytes } = resumableLimits;
const packetSizes = [0, 1, segmentBytes, segmentBytes + 1, 2 * segmentBytes, 3 * segmentBytes - 1];

test.each(packetSizes)("a packet of %i bytes is cut as the vectors say", async (packetBytes) => {
  const lines = new Lines();
  const segments: [string, number][] = [];
  await lines.play(
    (async () => {
      const dialler = await lines.dialResumable();
      lines.accepted[0]?.attach(new RecordingReceiver());
      lines.onSend = (_line, side, packet) => {
        const [type = ""] = messageText(packet).split(" ");
        if (side === "near" && type.startsWith("PA")) segments.push([type, packet.length - 1]);
      };
      dialler.send([new Uint8Array(packetBytes)]);
      await lines.wait(100);
    })(),
  );
  written.segments.push({ packetBytes, segments });
  if (isWriting) return;
  expect(known.segments).toContainEqual({ packetBytes, segments });
});

test.each(known.refused)("refused with $kind: $name", async ({ after, hex, kind }) => {
  const lines = new Lines();
  lines.onAccept = (pipe) => pipe.attach(new RecordingReceiver());
  await lines.play(
    (async () => {
      const peer = new RawPeer(await lines.dial());
      for (const each of after) peer.send(Uint8Array.fromHex(each));
      await lines.wait(20);
      expect(await Promise.race([peer.message("abort"), lines.wait(1)])).toBeUndefined();
      peer.send(Uint8Array.fromHex(hex));
      expect(await peer.message("abort")).toEqual({ type: "abort", kind });
    })(),
  );
});

test("the vectors leave out nothing that is played here, and hold nothing else", () => {
  const { conversations: listed, segments } = isWriting ? written : known;
  expect(listed.map(({ name }) => name)).toEqual(Object.keys(conversations));
  expect(segments.map(({ packetBytes }) => packetBytes)).toEqual(packetSizes);
});

afterAll(() => {
  if (isWriting) writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`);
});
