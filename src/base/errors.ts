// One error shape for the whole system. It crosses the wire as kind, op, target and message; a stack
// and the cause never do. Kinds are append-only: a number once given is never given again.

/** Every kind of failure, with its number on the wire and whether trying again later may help. */
export const errorKinds = {
  /** A defect on the side that reports it. */
  internal: { code: 1, retry: false },
  /** An argument, payload or text is malformed or out of range. */
  invalid: { code: 2, retry: false },
  /** What was named does not exist. */
  "not-found": { code: 3, retry: false },
  /** What was to be made exists already. */
  "already-exists": { code: 4, retry: false },
  /** The caller has no right to this. */
  denied: { code: 5, retry: false },
  /** A limit on how much may be in use at once was reached. */
  exhausted: { code: 6, retry: true },
  /** One value is larger than its limit. */
  "too-large": { code: 7, retry: false },
  /** The caller gave up. */
  cancelled: { code: 8, retry: false },
  /** The time allowed ran out. */
  deadline: { code: 9, retry: true },
  /** The connection ended first; whether the work was done is unknown. */
  disconnected: { code: 10, retry: true },
  /** The other side does not know this version, interface or method. */
  unsupported: { code: 11, retry: false },
  /** The state it depended on has changed. */
  conflict: { code: 12, retry: true },
  /** Stored or received bytes are not what their checksum, hash or signature says. */
  corrupt: { code: 13, retry: false },
  /** The peer broke the protocol. */
  protocol: { code: 14, retry: false },
  /** Out of service for now. */
  unavailable: { code: 15, retry: true },
  /** Used after it was released. */
  released: { code: 16, retry: false },
} as const satisfies Record<string, { code: number; retry: boolean }>;

export type ErrorKind = keyof typeof errorKinds;

const kindsByCode = new Map<number, ErrorKind>(
  (Object.keys(errorKinds) as ErrorKind[]).map((kind) => [errorKinds[kind].code, kind]),
);

/** The kind with this number; `internal` for a number that this version does not know. */
export function errorKindOf(code: number): ErrorKind {
  return kindsByCode.get(code) ?? "internal";
}

export interface GlowErrorOptions {
  /** What it happened to: a path, an id, an address. */
  target?: string | undefined;
  /** What happened and what to do next, for a person. */
  message?: string | undefined;
  /** The error that led to this one. Stays in the process. */
  cause?: unknown;
}

export class GlowError extends Error {
  readonly kind: ErrorKind;
  /** What was being done, as `noun.verb`: `disk.open`, `firefly.call`. */
  readonly op: string;
  readonly target: string | undefined;

  constructor(kind: ErrorKind, op: string, options: GlowErrorOptions = {}) {
    super(options.message ?? kind, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "GlowError";
    this.kind = kind;
    this.op = op;
    this.target = options.target;
  }

  /** Whether the same request may succeed later with nothing else changed. */
  get retry(): boolean {
    return errorKinds[this.kind].retry;
  }

  override toString(): string {
    const target = this.target === undefined ? "" : ` ${this.target}`;
    return `${this.op}${target}: ${this.message} (${this.kind})`;
  }

  /** Any thrown value as a GlowError; what is not one already becomes `internal`, with the value as cause. */
  static from(thrown: unknown, op: string, target?: string): GlowError {
    if (thrown instanceof GlowError) return thrown;
    return new GlowError("internal", op, { target, message: messageOf(thrown), cause: thrown });
  }
}

/** Never fails, whatever was thrown: some objects cannot be made a string, and some throw when asked. */
function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "something was thrown that has no text";
  }
}

/** States an invariant; its failure is a defect. On in production. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new GlowError("internal", "invariant.check", { message: `broken invariant: ${invariant}` });
}
