// What the system's error codes mean for a connection or a listener, and what a person can do about them.

import { type ErrorKind, GlowError } from "#base/errors.ts";

const kinds: Readonly<Record<string, readonly [ErrorKind, string]>> = {
  ECONNREFUSED: ["unavailable", "nobody listens there; check the address, and that the other side is running"],
  ECONNRESET: ["unavailable", "the other side broke the connection off as it began; try again"],
  EPIPE: ["unavailable", "the other side broke the connection off as it began; try again"],
  ENOENT: ["unavailable", "there is no such socket; check the path, and that the other side is running"],
  ENOTSOCK: ["unavailable", "that file is not a socket; check the path"],
  ETIMEDOUT: ["unavailable", "no answer; check the address, and that no firewall is in between"],
  EHOSTUNREACH: ["unavailable", "no way to that host; check the address and this device's network"],
  ENETUNREACH: ["unavailable", "no way to that network; check this device's connection"],
  ENOTFOUND: ["unavailable", "the host's name is not known; check its spelling and this device's DNS"],
  EAI_AGAIN: ["unavailable", "the host's name cannot be looked up now; check this device's DNS"],
  EADDRNOTAVAIL: ["unavailable", "this device does not have that address; listen on one it has, or on 0.0.0.0"],
  EADDRINUSE: ["already-exists", "something else listens there; stop it or choose another address"],
  EACCES: ["denied", "this user may not use that address; check rights, or choose a port from 1024 up"],
  EPERM: ["denied", "this user may not use that address"],
  EMFILE: ["exhausted", "this process has too many files open; raise the limit (ulimit -n)"],
  EINVAL: ["invalid", "the system refuses that address"],
};

/** A GlowError for what a socket's `error` event told; `unavailable` for a code that nobody expects. */
export function socketError(thrown: unknown, op: string, target: string): GlowError {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  const known = code === undefined ? undefined : kinds[code];
  if (known === undefined) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new GlowError("unavailable", op, { target, message, cause: thrown });
  }
  const [kind, message] = known;
  return new GlowError(kind, op, { target, message: `${message} (${code})`, cause: thrown });
}
