// Sends a long stream of bytes as an argument of a call, over a resumable pipe on real connections that are cut again
// and again, and says what became of it. The test and its long version use this.

import { createHash } from "node:crypto";
import { resumableLimits } from "#base/limits.ts";
import { ResumableAcceptor } from "#firefly/resumable/resumable-acceptor.ts";
import { dialResumable } from "#firefly/resumable/resumable-dialer.ts";
import type { ResumablePipe } from "#firefly/resumable/resumable-pipe.ts";
import type { ByteStream } from "#firefly/runtime.ts";
import { FireflySession } from "#firefly/session/session.ts";
import type { Address } from "#glow";
import { nodePlatform } from "#platform/nodejs/platform.ts";
import { EchoInterface, EchoStub } from "../interfaces/generated/sample.ts";
import { SampleEcho } from "../interfaces/sample-echo.ts";
import { CuttingProxy } from "./cutting-proxy.ts";

const pieceBytes = 64 * 1024;

export interface FireflyTransfer {
  readonly receivedBytes: bigint;
  readonly isWhole: boolean;
  readonly reconnects: number;
  readonly resentBytes: number;
  /** The most that may be sent again: one window for each cut. */
  readonly allowedBytes: number;
  readonly tookMs: number;
  readonly peakResidentBytes: number;
}

export async function transferByCall(totalBytes: number, cuts: number, diskRoot: string): Promise<FireflyTransfer> {
  const platform = nodePlatform({ diskRoot });
  const host = new HashingEcho(platform.timers);
  const accept = new ResumableAcceptor({
    ...platform,
    accept: (pipe) => void new FireflySession(pipe, { ...platform, root: { type: EchoInterface, object: host } }),
  });
  const listener = await platform.network.listen("tcp://127.0.0.1:0" as Address, (pipe) => accept.take(pipe));
  const cutsAt = Array.from({ length: cuts }, (_, index) => ((index + 0.5) * totalBytes) / cuts);
  const proxy = await CuttingProxy.open(Number(new URL(listener.address).port), cutsAt);
  const dial = () => platform.network.dial(`tcp://127.0.0.1:${proxy.port}` as Address);
  const pipe = await dialResumable({ ...platform, dial });
  const session = new FireflySession(pipe, platform);
  using echo = session.root(EchoStub);

  const sent = createHash("sha256");
  const beganMs = platform.clock.monotonicMs();
  const receivedBytes = await echo.upload(pieces(totalBytes, (piece) => sent.update(piece)));
  const tookMs = platform.clock.monotonicMs() - beganMs;
  const taken = ended(pipe);
  session.close();
  await taken;
  proxy.close();
  await listener.close();
  return {
    receivedBytes,
    isWhole: host.received.digest("hex") === sent.digest("hex"),
    reconnects: pipe.reconnects,
    resentBytes: pipe.resentBytes,
    allowedBytes: pipe.reconnects * resumableLimits.windowBytes,
    tookMs,
    peakResidentBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** Resolves when the other side has taken all, the end included. */
function ended(pipe: ResumablePipe): Promise<void> {
  return new Promise((resolve) => {
    pipe.onState = (state) => {
      if (state === "closed") resolve();
    };
  });
}

/** Bytes in which no two pieces are alike. */
function* pieces(totalBytes: number, noted: (piece: Uint8Array) => void): Generator<Uint8Array> {
  for (let at = 0, word = 1; at < totalBytes; at += pieceBytes) {
    const words = new Uint32Array(pieceBytes / 4);
    for (let i = 0; i < words.length; i++) {
      word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
      words[i] = word;
    }
    const piece = new Uint8Array(words.buffer, 0, Math.min(pieceBytes, totalBytes - at));
    noted(piece);
    yield piece;
  }
}

class HashingEcho extends SampleEcho {
  readonly received = createHash("sha256");

  override async upload(data: ByteStream): Promise<bigint> {
    let sizeBytes = 0n;
    for await (const piece of data) {
      this.received.update(piece);
      sizeBytes += BigInt(piece.length);
    }
    return sizeBytes;
  }
}
