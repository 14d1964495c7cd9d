// Calls and streams of a node as React state: begun when a component shows, given up when it goes or asks something else.

import { type DependencyList, useCallback, useEffect, useState } from "react";
import { GlowError } from "#base/errors.ts";
import type { Stream } from "#firefly/runtime.ts";

export interface Live<Value> {
  /** The last that came; it stays while the connection is away. */
  readonly value?: Value;
  /** Why there is no more. */
  readonly error?: GlowError;
}

/** The last item of a stream. `open` gives nothing while there is nobody to ask. */
export function useStream<Item>(
  open: () => PromiseLike<Stream<Item>> | undefined,
  dependencies: DependencyList,
): Live<Item> {
  const [live, setLive] = useState<Live<Item>>({});
  useEffect(
    () =>
      readStream(
        open,
        (value) => setLive({ value }),
        (error) => setLive((before) => ({ ...before, error })),
      ),
    dependencies,
  );
  return live;
}

/** Reads a stream from outside React's state: gives back how to stop. */
export function readStream<Item>(
  open: () => PromiseLike<Stream<Item>> | undefined,
  next: (item: Item) => void,
  failed: (error: GlowError) => void,
): () => void {
  let isOver = false;
  let stream: Stream<Item> | undefined;
  const read = async (): Promise<void> => {
    try {
      stream = await open();
      if (stream === undefined) return;
      if (isOver) return stream[Symbol.dispose]();
      for await (const item of stream) {
        if (isOver) return;
        next(item);
      }
    } catch (error) {
      if (!isOver) failed(GlowError.from(error, "page.read"));
    }
  };
  void read();
  return () => {
    isOver = true;
    stream?.[Symbol.dispose]();
  };
}

export interface Asked<Value> extends Live<Value> {
  readonly isWaiting: boolean;
  /** Asks again. */
  readonly reload: () => void;
}

/** The answer of a call. */
export function useCall<Value>(
  ask: (signal: AbortSignal) => PromiseLike<Value> | undefined,
  dependencies: DependencyList,
): Asked<Value> {
  const [live, setLive] = useState<Live<Value> & { readonly isWaiting: boolean }>({ isWaiting: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const end = new AbortController();
    const run = async (): Promise<void> => {
      setLive((before) => ({ ...before, isWaiting: true }));
      try {
        const value = await ask(end.signal);
        if (!end.signal.aborted && value !== undefined) setLive({ value, isWaiting: false });
      } catch (error) {
        if (!end.signal.aborted) setLive({ error: GlowError.from(error, "page.ask"), isWaiting: false });
      }
    };
    void run();
    return () => end.abort();
  }, [...dependencies, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { ...live, reload };
}

/** An object to make calls on, released when it is not shown any more. */
export function useCapability<Of extends Disposable>(
  make: () => Of | undefined,
  dependencies: DependencyList,
): Of | undefined {
  const [capability, setCapability] = useState<Of>();
  useEffect(() => {
    const made = make();
    setCapability(made);
    return () => made?.[Symbol.dispose]();
  }, dependencies);
  return capability;
}
