// The first batch of a space: what it is, whose it is, its first key, wrapped for all who read.

import { GlowError } from "#base/errors.ts";
import { spaceLimits } from "#base/limits.ts";
import { randomBytes } from "#base/random.ts";
import type { DeviceId, Membership, SpaceSettings, UserId } from "#glow";
import type { Arrival } from "./arrival.ts";
import { checkChunkSizes } from "../content/chunk-sizes.ts";
import { saltBytes } from "./batch-header.ts";
import { readParts, writeHosts, writeKeys } from "./batch-parts.ts";
import { wrapKey } from "./key-grant.ts";
import { signBatch } from "./signed-batch.ts";
import type { SpaceOptions } from "./space-core.ts";
import { SpaceKey } from "./space-key.ts";

export interface FirstBatch {
  readonly type: string;
  readonly user: UserId;
  readonly settings: SpaceSettings;
  readonly hosts: readonly DeviceId[];
}

type Tools = Pick<SpaceOptions, "platform" | "identity" | "device">;

/** `invalid` for sizes of chunks that are none, or if this device is to be a host: somebody has to have the key. */
export function firstBatch({ platform, identity, device }: Tools, membership: Membership, space: FirstBatch): Arrival {
  const { crypto, random, clock } = platform;
  const { type, user, settings, hosts } = space;
  checkChunkSizes(settings.chunks);
  if (hosts.includes(device)) {
    const message = "the device that makes a space reads it: it cannot be a host without keys";
    throw new GlowError("invalid", "space.create", { target: device, message });
  }
  const salt = randomBytes(random, saltBytes);
  const key = SpaceKey.draw(crypto, random, salt);
  const readers = membership.readers().filter((reader) => !hosts.includes(reader.device));
  // Its own grant first: it must be among those that there is room for.
  readers.sort((a, b) => Number(b.device === device) - Number(a.device === device));
  const grants = readers.slice(0, spaceLimits.grants).flatMap((reader) => {
    return wrapKey({ crypto, random }, key, salt, reader.device, reader.key) ?? [];
  });
  const parts = [writeKeys([{ keyId: key.id, epoch: 0, grants }])];
  if (hosts.length > 0) parts.push(writeHosts(hosts));
  const header = {
    space: undefined,
    author: device,
    incarnation: 0,
    sequence: 1,
    parents: [],
    stamp: 1,
    timeMs: Math.max(0, Math.floor(clock.wallMs())),
    members: membership.heads().slice(0, spaceLimits.members),
    genesis: { type, user, salt, settings },
  };
  const signed = signBatch(crypto, identity, header, parts);
  return { signed, parts: readParts(signed.parts), from: { type: "own", content: { entries: [], placements: [] } } };
}
