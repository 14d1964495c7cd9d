// An object whose methods ask first whether the caller may: by a table with one row for each method, so that none is forgotten.
// What it implements knows of no rights. Streams that it gives end with the access.

import type { Right } from "#interfaces/generated/node.ts";
import type { Access } from "./access.ts";

/** The right that each method needs, or that it needs for these arguments; `"anyone"` who holds the object may call it. */
export type MethodRights<Target> = {
  readonly [Method in Exclude<keyof Target, symbol>]-?:
    | NeededRight
    | ((...args: Arguments<Target[Method]>) => NeededRight);
};

type NeededRight = Right | "anyone";
type Rows = Readonly<Record<string, NeededRight | ((...args: unknown[]) => NeededRight)>>;

type Arguments<Method> = Method extends (...args: infer Given) => unknown ? Given : never;

type Result<Method> = Method extends (...args: never[]) => infer Given ? Awaited<Given> : never;

/** What becomes of the results of methods that give objects: they are to be guarded in turn. */
export type GuardedResults<Target> = {
  readonly [Method in Exclude<keyof Target, symbol>]?: (result: Result<Target[Method]>) => unknown;
};

export function guarded<Target extends object>(
  target: Target,
  rights: MethodRights<Target>,
  access: Access,
  results: GuardedResults<Target> = {},
): Target {
  if (access.isWhole) return target;
  const methods = Object.entries(rights as Rows).map(([name, right]) => {
    const wrap = results[name as keyof typeof results] as ((result: unknown) => unknown) | undefined;
    const method = async (...args: unknown[]): Promise<unknown> => {
      const needed = typeof right === "function" ? right(...args) : right;
      access.check(needed === "anyone" ? undefined : needed, name);
      const call = target[name as keyof Target] as (...args: unknown[]) => unknown;
      const result = await call.apply(target, args);
      if (wrap !== undefined) return wrap(result);
      return isStream(result) ? withAccess(result, access) : result;
    };
    return [name, method];
  });
  const dispose = (): void => (target as Partial<Disposable>)[Symbol.dispose]?.();
  return Object.assign(Object.fromEntries(methods), { [Symbol.dispose]: dispose });
}

/** A stream that ends with the access. */
export function withAccess<Item>(source: AsyncIterable<Item>, access: Access): AsyncIterable<Item> {
  return {
    [Symbol.asyncIterator]() {
      const items = source[Symbol.asyncIterator]();
      const over = Promise.withResolvers<IteratorResult<Item>>();
      const stop = access.onEnd(() => {
        over.resolve({ done: true, value: undefined });
        void items.return?.();
      });
      return {
        async next() {
          const step = await Promise.race([items.next(), over.promise]);
          if (step.done === true) stop();
          return step;
        },
        async return() {
          stop();
          await items.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
