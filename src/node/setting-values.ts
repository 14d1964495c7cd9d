// What each setting of a node may be.

import { GlowError } from "#base/errors.ts";
import { identityLimits, nodeLimits } from "#base/limits.ts";
import type { HeldContent } from "#interfaces/generated/drive.ts";
import type { KeptContent, SettingsLogLevel } from "#interfaces/generated/settings.ts";
import { givenNameFault } from "#services/names/given-name.ts";

export interface SettingValues {
  readonly name: string;
  readonly listen: readonly string[];
  readonly discovery: boolean;
  readonly content: KeptContent;
  /** Of single drives, by their ids: what is kept of them in place of `content`. */
  readonly driveContent: Readonly<Record<string, HeldContent>>;
  readonly logLevel: SettingsLogLevel;
  /** Undefined: a port of its own choice. */
  readonly pagePort: number | undefined;
  readonly pageHttps: boolean;
  readonly pageGuests: boolean;
  /** What one guest may write. */
  readonly pageGuestBytes: number;
}

/** Why a value cannot be that of a setting; undefined if it can. */
type Check = (value: unknown) => string | undefined;

const isTruth: Check = (value) => (typeof value === "boolean" ? undefined : "is true or false");

const oneOf =
  (...texts: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && texts.includes(value) ? undefined : `is one of ${texts.join(", ")}`;

const checks: Readonly<Record<keyof SettingValues, Check>> = {
  name: (value) => (typeof value === "string" ? givenNameFault(value) : "is a text"),
  listen: (value) =>
    Array.isArray(value) && value.length <= nodeLimits.listenAddresses && value.every(isAddress)
      ? undefined
      : `is a list of at most ${nodeLimits.listenAddresses} addresses such as tcp://0.0.0.0:7400 or ws://0.0.0.0:7401`,
  discovery: isTruth,
  content: oneOf("all", "names", "nothing"),
  driveContent: (value) => {
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    const kept = isMap ? Object.values(value) : [];
    const fits = isMap && kept.length <= nodeLimits.spaces && kept.every((each) => each === "all" || each === "names");
    return fits ? undefined : `names at most ${nodeLimits.spaces} drives, each with all or names`;
  },
  logLevel: oneOf("error", "warning", "info", "debug"),
  pagePort: (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535
      ? undefined
      : "is a number from 0 (no page) to 65535",
  pageHttps: isTruth,
  pageGuests: isTruth,
  pageGuestBytes: (value) =>
    Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : "is a number of bytes",
};

/** Those that are given. `invalid`, saying which and why, for one that cannot be, or that there is not. */
export function checkedSettings(given: Readonly<Record<string, unknown>>, path: string): Partial<SettingValues> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const reason = Object.hasOwn(checks, name) ? checks[name as keyof SettingValues](value) : undefined;
    if (!Object.hasOwn(checks, name)) throw invalid(path, `there is no setting ${name}: there are ${names()}`);
    if (reason !== undefined) throw invalid(path, `the setting ${name} ${reason}, and not ${JSON.stringify(value)}`);
    values[name] = value;
  }
  return values;
}

function isAddress(value: unknown): boolean {
  return (
    typeof value === "string" && value.length <= identityLimits.addressBytes && /^(tcp|ws):\/\/[^/]+:\d+/.test(value)
  );
}

function names(): string {
  return Object.keys(checks).join(", ");
}

function invalid(path: string, message: string): GlowError {
  return new GlowError("invalid", "settings.check", { target: path, message });
}
