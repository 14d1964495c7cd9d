// Whatever the way between two sessions does to packets: as long as some get through, every stream is whole and in order,
// and afterwards nothing is left of it.

import { expect, test } from "vitest";
import { integerBelow, pick, SeededRandom } from "#base/random.ts";
import type { Stream } from "#glow";
import type { LineConditions } from "./session-line.ts";
import { SessionPair, type SessionSide } from "./session-pair.ts";
import { Checker, randomSizes, Sender } from "./session-traffic.ts";
import { runs } from "../../arbitraries/runs.ts";

const seeds = runs(12);
const rounds = 40;

/** Traffic both ways on one stream, begun by either side. */
interface Exchange {
  readonly checkers: readonly Checker[];
  readonly opened: Stream;
}

function exchange(pair: SessionPair, random: SeededRandom, id: number): Exchange {
  const [from, to] = integerBelow(random, 2) === 0 ? pair.sides : [pair.far, pair.near];
  const there = randomSizes(random, 1 + integerBelow(random, 40));
  const back = randomSizes(random, integerBelow(random, 40));
  const opened = from.open(`traffic ${id}`, pick(random, ["control", "interactive", "bulk"] as const));
  const atOpener = new Checker(2 * id + 1, back);
  const atAcceptor = new Checker(2 * id, there);
  const sender = new Sender(opened, 2 * id, there);
  atOpener.onDrained = sender.fill;
  opened.attach(atOpener);
  sender.fill();
  handlers(to).set(`traffic ${id}`, (stream) => {
    const answer = new Sender(stream, 2 * id + 1, back);
    atAcceptor.onDrained = answer.fill;
    stream.attach(atAcceptor);
    answer.fill();
    // Its reader stops now and then, and goes on later.
    atAcceptor.onPacket = () => {
      if (integerBelow(random, 8) !== 0) return;
      stream.pause();
      pair.world.after(integerBelow(random, 300), () => stream.resume());
    };
  });
  return { checkers: [atOpener, atAcceptor], opened };
}

type Handlers = Map<string, (stream: Stream) => void>;
const handlersOf = new WeakMap<SessionSide, Handlers>();

function handlers(side: SessionSide): Handlers {
  const known = handlersOf.get(side);
  if (known !== undefined) return known;
  const made: Handlers = new Map();
  handlersOf.set(side, made);
  side.onStream = (stream, protocol) => {
    const handler = made.get(protocol);
    handler?.(stream);
    return handler !== undefined;
  };
  return made;
}

function randomWeather(random: SeededRandom): LineConditions {
  return {
    loss: integerBelow(random, 30) / 100,
    doubling: integerBelow(random, 20) / 100,
    corruption: integerBelow(random, 15) / 100,
    marking: integerBelow(random, 10) / 100,
    delayMs: integerBelow(random, 80),
    jitterMs: integerBelow(random, 60),
    ...(integerBelow(random, 3) === 0 ? { bytesPerMs: 500 + integerBelow(random, 20_000) } : {}),
  };
}

async function story(seed: number): Promise<void> {
  const random = new SeededRandom(`session story ${seed}`);
  const pair = await SessionPair.start({ seed, direct: integerBelow(random, 2) === 0 });
  const exchanges: Exchange[] = [];
  for (let round = 0; round < rounds; round++) {
    if (integerBelow(random, 2) === 0) pair.weather(randomWeather(random));
    if (integerBelow(random, 4) === 0) pair.path(pick(random, [true, false, undefined]));
    if (exchanges.length < 24) exchanges.push(exchange(pair, random, exchanges.length));
    await pair.run(integerBelow(random, 400));
  }
  pair.weather(randomWeather(random));
  pair.path(integerBelow(random, 2) === 0);
  const complete = () => exchanges.every(({ checkers }) => checkers.every((checker) => checker.complete));
  await pair.world.run({ untilMs: pair.world.nowMs + 120_000, stop: complete });
  expect(pair.sides.map(({ ends }) => ends)).toEqual([[], []]);
  expect(
    exchanges.flatMap(({ checkers }) => checkers.map(({ wrong }) => wrong)).filter((at) => at !== undefined),
  ).toEqual([]);
  expect(complete(), "everything has arrived").toBe(true);

  for (const { opened } of exchanges) opened.close();
  await pair.run(60_000);
  expect(exchanges.flatMap(({ checkers }) => checkers.map(({ ends }) => ends.length))).toEqual(
    exchanges.flatMap(() => [1, 1]),
  );
  const nothing = { streams: 0, packetsUnderWay: 0, bytesUnderWay: 0, heldBytes: 0, widenedBytes: 0 };
  expect(pair.sides.map(({ session }) => session.sizes)).toEqual([nothing, nothing]);
  await expectNoTimers(pair);
}

/** Nothing is left to happen: neither in sessions that are idle, nor in those that are over. */
async function expectNoTimers(pair: SessionPair): Promise<void> {
  expect(pair.world.timeline.pending).toBe(0);
}

test(`${seeds} stories of bad lines, changing paths and pausing readers end well`, async () => {
  for (let seed = 0; seed < seeds; seed++) {
    try {
      await story(seed);
    } catch (error) {
      throw new Error(`story ${seed}`, { cause: error });
    }
  }
}, 120_000);
