// Addresses of the simulated network: `sim://node:port`.

import { GlowError } from "#base/errors.ts";
import type { Address } from "#glow";

export interface SimAddress {
  readonly node: string;
  readonly port: number;
}

const pattern = /^sim:\/\/([A-Za-z0-9._-]+):(\d{1,5})$/;
const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** `invalid` for what is no address, `unsupported` for one of another scheme. */
export function parseSimAddress(address: Address, op: string): SimAddress {
  const match = pattern.exec(address);
  const port = Number(match?.[2]);
  if (match !== null && port <= 65_535) return { node: match[1] as string, port };
  if (scheme.test(address) && !address.startsWith("sim:")) {
    throw new GlowError("unsupported", op, { target: address, message: `a simulated node has no network but sim://` });
  }
  throw new GlowError("invalid", op, { target: address, message: `${address} is not of the form sim://node:port` });
}

export function simAddress(node: string, port: number): Address {
  return `sim://${node}:${port}` as Address;
}
