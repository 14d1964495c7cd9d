// The addresses of transports as URLs, read the same way in Node and in pages.

import { GlowError } from "#base/errors.ts";
import type { Address } from "#glow";

/** What is before the first colon, lower case; `invalid` if there is no scheme. */
export function schemeOf(address: Address, op: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1];
  if (scheme === undefined) throw badAddress(address, op, "it begins with no scheme, such as tcp: or ws:");
  return scheme.toLowerCase();
}

/** The parts of `scheme://host:port/path`; `invalid` for anything that is not one, or that says more. */
export function urlOf(address: Address, op: string): URL {
  const url = URL.parse(address);
  if (url === null || url.hostname === "") throw badAddress(address, op, "it is no URL with a host and a port");
  if (url.username !== "" || url.password !== "") throw badAddress(address, op, "it has a user name or password");
  if (url.hash !== "") throw badAddress(address, op, "it has a fragment (#)");
  return url;
}

export function badAddress(address: Address, op: string, fault: string): GlowError {
  return new GlowError("invalid", op, { target: address, message: `not an address: ${fault}` });
}

/** For a dial or listen of a scheme that this platform does not have. */
export function unsupportedScheme(address: Address, op: string, supported: readonly string[]): GlowError {
  const message = `this platform has no transport for it; it has ${supported.join(", ")}`;
  return new GlowError("unsupported", op, { target: address, message });
}
