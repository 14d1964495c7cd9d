// How a device comes to belong to a user, once there is a link to the node that has given the invitation: it has itself made
// a member, and takes what the user's devices have signed until it reads there that it is one.

import { GlowError } from "#base/errors.ts";
import { nodeLimits } from "#base/limits.ts";
import type { NodeId, Platform, UserId } from "#glow";
import type { NodeIdentity } from "#identity/node-identity.ts";
import { DiskUserLog } from "#identity/user/disk-user-log.ts";
import { deviceOfNode } from "#identity/user/device-of-node.ts";
import type { MembershipStub } from "#interfaces/generated/membership.ts";
import { asked, checkedPage, pageAfter } from "./member-sync.ts";
import { writeOwnUser } from "./own-user.ts";

export interface RedemptionOptions {
  readonly platform: Platform;
  readonly identity: NodeIdentity;
  readonly membership: MembershipStub;
  readonly user: UserId;
  readonly issuer: NodeId;
  /** What this device is to be called. */
  readonly name: string;
}

/** The user's log, in which this device is one of the user's. `denied`, with the reason, if the invitation is refused. */
export async function redeemed(options: RedemptionOptions): Promise<DiskUserLog> {
  const { platform, identity, membership, user, issuer, name } = options;
  const log = await DiskUserLog.open(platform, identity, user);
  const isMember = () => deviceOfNode(log.state(platform.clock.wallMs()), identity.id) !== undefined;
  try {
    let page = await asked(membership.redeem(name, { deadlineMs: nodeLimits.joinMs }));
    for (; !isMember(); page = await pageAfter(membership, log.heads())) {
      const { taken, refused } = await log.merge(checkedPage(page));
      if (refused[0] !== undefined) throw refused[0].error;
      if (taken > 0) continue;
      const message = "the node that gave the invitation has not made this device a member";
      throw new GlowError("protocol", "member.join", { target: issuer, message });
    }
    await writeOwnUser(platform.disk, user);
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}
