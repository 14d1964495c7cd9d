// Whether a statement may enter a user's graph: what it says, judged by what it knew. That depends on its ancestors
// alone, so every node answers alike, whatever else it holds, and what is refused once is refused for ever.

import { equalBytes } from "#base/bytes.ts";
import { GlowError } from "#base/errors.ts";
import { identityLimits } from "#base/limits.ts";
import type { DeviceId, PublicKey } from "#glow";
import type { Statement } from "./statement.ts";
import type { PlaceSet, StatementGraph } from "./statement-graph.ts";
import type { Verdict } from "./verdict.ts";

/**
 * Throws if a statement, which is not the genesis, may not stand where it stands. `known` are its ancestors, and
 * `verdict` is the one on these. `denied` without the right to it, `invalid` if it makes no sense there, `exhausted`
 * past the limits on devices and tabs.
 */
export function checkAdmission(graph: StatementGraph, verdict: Verdict, known: PlaceSet, statement: Statement): void {
  const { author, key, said, sequence } = statement;
  if (said.type === "genesis") throw invalid(statement, "a user has one beginning, and this is another one's");
  const rights = verdict.rights(author);
  if (rights === undefined) throw denied(statement, "its author is no device of this user, or was revoked");
  if (rights.key === undefined)
    throw denied(statement, "its author's key is contested: an admin must give it a new one");
  if (!equalBytes(rights.key, key)) throw denied(statement, "it is signed by another key than its author's");
  if (!verdict.permits(statement, rights.role)) throw denied(statement, `the role ${rights.role} does not allow it`);
  const expected = graph.lastSequence(author, known) + 1;
  if (sequence !== expected) throw invalid(statement, `its author's next statement is ${expected}, not ${sequence}`);
  checkSense(graph, verdict, known, statement);
}

function checkSense(graph: StatementGraph, verdict: Verdict, known: PlaceSet, statement: Statement): void {
  const { said, timeMs } = statement;
  switch (said.type) {
    case "add": {
      const device = statement.subject as DeviceId;
      if (verdict.isRevoked(device)) throw invalid(statement, "this device was revoked for ever: it needs a new key");
      checkUnused(graph, verdict, statement, said.key);
      if (verdict.rights(device) !== undefined) return;
      if (countDevices(graph, verdict) < identityLimits.devices) return;
      throw exhausted(statement, `a user has at most ${identityLimits.devices} devices: revoke one first`);
    }
    case "certify":
      checkUnused(graph, verdict, statement, said.key);
      if (verdict.isRevoked(statement.subject as DeviceId)) throw invalid(statement, "this tab was revoked for ever");
      if (verdict.rights(statement.subject as DeviceId) !== undefined)
        throw invalid(statement, "it is a device already");
      if (said.untilMs <= timeMs || said.untilMs - timeMs > identityLimits.tabMs) {
        throw invalid(statement, `a tab is certified for at most ${identityLimits.tabMs} ms, and not for the past`);
      }
      if (countTabs(graph, verdict, statement) < identityLimits.tabs) return;
      throw exhausted(statement, `a user has at most ${identityLimits.tabs} tabs: revoke some, or wait`);
    case "rotate":
      checkDevice(verdict, statement, said.device);
      return checkUnused(graph, verdict, statement, said.key);
    case "promote":
      return checkDevice(verdict, statement, said.device);
    case "revoke":
      return checkGiven(graph, known, statement);
    case "rename":
      if (said.device !== undefined) checkDevice(verdict, statement, said.device);
      return;
    case "recovery":
    case "unknown":
    case "genesis":
  }
}

function checkDevice(verdict: Verdict, statement: Statement, device: DeviceId): void {
  if (verdict.rights(device) !== undefined) return;
  throw invalid(statement, `${device} is no device of this user`);
}

/**
 * Whom to revoke need not be a device now: one that was revoked may be revoked again, to accept less of it. And a thief may
 * have put out whoever added it, and so itself: then its revocation must still be possible, as that alone brings all back.
 */
function checkGiven(graph: StatementGraph, known: PlaceSet, statement: Statement): void {
  const isGiven = graph.about(statement.subject).some((place) => {
    const { type } = graph.at(place).said;
    return known.has(place) && (type === "genesis" || type === "add" || type === "certify");
  });
  if (!isGiven) throw invalid(statement, `${statement.subject} never was a device or tab of this user`);
}

/** One key must not stand for two devices: whom a peer is would be open. */
function checkUnused(graph: StatementGraph, verdict: Verdict, statement: Statement, key: PublicKey): void {
  for (const other of graph.subjects()) {
    if (other === "user" || other === statement.subject) continue;
    const inUse = verdict.rights(other)?.key ?? verdict.certificate(other)?.key;
    if (inUse !== undefined && equalBytes(inUse, key)) throw invalid(statement, `this is the key of ${other} already`);
  }
}

function countDevices(graph: StatementGraph, verdict: Verdict): number {
  let devices = 0;
  for (const each of graph.subjects()) if (each !== "user" && verdict.rights(each) !== undefined) devices++;
  return devices;
}

function countTabs(graph: StatementGraph, verdict: Verdict, { subject, timeMs }: Statement): number {
  let tabs = 0;
  for (const each of graph.subjects()) {
    if (each !== "user" && each !== subject && (verdict.certificate(each)?.untilMs ?? 0) > timeMs) tabs++;
  }
  return tabs;
}

function denied(statement: Statement, reason: string): GlowError {
  return refusal("denied", statement, reason);
}

function invalid(statement: Statement, reason: string): GlowError {
  return refusal("invalid", statement, reason);
}

function exhausted(statement: Statement, reason: string): GlowError {
  return refusal("exhausted", statement, reason);
}

function refusal(kind: "denied" | "invalid" | "exhausted", { id, said }: Statement, reason: string): GlowError {
  const what = said.type === "unknown" ? said.name : said.type;
  return new GlowError(kind, "statement.admit", {
    target: id,
    message: `the statement "${what}" is refused: ${reason}`,
  });
}
